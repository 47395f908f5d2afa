"""Social dwellings by address: the rows of the RPLS, one a dwelling and without a key, folded by street and number.

An edition replaces what stood for its communes; ``rpls`` counts the same file by IRIS.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from cadastre_import import fields
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Column, Correction, Records, Source
from cadastre_import.sources.near_commune import far_positions_left_out
from cadastre_import.sources.same_address import COLUMNS, SAME_ADDRESS, as_the_ban_writes
from layers.crs import ACCEPTED_SRIDS, WGS84
from layers.errors import InvalidRow

REQUIRED = ("DEPCOM", "MILLESIME", "NUMVOIE", "INDREP", "TYPVOIE", "NOMVOIE", "CONSTRUCT", "DPEENERGIE")
ABSENT = ("", "NA")
CLASSES = frozenset("ABCDEFG")
OUTSIDE_QPV = ("HZ", "CSZ")  # outside any zone, commune without any


def read_rpls_rows(path: Path) -> Records:
    """Read the dwellings; the projection is that of the first, for a file is that of one département."""
    records = read_csv(path, required=REQUIRED)
    rows = iter(records.rows)
    first = list(_first(rows))
    told = next(
        (row["EPSG"] for _, row in first if isinstance(row, dict) and row.get("EPSG", "") not in ABSENT), ""
    )
    srid = int(told) if told.isdecimal() and int(told) in ACCEPTED_SRIDS else None
    every = _placed(chain(first, rows), told)
    if not told:
        return replace(records, rows=every, srid=WGS84, notices=(*records.notices, "fichier sans positions"))
    return replace(records, rows=every, srid=srid, srid_problem=f"projection non acceptée « EPSG:{told} »")


def _first(rows: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Give the rows up to the first that has a position."""
    for line, row in rows:
        yield line, row
        if isinstance(row, dict) and row.get("EPSG", "") not in ABSENT:
            return


def _placed(rows: Iterator[tuple[int, Any]], epsg: str) -> Iterator[tuple[int, Any]]:
    """Drop the position of a dwelling that is in another projection than the file's: it still counts."""
    for line, row in rows:
        if isinstance(row, dict) and row.get("EPSG", "") != epsg:
            row = row | {"X": "", "Y": ""}  # noqa: PLW2901
        yield line, row


def parse(row: Any) -> list[Any]:
    """Read a dwelling: commune, edition, address, year, energy class, quartier, position."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    row = {name: "" if value in ABSENT else value for name, value in row.items()}
    code_insee = fields.commune_code(row["DEPCOM"].rjust(5, "0"), "DEPCOM")
    numero = fields.text(row["NUMVOIE"], "NUMVOIE", longest=20)
    rep = fields.text(row["INDREP"], "INDREP", longest=10).upper()
    words = (fields.text(row[name], name, longest=140) for name in ("TYPVOIE", "NOMVOIE"))
    voie = " ".join(word for word in words if word).upper()
    if not voie:
        raise InvalidRow("NOMVOIE : voie absente")
    millesime = fields.whole_number(row["MILLESIME"], "MILLESIME", low=2000, high=2099)
    if millesime is None:
        raise InvalidRow("MILLESIME : valeur absente")
    classe = fields.text(row["DPEENERGIE"], "DPEENERGIE")
    qpv = fields.text(row.get("PLG_QP"), "PLG_QP", longest=8)
    x, y = fields.decimal(row.get("X"), "X"), fields.decimal(row.get("Y"), "Y")
    return [
        code_insee,
        millesime,
        numero,
        rep,
        voie,
        *as_the_ban_writes(f"{numero}{rep} {voie}"),
        fields.year(row["CONSTRUCT"], "CONSTRUCT"),
        classe if classe in CLASSES else "",
        "" if qpv in OUTSIDE_QPV else qpv,
        fields.whole_number(row.get("QUALITE_XY"), "QUALITE_XY", high=99),
        None if x is None or y is None else (x, y),
        *[None] * len(FOLDED),
    ]


FOLDED = (
    Column("dwellings", "int"),
    Column("first_built", "int"),
    Column("last_built", "int"),
    Column("classes_dpe", "jsonb"),
    Column("qpv"),
)
OLDER = """
UPDATE staging s SET reason = 'édition ' || s.millesime || ', plus ancienne que celle en place : ' || l.millesime
FROM (SELECT code_insee, max(millesime) AS millesime FROM layers_logementsocial GROUP BY code_insee) l
WHERE s.reason IS NULL AND l.code_insee = s.code_insee AND l.millesime > s.millesime
"""
# The dwelling of the best position stands for its address. Its line names the group, and nothing is joined but it:
# PostgreSQL knows nothing of the number of groups, and would plan a loop in a loop
FOLD = """
WITH rows AS (
    SELECT classe, built, row_qpv, first_value(line) OVER (
        PARTITION BY code_insee, voie, numero, rep ORDER BY geom IS NULL, qualite_xy NULLS LAST, line
    ) AS first
    FROM staging WHERE reason IS NULL
), classes AS (
    SELECT first, classe, count(*) AS dwellings, min(built) AS oldest, max(built) AS newest, max(row_qpv) AS qpv
    FROM rows GROUP BY first, classe
), addresses AS (
    SELECT first, sum(dwellings) AS dwellings, min(oldest) AS oldest, max(newest) AS newest, max(qpv) AS qpv,
           jsonb_object_agg(classe, dwellings) FILTER (WHERE classe <> '') AS counts
    FROM classes GROUP BY first
)
UPDATE staging s SET
    dwellings = a.dwellings, first_built = a.oldest, last_built = a.newest, qpv = a.qpv,
    classes_dpe = coalesce(a.counts, '{}')
FROM addresses a
WHERE s.line = a.first
"""
FOLDED_ROWS = "DELETE FROM staging WHERE reason IS NULL AND dwellings IS NULL"
REPLACED = """
DELETE FROM layers_logementsocial l
WHERE l.code_insee IN (SELECT DISTINCT code_insee FROM staging WHERE reason IS NULL)
  AND NOT EXISTS (
      SELECT FROM staging s WHERE s.reason IS NULL
      AND (s.code_insee, s.voie, s.numero, s.rep) = (l.code_insee, l.voie, l.numero, l.rep))
"""

SOURCE = Source(
    name="rpls-adresses",
    title="Logements sociaux par adresse (RPLS)",
    producer="SDES",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, RPLS au logement",
    read=read_rpls_rows,
    parse=parse,
    table="layers_logementsocial",
    columns=(
        Column("code_insee"),
        Column("millesime", "int"),
        Column("numero"),
        Column("rep"),
        Column("voie"),
        *COLUMNS,
        Column("built", "int", into=None),
        Column("classe", into=None),
        Column("row_qpv", into=None),
        Column("qualite_xy", "int"),
        Column("geom", "geometry(Point,4326)"),
        *FOLDED,
    ),
    key=("code_insee", "voie", "numero", "rep"),
    point="geom",
    commune="code_insee",
    derived={
        "ban_id": SAME_ADDRESS,
        "idu": "(SELECT min(p.idu) FROM layers_parcelle p WHERE p.closed_on IS NULL AND ST_Covers(p.geom, s.geom))",
    },
    corrections=(
        far_positions_left_out("code_insee"),
        Correction(OLDER),
        Correction(FOLD),
        Correction(FOLDED_ROWS),
    ),
    after=(REPLACED,),
    rejects_need_original=True,
)
