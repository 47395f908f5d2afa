"""Defers a job by the name of its task, so that no module imports the edge that runs it.

The job is a row written in the caller's transaction: it exists if, and only if, what the caller wrote does.
"""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from procrastinate import jobs
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.models import ProcrastinateJob, ProcrastinateWorker
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.manager import JobManager

SILENT_S = 30


def defer(task: str, *, once: bool = False, lock: str | None = None, **arguments: Any) -> int | None:
    """Queue a job of ``task`` with JSON ``arguments`` and give its number.

    ``once``: None if a job of this task already waits, which will do the same. Jobs of one ``lock`` run one at a
    time, in order; a task may declare its own. Raises KeyError for a name that no ``tasks.py`` declares.
    """
    declared = app.tasks[task]
    job = jobs.Job(
        id=None,
        queue=declared.queue,
        priority=declared.priority,
        lock=lock or declared.lock,
        queueing_lock=task if once else declared.queueing_lock,
        task_name=declared.name,
        task_kwargs=arguments,
    )
    try:
        with transaction.atomic():  # a refused row must not spoil the caller's transaction
            return _manager().defer_job(job).id
    except AlreadyEnqueued:
        return None


def cancel(job: int) -> bool:
    """Take a waiting job out of the queue; False if it has begun or ended."""
    return _manager().cancel_job_by_id(job)


def has_failed(job: int) -> bool:
    """Say whether a job was given up, or is no longer known."""
    status = ProcrastinateJob.objects.filter(pk=job).values_list("status", flat=True).first()
    return status in (None, "failed", "aborted")


def workers_alive() -> int:
    """Count the worker processes that gave a sign of life in the last half minute."""
    since = timezone.now() - timedelta(seconds=SILENT_S)
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=since).count()


def _manager() -> JobManager:
    # Always Django's connection: in a worker, the application has another one, which commits by itself
    return JobManager(DjangoConnector())
