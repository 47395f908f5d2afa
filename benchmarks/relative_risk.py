"""Time the relative-risk surface of 190 000 points on 1 000 x 1 000 cells: cases over dwellings, both smoothed.

Run with ``python -m benchmarks.relative_risk [POINTS]``. CPU seconds of one call after a first one, for both kernels,
the memory of the process at its peak, and beside them what the machine is worth: two histograms of the points and
one bare gaussian filter of the same grid.
"""

import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from scipy import ndimage

from maps.analysis.density import MetricGrid, kernel_density, relative_risk

CELLS = 1_000
CELL_M = 100.0
BANDWIDTH_M = {"gaussian": 500.0, "quartic": 1_400.0}


def cpu_seconds(work: Callable[[], object]) -> float:
    """Give the least CPU time of three calls, after one that does not count."""
    work()
    seconds = []
    for _ in range(3):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main(points: int) -> None:
    rng = np.random.default_rng(2026)
    side = CELLS * CELL_M
    towns = rng.uniform(0, side, (200, 2))
    x, y = np.clip(towns[rng.integers(0, 200, points)] + rng.normal(0, 2_000, (points, 2)), 0, side - 1).T
    dwellings = rng.integers(1, 30, points).astype(float)
    reported = rng.random(points) < 0.02
    grid = MetricGrid(0, side, CELL_M, CELLS, CELLS)

    def surface(kernel: str) -> object:
        options = {"grid": grid, "bandwidth_m": BANDWIDTH_M[kernel], "kernel": kernel}
        return relative_risk(
            kernel_density(x[reported], y[reported], **options),
            kernel_density(x, y, weights=dwellings, **options),
            floor_per_km2=10,
        )

    def bare() -> object:
        edges = np.linspace(0, side, CELLS + 1)
        np.histogram2d(x, y, (edges, edges))
        return ndimage.gaussian_filter(np.histogram2d(x, y, (edges, edges))[0], 5)

    print(f"{points} points, {CELLS} x {CELLS} cells of {CELL_M:.0f} m")
    for kernel, bandwidth_m in BANDWIDTH_M.items():
        print(
            f"relative risk, {kernel} {bandwidth_m:.0f} m   {cpu_seconds(lambda k=kernel: surface(k)):.2f} s CPU"
        )
    print(f"bare histograms and one filter   {cpu_seconds(bare):.2f} s CPU")
    print(f"peak memory of the process       {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 190_000)
