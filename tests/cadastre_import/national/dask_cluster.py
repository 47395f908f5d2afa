"""A scheduler and its workers as processes of their own, on the loopback, that know nothing of the database."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

SECRETS = ("DATABASE_URL", "SECRET_KEY", "DJANGO_SETTINGS_MODULE")


class DaskCluster:
    """A scheduler and two workers without a nanny: one that dies stays dead."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.scheduler = self._start("dask_scheduler", "--port", "0", "--scheduler-file", str(self.file))
        self._wait(self.file.is_file)
        self.address = next(part for part in self.file.read_text().split('"') if part.startswith("tcp://"))
        self.workers = [self._worker(n) for n in (1, 2)]

    def _worker(self, n: int) -> subprocess.Popen[bytes]:
        here = ("--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder / f"worker-{n}"))
        return self._start("dask_worker", self.address, *here)

    def _start(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        quiet = {"DASK_DISTRIBUTED__DIAGNOSTICS__NVML": "False", "PYTHONPATH": str(settings.BASE_DIR)}
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments,
             "--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0"],
            env={name: value for name, value in os.environ.items() if name not in SECRETS} | quiet,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.processes.append(process)
        return process

    def _wait(self, ready) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            assert time.monotonic() < deadline, "the dask cluster did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@contextmanager
def dask_cluster(folder: Path) -> Iterator[DaskCluster]:
    """Give a cluster that ends with the block."""
    folder.mkdir()
    cluster = DaskCluster(folder)
    try:
        yield cluster
    finally:
        cluster.stop()
