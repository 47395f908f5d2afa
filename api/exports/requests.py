"""A file asked for by a person and made by a worker, with the rights that the person has when it is made."""

import logging
import threading
from dataclasses import replace
from datetime import timedelta
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from api.exports import files
from api.exports.formats import format_named
from api.exports.selection import Selection
from geo_lhi.accounts.models import User
from geo_lhi.accounts.scopes import scope_of
from layers.errors import GeoLhiError
from layers.models import ExportRequest
from layers.services import jobs

logger = logging.getLogger(__name__)

EVERY_S = 1.0
DEFECT = "L’export s’est arrêté sur une erreur du logiciel. Signalez à l’administrateur le numéro de cette demande."
LOST = "L’export a été interrompu plusieurs fois de suite. Redemandez-le."
NO_ROOM = "Le serveur n’a plus de place pour écrire ce fichier : prévenez l’administrateur."
TO_BE_TRIED_AGAIN = (OperationalError, InterfaceError)
Status = ExportRequest.Status


@transaction.atomic
def ask_export(selection: Selection, author: User) -> ExportRequest:
    """Queue an export."""
    request = ExportRequest.objects.create(
        author=author,
        layers=list(selection.layers),
        format=selection.format,
        srid=selection.srid,
        filters=dict(selection.filters),
    )
    request.job = jobs.defer("make_export", request=request.pk)
    request.save()
    return request


@transaction.atomic
def cancel_export(request: ExportRequest) -> None:
    """Take back an export that has not begun, or remove the file of one that has ended."""
    request = ExportRequest.objects.select_for_update().get(pk=request.pk)
    if request.status == Status.WAITING:
        if request.job is not None:
            jobs.cancel(request.job)
        request.status, request.ended_at = Status.CANCELLED, timezone.now()
    elif request.status == Status.DONE:
        files.remove(request.folder)
        request.folder = ""
    request.save()


def make_export(pk: int) -> str:
    """Make the file of a request, if it still waits or a dead worker had begun it, and say what was done."""
    request = _begin(pk)
    if request is None:
        return "rien à faire"
    try:
        _write(request)
    except GeoLhiError as error:
        _end(request, Status.FAILED, str(error))
        return "refusé"
    except TO_BE_TRIED_AGAIN:
        raise
    except OSError:
        _end(request, Status.FAILED, NO_ROOM)
        raise
    except Exception:
        _end(request, Status.FAILED, DEFECT)
        raise
    _end(request, Status.DONE, "")
    return f"{request.written} objets, {request.size} octets"


def tidy_exports() -> int:
    """Remove the files kept long enough; say of the exports given up that they failed; give how many files went."""
    over = list(
        ExportRequest.objects.exclude(folder="").filter(expires_at__lte=timezone.now()).order_by("pk")
    )
    for request in over:
        files.remove(request.folder)
        ExportRequest.objects.filter(pk=request.pk).update(folder="")
    for request in ExportRequest.objects.filter(status=Status.RUNNING, job__isnull=False).order_by("pk"):
        if request.job is not None and jobs.has_failed(request.job):
            _end(request, Status.FAILED, LOST)
    return len(over) + files.sweep()


@transaction.atomic
def _begin(pk: int) -> ExportRequest | None:
    request = ExportRequest.objects.select_for_update().filter(pk=pk).first()
    if request is None or not request.is_pending:
        return None
    request.status, request.written = Status.RUNNING, 0
    request.started_at = request.started_at or timezone.now()
    request.beat_at = timezone.now()
    request.save()
    return request


def _write(request: ExportRequest) -> None:
    author = request.author
    author.refresh_from_db()  # the rights of now, not of the day of the request
    scope = scope_of(author)
    format_ = format_named(request.format)
    selection = Selection.read(request.layers, request.format, str(request.srid), request.filters, scope)
    tables = selection.tables(scope)
    request.expected = sum(table.count() for table in tables)
    request.rights = scope.version
    request.save(update_fields=["expected", "rights"])
    name = files.name_of(request.layers, request.filters.get("territoire", ""))
    with files.working_folder() as folder, _Progress(request.pk) as progress:
        path = format_.write([replace(table, follow=progress.count) for table in tables], folder, name)
        request.size, request.file_name = path.stat().st_size, path.name
        request.folder = files.keep(path)
    request.written = progress.written
    request.expires_at = timezone.now() + timedelta(hours=settings.EXPORT_FILES_KEPT_HOURS)


def _end(request: ExportRequest, status: str, message: str) -> None:
    request.status, request.message = status, message
    request.ended_at = timezone.now()
    request.save()
    logger.info("export request %s: %s", request.pk, status)


class _Progress:
    """Counts the rows as they are written, and says it each second by a connection and a thread of its own."""

    def __init__(self, request: int) -> None:
        self.written = 0
        self._request = request
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._say, name=f"export-{request}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def count(self, rows: int) -> None:
        self.written += rows

    def _say(self) -> None:
        try:
            while not self._over.wait(EVERY_S):
                running = ExportRequest.objects.filter(pk=self._request, status=Status.RUNNING)
                running.update(written=self.written, beat_at=timezone.now())
        finally:
            connection.close()
