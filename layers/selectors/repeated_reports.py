"""Reports by address, building or parcelle among all the inhabited ones: is repetition more than chance?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Count, Max
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.iris_counts import with_dwelling
from layers.selectors.places.identity import SHARE
from layers.selectors.priority_criteria import place_of
from layers.selectors.priority_ground import ground_rows
from layers.selectors.report_selection import ReportSelection
from layers.selectors.units import ground_of

KINDS = (UnitKind.ADRESSE, UnitKind.BATIMENT, UnitKind.PARCELLE)
TOUCHING_DEGREES = 0.00001  # about one metre: neighbours of the cadastre do not always touch
LEAST = 2
# The dwellings of an address are those that the BDNB tells of its building, else one
WEIGHED = """
    WITH known AS (
        SELECT ban_id, sum(g.dwellings::float8 / cardinality(g.ban_ids)) AS dwellings
        FROM layers_groupebatiment g CROSS JOIN LATERAL unnest(g.ban_ids) AS ban_id
        WHERE g.dwellings > 0 GROUP BY ban_id
    ), a AS (
        SELECT a.ban_id, a.commune_id, greatest(coalesce(k.dwellings, 1), 1) AS dwellings
        FROM layers_address a LEFT JOIN known k USING (ban_id)
        WHERE a.closed_on IS NULL AND a.commune_id = ANY(%(communes)s)
    )
"""
INHABITED = {
    UnitKind.ADRESSE: "SELECT ban_id, commune_id, dwellings FROM a ORDER BY 1",
    # The buildings that the RNB gives an address, else those of its parcelle, share its dwellings
    UnitKind.BATIMENT: """
        SELECT code, commune_id, sum(a.dwellings / l.buildings) FROM (
            SELECT ban_id, b.code, b.commune_id, count(*) OVER (PARTITION BY ban_id) AS buildings FROM (
                SELECT ban_id, batiment_id FROM layers_batimentaddress
                UNION
                SELECT p.address_id, s.batiment_id
                FROM layers_addressparcelle p JOIN layers_batimentparcelle s USING (idu)
                WHERE coalesce(s.cover_ratio, 1) >= %(share)s
                  AND NOT EXISTS (SELECT FROM layers_batimentaddress o WHERE o.ban_id = p.address_id)
            ) told JOIN layers_batiment b ON b.code = told.batiment_id
            WHERE b.closed_on IS NULL AND b.commune_id = ANY(%(communes)s)
        ) l JOIN (SELECT ban_id, dwellings FROM a) a USING (ban_id)
        GROUP BY code, commune_id ORDER BY 1""",
    UnitKind.PARCELLE: """
        SELECT p.idu, p.commune_id, sum(a.dwellings / l.parcelles) FROM (
            SELECT address_id, idu, count(*) OVER (PARTITION BY address_id) AS parcelles FROM layers_addressparcelle
        ) l JOIN a ON a.ban_id = l.address_id
        JOIN layers_parcelle p ON p.idu = l.idu AND p.closed_on IS NULL AND p.commune_id = ANY(%(communes)s)
        GROUP BY p.idu ORDER BY 1""",
}
TOUCHING = """
    SELECT a.idu, b.idu FROM layers_parcelle a
    JOIN layers_parcelle b ON b.idu > a.idu AND b.closed_on IS NULL AND ST_DWithin(a.geom, b.geom, %(near)s)
    WHERE a.idu = ANY(%(codes)s) AND b.idu = ANY(%(codes)s) AND a.closed_on IS NULL
"""


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedReports:
    """All the inhabited places of a perimeter, in the order of their codes."""

    kind: UnitKind
    codes: NDArray[np.str_]
    communes: NDArray[np.str_]
    dwellings: NDArray[np.float64]
    reports: NDArray[np.int64]
    reported_dwellings: NDArray[np.int64]
    last_on: tuple[str, ...]
    """Day of the last report in ISO form, empty where there is none."""
    neighbours: NDArray[np.int64]
    """(m, 2) places that touch; for parcelles only."""
    named: dict[str, tuple[str, float, float, int]]
    """Of the places with two reports or more: name, x, y in metres, and their projection."""
    left_out: int
    """Reports at no inhabited place of the perimeter."""


def repeated_reports(kind: UnitKind, scope: Scope, selection: ReportSelection) -> RepeatedReports:
    """Count the selected reports that ``scope`` opens at each inhabited place of its communes.

    Raises NothingToAnalyse when no address is known there.
    """
    rows = _rows(WEIGHED + INHABITED[kind], communes=ground_of(scope), share=SHARE)
    if not rows:
        raise NothingToAnalyse(
            "aucune adresse n’est importée dans ce périmètre : il n’y a pas de lieu à compter"
        )
    reports = selection.reports(scope)
    found = (
        with_dwelling(reports)
        .annotate(place=place_of(kind))
        .filter(place__isnull=False)
        .values("place")
        .annotate(reports=Count("pk"), dwellings=Count("dwelling", distinct=True), last=Max("received_on"))
    )
    told = {row["place"]: row for row in found}
    codes, communes, dwellings = zip(*rows, strict=True)
    counts = [told.get(code) for code in codes]
    several = [code for code, row in zip(codes, counts, strict=True) if row and row["reports"] >= LEAST]
    return RepeatedReports(
        kind=kind,
        codes=np.array(codes, dtype=str),
        communes=np.array(communes, dtype=str),
        dwellings=np.array(dwellings, dtype=float),
        reports=np.array([row["reports"] if row else 0 for row in counts], dtype=np.int64),
        reported_dwellings=np.array([row["dwellings"] if row else 0 for row in counts], dtype=np.int64),
        last_on=tuple(_day(row["last"]) if row else "" for row in counts),
        neighbours=_neighbours(codes) if kind == UnitKind.PARCELLE else np.empty((0, 2), dtype=np.int64),
        named={
            row.code: (row.name, row.x, row.y, row.srid)
            for row in ground_rows(kind, several, selection.until)
        },
        left_out=reports.count() - sum(row["reports"] for row in counts if row),
    )


def _neighbours(codes: Sequence[str]) -> NDArray[np.int64]:
    place = {code: n for n, code in enumerate(codes)}
    pairs = _rows(TOUCHING, codes=list(codes), near=TOUCHING_DEGREES)
    return np.array([(place[a], place[b]) for a, b in pairs], dtype=np.int64).reshape(-1, 2)


def _day(day: date) -> str:
    return day.isoformat()


def _rows(query: str, **values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()
