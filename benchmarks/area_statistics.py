"""Time the statistics of 50 000 areas, one after the other, and the memory that each adds.

Run with ``python -m benchmarks.area_statistics [AREAS]``. CPU seconds of one call; megabytes by which the peak of
the process grows. ``benchmarks.gi_star`` and ``benchmarks.local_permutations`` compare two of them with esda.
"""

import resource
import sys
import time

import numpy as np

from maps.analysis.emerging import emerging_hotspots
from maps.analysis.expected import expected_counts
from maps.analysis.graphs import k_nearest
from maps.analysis.hotspots import rate_hotspots
from maps.analysis.local_moran import rate_local_moran
from maps.analysis.perimeters import compare_perimeter
from maps.analysis.rates import poisson_interval, smooth_rates, smooth_rates_locally
from maps.analysis.trends import sen_slope

MONTHS = 36


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(areas: int) -> None:
    rng = np.random.default_rng(2026)
    weights = k_nearest(*rng.uniform(0, 1e6, (2, areas)), 8).weights
    dwellings = np.clip(rng.lognormal(6.5, 1, areas), 20, 20_000)
    stock = {f"indicator {n}": rng.random(areas) for n in range(6)}
    frailty = rng.gamma(4, 1 / 4, areas)
    cases = rng.poisson(0.01 * dwellings * frailty * np.exp(stock["indicator 0"]))
    cube = rng.poisson(0.001 * dwellings[:, None], (areas, MONTHS))
    periods = np.column_stack([cases, rng.poisson(0.01 * dwellings)])
    analyses = {
        "smoothed rates": lambda: smooth_rates(cases, dwellings),
        "locally smoothed rates": lambda: smooth_rates_locally(cases, dwellings, weights),
        "exact intervals": lambda: poisson_interval(cases, dwellings),
        "hot spots (Gi*)": lambda: rate_hotspots(cases, dwellings, weights),
        "local Moran": lambda: rate_local_moran(cases, dwellings, weights),
        f"emerging hot spots, {MONTHS} months": lambda: emerging_hotspots(cube, dwellings, weights),
        f"Sen's slopes, {MONTHS} months": lambda: sen_slope(cube),
        "expected counts, 6 indicators": lambda: expected_counts(cases, dwellings, stock),
        "before and after a perimeter": lambda: compare_perimeter(
            periods, np.column_stack([dwellings, dwellings]), np.arange(areas) < areas // 10
        ),
    }
    print(f"{areas} areas, 8 neighbours")
    for name, analysis in analyses.items():
        before, start = peak_mb(), time.process_time()
        analysis()
        print(f"{name:34} {time.process_time() - start:6.3f} s {peak_mb() - before:6.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
