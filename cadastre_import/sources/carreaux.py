"""The Insee's 200 m grid (Filosofi): households and poor households by square.

A square of fewer than eleven households has imputed values, and says so: they are not those of the square.
"""

from typing import Any

from cadastre_import import fields, secrecy
from cadastre_import.readers.geopackage import read_geopackage
from cadastre_import.source import Column, Source
from cadastre_import.sources.cadastre import MULTIPOLYGON, feature_parts


def parse(feature: Any) -> list[Any]:
    """Read a square: its European id, its commune (the first it touches), households, and whether imputed."""
    properties, geometry = feature_parts(feature)
    communes = fields.text(properties.get("lcog_geo"), "lcog_geo")
    households, secret = secrecy.figure(properties.get("men"), "men")
    poor, secret_poor = secrecy.figure(properties.get("men_pauv"), "men_pauv")
    return [
        fields.required(properties.get("idcar_200m"), "idcar_200m", longest=40),
        communes[:5] or None,
        households,
        poor,
        fields.whole_number(properties.get("i_est_200"), "i_est_200") == 1,
        secret or secret_poor,
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
        Column("secret"),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    polygon="geom",
    derived={"commune_id": "(SELECT c.code FROM layers_commune c WHERE c.code = s.commune)"},
    rejects_need_original=True,
)
