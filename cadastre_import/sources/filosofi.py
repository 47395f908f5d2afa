"""Income by IRIS (Filosofi): poverty rate, quartiles, shares of each income, as indicators.

The edition and the universe are in the names of the columns: ``DEC_TP6019`` is the poverty rate of declared incomes
in 2019, ``DISP_`` of disposable ones. What is under statistical secrecy has no value and says why.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre_import import fields, secrecy
from cadastre_import.readers.delimited import read_csv
from cadastre_import.readers.geopackage import is_geopackage, read_geopackage
from cadastre_import.source import Column, Records, Source, Unread
from layers.errors import InvalidRow, UnreadableFile

COLUMN = re.compile(r"((?:DEC|DISP)_[A-Z0-9]+?)(\d{2})")
NOT_A_FIGURE = ("DEC_NOTE", "DISP_NOTE")
IRIS = ("CODE_IRIS", "IRIS")


def read_filosofi(path: Path) -> Records:
    """Read one row per IRIS, from the Insee's CSV or from a GeoPackage that carries its columns."""
    if is_geopackage(path):
        return Records((line, feature["properties"]) for line, feature in read_geopackage(path).rows)
    records = read_csv(path, required=())
    if not any(COLUMN.fullmatch(name) for name in records.columns):
        raise UnreadableFile(f"{path.name} : aucune colonne de Filosofi (DEC_TP60.., DISP_MED..)")
    return records


def one_by_indicator(records: Records) -> Records:
    """Give one record per IRIS and indicator."""
    return replace(records, rows=_exploded(records.rows))


def _exploded(rows: Any) -> Iterator[tuple[int, Any]]:
    for line, row in rows:
        if isinstance(row, Unread):
            yield line, row
            continue
        iris = next((row[name] for name in IRIS if name in row), "")
        for name, value in row.items():
            column = COLUMN.fullmatch(name)
            if column and column[1] not in NOT_A_FIGURE:
                yield line, {"iris": iris, "code": column[1], "year": 2000 + int(column[2]), "value": value}


def parse(record: Any) -> list[Any]:
    """Read one figure: IRIS, indicator, edition, value or why there is none."""
    if record is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    record = fields.mapping(record, "ligne")
    iris = fields.code(record["iris"], fields.IRIS, "IRIS")
    code = fields.required(record["code"], "indicateur", longest=40)
    value, secret = secrecy.figure(record["value"], code, empty="non diffusé")
    year = fields.whole_number(record["year"], "millésime", low=2000, high=2099)
    return [iris, iris[:5], code, year, value, secret]


SOURCE = Source(
    name="filosofi",
    title="Revenus et pauvreté par IRIS (Filosofi)",
    producer="Insee, DGFiP, Cnaf, Cnav, CCMSA",
    licence="Licence Ouverte 2.0",
    url="{INSEE_URL}, « Revenus, pauvreté et niveau de vie – IRIS », BASE_TD_FILO_DEC_IRIS_{année}.csv",
    read=read_filosofi,
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
