"""The state of the data: for each source, what was imported last, how old it is, how many rows stand."""

from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from cadastre_import.source import Source
from cadastre_import.sources import SOURCES
from layers.models import ImportRun

OLD_DAYS = 365
ROWS = "SELECT relname, reltuples::bigint FROM pg_class WHERE relname = ANY(%s) AND relkind IN ('r', 'p')"


@dataclass(frozen=True)
class SourceState:
    """A source and its last import that ended well, None if it never was imported.

    ``rows`` is PostgreSQL's own estimate for the whole table, which several sources may fill; None if unknown.
    """

    source: Source
    last: ImportRun | None
    millesime: date | None
    rows: int | None

    @property
    def age_days(self) -> int | None:
        """How many days ago the last import ended."""
        if self.last is None or self.last.ended_at is None:
            return None
        return (timezone.localdate() - timezone.localdate(self.last.ended_at)).days

    @property
    def is_old(self) -> bool:
        """Say whether it is time to look for another edition."""
        return self.age_days is not None and self.age_days > OLD_DAYS


def data_state() -> list[SourceState]:
    """Give the state of every source, in the order of import: three queries."""
    done = ImportRun.objects.filter(status=ImportRun.Status.DONE)
    summary = {
        found["source"]: found
        for found in done.values("source")
        .annotate(last=Max("pk"), newest=Max("millesime"))
        .order_by("source")
    }
    runs = done.in_bulk([found["last"] for found in summary.values()])
    rows = _rows()
    return [
        SourceState(
            source,
            runs.get(summary[name]["last"]) if name in summary else None,
            summary[name]["newest"] if name in summary else None,
            rows.get(source.table),
        )
        for name, source in SOURCES.items()
    ]


def _rows() -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [sorted({source.table for source in SOURCES.values()})])
        return {table: count for table, count in cursor.fetchall() if count >= 0}
