"""Imports an upload: asked for by its sender, done by a worker, once whatever happens to the worker."""

import logging
from datetime import date, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from cadastre_import.deposits import spool
from cadastre_import.deposits.following import asked_after, holds_personal_data
from cadastre_import.deposits.progress import ProgressOf
from cadastre_import.pipeline import run_import
from cadastre_import.source import ImportReport, Source
from cadastre_import.sources import SOURCES, source_named
from layers.crs import ACCEPTED_SRIDS
from layers.errors import GeoLhiError, UnreadableFile
from layers.models import ImportReject, ImportRun, Upload
from layers.services import jobs

logger = logging.getLogger(__name__)

DEFECT = (
    "L’import s’est arrêté sur une erreur du logiciel ; l’état précédent est resté. "
    "Signalez à l’administrateur le numéro de ce dépôt."
)
LOST = "L’import a été interrompu plusieurs fois de suite ; l’état précédent est resté. Relancez-le."
TO_BE_TRIED_AGAIN = (OperationalError, InterfaceError)


@transaction.atomic
def ask_import(
    upload: Upload,
    *,
    source: str,
    millesime: date | None = None,
    srid: int | None = None,
    force: bool = False,
    follow: bool = True,
) -> None:
    """Queue the import of an upload; raises a GeoLhiError when it cannot be."""
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    table = source_named(source).table
    if srid is not None and srid not in ACCEPTED_SRIDS:
        raise UnreadableFile(f"projection {srid} non acceptée ; acceptées : {sorted(ACCEPTED_SRIDS)}")
    if upload.is_pending:
        raise UnreadableFile(f"{upload.file_name} : l’import est déjà demandé")
    spool.path_of(upload)
    upload.source, upload.millesime, upload.srid = source, millesime, srid
    upload.force, upload.follow = force, follow
    upload.status, upload.phase, upload.records = Upload.Status.WAITING, "", 0
    upload.message, upload.run = "", None
    upload.started_at = upload.beat_at = upload.ended_at = None
    # Files of one table wait for each other in the queue, rather than in a worker
    upload.job = jobs.defer("import_upload", lock=f"import {table}", upload=upload.pk)
    upload.save()


@transaction.atomic
def cancel_import(upload: Upload) -> bool:
    """Take back an import that has not begun; False if it has."""
    upload = Upload.objects.select_for_update().get(pk=upload.pk)
    if upload.status != Upload.Status.WAITING:
        return False
    if upload.job is not None:
        jobs.cancel(upload.job)
    upload.status, upload.ended_at = Upload.Status.CANCELLED, timezone.now()
    upload.save()
    return True


def import_upload(pk: int) -> str:
    """Import an upload that waits, or that a dead worker had begun, and say what was done.

    Run twice, it does once: a file that is already in is known by its digest.
    """
    upload = _begin(pk)
    if upload is None:
        return "rien à faire"
    try:
        source, path = source_named(upload.source), spool.path_of(upload)
        with ProgressOf(pk) as progress:
            report = run_import(
                source,
                path,
                millesime=upload.millesime,
                srid=upload.srid,
                force=upload.force,
                progress=progress.counting,
                originals=spool.kept,
            )
    except GeoLhiError as error:
        _end(upload, Upload.Status.FAILED, str(error))
        return "refusé"
    except TO_BE_TRIED_AGAIN:
        raise
    except Exception:
        _end(upload, Upload.Status.FAILED, DEFECT)
        raise
    _succeed(upload, source, report, progress.records)
    return str(report)


def end_lost_imports() -> int:
    """Say of the imports whose job was given up that they failed; give how many."""
    lost = 0
    for upload in Upload.objects.filter(status=Upload.Status.RUNNING, job__isnull=False):
        if jobs.has_failed(upload.job):
            _end(upload, Upload.Status.FAILED, LOST)
            lost += 1
    return lost


def remove_old_rejects() -> int:
    """Remove what was refused long ago of the files that hold personal data; the counts remain."""
    personal = [name for name, source in SOURCES.items() if holds_personal_data(source.table)]
    limit = timezone.now() - timedelta(days=settings.REJECTS_KEPT_DAYS)
    old = ImportReject.objects.filter(run__source__in=personal, run__ended_at__lt=limit)
    return old.delete()[0]


@transaction.atomic
def _begin(pk: int) -> Upload | None:
    upload = Upload.objects.select_for_update().filter(pk=pk).first()
    if upload is None or not upload.is_pending:
        return None
    upload.status, upload.phase = Upload.Status.RUNNING, Upload.Phase.READING
    upload.started_at = upload.started_at or timezone.now()
    upload.beat_at = timezone.now()
    upload.save()
    return upload


@transaction.atomic
def _succeed(upload: Upload, source: Source, report: ImportReport, records: int) -> None:
    upload.records = records or upload.records
    _end(upload, Upload.Status.DONE, str(report))
    if report.already_imported_on and upload.run and upload.run.started_at < upload.received_at:
        return  # nothing new came in, and the file may still be asked to be read again
    if upload.follow:
        for task in asked_after(source.table):
            jobs.defer(task, once=True)
    if holds_personal_data(source.table):
        spool.remove(upload)
        upload.save()


def _end(upload: Upload, status: str, message: str) -> None:
    runs = ImportRun.objects.filter(source=upload.source, sha256=upload.sha256)
    if status == Upload.Status.FAILED:
        runs = runs.filter(started_at__gte=upload.started_at)
    upload.run = runs.order_by("-pk").first()
    upload.status, upload.phase, upload.message = status, "", message
    upload.ended_at = timezone.now()
    upload.save()
    logger.info("upload %s: %s", upload.pk, status)
