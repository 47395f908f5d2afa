"""Vacant private dwellings (LOVAC), the open counts: by commune or by EPCI, one column a year.

The file of dwellings, with their owners, is not open: it takes a convention with the Cerema and never enters here.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre_import import fields, secrecy
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Column, Records, Source, Unread
from layers.errors import InvalidRow, UnreadableFile
from layers.models import Indicator

TERRITOIRE = re.compile(r"(CODGEO|EPCI|CODE_EPCI|SIREN)(_\d{2})?", re.IGNORECASE)
FIGURE = re.compile(r"(?:ff_)?(pp_vacant_plus_2ans|pp_vacant|pp_total)_(\d{2})", re.IGNORECASE)
CODES = {"pp_vacant": "PP_VACANT", "pp_vacant_plus_2ans": "PP_VACANT_2ANS", "pp_total": "PP_TOTAL"}
SIREN = re.compile(r"\d{9}")


def read_lovac(path: Path) -> Records:
    """Read one row per territory."""
    records = read_csv(path, required=())
    named, figures = _columns(records)
    if not named or not figures:
        raise UnreadableFile(
            f"{path.name} : une colonne CODGEO_.. ou EPCI et des colonnes pp_vacant_.. sont attendues (LOVAC ouvert)"
        )
    return records


def _columns(records: Records) -> tuple[list[str], dict[str, re.Match[str]]]:
    named = sorted(name for name in records.columns if TERRITOIRE.fullmatch(name))
    return named, {name: match for name in sorted(records.columns) if (match := FIGURE.fullmatch(name))}


def one_by_figure(records: Records) -> Records:
    """Give one record per territory, figure and year."""
    named, figures = _columns(records)
    return replace(records, rows=_exploded(records, named[0], figures))


def _exploded(
    records: Records, territoire: str, figures: dict[str, re.Match[str]]
) -> Iterator[tuple[int, Any]]:
    for line, row in records.rows:
        if isinstance(row, Unread):
            yield line, row
            continue
        for name, match in figures.items():
            year = 2000 + int(match[2])
            yield line, {"territoire": row[territoire], "code": match[1], "year": year, "value": row[name]}


def parse(record: Any) -> list[Any]:
    """Read one figure: territory, indicator, year, value or why there is none."""
    if record is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    record = fields.mapping(record, "ligne")
    code = CODES.get(fields.text(record["code"], "indicateur").casefold())
    if code is None:
        raise InvalidRow("indicateur : inconnu")
    territoire = fields.text(record["territoire"], "territoire")
    is_epci = bool(SIREN.fullmatch(territoire))
    if not is_epci:
        territoire = fields.commune_code(territoire, "CODGEO")
    value, secret = secrecy.figure(record["value"], code, empty="non diffusé")
    kind = Indicator.Territoire.EPCI if is_epci else Indicator.Territoire.COMMUNE
    year = fields.whole_number(record["year"], "millésime", low=2000, high=2099)
    return [kind.value, territoire, code, year, value, secret]


SOURCE = Source(
    name="lovac",
    title="Logements vacants du parc privé (LOVAC, comptages ouverts)",
    producer="DHUP, Cerema, d’après la DGFiP",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, Logements vacants du parc privé : Lovac_opendata_Communes.csv",
    read=read_lovac,
    reshape=one_by_figure,
    parse=parse,
    table="layers_indicator",
    columns=(
        Column("territoire"),
        Column("territoire_code"),
        Column("code"),
        Column("millesime", "int"),
        Column("value", "float8"),
        Column("secret"),
    ),
    key=("territoire", "code", "millesime", "territoire_code"),
    rejects_need_original=True,
)
