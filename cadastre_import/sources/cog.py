"""The Code officiel géographique: communes, and the EPCI and EPT they belong to.

Files of the package @etalab/decoupage-administratif (Insee): communes.json, epci.json, ept.json; for the communes,
the Insee's own v_commune_{year}.csv too, which has neither postcodes, nor population, nor merged communes.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from cadastre_import import fields
from cadastre_import.readers.delimited import read_csv
from cadastre_import.readers.json_array import read_json_array
from cadastre_import.readers.opening import open_bytes
from cadastre_import.source import Column, Records, Source
from layers.crs import departement_of
from layers.errors import InvalidRow

SIREN = re.compile(r"\d{9}")
# Delegated and associated communes bear codes of the past: reports are counted in the commune of today.
KEPT_TYPES = ("commune-actuelle", "arrondissement-municipal", "COM", "ARM")
INSEE = ("TYPECOM", "COM", "DEP", "LIBELLE")
PACKAGED = frozenset(["codesPostaux", "population"])


def read_communes(path: Path) -> Records:
    """Read the communes of today and the municipal arrondissements."""
    with open_bytes(path) as stream:
        is_json = stream.read(256).lstrip(b"\xef\xbb\xbf \r\n\t").startswith((b"[", b"{"))
    if is_json:
        records = replace(read_json_array(path), columns=PACKAGED)
        return replace(records, rows=_of_today(records.rows, "type"))
    records = read_csv(path, required=INSEE)
    return replace(records, rows=_of_today(records.rows, "TYPECOM"))


def _of_today(rows: Iterable[tuple[int, Any]], kind: str) -> Iterator[tuple[int, Any]]:
    for number, record in rows:
        if not isinstance(record, dict) or record.get(kind) in KEPT_TYPES:
            yield number, record


def parse_commune(record: Any) -> list[Any]:
    """Read a commune: code, name, département, postcodes, codes of the communes merged into it, population."""
    properties = fields.mapping(record, "commune")
    if "COM" in properties:
        told = {"code": "COM", "nom": "LIBELLE", "departement": "DEP"}
        properties = {name: properties.get(header) for name, header in told.items()}
    code = fields.code(properties.get("code"), fields.COMMUNE, "code")
    former = properties.get("anciensCodes") or []
    if not isinstance(former, list):
        raise InvalidRow("anciensCodes : une liste est attendue")
    postcodes = properties.get("codesPostaux") or []
    if not isinstance(postcodes, list):
        raise InvalidRow("codesPostaux : une liste est attendue")
    return [
        code,
        fields.required(properties.get("nom"), "nom", longest=200),
        fields.text(properties.get("departement"), "departement", longest=3) or departement_of(code),
        orjson.dumps(postcodes).decode(),
        [str(one) for one in former if _was_nearby(str(one), code)],
        fields.whole_number(properties.get("population"), "population"),
    ]


def _was_nearby(former: str, code: str) -> bool:
    """Tell a merger from a change of département: 75010 was Bondy until 1968, and is Paris' postcode today."""
    return fields.COMMUNE.fullmatch(former) is not None and departement_of(former) == departement_of(code)


def parse_epci(record: Any) -> list[Any]:
    """Read an EPCI or EPT: SIREN, name, type, the codes of its communes."""
    properties = fields.mapping(record, "EPCI")
    members = properties.get("membres")
    if not isinstance(members, list):
        raise InvalidRow("membres : une liste est attendue")
    return [
        fields.code(properties.get("code"), SIREN, "code"),
        fields.required(properties.get("nom"), "nom", longest=200),
        fields.text(properties.get("type"), "type", longest=10),
        [fields.code(fields.mapping(m, "membre").get("code"), fields.COMMUNE, "membre") for m in members],
    ]


# Those that another file told stay: not every form of the COG has them
FORMER = """ARRAY(
    SELECT former FROM (
        SELECT unnest(s.merged) UNION SELECT unnest(c.anciens_codes) FROM layers_commune c WHERE c.code = s.code
    ) AS told (former) ORDER BY former
)"""
COMMUNES = Source(
    name="communes",
    title="Communes du Code officiel géographique",
    producer="Insee",
    licence="Licence Ouverte 2.0",
    url="paquet npm @etalab/decoupage-administratif, data/communes.json, ou insee.fr, v_commune_{année}.csv",
    read=read_communes,
    parse=parse_commune,
    table="layers_commune",
    columns=(
        Column("code"),
        Column("nom"),
        Column("departement"),
        Column("codes_postaux", "jsonb"),
        Column("merged", "text[]", into=None),
        Column("population", "int"),
    ),
    key=("code",),
    derived={"anciens_codes": FORMER},
    optional={"codes_postaux": "codesPostaux", "population": "population"},
)

# An établissement public territorial acts where the métropole du Grand Paris only gathers: it wins.
MEMBERSHIP = """
UPDATE layers_commune c SET epci_id = m.epci
FROM (SELECT code AS epci, type, unnest(membres) AS commune FROM staging WHERE reason IS NULL) m
WHERE c.code = m.commune AND c.epci_id IS DISTINCT FROM m.epci
  AND (m.type = 'EPT' OR NOT EXISTS (SELECT 1 FROM layers_epci e WHERE e.code = c.epci_id AND e.type = 'EPT'))
"""

EPCI = Source(
    name="epci",
    title="EPCI et établissements publics territoriaux",
    producer="Insee, DGCL",
    licence="Licence Ouverte 2.0",
    url="paquet npm @etalab/decoupage-administratif, data/epci.json et data/ept.json",
    read=read_json_array,
    parse=parse_epci,
    table="layers_epci",
    columns=(Column("code"), Column("nom"), Column("type"), Column("membres", "text[]", into=None)),
    key=("code",),
    after=(MEMBERSHIP,),
)
