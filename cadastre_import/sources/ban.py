"""The Base adresse nationale, CSV of a commune, a département or France.

Three forms of the same content: ``csv``, ``csv-with-ids`` (with the stable identifier) and ``csv-bal`` (BAL 1.3 and
1.4: other names, no postcode, one row a position). A row is a house number; its street is the first two parts of its
key. ``cad_parcelles`` declares the parcelles.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from cadastre_import import fields
from cadastre_import.geocoding.normalisation import normalise_street
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Column, Correction, Records, Source, converted
from cadastre_import.sources.cadastre import KNOWN_COMMUNE
from cadastre_import.sources.near_commune import NEAR_COMMUNE
from layers.errors import InvalidRow

KEY = re.compile(r"[0-9A-Z]{5}_[0-9a-zA-Z]{4,6}_\d{5}(_[0-9a-zA-Z]+)*")
TOPONYM_ALONE = 99_999  # the number of a street or place that has none

REQUIRED = ("id", "numero", "nom_voie", "code_postal", "code_insee", "nom_commune", "lon", "lat")
# Name in the BAL, name in the csv
BAL = {
    "cle_interop": "id",
    "numero": "numero",
    "suffixe": "rep",
    "voie_nom": "nom_voie",
    "lieudit_complement_nom": "nom_ld",
    "commune_insee": "code_insee",
    "commune_nom": "nom_commune",
    "commune_deleguee_nom": "nom_ancienne_commune",
    "position": "type_position",
    "long": "lon",
    "lat": "lat",
    "cad_parcelles": "cad_parcelles",
    "id_ban_adresse": "id_ban_adresse",
    "uid_adresse": "uid_adresse",
}
BAL_REQUIRED = ("cle_interop", "numero", "voie_nom", "commune_insee", "long", "lat")
UID_ADDRESS = re.compile(r"@a:([0-9a-fA-F-]{36})")


def read_ban(path: Path) -> Records:
    """Open the CSV, and give the rows of a BAL under the names of the other forms."""
    columns = read_csv(path, required=()).columns
    if "cle_interop" not in columns:
        return read_csv(path, required=REQUIRED)
    records = read_csv(path, required=BAL_REQUIRED)
    told = {BAL.get(name, name) for name in columns}
    told |= {"id_ban_adresse"} if "uid_adresse" in columns else set()
    rows = ((line, converted(row, _as_csv)) for line, row in records.rows)
    return replace(records, rows=rows, columns=frozenset(told))


def _as_csv(row: Mapping[str, str]) -> dict[str, str]:
    named = {name: row.get(bal, "") for bal, name in BAL.items()} | {"code_postal": ""}
    if address := UID_ADDRESS.search(named["uid_adresse"]):
        named["id_ban_adresse"] = address[1]
    return named


def parse(row: Any) -> list[Any]:
    """Read an address: key, street, commune, number, position, declared parcelles."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    key = fields.code(row["id"], KEY, "id")
    street = fields.required(row["nom_voie"] or row.get("nom_ld"), "nom_voie")
    point = fields.position(row["lon"], row["lat"])
    if point is None:
        raise InvalidRow("position absente")
    numero = fields.whole_number(row["numero"], "numero")
    if numero is None:
        raise InvalidRow("numero : valeur absente")
    declared = fields.text(row.get("cad_parcelles"), "cad_parcelles", longest=5_000)
    return [
        key,
        "_".join(key.split("_")[:2]),
        fields.code(row["code_insee"], fields.COMMUNE, "code_insee"),
        numero,
        fields.text(row.get("rep"), "rep", longest=10),
        fields.text(row["code_postal"], "code_postal", longest=5),
        fields.text(row.get("type_position"), "type_position", longest=40),
        street,
        _normalised(street),
        fields.text(row.get("nom_ancienne_commune"), "nom_ancienne_commune", longest=200),
        [idu for idu in declared.split("|") if fields.IDU.fullmatch(idu)],
        _uuid(row.get("id_ban_adresse")),
        point,
    ]


# A BAN goes street by street
_normalised = lru_cache(maxsize=1_000)(normalise_street)


