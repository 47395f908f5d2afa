"""The parcelles that came before one, and those that came after it, through every edition imported."""

from dataclasses import dataclass
from datetime import date

from django.db import connection

from layers.scope import Scope

# A link that comes back to where it started (a parcelle reopened, then closed again) is walked once
WALK = """
WITH RECURSIVE walk AS (
    SELECT {end} AS idu, share, millesime, 1 AS generation, ARRAY[{start}::text, {end}] AS seen
    FROM layers_parcellelineage WHERE {start} = %(idu)s
    UNION ALL
    SELECT l.{end}, w.share * l.share, l.millesime, w.generation + 1, w.seen || l.{end}::text
    FROM walk w JOIN layers_parcellelineage l ON l.{start} = w.idu WHERE l.{end} <> ALL (w.seen)
)
SELECT idu, least(sum(share), 1), max(millesime), min(generation) FROM walk
GROUP BY idu ORDER BY min(generation), sum(share) DESC, idu
"""


@dataclass(frozen=True)
class Relative:
    """A parcelle of the same ground.

    ``share`` is the part of the older of the two that lies on the younger (the product of the shares from one
    generation to the next); ``millesime`` is the edition of the change nearest to it.
    """

    idu: str
    share: float
    millesime: date
    generation: int


@dataclass(frozen=True)
class Lineage:
    """The relatives of a parcelle, the nearest generation first."""

    ancestors: list[Relative]
    descendants: list[Relative]


def parcelle_lineage(idu: str, scope: Scope) -> Lineage:
    """Give what ``idu`` was drawn from and what was drawn on it since, in two queries; the cadastre is open data."""
    if not scope.signed_in:
        return Lineage([], [])
    return Lineage(ancestors=_walk(idu, "child", "parent"), descendants=_walk(idu, "parent", "child"))


def _walk(idu: str, start: str, end: str) -> list[Relative]:
    with connection.cursor() as cursor:
        cursor.execute(WALK.format(start=start, end=end), {"idu": idu})
        return [Relative(*row) for row in cursor.fetchall()]
