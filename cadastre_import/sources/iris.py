"""IRIS contours of the IGN and the Insee, GeoPackage or GeoJSON, whatever the edition names its fields."""

from pathlib import Path
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.geojson import read_geojson
from cadastre_import.readers.geopackage import is_geopackage, read_geopackage
from cadastre_import.source import Column, Records, Source
from cadastre_import.sources.cadastre import KNOWN_COMMUNE, MULTIPOLYGON, feature_parts

# The same field, from the newest edition to the oldest
CODE = ("code_iris", "CODE_IRIS", "DCOMIRIS")
NAME = ("nom_iris", "NOM_IRIS")
TYPE = ("type_iris", "TYP_IRIS")


def read_iris(path: Path) -> Records:
    """Open a GeoPackage or a GeoJSON, told apart by the content."""
    return read_geopackage(path) if is_geopackage(path) else read_geojson(path)


def parse(feature: Any) -> list[Any]:
    """Read an IRIS: 9-character code, name, type, outline."""
    properties, geometry = feature_parts(feature)

    def first(names: tuple[str, ...]) -> Any:
        return next((properties[name] for name in names if name in properties), None)

    code = fields.code(first(CODE), fields.IRIS, "code IRIS")
    kind = fields.text(first(TYPE), "type d’IRIS")
    return [
        code,
        code[:5],
        fields.required(first(NAME), "nom de l’IRIS", longest=200),
        kind if kind in ("H", "A", "D", "Z") else "",
        geometry,
    ]


# A commune whose outline was not imported takes that of its IRIS, which cover it exactly
OUTLINES = """
UPDATE layers_commune c SET geom = ST_Multi(whole.geom)
FROM (SELECT commune_id, ST_Union(geom) AS geom FROM layers_iris WHERE closed_on IS NULL GROUP BY 1) whole
WHERE c.code = whole.commune_id AND c.geom IS NULL AND ST_GeometryType(whole.geom) LIKE 'ST_%%Polygon'
"""

SOURCE = Source(
    name="iris",
    title="Contours des IRIS",
    producer="IGN, Insee",
    licence="Licence Ouverte 2.0",
    url="{IGN_URL}/telechargement/download/CONTOURS-IRIS",
    read=read_iris,
    parse=parse,
    table="layers_iris",
    columns=(
        Column("code"),
        Column("commune_id"),
        Column("nom"),
        Column("type"),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    polygon="geom",
    commune="commune_id",
    closes=True,
    checks=(KNOWN_COMMUNE,),
    after=(OUTLINES,),
)
