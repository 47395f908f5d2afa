"""Social dwellings: the RPLS has one row per dwelling and no stable key, so it enters as counts by IRIS."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Column, Records, Source, Unread
from layers.errors import InvalidRow

INDICATOR = "RPLS_LOG"


def read_rpls(path: Path) -> Records:
    """Read one row per dwelling."""
    return read_csv(path, required=("DEPCOM", "MILLESIME"))


def count_by_iris(records: Records) -> Records:
    """Count the dwellings of each IRIS; the edition names the column (PLG_IRIS2021, four digits)."""
    column = next((name for name in sorted(records.columns) if name.startswith("PLG_IRIS")), "")
    return replace(records, rows=_counted(records, column))


def _counted(records: Records, column: str) -> Iterator[tuple[int, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    line = 0
    for line, row in records.rows:
        if isinstance(row, Unread) or not row.get(column, "").isdigit():
            yield line, row
        else:
            counts[row["DEPCOM"].rjust(5, "0") + row[column].rjust(4, "0"), row["MILLESIME"]] += 1
    # a count stands on no line: its number comes after them
    for number, ((iris, year), dwellings) in enumerate(sorted(counts.items()), line + 1):
        yield number, {"iris": iris, "millesime": year, "value": dwellings}


def parse(record: Any) -> list[Any]:
    """Read one count: IRIS, edition, dwellings."""
    if record is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    record = fields.mapping(record, "ligne")
    if "iris" not in record:
        raise InvalidRow("logement sans IRIS")
    iris = fields.code(record["iris"], fields.IRIS, "IRIS")
    return [iris, iris[:5], fields.whole_number(record["millesime"], "MILLESIME"), record["value"]]


SOURCE = Source(
    name="rpls",
    title="Répertoire des logements locatifs des bailleurs sociaux",
    producer="SDES",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, RPLS au logement",
    read=read_rpls,
    reshape=count_by_iris,
    parse=parse,
    table="layers_indicator",
    columns=(
        Column("territoire_code"),
        Column("commune", into=None),
        Column("millesime", "int"),
        Column("value", "float8"),
    ),
    key=("territoire", "code", "millesime", "territoire_code"),
    commune="commune",
    derived={"code": f"'{INDICATOR}'"},
    constants={"territoire": "'iris'", "secret": "''"},
    rejects_need_original=True,
)
