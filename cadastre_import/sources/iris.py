"""IRIS contours of the IGN and the Insee, in any vector format and under each edition's names of fields.

CONTOURS-IRIS draws the whole country, simplified; IRIS-GE the divided communes only, to the metre. Whichever comes
last, an IRIS keeps its detailed outline, as long as both draw the same ground.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.json_array import read_json_array
from cadastre_import.readers.opening import open_bytes
from cadastre_import.readers.vector import read_vector
from cadastre_import.source import Column, Correction, Records, Source
from cadastre_import.sources.cadastre import DIVIDED_COMMUNES, KNOWN_COMMUNE, MULTIPOLYGON, feature_parts

# The same field, from the newest edition to the oldest
CODE = ("code_iris", "CODE_IRIS", "DCOMIRIS", "iris_code")
NAME = ("nom_iris", "NOM_IRIS", "iris_name")
TYPE = ("type_iris", "TYP_IRIS", "iris_type")
TYPES = {"iris d'habitat": "H", "iris d'activité": "A", "iris divers": "D", "commune": "Z"}


def read_iris(path: Path, layers: Sequence[str] = ()) -> Records:
    """Open a vector file, or Opendatasoft's JSON export, told apart by the content.

    ``layers`` are the names that the IGN gives to the layer, where the file has several.
    """
    with open_bytes(path) as stream:
        is_array = stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"[")
    if not is_array:
        return read_vector(path, layers)
    return Records((number, _feature(record)) for number, record in read_json_array(path).rows)


def _feature(record: Any) -> Any:
    """Give a feature from a record of Opendatasoft: its shape is a bare feature, its values are lists."""
    if not isinstance(record, dict) or not isinstance(record.get("geo_shape"), dict):
        return None
    alone = {k: v[0] if isinstance(v, list) and len(v) == 1 else v for k, v in record.items()}
    return {"properties": alone, "geometry": record["geo_shape"].get("geometry")}


def parse(feature: Any) -> list[Any]:
    """Read an IRIS: 9-character code, name, type, outline."""
    properties, geometry = feature_parts(feature)

    def first(names: tuple[str, ...]) -> Any:
        return next((properties[name] for name in names if name in properties), None)

    code = fields.code(first(CODE), fields.IRIS, "code IRIS")
    kind = fields.text(first(TYPE), "type d’IRIS")
    kind = TYPES.get(kind.casefold(), kind)
    return [
        code,
        code[:5],
        fields.text(first(NAME), "nom de l’IRIS", longest=200) or code,
        kind if kind in ("H", "A", "D", "Z") else "",
        False,
        geometry,
    ]


def parse_detailed(feature: Any) -> list[Any]:
    """Read an IRIS of IRIS-GE."""
    *values, _, geometry = parse(feature)
    return [*values, True, geometry]


# Redrawn by an edition: what both outlines share is less than nine tenths of what either covers
DETAILED = Correction(
    """
    UPDATE staging s SET geom = i.geom, is_detailed = true FROM layers_iris i
    WHERE s.reason IS NULL AND i.code = s.code AND i.is_detailed AND i.closed_on IS NULL
      AND ST_Area(ST_Intersection(i.geom, s.geom)) > 0.9 * ST_Area(ST_Union(i.geom, s.geom))
    """,
    "IRIS gardent leur contour détaillé (IRIS-GE)",
)


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
    read=partial(read_iris, layers=("contours_iris", "iris")),
    parse=parse,
    table="layers_iris",
    columns=(
        Column("code"),
        Column("commune_id"),
        Column("nom"),
        Column("type"),
        Column("is_detailed", "boolean"),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    polygon="geom",
    commune="commune_id",
    closes=True,
    corrections=(DETAILED,),
    checks=(KNOWN_COMMUNE,),
    after=(OUTLINES, DIVIDED_COMMUNES),
)

DETAILED_SOURCE = replace(
    SOURCE,
    name="iris-ge",
    title="Contours détaillés des IRIS (communes découpées)",
    url="{IGN_URL}/telechargement/download/IRIS-GE",
    read=partial(read_iris, layers=("iris_ge", "iris")),
    parse=parse_detailed,
    corrections=(),
)
