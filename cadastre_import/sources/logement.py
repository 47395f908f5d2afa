"""Dwellings by IRIS: the Insee's base-ic-logement (a census edition a year) as indicators."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre_import import fields, secrecy
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Column, Records, Source, Unread
from layers.errors import InvalidRow, UnreadableFile

# The stock that the analyses divide by, and what its risk depends on
KEPT = (
    "LOG",
    "RP",
    "RSECOCC",
    "LOGVAC",
    "MAISON",
    "APPART",
    "RP_1P",
    "RP_M30M2",
    "RP_ACHTOT",
    "RP_ACH19",
    "RP_ACH45",
    "RP_ACH70",
    "RP_PROP",
    "RP_LOC",
    "RP_LOCHLMV",
)
COLUMN = re.compile(r"P(\d{2})_(\w+)")


def read_logement(path: Path) -> Records:
    """Read one row per IRIS; the edition is in the names of the columns (P21_LOG)."""
    records = read_csv(path, required=("IRIS",))
    if len(_years(records)) != 1:
        raise UnreadableFile(
            f"{path.name} : une colonne « P.._LOG » et une seule est attendue (base-ic-logement)"
        )
    return records


def _years(records: Records) -> set[str]:
    return {match[1] for name in records.columns if (match := COLUMN.fullmatch(name)) and match[2] == "LOG"}


def one_by_indicator(records: Records) -> Records:
    """Give one record per IRIS and indicator."""
    return replace(records, rows=_exploded(records, _years(records).pop()))


def _exploded(records: Records, year: str) -> Iterator[tuple[int, Any]]:
    for line, row in records.rows:
        if isinstance(row, Unread):
            yield line, row
            continue
        for code in KEPT:
            if (value := row.get(f"P{year}_{code}")) is not None:
                yield line, {"iris": row["IRIS"], "code": code, "millesime": 2000 + int(year), "value": value}


def parse(record: Any) -> list[Any]:
    """Read one value: IRIS, indicator, edition, number (an estimate, with decimals) or why there is none."""
    if record is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    record = fields.mapping(record, "ligne")
    iris = fields.code(record["iris"], fields.IRIS, "IRIS")
    value, secret = secrecy.figure(record["value"], record["code"], empty="non diffusé")
    return [iris, iris[:5], record["code"], record["millesime"], value, secret]


SOURCE = Source(
    name="logement",
    title="Logements par IRIS (base-ic-logement)",
    producer="Insee, recensement de la population",
    licence="Licence Ouverte 2.0",
    url="{INSEE_URL}/base-ic-logement",
    read=read_logement,
    reshape=one_by_indicator,
    parse=parse,
    table="layers_indicator",
    columns=(
        Column("territoire_code"),
        Column("commune", into=None),
        Column("code"),
        Column("millesime", "int"),
        Column("value", "float8"),
        Column("secret"),
    ),
    key=("territoire", "code", "millesime", "territoire_code"),
    commune="commune",
    constants={"territoire": "'iris'"},
    rejects_need_original=True,
)
