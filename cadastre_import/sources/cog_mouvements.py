"""What became of the communes since 1943: the Insee's v_mvt_commune_{year}.csv, one row a commune before and after.

Mergers, associations, transfers of seat: the last movement of a code is followed from commune to commune to one of
today, and its code is kept there among the former ones, so that a report or a register of another year finds it. A
commune that was divided among several is followed to none, nor one that changed département: the codes of the Seine
are postcodes of Paris today, and those of the old Corsica name nobody since 1976.
"""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Column, Correction, Records, Source
from layers.errors import InvalidRow

REQUIRED = ("MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TYPECOM_AP", "COM_AP")


def read_movements(path: Path) -> Records:
    """Read the rows where a commune takes the place of another of its département; a change of name moves nobody."""
    records = read_csv(path, required=REQUIRED)
    return replace(records, rows=_moved(records))


def _moved(records: Records) -> Iterator[tuple[int, Any]]:
    for line, row in records.rows:
        if not isinstance(row, dict):
            yield line, row
            continue
        before, after = row["COM_AV"], row["COM_AP"]
        if row["TYPECOM_AP"] == "COM" and before != after and before[:2] == after[:2]:
            yield line, row


def parse(row: Any) -> list[Any]:
    """Read a movement: the code before, its day, the code after."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    day = fields.iso_date(row["DATE_EFF"], "DATE_EFF")
    if day is None:
        raise InvalidRow("DATE_EFF : valeur absente")
    before, after = (fields.code(row[name], fields.COMMUNE, name) for name in ("COM_AV", "COM_AP"))
    return [before, day, after]


# UNION and not UNION ALL, and days that never go back: codes exchanged on one day would turn for ever
FOLLOWED = """
WITH RECURSIVE last AS (
    SELECT before, moved_on, min(code) AS code
    FROM (SELECT *, max(moved_on) OVER (PARTITION BY before) AS latest FROM staging) movements
    WHERE moved_on = latest GROUP BY before, moved_on HAVING count(DISTINCT code) = 1
), way AS (
    SELECT before, moved_on, code FROM last
    UNION
    SELECT way.before, last.moved_on, last.code
    FROM way JOIN last ON last.before = way.code AND last.moved_on >= way.moved_on
), today AS (
    SELECT DISTINCT ON (before) before, way.code
    FROM way JOIN layers_commune c USING (code)
    WHERE before NOT IN (SELECT code FROM layers_commune)
    ORDER BY before, moved_on DESC
), former AS (
    SELECT code, array_agg(before) AS codes FROM today GROUP BY code
)
UPDATE layers_commune c
SET anciens_codes = ARRAY(SELECT unnest(c.anciens_codes::text[] || f.codes) AS one GROUP BY one ORDER BY one)
FROM former f
WHERE f.code = c.code AND NOT c.anciens_codes::text[] @> f.codes
"""
SOURCE = Source(
    name="mouvements-communes",
    title="Mouvements de communes du Code officiel géographique",
    producer="Insee",
    licence="Licence Ouverte 2.0",
    url="insee.fr, Code officiel géographique, v_mvt_commune_{année}.csv",
    read=read_movements,
    parse=parse,
    table="layers_commune",
    columns=(Column("before", into=None), Column("moved_on", "date", into=None), Column("code")),
    key=("code",),
    identity=("before", "moved_on", "code"),
    only="false",
    corrections=(Correction(FOLLOWED, "commune(s) ont reçu des codes d’avant"),),
)
