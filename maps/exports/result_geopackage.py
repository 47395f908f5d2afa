"""The rows of a run as a GeoPackage, shapes included, for QGIS or any other GIS."""

from collections.abc import Iterable
from io import BytesIO

import numpy as np
import shapely

from layers.selectors.result_rows import Row
from maps.services.methods.method import Method

CRS = "EPSG:4326"


def result_geopackage(method: Method, rows: Iterable[Row], about: dict[str, str]) -> bytes:
    """Give the file: one layer named by the method, its figures under the names of the columns.

    ``about`` is written in the metadata of the layer: title, parameters, vintages, caveats.
    """
    from pyogrio import raw

    held = list(rows)
    texts = {
        "rang": np.array([row.position + 1 for row in held], dtype=np.int32),
        "type": _texts(row.kind for row in held),
        "code": _texts(row.code for row in held),
        "nom": _texts(row.label for row in held),
        "communes": _texts(" ".join(row.communes) for row in held),
    }
    if method.categories:
        labels = {category.code: category.label for category in method.categories}
        texts["classe"] = _texts(row.category for row in held)
        texts["classe_nom"] = _texts(labels.get(row.category, "") for row in held)
    figures = {
        column.name: np.array([_or_nan(row.figures.get(column.name)) for row in held], dtype=np.float64)
        for column in method.columns
    }
    shapes = shapely.from_wkb(np.array([row.shape for row in held], dtype=object))
    kinds = np.unique(shapely.get_type_id(shapes[~shapely.is_missing(shapes)])) if held else np.array([])
    polygons = np.isin(kinds, (3, 6)).all() and kinds.size > 0
    output = BytesIO()
    raw.write(
        output,
        shapely.to_wkb(shapes),
        list({**texts, **figures}.values()),
        list({**texts, **figures}),
        layer=method.id,
        driver="GPKG",
        geometry_type="MultiPolygon" if polygons else "Unknown",
        promote_to_multi=bool(polygons),
        crs=CRS,
        encoding="UTF-8",
        nan_as_null=True,
        layer_metadata=about,
    )
    return output.getvalue()


def _texts(values: Iterable[str]) -> np.ndarray:
    return np.array(list(values), dtype=object)


def _or_nan(value: float | None) -> float:
    return np.nan if value is None else value
