"""CONTOURS-IRIS as the IGN publishes it: a GeoPackage in Lambert-93, with the field names of 2024."""

import os
from pathlib import Path

import geopandas
import pyogrio

from .ground import Ground
from .writing import LAMBERT_93

GEOPACKAGE_DATE = "2026-01-01T00:00:00.000Z"


def iris_names(ground: Ground) -> dict[str, tuple[str, str]]:
    """Give the name and type of each IRIS by its code; the codes and the names of the plan are in one order."""
    names = {}
    for commune in ground.communes:
        codes = sorted({secteur.iris for secteur in ground.mesh.secteurs if secteur.commune is commune})
        for code, name, kind in zip(codes, commune.iris_names, commune.iris_types, strict=True):
            names[commune.insee + code] = name, kind
    return names


def write_iris(path: Path, ground: Ground) -> Path:
    """Write the IRIS, the same bytes each time: GDAL is told the day it stamps the file with."""
    names = iris_names(ground)
    shapes = ground.mesh.groups(lambda secteur: (secteur.commune, secteur.iris_code))
    rows = [
        {
            "cleabs": f"IRIS____{9_900_000_000 + number:016d}",
            "code_insee": commune.insee,
            "nom_commune": commune.name,
            "iris": code[5:],
            "code_iris": code,
            "nom_iris": names[code][0],
            "type_iris": names[code][1],
            "geometry": shape,
        }
        for number, ((commune, code), shape) in enumerate(shapes.items())
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": GEOPACKAGE_DATE})
    try:
        pyogrio.write_dataframe(
            geopandas.GeoDataFrame(rows, crs=LAMBERT_93),
            os.fspath(path),
            layer="contours_iris",
            driver="GPKG",
            geometry_type="MultiPolygon",
            layer_options={"GEOMETRY_NAME": "geometrie"},
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path
