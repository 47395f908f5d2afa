"""Where the preparation runs: processes of this machine by default, any ``dask.distributed`` scheduler by address."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import dask
from distributed import Client, LocalCluster

from layers.errors import GeoLhiError

CONNECTING_S = 10
QUIET = {
    # What dask says of a worker that dies is for its developers: the import says it in its own words
    "logging": {"distributed": "critical"},
    "distributed.comm.timeouts.connect": f"{CONNECTING_S}s",
    "distributed.admin.low-level-log-length": 100,
    "distributed.diagnostics.nvml": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


class SchedulerLost(GeoLhiError):
    """The scheduler does not answer, or no longer."""


@contextmanager
def connected(address: str, *, workers: int, memory: str) -> Iterator[Client]:
    """Give a client of the scheduler at ``address``, or of a cluster on the loopback that lasts as long as the block.

    The local processes take one file each; one that passes ``memory`` is stopped and its file prepared again.
    Raises SchedulerLost.
    """
    for name in ("distributed", "distributed.client", "distributed.scheduler", "distributed.worker"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    with dask.config.set(QUIET):
        if address:
            try:
                client = Client(address, timeout=CONNECTING_S)
            except (OSError, ValueError) as error:
                raise SchedulerLost(f"aucun ordonnanceur dask ne répond à {address}") from error
            with client:
                yield client
            return
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                memory_limit=memory,
                dashboard_address="127.0.0.1:0",  # its HTTP server cannot be refused, its pages are (QUIET)
                scheduler_kwargs={"dashboard": False},
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client


def processors() -> int:
    """Give the number of processors that this process may use."""
    return len(os.sched_getaffinity(0))
