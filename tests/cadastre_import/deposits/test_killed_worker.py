"""A worker killed during an import loses nothing: the import is taken again and is done once."""

import os
import signal
import time
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from layers.models import ImportRun, Parcelle, Upload
from tests.cadastre_import.official_files import parcelle, polygon, write_features
from tests.queue import forget_heartbeats, worker_process

pytestmark = pytest.mark.usefixtures("queue")

PARCELLES = 9_000
PATIENCE_S = 120


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_an_import_outlives_its_worker(client, tmp_path, spool_dir):
    shape = polygon(0, 0, 10)
    rows = (
        parcelle(f"60999000A{letter}{n:04d}", shape) for letter in "ABC" for n in range(1, PARCELLES // 3 + 1)
    )
    path = write_features(tmp_path / "cadastre-60999-parcelles.json.gz", rows)
    client.post(reverse("upload-receive"), {"fichier": SimpleUploadedFile(path.name, path.read_bytes())})
    upload = Upload.objects.get()
    client.post(reverse("upload-start", args=[upload.pk]), {"source": "parcelles"})

    def status() -> str:
        upload.refresh_from_db()
        return upload.status

    with worker_process(SPOOL_DIR=str(spool_dir)) as worker:
        # An open lock on the table holds the import in its transaction until the worker is killed
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext('layers_parcelle'))")
        wait_until(lambda: status() == Upload.Status.RUNNING and ImportRun.objects.exists())
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('layers_parcelle'))")
    assert not Parcelle.objects.exists()
    assert (status(), ProcrastinateJob.objects.get(pk=upload.job).status) == ("running", "doing")

    forget_heartbeats()
    with worker_process(SPOOL_DIR=str(spool_dir)):
        wait_until(lambda: status() == Upload.Status.DONE)
        wait_until(lambda: ProcrastinateJob.objects.get(pk=upload.job).status == "succeeded")
    assert ProcrastinateJob.objects.get(pk=upload.job).attempts == 2
    assert Parcelle.objects.count() == PARCELLES
    assert list(ImportRun.objects.order_by("pk").values_list("status", "added")) == [
        ("failed", 0),
        ("done", PARCELLES),
    ]
    assert upload.run.status == ImportRun.Status.DONE
