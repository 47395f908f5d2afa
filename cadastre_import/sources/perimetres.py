"""Perimeters: quartiers prioritaires as the ANCT publishes them, and local ones dated by their act.

GeoJSON, GeoPackage, zipped Shapefile, KML or CSV with WKT; the names of the fields are read whatever their case.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.vector import read_vector
from cadastre_import.source import Column, Source
from cadastre_import.sources.cadastre import MULTIPOLYGON, feature_parts
from layers.errors import InvalidRow
from layers.models import Zone

QPV_CODE = re.compile(r"Q[PN]\w{6,7}")
# In force: QP by decrees 2014-1750 and 2014-1751 from 2015; QN by decree 2023-1314 from 2024, and overseas by that of
# December 2024 from 2025
GENERATIONS = {"QP": 2015, "QN": 2024}
OVERSEAS = ("97", "98")
QPV_CODE_NAMES = ("code_qp", "c_nqpv")
QPV_NAME_NAMES = ("lib_qp", "nom_qp", "l_nqpv")


def parse_qpv(feature: Any) -> list[Any]:
    """Read a quartier prioritaire, under each spelling of its fields."""
    properties, geometry = _lower_case(feature)
    code = fields.code(_first(properties, QPV_CODE_NAMES), QPV_CODE, "code du QPV")
    name = fields.required(_first(properties, QPV_NAME_NAMES), "nom du QPV", longest=200)
    generation = GENERATIONS[code[:2]]
    replaced_on = date(2025 if code[2:].startswith(OVERSEAS) else 2024, 1, 1)
    starts_on = date(2015, 1, 1) if generation == 2015 else replaced_on
    ends_on = replaced_on - timedelta(days=1) if generation == 2015 else None
    return [code, name, Zone.Type.QPV, "", starts_on, ends_on, generation, geometry]


def parse_perimetre(feature: Any) -> list[Any]:
    """Read a local perimeter: type, nom, acte, date_debut, date_fin; its code may be absent."""
    properties, geometry = _lower_case(feature)
    kind = fields.required(properties.get("type"), "type").upper().replace("-", "_").replace(" ", "_")
    if kind not in Zone.Type.names:
        raise InvalidRow(f"type : {kind[:40]!r} n’est pas un type de périmètre")
    name = fields.required(_first(properties, ("nom", "name")), "nom", longest=200)
    starts_on = fields.iso_date(properties.get("date_debut"), "date_debut")
    ends_on = fields.iso_date(properties.get("date_fin"), "date_fin")
    if starts_on and ends_on and ends_on < starts_on:
        raise InvalidRow("date_fin : avant date_debut")
    code = fields.text(properties.get("code"), "code", longest=60) or _slug(f"{kind} {name}")
    act = fields.text(properties.get("acte"), "acte", longest=200)
    return [code, name, kind, act, starts_on, ends_on, None, geometry]


def _first(properties: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((properties[name] for name in names if properties.get(name) not in (None, "")), None)


def _lower_case(feature: Any) -> tuple[dict[str, Any], Any]:
    properties, geometry = feature_parts(feature)
    return {str(name).casefold(): value for name, value in properties.items()}, geometry


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]


COLUMNS = (
    Column("code"),
    Column("nom"),
    Column("type"),
    Column("acte"),
    Column("starts_on", "date"),
    Column("ends_on", "date"),
    Column("generation", "int"),
    Column("geom", MULTIPOLYGON),
)

QPV = Source(
    name="qpv",
    title="Quartiers prioritaires de la politique de la ville",
    producer="ANCT",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, Quartiers prioritaires de la politique de la ville",
    read=read_vector,
    parse=parse_qpv,
    table="layers_zone",
    columns=COLUMNS,
    key=("code",),
    polygon="geom",
)

PERIMETRES = Source(
    name="perimetres",
    title="Périmètres locaux (OPAH, PIG, permis de louer…)",
    producer="Collectivité",
    licence="selon l’acte",
    url="fichier de la collectivité",
    read=read_vector,
    parse=parse_perimetre,
    table="layers_zone",
    columns=COLUMNS,
    key=("code",),
    polygon="geom",
)
