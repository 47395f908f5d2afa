"""An analysis asked for by a person and computed by a worker, once whatever happens to the worker."""

import logging
import threading
from collections.abc import Mapping
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from geo_lhi.accounts.models import User
from layers.errors import GeoLhiError
from layers.models import AnalysisRequest
from layers.scope import Scope
from layers.services import jobs
from maps.services.methods.register import method_named
from maps.services.runs import run_analysis

logger = logging.getLogger(__name__)

EVERY_S = 5.0
DEFECT = "L’analyse s’est arrêtée sur une erreur du logiciel. Signalez à l’administrateur le numéro de cette demande."
LOST = "L’analyse a été interrompue plusieurs fois de suite. Relancez-la."
TO_BE_TRIED_AGAIN = (OperationalError, InterfaceError)
Status = AnalysisRequest.Status


@transaction.atomic
def ask_analysis(
    method: str,
    scope: Scope,
    given: Mapping[str, Any],
    *,
    author: User,
    title: str = "",
    seed: int | None = None,
) -> AnalysisRequest:
    """Queue an analysis; raises InvalidParameters before anything is queued."""
    request = AnalysisRequest.objects.create(
        method=method,
        title=title[:200],
        author=author,
        partner=author.partner,
        **AnalysisRequest.perimeter_fields(scope),
        parameters=method_named(method).values(given, scope),
        seed=seed,
    )
    request.job = jobs.defer("run_analysis", request=request.pk)
    request.save()
    return request


@transaction.atomic
def cancel_request(request: AnalysisRequest) -> bool:
    """Take back an analysis that has not begun; False if it has."""
    request = AnalysisRequest.objects.select_for_update().get(pk=request.pk)
    if request.status != Status.WAITING:
        return False
    if request.job is not None:
        jobs.cancel(request.job)
    request.status, request.ended_at = Status.CANCELLED, timezone.now()
    request.save()
    return True


def compute_request(pk: int) -> str:
    """Compute what a request asks, if it still waits or a dead worker had begun it, and say what was done."""
    request = _begin(pk)
    if request is None:
        return "rien à faire"
    try:
        with _SignOfLife(pk):
            finished = run_analysis(
                request.method,
                request.scope,
                request.parameters,
                seed=request.seed,
                author=request.author,
                title=request.title,
                follow=lambda phase: _note_phase(pk, phase),
            )
    except GeoLhiError as error:
        _end(request, Status.FAILED, str(error))
        return "refusée"
    except TO_BE_TRIED_AGAIN:
        raise
    except Exception:
        _end(request, Status.FAILED, DEFECT)
        raise
    request.run = finished.run
    _end(request, Status.DONE, "" if finished.is_new else "Cette analyse avait déjà été faite : la voici.")
    return f"analyse {finished.run.pk}{'' if finished.is_new else ', déjà faite'}"


def end_lost_requests() -> int:
    """Say of the requests whose job was given up that they failed; give how many."""
    lost = 0
    for request in AnalysisRequest.objects.filter(status=Status.RUNNING, job__isnull=False).order_by("pk"):
        if request.job is not None and jobs.has_failed(request.job):
            _end(request, Status.FAILED, LOST)
            lost += 1
    return lost


@transaction.atomic
def _begin(pk: int) -> AnalysisRequest | None:
    request = AnalysisRequest.objects.select_for_update().filter(pk=pk).first()
    if request is None or not request.is_pending:
        return None
    request.status, request.phase = Status.RUNNING, AnalysisRequest.Phase.READING
    request.started_at = request.started_at or timezone.now()
    request.beat_at = timezone.now()
    request.save()
    return request


def _end(request: AnalysisRequest, status: str, message: str) -> None:
    request.status, request.phase, request.message = status, "", message
    request.ended_at = timezone.now()
    request.save()
    logger.info("analysis request %s: %s", request.pk, status)


def _note_phase(pk: int, phase: str) -> None:
    AnalysisRequest.objects.filter(pk=pk).update(phase=phase, beat_at=timezone.now())


class _SignOfLife:
    """Writes now and then that the worker is alive, by a connection and a thread of its own."""

    def __init__(self, request: int) -> None:
        self._request = request
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._write, name=f"analysis-{request}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _write(self) -> None:
        try:
            while not self._over.wait(EVERY_S):
                running = AnalysisRequest.objects.filter(pk=self._request, status=Status.RUNNING)
                running.update(beat_at=timezone.now())
        finally:
            connection.close()
