"""Time the rank intervals of 50 000 areas: weights and the posterior of the rates drawn 500 times.

Run with ``python -m benchmarks.priorities [AREAS]``. CPU seconds of one call, the memory it adds at its peak, and
beside them what the machine is worth: the same number of bare sorts of as many floats.
"""

import resource
import sys
import time

import numpy as np

from maps.analysis.priorities import Criterion, Rate
from maps.analysis.rank_intervals import rank_intervals

DRAWS = 500


def peak_mb() -> float:
    """Give the largest resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(areas: int) -> None:
    rng = np.random.default_rng(2026)
    exposure = np.clip(rng.lognormal(6.5, 1, areas), 20, 20_000)
    cases = rng.poisson(0.01 * exposure * rng.gamma(4, 1 / 4, areas))
    indicators = {f"c{number}": rng.random(areas) for number in range(4)}
    indicators |= {"overdue": rng.binomial(1, 0.03, areas), "rate": Rate(cases, exposure)}
    criteria = [Criterion(name, weight) for name, weight in zip(indicators, (1, 1, 2, 2, 1, 3), strict=True)]

    values = rng.random(areas)
    start = time.process_time()
    for _ in range(DRAWS):
        np.argsort(values)
    sorts = time.process_time() - start

    before, start = peak_mb(), time.process_time()
    found = rank_intervals(criteria, indicators, rng, top=areas // 20, draws=DRAWS)
    seconds = time.process_time() - start
    width = np.median(found.upper - found.lower)
    print(f"{areas} areas, {len(criteria)} criteria, {DRAWS} draws; median interval {width:.0f} ranks wide")
    print(f"rank intervals   {seconds:.2f} s CPU, {peak_mb() - before:.0f} MB more at the peak")
    print(f"as many argsort  {sorts:.2f} s CPU: the intervals take {seconds / sorts:.1f} times as long")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
