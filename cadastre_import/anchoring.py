"""Links each report to the places it speaks of: address, parcelles, buildings, IRIS, commune, perimeters.

The cascade is the SQL of ``sql/anchoring``, run in the order of its files in one transaction; docs/anchoring.md
tells it with its yield. A run anchors the reports that moved and those near a place written since the last run
(docs/adr/0011), and writes only what differs.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from cadastre_import.bare_table import BareTable
from layers.models import Anchor, AnchoringRun

*FINDING, WRITING = sorted((Path(__file__).parent / "sql" / "anchoring").glob("*.sql"))
TABLES = ("changed", "moved", "report", "link", "street", "commune", "result", "count")

# How far is still there, in metres. On real Bondy 33 % of the BAN points lie inside a parcelle, 99 % within 5 m.
RADII = {"address_m": 30, "parcelle_m": 15, "iris_m": 50, "numero_m": 20}
TIE_M = 0.1  # the cadastre is not drawn finer than this
SHARE = 0.1  # of a building: less of it on a parcelle is a matter of drawing
COMMUNE_SOURCES = [
    "communes",
    "cadastre-communes",
    "contours-communes",
]  # whose last edition is that of a link to a commune

# What a transaction that is still open writes is stamped with the instant it began: it will have to be read again
AS_OF = """
SELECT least(now(), min(xact_start)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('layers_anchor'))"

MANY = 10_000  # links from which building the indexes at the end is worth making readers wait
MANY_INTO_NOTHING = """
SELECT NOT EXISTS (SELECT FROM layers_anchor) AND (SELECT count(*) >= %s FROM anchoring_link)
"""
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


def anchor_signalements(only: Iterable[int] | None = None, *, everything: bool = False) -> AnchoringReport:
    """Anchor the reports that moved or near which something changed; ``only`` those ids; or ``everything``."""
    with transaction.atomic(), connection.cursor() as cursor:
        # A nightly set over a département is not a web request, and its sorts and hashes hold in memory
        cursor.execute("SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB'")
        cursor.execute(ONE_AT_A_TIME)
        parameters = parameters_of(None if only is None else list(only), everything=everything)
        find_links(cursor, parameters)
        with _bare_if_empty(cursor):
            cursor.execute(WRITING.read_text(), parameters)
        cursor.execute(TOTALS)
        reports, removed, written = cursor.fetchone()
        cursor.execute(YIELD)
        retained = {(kind, method): count for kind, method, count in cursor.fetchall()}
        if only is None:
            AnchoringRun.objects.create(
                as_of=parameters["as_of"], reports=reports, written=written, removed=removed
            )
    return AnchoringReport(reports, written, removed, retained)


def parameters_of(only: list[int] | None, *, everything: bool) -> dict[str, Any]:
    """Give the parameters of the cascade: which reports, and from when on a place counts as changed."""
    with connection.cursor() as cursor:
        cursor.execute(AS_OF)
        (as_of,) = cursor.fetchone()
    # No place counts as changed when the reports are named, or are all
    last = None if everything or only is not None else AnchoringRun.objects.order_by("-pk").first()
    return {
        "only": only,
        "all": only is None and last is None,
        "since": last.as_of if last else "infinity",
        "as_of": as_of,
        "tie_m": TIE_M,
        "share": SHARE,
        "commune_sources": COMMUNE_SOURCES,
        **RADII,
    }


@contextmanager
def _bare_if_empty(cursor: Any) -> Iterator[None]:
    """Write the first links of a territory without indexes, which are then built once."""
    cursor.execute(MANY_INTO_NOTHING, [MANY])
    table = BareTable("layers_anchor")
    if cursor.fetchone() == (False,) or not table.strip():
        yield
        return
    with table.dropped_keys():
        yield
    table.restore()


def find_links(cursor: Any, parameters: Mapping[str, Any]) -> None:
    """Fill the temporary tables of the cascade, which die with the transaction."""
    for table in TABLES:
        cursor.execute(f"DROP TABLE IF EXISTS anchoring_{table}")
    for step in FINDING:
        cursor.execute(step.read_text(), parameters)
