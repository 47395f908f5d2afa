"""Kill the worker again and again while files wait to be imported: what is lost, done twice, and how soon it resumes.

Run with ``python -m benchmarks.worker_kills [KILLS]`` (8 if not given). Files of parcelles, one a commune, are
deposited; a worker runs, is killed (SIGKILL) at a random moment of an import and started again at once, as systemd
does, until all have ended. Nothing is simulated: a dead worker is noticed by its silence, some twenty seconds later.
"""

import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from benchmarks._scratch import scratch_database
from benchmarks.import_parcelles import write_parcelles

PARCELLES = 20_000


def deposit(folder: Path, path: Path, commune: int) -> int:
    """Put a copy of the file, moved to a commune of its own, in the spool, and ask for its import."""
    import gzip
    import hashlib

    from cadastre_import.deposits.importing import ask_import
    from layers.models import Commune, Upload

    code = f"60{commune:03d}"
    Commune.objects.create(code=code, nom=code, departement="60")
    content = gzip.decompress(path.read_bytes()).replace(b"60999", code.encode())
    place = folder / f"dossier-{commune}"
    place.mkdir()
    (place / "parcelles.json").write_bytes(content)
    upload = Upload.objects.create(
        file_name="parcelles.json",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        spool=place.name,
    )
    ask_import(upload, source="parcelles", follow=False)
    return upload.pk


def start_worker(spool: Path) -> subprocess.Popen:
    """Start the real command on the scratch database."""
    from django.db import connection

    base = connection.settings_dict
    address = (
        f"postgis://{base['USER']}:{quote(base['PASSWORD'])}@{base['HOST']}:{base['PORT']}/{base['NAME']}"
    )
    environment = os.environ | {"DATABASE_URL": address, "SPOOL_DIR": str(spool)}
    return subprocess.Popen(
        [sys.executable, "manage.py", "procrastinate", "worker"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def main(kills: int) -> None:
    """Kill, restart, wait for the end, and count."""
    from django.conf import settings
    from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

    from layers.models import ImportRun, Parcelle, Upload

    rng = random.Random(2026)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings.SPOOL_DIR = folder
        write_parcelles(folder / "parcelles.json.gz", PARCELLES)
        files = [deposit(folder, folder / "parcelles.json.gz", 101 + n) for n in range(kills + 2)]
        worker, resumed, killed = start_worker(folder), [], []
        try:
            while Upload.objects.exclude(status="done").exists():
                running = Upload.objects.filter(status="running").exclude(pk__in=killed).first()
                if len(resumed) < kills and running and worker.poll() is None:
                    time.sleep(rng.uniform(0, 1.5))
                    os.kill(worker.pid, signal.SIGKILL)
                    worker.wait()
                    killed_at = time.time()
                    killed.append(running.pk)
                    doing = list(ProcrastinateJob.objects.filter(status="doing", task_name="import_upload"))
                    worker = start_worker(folder)
                    for job in doing:
                        starts = ProcrastinateEvent.objects.filter(job=job, type="started")
                        before = starts.count()
                        while starts.count() == before:
                            time.sleep(0.2)
                        resumed.append(time.time() - killed_at)
                        print(f"kill {len(resumed)}: resumed after {resumed[-1]:.1f} s", flush=True)
                time.sleep(0.05)
            jobs = ProcrastinateJob.objects.filter(task_name="import_upload")
            while jobs.filter(status="doing").exists():
                time.sleep(0.2)
        finally:
            worker.terminate()
            worker.wait()
        effects = ImportRun.objects.filter(status="done")
        print(f"files {len(files)}, kills of a running import {len(resumed)}")
        print(
            f"lost {jobs.exclude(status='succeeded').count()}, imported twice "
            f"{effects.count() - effects.values('sha256').distinct().count()}, "
            f"parcelles {Parcelle.objects.count()} of {len(files) * PARCELLES}, "
            f"jobs begun more than once {jobs.filter(attempts__gt=1).count()}"
        )
        print(f"resumed after: median {statistics.median(resumed):.1f} s, longest {max(resumed):.1f} s; "
              f"load {os.getloadavg()[0]:.1f}")  # fmt: skip


if __name__ == "__main__":
    with scratch_database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 8)
