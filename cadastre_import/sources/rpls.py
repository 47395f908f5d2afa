"""Social dwellings: the RPLS has one row per dwelling and no stable key, so it enters as counts by IRIS."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Column, Records, Source

INDICATOR = "RPLS_LOG"


def read_rpls(path: Path) -> Records:
    """Read the number of dwellings of each IRIS; the edition names the column (PLG_IRIS2021, four digits)."""
    records = read_csv(path, required=("DEPCOM", "MILLESIME"))
    column = next((name for name in sorted(records.columns) if name.startswith("PLG_IRIS")), "")
    return Records(_counted(records, column))


def _counted(records: Records, column: str) -> Iterator[tuple[int, Any]]:
    counts: Counter[tuple[str, str]] = Counter()
    unreadable = []
    for line, row in records.rows:
        if row is None or not row.get(column, "").isdigit():
            unreadable.append(line)
            continue
        counts[row["DEPCOM"].rjust(5, "0") + row[column].rjust(4, "0"), row["MILLESIME"]] += 1
    yield from ((line, None) for line in unreadable)
    for number, ((iris, year), dwellings) in enumerate(sorted(counts.items()), 1):
        yield number, {"iris": iris, "millesime": year, "value": dwellings}


def parse(record: Any) -> list[Any]:
    """Read one count: IRIS, edition, dwellings."""
    record = fields.mapping(record, "logement sans IRIS")
    iris = fields.code(record["iris"], fields.IRIS, "IRIS")
    return [iris, iris[:5], fields.whole_number(record["millesime"], "MILLESIME"), record["value"]]


SOURCE = Source(
    name="rpls",
    title="Répertoire des logements locatifs des bailleurs sociaux",
    producer="SDES",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, RPLS au logement",
    read=read_rpls,
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
)
