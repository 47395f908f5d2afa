"""Imports a file whole or not at all; a bad record costs only itself.

Digest (the same file is not read twice) → staging by COPY → checks → one transaction that writes what changed,
closes what left, and keeps the rejects. Killed at any moment, the previous state stands.
"""

from datetime import date
from pathlib import Path

from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from cadastre_import.delivery import Delivery, FileDelivery
from cadastre_import.given_back import Originals, completed, is_given_back, nothing_kept
from cadastre_import.rows import Progress
from cadastre_import.source import ImportReport, Source
from cadastre_import.staging import Staging
from layers.crs import ACCEPTED_SRIDS
from layers.errors import GeoLhiError, OlderEdition, UnreadableFile
from layers.models import ImportReject, ImportRun

LONGEST_REJECT = 500_000


def run_import(
    source: Source,
    path: Path,
    *,
    millesime: date | None = None,
    srid: int | None = None,
    force: bool = False,
    progress: Progress = iter,
    originals: Originals = nothing_kept,
) -> ImportReport:
    """Import ``path`` by ``source`` and write an ``ImportRun``.

    ``millesime`` is the edition of the file, today if not given. ``srid`` is the projection of its coordinates,
    whatever the file says of it. ``force`` reads a file already imported again. ``originals`` finds the file that
    rejects come from, for the sources that cannot take them alone.
    Raises UnreadableFile, OlderEdition among them (nothing was changed; the run says why).
    """
    if srid is not None and srid not in ACCEPTED_SRIDS:
        raise UnreadableFile(f"projection {srid} non acceptée ; acceptées : {sorted(ACCEPTED_SRIDS)}")
    if not path.is_file():
        raise UnreadableFile(f"{path} : fichier introuvable")
    delivery = FileDelivery(source, path, srid=srid, progress=progress)
    if source.rejects_need_original and is_given_back(path):
        whole = completed(source, path, originals)
        delivery.source, delivery.path = whole.source, whole.path
        millesime = millesime or whole.run.millesime
    return import_delivery(delivery, millesime=millesime, force=force)


def import_delivery(
    delivery: Delivery, *, millesime: date | None = None, force: bool = False
) -> ImportReport:
    """Import what a file or a partition delivers, as ``run_import`` does."""
    source = delivery.source
    if not force and (same := _already_imported(source, delivery.digest)):
        return ImportReport(already_imported_on=timezone.localdate(same.ended_at))
    run = ImportRun.objects.create(
        source=source.name,
        file_name=delivery.name,
        sha256=delivery.digest,
        millesime=millesime or timezone.localdate(),
    )
    try:
        report = _import(delivery, run)
    except GeoLhiError as error:
        run.status, run.message, run.ended_at = ImportRun.Status.FAILED, str(error), timezone.now()
        run.save()
        raise
    return report


def _import(delivery: Delivery, run: ImportRun) -> ImportReport:
    source = delivery.source
    absent, notices = delivery.open()
    run.srid = delivery.srid
    report = ImportReport(notices=notices)
    staging = Staging(source, absent=absent)
    with transaction.atomic():
        _lock(source.table, delivery.part)
        _close_interrupted_runs(run, delivery.part)
        staging.create(run.millesime, alone=not delivery.part)
        delivery.stage(staging, report)
        if not report.read:
            raise UnreadableFile(f"{delivery.name} : aucun enregistrement")
        report.coverage = staging.coverage()
        _refuse_older_edition(source, run, report.coverage)
        report.notices += staging.correct()
        staging.check()
        staging.merge(run.millesime, report, closing=not delivery.is_complement)
        reasons = dict(staging.rejects())
        contents = delivery.contents(set(reasons))
        report.rejects += [(line, reasons[line], content) for line, content in contents]
        report.rejects.sort()
        ImportReject.objects.bulk_create(
            ImportReject(run=run, line=line, reason=reason[:500], content=content[:LONGEST_REJECT])
            for line, reason, content in report.rejects
        )
        for name in ("read", "added", "changed", "unchanged", "closed", "coverage"):
            setattr(run, name, getattr(report, name))
        run.message = " ; ".join(report.notices)
        run.rejected, run.status, run.ended_at = len(report.rejects), ImportRun.Status.DONE, timezone.now()
        run.save()
    return report


def _lock(table: str, part: str) -> None:
    """Wait for the imports that write the same rows: of the same part, or of the whole table."""
    with connection.cursor() as cursor:
        if not part:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [table])
            return
        cursor.execute("SELECT pg_advisory_xact_lock_shared(hashtext(%s))", [table])
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s), hashtext(%s))", [table, part])


def _close_interrupted_runs(run: ImportRun, part: str) -> None:
    """Say of runs that were killed that they were: under the lock of the table, none of them is still running.

    Under the lock of a part, that holds of the same content only: other parts are being imported.
    """
    killed = ImportRun.objects.filter(source=run.source, status=ImportRun.Status.RUNNING, pk__lt=run.pk)
    if part:
        killed = killed.filter(sha256=run.sha256)
    killed.update(
        status=ImportRun.Status.FAILED,
        message="import interrompu : l’état précédent est resté",
        ended_at=timezone.now(),
    )


def _refuse_older_edition(source: Source, run: ImportRun, coverage: list[str]) -> None:
    if not source.closes:
        return
    newer = ImportRun.objects.filter(
        source=source.name,
        status=ImportRun.Status.DONE,
        coverage__overlap=coverage,
        millesime__gt=run.millesime,
    ).order_by("-millesime")
    if current := newer.first():
        raise OlderEdition(
            f"{run.file_name} : édition du {run.millesime:%d/%m/%Y}, plus ancienne que celle en place "
            f"({current.millesime:%d/%m/%Y}), qui reste ; si cette date n’est pas celle du fichier, donnez la bonne "
            "(--millesime)"
        )


def _already_imported(source: Source, digest: str) -> ImportRun | None:
    """Give the run that imported this very file, unless another file has changed the same communes since."""
    done = ImportRun.objects.filter(source=source.name, status=ImportRun.Status.DONE)
    same = done.filter(sha256=digest).order_by("-pk").first()
    if same is None:
        return None
    later = done.filter(pk__gt=same.pk).exclude(sha256=digest)
    # Files of a source that names no commune (epci.json, then ept.json), or that closes nothing (one file a year),
    # stand side by side: they are told apart by their name
    is_register = source.closes and same.coverage
    overlapping = Q(coverage__overlap=same.coverage) if is_register else Q(file_name=same.file_name)
    return None if later.filter(overlapping).exists() else same
