"""The cadastre in GeoJSON as Etalab publishes it from the DGFiP's plan: communes, sections, feuilles,
prefixes_sections, parcelles, batiments.

Format: one feature a line, WGS 84 without a ``crs`` member, gzip. Sections and numbers are published without
leading zeros: the 14-character id alone joins.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson
import shapely

from cadastre_import import fields, lineage
from cadastre_import.readers.vector import read_vector
from cadastre_import.source import Check, Column, Source
from cadastre_import.sources import cadastre_columns
from cadastre_import.sources.near_commune import NEAR_COMMUNE
from layers.arrondissements import COMMUNE_OF_ARRONDISSEMENT
from layers.errors import InvalidRow

PRODUCER = "DGFiP, mis en forme par Etalab"
LICENCE = "Licence Ouverte 2.0"
MULTIPOLYGON = "geometry(MultiPolygon,4326)"
OF_A_SHEET = "-edigeo-"  # in the code of a building that a sheet in EDIGEO draws
FEUILLE = re.compile(rf"({fields.COMMUNE.pattern})[0-9A-Z]{{3}}[0-9A-Z]{{2}}\d{{2}}")
PREFIXE = re.compile(rf"({fields.COMMUNE.pattern})[0-9A-Z]{{3}}")

KNOWN_COMMUNE = Check(
    "EXISTS (SELECT 1 FROM layers_commune c WHERE c.code = s.commune_id)",
    "'commune ' || s.commune_id || ' inconnue : importez d’abord les communes'",
)

# The outline of Paris, Lyon or Marseille, once those of all its arrondissements are known
DIVIDED_COMMUNES = f"""
UPDATE layers_commune c SET geom = ST_Multi(whole.geom)
FROM (
    SELECT part.commune, ST_Union(a.geom) AS geom
    FROM (VALUES {", ".join(str(pair) for pair in COMMUNE_OF_ARRONDISSEMENT.items())}) AS part (code, commune)
    LEFT JOIN layers_commune a ON a.code = part.code
    GROUP BY part.commune HAVING bool_and(a.geom IS NOT NULL)
) whole
WHERE c.code = whole.commune AND c.geom IS NULL AND ST_GeometryType(whole.geom) LIKE 'ST_%%Polygon'
"""  # noqa: S608 - codes of ours


def feature_parts(feature: Any) -> tuple[Mapping[str, Any], Any]:
    """Give the properties and the geometry of a feature; a line that was not JSON comes as None."""
    if feature is None:
        raise InvalidRow("ligne illisible : JSON incorrect, ou nombre de champs différent de l’en-tête")
    whole = fields.mapping(feature, "objet")
    geometry = whole.get("geometry")
    if not isinstance(geometry, Mapping | shapely.Geometry):
        raise InvalidRow("géométrie absente")
    return fields.mapping(whole.get("properties"), "properties"), geometry


def parse_commune(feature: Any) -> list[Any]:
    """Read a commune: code, name, outline."""
    properties, geometry = feature_parts(feature)
    code = fields.code(properties.get("id"), fields.COMMUNE, "id")
    return [code, fields.required(properties.get("nom"), "nom"), geometry]


def parse_section(feature: Any) -> list[Any]:
    """Read a section: id, commune, outline."""
    properties, geometry = feature_parts(feature)
    code = fields.code(properties.get("id"), fields.SECTION, "id")
    return [code, code[:5], geometry]


def parse_feuille(feature: Any) -> list[Any]:
    """Read a sheet: id, commune, scale, quality, outline."""
    properties, geometry = feature_parts(feature)
    code = fields.code(properties.get("id"), FEUILLE, "id")
    return [
        code,
        code[:5],
        fields.text(properties.get("echelle"), "echelle", longest=20),
        fields.text(properties.get("qualite"), "qualite", longest=100),
        geometry,
    ]


def parse_prefixe(feature: Any) -> list[Any]:
    """Read a prefix of sections: id, commune, code and name of the commune that was absorbed, outline."""
    properties, geometry = feature_parts(feature)
    code = fields.code(properties.get("id"), PREFIXE, "id")
    # published as three digits of the département's numbering, or as a whole code
    former = fields.text(properties.get("ancienne"), "ancienne", longest=10)
    former = f"{code[:2]}{former}" if re.fullmatch(r"\d{3}", former) else former
    return [
        code,
        code[:5],
        former if fields.COMMUNE.fullmatch(former) else "",
        fields.text(properties.get("nom"), "nom", longest=200),
        geometry,
    ]


def parse_parcelle(feature: Any) -> list[Any]:
    """Read a parcelle: id, commune, contenance, whether it was surveyed, outline."""
    properties, geometry = feature_parts(feature)
    idu = fields.code(properties.get("id"), fields.IDU, "id")
    arpente = properties.get("arpente")
    fields.iso_date(properties.get("created"), "created")
    fields.iso_date(properties.get("updated"), "updated")
    return [
        idu,
        idu[:5],
        fields.whole_number(properties.get("contenance"), "contenance"),
        arpente if isinstance(arpente, bool) else None,
        geometry,
    ]


def parse_batiment(feature: Any) -> list[Any]:
    """Read a building. The cadastre gives it no identifier: a digest of its footprint stands for it."""
    properties, geometry = feature_parts(feature)
    commune = fields.code(properties.get("commune"), fields.COMMUNE, "commune")
    drawn = geometry if isinstance(geometry, Mapping) else shapely.geometry.mapping(geometry)
    footprint = hashlib.blake2b(orjson.dumps(drawn.get("coordinates")), digest_size=8).hexdigest()
    kind = fields.text(properties.get("type"), "type")
    return [
        f"{commune}-{footprint}",
        commune,
        kind if kind in ("01", "02") else "",
        fields.text(properties.get("nom"), "nom", longest=200),
        geometry,
    ]


def _url(layer: str) -> str:
    folder = "{CADASTRE_URL}/latest/geojson/communes/{departement}/{commune}"
    return f"{folder}/cadastre-{{commune}}-{layer}.json.gz"


COMMUNES = Source(
    name="cadastre-communes",
    title="Contours des communes du cadastre",
    producer=PRODUCER,
    licence=LICENCE,
    url=_url("communes"),
    read=read_vector,
    parse=parse_commune,
    table="layers_commune",
    # The name of the Code officiel géographique, when it is known, is better written than the cadastre's capitals
    columns=(Column("code"), Column("nom", keep=True), Column("geom", MULTIPOLYGON)),
    key=("code",),
    polygon="geom",
    commune="code",
    constants={
        "departement": "CASE WHEN left(s.code, 2) IN ('97', '98') THEN left(s.code, 3) ELSE left(s.code, 2) END",
        "codes_postaux": "'[]'::jsonb",
    },
    after=(DIVIDED_COMMUNES,),
)

SECTIONS = Source(
    name="sections",
    title="Sections cadastrales",
    producer=PRODUCER,
    licence=LICENCE,
    url=_url("sections"),
    read=read_vector,
    parse=parse_section,
    table="layers_section",
    columns=(Column("code"), Column("commune_id"), Column("geom", MULTIPOLYGON)),
    key=("code",),
    polygon="geom",
    commune="commune_id",
    closes=True,
    checks=(KNOWN_COMMUNE, NEAR_COMMUNE),
    columnar=cadastre_columns.SECTIONS,
)

FEUILLES = replace(
    SECTIONS,
    name="feuilles",
    title="Feuilles cadastrales",
    url=_url("feuilles"),
    parse=parse_feuille,
    table="layers_feuille",
    columns=(
        Column("code"),
        Column("commune_id"),
        Column("echelle"),
        Column("qualite"),
        Column("geom", MULTIPOLYGON),
    ),
    columnar=None,
)

PREFIXES = replace(
    SECTIONS,
    name="prefixes-sections",
    title="Préfixes de sections : communes absorbées",
    url=_url("prefixes_sections"),
    parse=parse_prefixe,
    table="layers_prefixesection",
    columns=(
        Column("code"),
        Column("commune_id"),
        Column("ancienne"),
        Column("nom"),
        Column("geom", MULTIPOLYGON),
    ),
    columnar=None,
)

PARCELLES = Source(
    name="parcelles",
    title="Parcelles",
    producer=PRODUCER,
    licence=LICENCE,
    url=_url("parcelles"),
    read=read_vector,
    parse=parse_parcelle,
    table="layers_parcelle",
    columns=(
        Column("idu"),
        Column("commune_id"),
        Column("contenance", "int"),
        Column("arpente", "boolean"),
        Column("geom", MULTIPOLYGON),
    ),
    key=("idu",),
    polygon="geom",
    commune="commune_id",
    closes=True,
    derived={"is_repaired": "s.repaired"},
    checks=(KNOWN_COMMUNE, NEAR_COMMUNE),
    after=(lineage.REOPENED,),
    on_closing=(lineage.CHILDREN,),
    columnar=cadastre_columns.PARCELLES,
)

# The whole commune comes: what its sheets drew, otherwise, would be there twice
SHEETS_REPLACED = f"""
UPDATE layers_batiment b SET closed_on = %(millesime)s
WHERE b.closed_on IS NULL AND b.code LIKE '%%{OF_A_SHEET}%%'
  AND b.commune_id IN (SELECT commune_id FROM staging WHERE reason IS NULL)
"""  # noqa: S608 - a mark of ours

BATIMENTS = Source(
    name="batiments",
    title="Bâtiments du cadastre",
    producer=PRODUCER,
    licence=LICENCE,
    url=_url("batiments"),
    read=read_vector,
    parse=parse_batiment,
    table="layers_batiment",
    columns=(
        Column("code"),
        Column("commune_id"),
        Column("type"),
        Column("nom"),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    polygon="geom",
    commune="commune_id",
    closes=True,
    derived={"is_repaired": "s.repaired"},
    checks=(KNOWN_COMMUNE, NEAR_COMMUNE),
    before=(SHEETS_REPLACED,),
    columnar=cadastre_columns.BATIMENTS,
)
