"""Buildings of the BD TOPO: those that the cadastre does not draw.

The cadastre's footprint stays the building of the map; a building of the BD TOPO whose middle lies in one of them is
already there. The commune is the one under that middle.
"""

from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.vector import read_vector
from cadastre_import.source import Check, Column, Correction, Source
from cadastre_import.sources.cadastre import MULTIPOLYGON, feature_parts
from layers.errors import InvalidRow

# The same field in the GeoPackage and in the Shapefile, whose names are short
CODE = ("cleabs", "ID")
STATE = ("etat_de_l_objet", "ETAT")
LIGHT = ("construction_legere", "LEGER")
STANDING = ("", "En service")


def parse(feature: Any) -> list[Any]:
    """Read a building: its key, whether it is light, its outline; one that is planned or in ruins is refused."""
    properties, geometry = feature_parts(feature)

    def first(names: tuple[str, ...]) -> Any:
        return next((properties[name] for name in names if name in properties), None)

    code = fields.required(first(CODE), "cleabs", longest=40)
    if not code.startswith("BATIMENT"):
        raise InvalidRow(f"cleabs : {code!r} n’est pas un bâtiment de la BD TOPO")
    state = fields.text(first(STATE), "état")
    if state not in STANDING:
        raise InvalidRow(f"état : {state!r}, le bâtiment n’est pas en service")
    is_light = fields.text(first(LIGHT), "construction légère").casefold() in ("oui", "true", "1")
    return [code, "02" if is_light else "01", None, None, geometry]


COMMUNES = Correction(
    """
    UPDATE staging s SET commune_id = c.code FROM layers_commune c
    WHERE s.reason IS NULL AND ST_Covers(c.geom, ST_PointOnSurface(s.geom))
    """
)
FOOTPRINTS = Correction(
    """
    UPDATE staging s SET footprint = b.code FROM layers_batiment b
    WHERE s.reason IS NULL AND b.closed_on IS NULL AND b.code NOT LIKE 'BATIMENT%'
      AND ST_Covers(b.geom, ST_PointOnSurface(s.geom))
    """,
    "bâtiment(s) que le cadastre dessine déjà, non ajoutés",
)

SOURCE = Source(
    name="bdtopo-batiments",
    title="Bâtiments de la BD TOPO absents du cadastre",
    producer="IGN",
    licence="Licence Ouverte 2.0",
    url="{IGN_URL}/telechargement/download/BDTOPO, thème bâti",
    read=partial(read_vector, layers=("batiment",)),
    parse=parse,
    table="layers_batiment",
    columns=(
        Column("code"),
        Column("type"),
        Column("commune_id"),
        Column("footprint", into=None),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    polygon="geom",
    commune="commune_id",
    derived={"is_repaired": "s.repaired", "closed_on": "NULL::date"},
    constants={"nom": "''", "millesime": "%(millesime)s"},
    only="s.footprint IS NULL",
    corrections=(COMMUNES, FOOTPRINTS),
    checks=(
        Check(
            "s.commune_id IS NOT NULL",
            "'aucune commune sous ce bâtiment : importez d’abord les contours des communes'",
        ),
    ),
)
