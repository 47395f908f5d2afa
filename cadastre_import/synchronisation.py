"""Keeps the reports in step with Signal Logement, by its API.

The API tells neither what changed nor since when: what was given to the partner since the last complete reading is
read, page back by page back; everything is with ``everything``. Each thousand of reports is written in a transaction
of its own, with the mark where the reading stands: an interrupted one goes on from there.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import orjson
from django.utils import timezone

from cadastre_import.fetching.signal_logement import LIMIT, SignalLogementApi
from cadastre_import.pipeline import import_delivery
from cadastre_import.rows import content_of, parsed_batches
from cadastre_import.source import ImportReport, Records
from cadastre_import.sources.signal_logement_api import SOURCE, TOLD
from cadastre_import.staging import Staging
from layers.crs import WGS84
from layers.models import SyncMark

WINDOWS = 10  # of a hundred reports, written together
OVERLAP = 5  # reports read twice, so that some that leave the list meanwhile do not hide others
A_DAY = timedelta(days=1)


@dataclass
class SyncReport:
    """What a synchronisation did."""

    requests: int = 0
    read: int = 0
    added: int = 0
    changed: int = 0
    rejected: int = 0
    resumed: bool = False

    def __str__(self) -> str:
        if not self.read:
            return "aucun signalement nouveau"
        parts = [
            f"{self.read} lus",
            f"{self.added} ajoutés",
            f"{self.changed} modifiés",
            f"{self.rejected} rejetés",
        ]
        return f"{', '.join(parts)} ({self.requests} requêtes{', lecture reprise' if self.resumed else ''})"


class ReportsDelivery:
    """Some reports of the API, each once, for the import."""

    source = SOURCE
    part = ""
    is_complement = False
    srid = WGS84

    def __init__(self, reports: list[Any], name: str) -> None:
        """Keep ``reports`` in order; their digest is that of their content."""
        self.reports, self.name = reports, name
        self.digest = hashlib.sha256(orjson.dumps(reports)).hexdigest()

    def open(self) -> tuple[frozenset[str], list[str]]:
        """Say which columns the API does not tell."""
        return SOURCE.absent_from(Records(iter(()), columns=TOLD)), []

    def stage(self, staging: Staging, report: ImportReport) -> None:
        """Parse the reports and copy them."""
        records = Records(enumerate(self.reports, 1), columns=TOLD)
        with staging.copying() as copy:
            for batch in parsed_batches(SOURCE, records, report):
                for row in batch.staged():
                    copy.write_row(row)
        # what is kept of a reject is enough to find the report again: persons are in the rest
        report.rejects = [(line, reason, self._told(line)) for line, reason, _ in report.rejects]

    def contents(self, lines: set[int]) -> Iterator[tuple[int, str]]:
        """Give what is kept of some reports."""
        yield from ((line, self._told(line)) for line in sorted(lines))

    def _told(self, line: int) -> str:
        report = self.reports[line - 1]
        kept = ("uuid", "reference", "dateCreation", "statut")
        return content_of({name: report.get(name) for name in kept} if isinstance(report, dict) else None)


def sync_signal_logement(
    api: SignalLogementApi, *, everything: bool = False, progress: Callable[[int], None] = lambda read: None
) -> SyncReport:
    """Read what was given to the partner since the last complete reading, or everything.

    A reading that was interrupted is finished first. Raises DownloadFailed: what was read stays.
    """
    mark, _ = SyncMark.objects.get_or_create(source=SOURCE.name)
    report = SyncReport()
    if mark.walk_offset is not None and not everything:
        report.resumed = True
        _walk(api, mark, report, progress)
    since = None if everything or mark.complete_until is None else mark.complete_until - A_DAY
    mark.walk_since, mark.walk_began_on, mark.walk_offset = since, timezone.localdate(), 0
    mark.save()
    _walk(api, mark, report, progress)
    return report


def _walk(
    api: SignalLogementApi, mark: SyncMark, report: SyncReport, progress: Callable[[int], None]
) -> None:
    """Read the list from where the mark stands to its end, and say in the mark that it was."""
    began_on = mark.walk_began_on or timezone.localdate()
    offset, ended = max((mark.walk_offset or 0) - LIMIT, 0), False
    last: list[str] = []
    while not ended:
        found: dict[str, Any] = {}
        for _ in range(WINDOWS):
            start, ended, reports = api.window(offset, mark.walk_since, began_on + A_DAY)
            report.requests += 1
            keys = [_key(one) for one in reports]
            if last and start and not set(last) & set(keys):
                # reports left the list since the window before: this one begins further than that one ended
                offset, last, ended = max(start - LIMIT, 0), [], False
                continue
            found |= dict(zip(keys, reports, strict=True))
            offset, last = max(start + len(reports) - OVERLAP, 0), keys[-OVERLAP:]
            if ended:
                break
        _write([*found.values()], mark.walk_since, began_on, report)
        mark.walk_offset = offset
        mark.save()
        progress(report.read)
    mark.complete_until, mark.walk_since, mark.walk_began_on, mark.walk_offset = began_on, None, None, None
    mark.save()


def _write(reports: list[Any], since: date | None, until: date, total: SyncReport) -> None:
    if not reports:
        return
    period = f"du {since:%d/%m/%Y} au {until:%d/%m/%Y}" if since else f"jusqu’au {until:%d/%m/%Y}"
    done = import_delivery(ReportsDelivery(reports, f"API, affectations {period}"), force=True)
    total.read += done.read
    total.added += done.added
    total.changed += done.changed
    total.rejected += len(done.rejects)


def _key(report: Any) -> str:
    """Give what tells a report from the others, whatever the service sent."""
    told = report.get("uuid") if isinstance(report, dict) else None
    return told if isinstance(told, str) else hashlib.sha256(orjson.dumps(report)).hexdigest()
