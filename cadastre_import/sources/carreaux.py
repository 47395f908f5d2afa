"""The Insee's 200 m grid (Filosofi): households and poor households by square."""

from typing import Any

from cadastre_import import fields
from cadastre_import.readers.geopackage import read_geopackage
from cadastre_import.source import Column, Source
from cadastre_import.sources.cadastre import MULTIPOLYGON, feature_parts


def parse(feature: Any) -> list[Any]:
    """Read a square: its European id, its commune (the first it touches), households, and whether imputed."""
    properties, geometry = feature_parts(feature)
    communes = fields.text(properties.get("lcog_geo"), "lcog_geo")
    return [
        fields.required(properties.get("idcar_200m"), "idcar_200m", longest=40),
        communes[:5] or None,
        fields.decimal(properties.get("men"), "men"),
        fields.decimal(properties.get("men_pauv"), "men_pauv"),
        fields.whole_number(properties.get("i_est_200"), "i_est_200") == 1,
        geometry,
    ]


SOURCE = Source(
    name="carreaux",
    title="Carreaux de 200 m (Filosofi)",
    producer="Insee",
    licence="Licence Ouverte 2.0",
    url="{INSEE_URL}/carreaux-200m",
    read=read_geopackage,
    parse=parse,
    table="layers_carreau",
    columns=(
        Column("code"),
        Column("commune", into=None),
        Column("households", "float8"),
        Column("poor_households", "float8"),
        Column("is_imputed", "boolean"),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    polygon="geom",
    derived={"commune_id": "(SELECT c.code FROM layers_commune c WHERE c.code = s.commune)"},
)
