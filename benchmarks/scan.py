"""Time the scan statistic against the number of areas and the size of its windows, 999 replications.

Run with ``python -m benchmarks.scan``. Times are CPU seconds, all included (reading, windows, replications,
clusters), of one process that has called ``warm_up``; each case has a process of its own, whose peak memory is
given. The calibration is two fixed loops: divide by them to compare with another machine.
"""

import math
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import numpy as np

from maps.analysis.scan.statistic import scan_areas, scan_periods
from maps.analysis.scan.warm_up import warm_up
from maps.analysis.scan.windows import CIRCLE, ELLIPSES, Limits, Shape

REPLICATIONS = 999
SEED = 2026


@dataclass(frozen=True)
class Case:
    """A scan to time: so many areas and cases, windows up to a share or a number of neighbours."""

    areas: int
    share: float = 0.5
    neighbours: int | None = None
    cases: int = 0
    shapes: tuple[Shape, ...] = CIRCLE
    periods: int = 1
    note: str = ""

    def scan(self) -> int:
        """Run it; gives the number of windows."""
        rng = np.random.default_rng(SEED)
        x, y = rng.uniform(0, 1_000 * math.sqrt(self.areas), (2, self.areas))
        dwellings = np.clip(rng.lognormal(6.5, 0.6, self.areas), 20, 20_000)
        chance = np.repeat(dwellings, self.periods)
        counts = rng.multinomial(self.cases or 2 * self.areas, chance / chance.sum())
        limits = Limits(self.share, max_neighbours=self.neighbours)
        asked = {"rng": rng, "replications": REPLICATIONS, "limits": limits, "shapes": self.shapes}
        if self.periods == 1:
            scan_areas(x, y, counts, dwellings, **asked)
        else:
            cells = (self.areas, self.periods)
            scan_periods(x, y, counts.reshape(cells), chance.reshape(cells), **asked)
        return counts.size

    def __str__(self) -> str:
        size = f"{self.neighbours} nearest" if self.neighbours else f"{self.share:.0%} of dwellings"
        return f"{self.areas:6} areas, {size:<17} {self.cases or 2 * self.areas:7} cases{self.note}"


CASES = (
    *(Case(areas, share) for areas in (500, 1_000, 3_000) for share in (0.1, 0.25, 0.5)),
    Case(3_000, 0.5, cases=40_000, note=", two lanes a word"),
    Case(16_000, neighbours=1_000),
    Case(50_000, neighbours=300),
    Case(1_000, 0.1, shapes=ELLIPSES, note=", 47 shapes"),
    Case(500, 0.25, periods=16, note=", 16 periods"),
)


def timed(case: Case) -> tuple[float, float, float]:
    """Give the CPU seconds of a case, of its warm-up, and the peak memory in MB of its process."""
    started = time.process_time()
    warm_up()
    warm = time.process_time()
    case.scan()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return time.process_time() - warm, warm - started, peak


def compiling_seconds() -> float:
    """Give the CPU seconds of a first ``warm_up``, with an empty cache."""
    program = (
        "import time\nfrom maps.analysis.scan.warm_up import warm_up\nstart = time.process_time()\n"
        "warm_up()\nprint(time.process_time() - start)"
    )
    with tempfile.TemporaryDirectory() as cache:
        found = subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"NUMBA_CACHE_DIR": cache},
            capture_output=True,
            check=True,
            text=True,
        )
    return float(found.stdout)


def calibration() -> tuple[float, float]:
    """Give the CPU seconds of 5 million doubles sorted by NumPy, and of 300 million steps of a compiled loop."""
    from numba import njit

    @njit
    def steps(count: int) -> int:
        state = np.uint64(1)
        for _ in range(count):
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
        return state

    values = np.random.default_rng(0).random(5_000_000)
    steps(1)
    started = time.process_time()
    np.sort(values)
    sorted_in = time.process_time() - started
    steps(300_000_000)
    return sorted_in, time.process_time() - started - sorted_in


def main() -> None:
    """Print the table."""
    numpy_s, loop_s = calibration()
    load = os.getloadavg()[0]
    print(f"calibration: NumPy sort {numpy_s:.2f} s, compiled loop {loop_s:.2f} s; load {load:.1f}")
    print(f"compiling, once on a machine: {compiling_seconds():.1f} s")
    print(f"\n{REPLICATIONS} replications{'':<52} CPU s   warm-up      MB")
    # a process for each: the memory of one case is not that of another
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for case in CASES:
            seconds, warm, peak = pool.apply(timed, (case,))
            print(f"{case!s:<66}{seconds:7.2f}   {warm:7.2f} {peak:7.0f}", flush=True)


if __name__ == "__main__":
    main()
