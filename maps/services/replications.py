"""Where the replications of a scan are computed: this process, or any ``dask.distributed`` scheduler by address."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from maps.analysis.inputs import FloatArray
from maps.analysis.scan.replications import Block, Replications, Spread, here

if TYPE_CHECKING:
    from distributed import Client

logger = logging.getLogger(__name__)

CONNECTING_S = 10
PARTS_A_THREAD = 2
"""Parts of the work for each thread of the cluster: the last ones even out what is quick and what is slow."""


@contextmanager
def spread_over(address: str) -> Iterator[Spread]:
    """Give what computes replications on the scheduler at ``address``, here when it is empty or does not answer.

    The blocks carry their seeds, so the result is the same wherever it comes from. A cluster that is lost on the
    way costs time, not the analysis: what it was to compute is computed here.
    """
    if not address:
        yield here
        return
    import dask
    from distributed import Client

    quiet = {"distributed.comm.timeouts.connect": f"{CONNECTING_S}s", "distributed.diagnostics.nvml": False}
    with dask.config.set(quiet):
        try:
            client = Client(address, timeout=CONNECTING_S)
        except (OSError, ValueError) as error:
            logger.warning(
                "no dask scheduler answers at %s, replications are computed here: %s", address, error
            )
            yield here
            return
        with client:
            yield _on(client)


def _on(client: "Client") -> Spread:
    from distributed import CancelledError
    from distributed.comm import CommClosedError
    from distributed.scheduler import KilledWorker, NoValidWorkerError

    def spread(
        maxima: Callable[[Replications, Sequence[Block]], FloatArray],
        replications: Replications,
        blocks: Sequence[Block],
    ) -> FloatArray:
        try:
            threads = max(1, sum(client.nthreads().values()))
            parts = min(len(blocks), PARTS_A_THREAD * threads)
            bounds = np.linspace(0, len(blocks), parts + 1).round().astype(int)
            # sent once to each worker, which keeps the windows that it has built
            sent = client.scatter(replications, broadcast=True, hash=False)
            futures = [
                client.submit(maxima, sent, blocks[first:past], pure=False)
                for first, past in pairwise(bounds)
            ]
            return np.concatenate(client.gather(futures))
        except (CancelledError, CommClosedError, KilledWorker, NoValidWorkerError, OSError) as error:
            logger.warning("the dask cluster was lost, replications are computed here: %s", error)
            return here(maxima, replications, blocks)

    return spread
