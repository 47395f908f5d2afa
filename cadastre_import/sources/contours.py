"""Outlines of communes from any producer: Admin Express, geo.api.gouv.fr, a region's or an agency's own file.

A commune without an outline has no territory page, and a declared point cannot be checked against it. The cadastre
gives outlines commune by commune; this source takes them for a département or France at once.
"""

from functools import partial
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.vector import read_vector
from cadastre_import.source import Source
from cadastre_import.sources.cadastre import COMMUNES as CADASTRE_COMMUNES
from cadastre_import.sources.cadastre import feature_parts

# The same field in the files that are about, lower case
CODE = ("insee_com", "code_insee", "code_commune", "com_code", "codgeo", "insee", "code")
NAME = ("nom_officiel", "nom_com", "nom_commune", "com_name", "libgeo", "nom")


def parse(feature: Any) -> list[Any]:
    """Read a commune or a municipal arrondissement: code, name, outline."""
    properties, geometry = feature_parts(feature)
    named = {str(name).casefold(): value for name, value in properties.items()}

    def first(names: tuple[str, ...]) -> Any:
        return next((named[name] for name in names if named.get(name) not in (None, "")), None)

    code = fields.code(first(CODE), fields.COMMUNE, "code Insee")
    return [code, fields.required(first(NAME), "nom", longest=200), geometry]


SOURCE = Source(
    name="contours-communes",
    title="Contours de communes, toute origine",
    producer="IGN (Admin Express) ou autre",
    licence="selon le producteur ; Licence Ouverte 2.0 pour l’IGN",
    url="geoservices.ign.fr, Admin Express ; ou un fichier de la région, du département",
    read=partial(read_vector, layers=("commune", "communes")),
    parse=parse,
    table=CADASTRE_COMMUNES.table,
    columns=CADASTRE_COMMUNES.columns,
    key=CADASTRE_COMMUNES.key,
    polygon="geom",
    commune="code",
    constants=CADASTRE_COMMUNES.constants,
    after=CADASTRE_COMMUNES.after,
)