def _uuid(written: Any) -> str | None:
    """Give the stable identifier, None where the commune has not given any yet."""
    told = fields.text(written, "id_ban_adresse", longest=60)
    try:
        return str(UUID(told)) if told else None
    except ValueError:
        raise InvalidRow(f"id_ban_adresse : identifiant invalide {told[:40]!r}") from None


# A BAL tells each position of an address: the door is the place, the parcelle or the street is a last resort
OTHER_POSITIONS = Correction(
    """
    DELETE FROM staging s USING (
        SELECT line, row_number() OVER (PARTITION BY ban_id ORDER BY coalesce(array_position(
            ARRAY['entrée', 'délivrance postale', 'bâtiment', 'cage d’escalier', 'cage d''escalier', 'logement',
                  'parcelle', 'segment', 'service technique'], type_position), 99), line) AS rank,
               count(*) OVER (PARTITION BY ban_id, type_position, geom) AS same
        FROM staging WHERE reason IS NULL AND code_postal = ''
    ) p
    WHERE p.line = s.line AND p.rank > 1 AND p.same = 1
    """,
    "autre(s) position(s) d’une même adresse, laissées : la porte d’abord",
)


STREETS = """
INSERT INTO layers_voie AS v (code, nom, norm, commune_id, code_postal, ancienne_commune, geom)
SELECT voie_id, min(nom_voie), min(norm), min(commune_id), min(code_postal), min(ancienne_commune),
       ST_Centroid(ST_Collect(geom))
FROM staging WHERE reason IS NULL GROUP BY voie_id
ON CONFLICT (code) DO UPDATE SET nom = excluded.nom, norm = excluded.norm, commune_id = excluded.commune_id,
    code_postal = coalesce(nullif(excluded.code_postal, ''), v.code_postal),
    ancienne_commune = excluded.ancienne_commune, geom = excluded.geom
WHERE (v.nom, v.norm, v.commune_id, v.code_postal, v.ancienne_commune, v.geom)
    IS DISTINCT FROM (excluded.nom, excluded.norm, excluded.commune_id,
                      coalesce(nullif(excluded.code_postal, ''), v.code_postal), excluded.ancienne_commune,
                      excluded.geom)
"""
STALE_LINKS = """
DELETE FROM layers_addressparcelle l USING staging s
WHERE s.reason IS NULL AND l.address_id = s.ban_id AND NOT l.idu = ANY(s.cad_parcelles)
"""
LINKS = """
INSERT INTO layers_addressparcelle (address_id, idu)
SELECT DISTINCT s.ban_id, idu FROM staging s, unnest(s.cad_parcelles) AS idu
WHERE s.reason IS NULL AND s.numero <> 99999
ON CONFLICT DO NOTHING
"""

SOURCE = Source(
    name="ban",
    title="Base adresse nationale",
    producer="Communes, IGN, ANCT",
    licence="Licence Ouverte 2.0",
    url="{BAN_URL}/latest/csv/adresses-{departement}.csv.gz",
    read=read_ban,
    parse=parse,
    table="layers_address",
    columns=(
        Column("ban_id"),
        Column("voie_id"),
        Column("commune_id"),
        Column("numero", "int"),
        Column("rep"),
        Column("code_postal"),
        Column("type_position"),
        Column("nom_voie", into=None),
        Column("norm", into=None),
        Column("ancienne_commune", into=None),
        Column("cad_parcelles", "text[]", into=None),
        Column("ban_uuid", "uuid"),
        Column("geom", "geometry(Point,4326)"),
    ),
    optional={"code_postal": "code_postal", "ban_uuid": "id_ban_adresse"},
    corrections=(OTHER_POSITIONS,),
    key=("ban_id",),
    point="geom",
    commune="commune_id",
    closes=True,
    checks=(KNOWN_COMMUNE, NEAR_COMMUNE),
    only=f"s.numero <> {TOPONYM_ALONE}",
    also_writes=("layers_voie", "layers_addressparcelle"),
    before=(STREETS,),
    after=(STALE_LINKS, LINKS),
)
