"""Links each report to the places it speaks of: address, parcelles, buildings, IRIS, commune, perimeters.

The cascade is the SQL of ``sql/anchoring``, run in the order of its files in one transaction; docs/anchoring.md
tells it with its yield. Only what differs from the last run is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.db import connection, transaction

from layers.models import Anchor

STEPS = sorted((Path(__file__).parent / "sql" / "anchoring").glob("*.sql"))
TABLES = ("report", "link", "street", "result", "count")

# How far is still there, in metres. On real Bondy 33 % of the BAN points lie inside a parcelle, 99 % within 5 m.
RADII = {"address_m": 30, "parcelle_m": 15, "iris_m": 50}
TIE_M = 0.1  # the cadastre is not drawn finer than this
SHARE = 0.1  # of a building: less of it on a parcelle is a matter of drawing

YIELD = """
SELECT kind, method, count(*) FROM anchoring_result WHERE is_best GROUP BY kind, method
"""
TOTALS = "SELECT (SELECT count(*) FROM anchoring_report), removed, written FROM anchoring_count"


@dataclass(frozen=True)
class AnchoringReport:
    """How many reports were anchored, by which method for each kind of place, and what changed.

    ``retained`` counts the links retained by (kind, method); ``written`` links were added or changed.
    """

    reports: int
    written: int
    removed: int
    retained: Mapping[tuple[str, str], int]

    def reached(self, kind: str) -> int:
        """Give how many links to this kind of place were retained (one a report, save for perimeters)."""
        return sum(count for (k, _), count in self.retained.items() if k == kind)

    def __str__(self) -> str:
        reached = [f"{kind.label} {self.reached(kind)}" for kind in Anchor.Kind]
        changes = f"{self.written} liens écrits, {self.removed} retirés"
        return f"{self.reports} signalements ancrés ({', '.join(reached)}) ; {changes}"


def anchor_signalements(only: Iterable[int] | None = None) -> AnchoringReport:
    """Anchor all reports, or those of ``only`` (ids)."""
    parameters = {"only": None if only is None else list(only), "tie_m": TIE_M, "share": SHARE, **RADII}
    with transaction.atomic(), connection.cursor() as cursor:
        # A nightly set over a département is not a web request
        cursor.execute("SET LOCAL statement_timeout = 0")
        for table in TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS anchoring_{table}")
        for step in STEPS:
            cursor.execute(step.read_text(), parameters)
        cursor.execute(TOTALS)
        reports, removed, written = cursor.fetchone()
        cursor.execute(YIELD)
        retained = {(kind, method): count for kind, method, count in cursor.fetchall()}
    return AnchoringReport(reports, written, removed, retained)
