"""The heat surface as a GeoTIFF that a GIS reads with its unit, its method and its limits."""

from io import BytesIO

import numpy as np

from maps.exports.document import DISCLOSURE, SOURCE
from maps.services.heat import BANDWIDTH_M, UNIT, Heat, inside
from maps.services.squares import CELL_M

NODATA = -9999.0
BLOCK = 256


def heat_geotiff(heat: Heat, note: str) -> bytes:
    """Give the file: one band of 32-bit floats, nodata outside the perimeter, tiled and compressed.

    ``note`` is the warning of an invented territory, kept in the tags; empty on a real one.
    """
    import rasterio

    grid = heat.surface.grid
    values = np.where(inside(heat), heat.surface.values, NODATA).astype(np.float32)
    tags = {
        "TITRE": "Densité de signalements d’habitat dégradé",
        "UNITE": UNIT,
        "METHODE": (
            f"noyau quartique de rayon fixe {BANDWIDTH_M:.0f} m sur des cellules d’au moins {CELL_M:.0f} m ;"
            " chaque logement signalé compte une fois par année"
        ),
        "RAYON_M": f"{BANDWIDTH_M:.0f}",
        "PERIODE": f"{heat.since.isoformat()}/{heat.until.isoformat()}",
        "SOURCE": SOURCE,
        "DIFFUSION": DISCLOSURE,
        "SIGNALEMENTS": str(heat.reports),
        "NON_PLACES": str(heat.left_out),
    }
    if note:
        tags["AVERTISSEMENT"] = note
    output = BytesIO()
    with rasterio.open(
        output,
        "w",
        driver="GTiff",
        width=grid.columns,
        height=grid.rows,
        count=1,
        dtype="float32",
        crs=f"EPSG:{heat.perimeter.srid}",
        transform=rasterio.Affine(grid.cell_m, 0, grid.x_min, 0, -grid.cell_m, grid.y_max),
        nodata=NODATA,
        compress="deflate",
        predictor=3,
        tiled=True,
        blockxsize=BLOCK,
        blockysize=BLOCK,
    ) as raster:
        raster.write(values, 1)
        raster.set_band_description(1, f"densité ({UNIT})")
        raster.units = (UNIT,)
        raster.update_tags(**tags)
    return output.getvalue()
