"""One perimeter, written in the formats that collectivités send."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyogrio
import shapely
from pyproj import Transformer

LAMBERT = shapely.box(700_000, 6_600_000, 701_000, 6_601_000)
SQUARE = shapely.transform(
    LAMBERT, Transformer.from_crs(2154, 4326, always_xy=True).transform, interleaved=False
)
VALUES = {"TYPE": "OPAH-RU", "Nom": "Cœur de ville", "date_debut": "2024-01-31"}
KML = f"""<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>{VALUES["Nom"]}</name>
<ExtendedData><Data name="type"><value>{VALUES["TYPE"]}</value></Data>
<Data name="date_debut"><value>{VALUES["date_debut"]}</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>
{" ".join(f"{x},{y}" for x, y in SQUARE.exterior.coords)}
</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>
"""


def written(
    path: Path, driver: str, crs: str, values: Mapping[str, str] = MappingProxyType(VALUES), **options: str
) -> Path:
    """Write the perimeter with GDAL, in degrees or in metres as the projection asks."""
    shape = SQUARE if crs == "EPSG:4326" else LAMBERT
    pyogrio.raw.write(
        path,
        np.array([shape.wkb], dtype=object),
        [np.array([value], dtype=object) for value in values.values()],
        np.array(list(values)),
        driver=driver,
        geometry_type="Polygon",
        crs=crs,
        **options,
    )
    return path


def shapefile(folder: Path, *, encoding: str = "UTF-8", without: tuple[str, ...] = ()) -> Path:
    """Write the perimeter as a zipped Shapefile in Lambert-93, less some of its files."""
    written(folder / "zone.shp", "ESRI Shapefile", "EPSG:2154", encoding=encoding)
    archive = folder / "zone.zip"
    with zipfile.ZipFile(archive, "w") as parts:
        for part in folder.glob("zone.*"):
            if part.suffix not in (*without, ".zip"):
                parts.write(part, f"Périmètres/{part.name}")
    return archive
