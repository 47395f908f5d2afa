"""Time what may be published of a département: every IRIS and commune, by year, with all totals, protected at once.

Run with ``python -m benchmarks.releases [IRIS]``. CPU seconds of one call, how many cells are hidden and why, and the
peak memory, for communes of a dozen IRIS each and for a département where four communes in five are one IRIS: there,
what protects a commune has to be found in another one.
"""

import resource
import sys
import time

import numpy as np

from maps.analysis.disclosure import Audience, Reason, release_cube

YEARS = 3


def main(areas: int) -> None:
    for name, sizes in (("communes of 12 IRIS", (12,)), ("4 communes in 5 of one IRIS", (1, 1, 1, 1, 20))):
        rng = np.random.default_rng(2026)
        commune = np.repeat(np.arange(areas), np.resize(sizes, areas))[:areas]
        dwellings = rng.integers(200, 1_500, areas).astype(float)
        risk = rng.gamma(2, 0.0015, areas)
        cases = np.minimum(rng.poisson((dwellings * risk)[:, None], (areas, YEARS)), dwellings[:, None])
        start = time.process_time()
        cube = release_cube(cases[:, :, None], dwellings, Audience.PUBLIC, territories=[commune])
        seconds = time.process_time() - start
        reasons = cube.suppression.reasons
        print(
            f"{areas} IRIS x {YEARS} years, {name}: {seconds:.1f} s CPU, {reasons.size} cells,"
            f" {(reasons == Reason.FEW_CASES).sum()} hidden for themselves,"
            f" {(reasons == Reason.SECONDARY).sum()} to protect them"
        )
    print(f"peak memory of the process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 600)
