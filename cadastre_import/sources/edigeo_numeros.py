"""The house numbers of the plan cadastral (EDIGEO, layer NUMVOIE): a number, no street, and the parcelles it serves.

The GeoJSON of the cadastre does not have them. The point stands where the number is written, often on the street or
at the end of the lane; the parcelle is told by a relation, whatever the distance.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cadastre_import import fields
from cadastre_import.readers import ogr
from cadastre_import.readers.edigeo_relations import related_objects
from cadastre_import.source import Column, Records, Source
from cadastre_import.sources.cadastre import KNOWN_COMMUNE
from cadastre_import.sources.edigeo import DRIVER, URL, Numbered, read_edigeo, sheet_parts
from cadastre_import.sources.near_commune import NEAR_COMMUNE
from layers.errors import InvalidRow

LAYER = "NUMVOIE_id"
RELATION = "NUMVOIE_PARCELLE"
NUMERO = re.compile(r"0*(\d{1,5}) ?([A-Za-z]{0,10})")


def read_numeros(path: Path) -> Records:
    """Read the numbers of a sheet, or of a département's zip: one record a parcelle that a number serves."""
    return read_edigeo(path, LAYER, completed=_with_parcelles)


def _with_parcelles(lot: Path, numeros: Numbered) -> Iterator[tuple[int, Any]]:
    """Give each number once for each of its parcelles, once without any if the sheet names none."""
    drawn = {
        feature["properties"]["OBJECT_RID"]: feature["properties"].get("IDU")
        for _, feature in ogr.features(lot, DRIVER, layer="PARCELLE_id")
    }
    served: dict[str, list[Any]] = {}
    for one, other in related_objects(lot, RELATION):
        numero, parcelle = (one, other) if other in drawn else (other, one)
        served.setdefault(numero, []).append(drawn.get(parcelle))
    for fid, feature in numeros:
        for idu in served.get(feature["properties"]["OBJECT_RID"], [None]):
            yield fid, {**feature, "properties": {**feature["properties"], "IDU": idu}}


def parse(feature: Any) -> list[Any]:
    """Read a number on one of its parcelles."""
    properties, geometry, sheet = sheet_parts(feature)
    told = fields.text(properties.get("TEX"), "TEX", longest=40)
    numero = NUMERO.fullmatch(told)
    if numero is None:
        raise InvalidRow(f"numéro illisible {told!r}")
    if not properties.get("IDU"):
        raise InvalidRow(f"numéro {told} : la feuille ne nomme pas sa parcelle")
    idu = fields.code(sheet[:2] + fields.text(properties["IDU"], "IDU"), fields.IDU, "IDU")
    rep = numero[2].lower()
    return [f"{idu}_{int(numero[1]):05d}{rep}", idu[:5], int(numero[1]), rep, idu, sheet, geometry]


# A sheet is whole for its own numbers: one given to another parcelle must not stay on the former
LEFT_THE_SHEET = """
UPDATE layers_numerocadastral n SET closed_on = %(millesime)s
WHERE n.closed_on IS NULL AND n.feuille IN (SELECT feuille FROM staging)
  AND NOT EXISTS (SELECT FROM staging s WHERE s.code = n.code)
"""

SOURCE = Source(
    name="edigeo-numeros",
    title="Numéros de voirie des feuilles EDIGEO",
    producer="DGFiP",
    licence="Licence Ouverte 2.0",
    url=URL,
    read=read_numeros,
    parse=parse,
    table="layers_numerocadastral",
    columns=(
        Column("code"),
        Column("commune_id"),
        Column("numero", "int"),
        Column("rep"),
        Column("idu"),
        Column("feuille"),
        Column("geom", "geometry(Point,4326)"),
    ),
    key=("code",),
    point="geom",
    commune="commune_id",
    derived={"closed_on": "NULL::date"},
    constants={"millesime": "%(millesime)s"},
    checks=(KNOWN_COMMUNE, NEAR_COMMUNE),
    after=(LEFT_THE_SHEET,),
    rejects_need_original=True,
)
