"""Time the conditional permutations of 50 000 areas: ours against esda's, in one run, on the same numbers.

Run with ``python -m benchmarks.local_permutations [AREAS]``. CPU seconds, all threads: the first call, which
compiles (ours keeps the result on disk, esda does not), then the best of three warm ones. Memory is what the
peak of the process grew by; ours is measured first, before esda is imported.
"""

import resource
import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from maps.analysis.graphs import k_nearest, row_standardised
from maps.analysis.permutations import permutation_test
from maps.analysis.rates import standardised_deviates

REPEATS = 3


def first_and_warm(analysis: Callable[[], object]) -> tuple[float, float]:
    """Give the CPU time of the first call and the least one of those that follow."""
    seconds = []
    for _ in range(1 + REPEATS):
        start = time.process_time()
        analysis()
        seconds.append(time.process_time() - start)
    return seconds[0], min(seconds[1:])


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(areas: int) -> None:
    rng = np.random.default_rng(2026)
    exposure = np.clip(rng.lognormal(6.5, 1, areas), 20, 20_000)
    values = standardised_deviates(rng.poisson(0.01 * exposure), exposure)
    weights = row_standardised(k_nearest(*rng.uniform(0, 1e6, (2, areas)), 8).weights)

    before = peak_mb()
    plain = first_and_warm(lambda: permutation_test(values, weights, refined=0, rng=rng))
    refined = first_and_warm(lambda: permutation_test(values, weights, rng=rng))
    ours_mb = peak_mb() - before

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # esda tells of optional packages
        from esda import G_Local, Moran_Local
        from libpysal.graph import Graph

        links = weights.tocoo()
        graph = Graph.from_arrays(*links.coords, links.data)
        with_self = graph.assign_self_weight(1)
        before = peak_mb()
        kept = {"permutations": 999, "n_jobs": 1, "keep_simulations": False, "seed": 1}
        theirs = {
            "esda G_Local, star": first_and_warm(
                lambda: G_Local(values - values.min() + 1, with_self, transform="B", star=None, **kept)
            ),
            "esda Moran_Local": first_and_warm(lambda: Moran_Local(values, graph, **kept)),
        }
        theirs_mb = peak_mb() - before

    print(f"{areas} areas, 8 neighbours, 999 permutations; CPU seconds, first call and warm")
    print(f"geo_lhi                        {plain[0]:6.1f} {plain[1]:6.2f}")
    print(f"geo_lhi, candidates at 99 999  {refined[0]:6.1f} {refined[1]:6.2f}")
    for name, (first, warm) in theirs.items():
        print(f"{name:30} {first:6.1f} {warm:6.2f}   {warm / plain[1]:.1f} times as long")
    print(f"memory added at the peak: geo_lhi {ours_mb:.0f} MB, esda {theirs_mb:.0f} MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
