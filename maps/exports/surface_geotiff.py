"""The surface of a run as a Cloud-Optimized GeoTIFF: unit, method, period and limits are in its tags."""

import json
from typing import Any

import numpy as np

from layers.models import AnalysisRun
from maps.exports.document import SOURCE
from maps.services.methods.method import Method
from maps.services.methods.outcome import Surface

NODATA = -9999.0
BLOCK = 256


def surface_geotiff(surface: Surface, run: AnalysisRun, method: Method) -> bytes:
    """Give the file: one band of 32-bit floats with overviews, nodata where nothing may be said."""
    import rasterio
    from rasterio.io import MemoryFile

    grid = surface.grid
    values = np.where(np.isfinite(surface.values), surface.values, NODATA).astype(np.float32)
    tags: dict[str, Any] = {
        "TITRE": method.title,
        "UNITE": surface.unit,
        "PARAMETRES": json.dumps(run.parameters, ensure_ascii=False),
        "MILLESIMES": json.dumps(run.data_vintage, ensure_ascii=False),
        "LIMITES": " ".join(method.caveats),
        "SOURCE": SOURCE,
        **surface.tags,
    }
    profile = {
        "width": grid.columns,
        "height": grid.rows,
        "count": 1,
        "dtype": "float32",
        "crs": f"EPSG:{surface.srid}",
        "transform": rasterio.Affine(grid.cell_m, 0, grid.x_min, 0, -grid.cell_m, grid.y_max),
        "nodata": NODATA,
    }
    options = {"compress": "deflate", "predictor": 3, "blocksize": BLOCK, "overview_resampling": "average"}
    with MemoryFile() as file:
        with file.open(driver="COG", **profile, **options) as raster:
            raster.write(values, 1)
            raster.set_band_description(1, surface.unit)
            raster.update_tags(**tags)
        return bytes(file.read())
