"""A worker for the tests: the real one, on the test database, until nothing waits."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

TABLES = "procrastinate_jobs, procrastinate_events, procrastinate_workers, procrastinate_periodic_defers"


def empty_queue() -> None:
    """Forget all jobs: Django does not know these tables as its own, and leaves them after a test."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES}")


def run_worker() -> None:
    """Run what waits on the default queue, and what that asks for, in this process, and come back."""
    waiting = ProcrastinateJob.objects.filter(queue_name="default", status="todo", scheduled_at=None)
    while waiting.exists():
        # Each job runs in a thread of its own, whose connection must be closed before the database is dropped
        closing = patch.dict(connections.settings["default"], CONN_MAX_AGE=0)
        with closing, app.replace_connector(app.connector.get_worker_connector()) as working:
            working.run_worker(
                queues=["default"], wait=False, install_signal_handlers=False, listen_notify=False
            )


@contextmanager
def worker_process(**environment: str) -> Iterator[subprocess.Popen]:
    """Run ``manage.py procrastinate worker`` on the test database, in a process that can be killed."""
    database = connection.settings_dict
    account = f"{database['USER']}:{quote(database['PASSWORD'])}"
    server = f"{quote(database['HOST'], safe='')}:{database['PORT']}"
    address = f"postgis://{account}@{server}/{database['NAME']}"
    environment = os.environ | {"DATABASE_URL": address} | environment
    process = subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def forget_heartbeats() -> None:
    """Let a minute pass for the workers: those that still live beat again in the next seconds."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
