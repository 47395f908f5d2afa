"""Time Gi* of 50 000 areas: ours against esda's analytic Gi*, in one run, on the same numbers.

Run with ``python -m benchmarks.gi_star [AREAS]``. Times are CPU seconds, the best of five after a first call
that pays for imports. Both start from a graph already built; esda is timed twice, for it is much quicker when
the weight of each area on itself is already in its graph, which ours adds on the way.

esda gets binary weights (the only ones its variance holds for), no permutation, and values shifted above
zero: where their mean is negative it turns the sign of every z.
"""

import sys
import time
import warnings
from collections.abc import Callable

import numpy as np

from maps.analysis.autocorrelation import getis_ord_star
from maps.analysis.graphs import k_nearest
from maps.analysis.rates import standardised_deviates

REPEATS = 5


def best_cpu_seconds(analysis: Callable[[], object]) -> float:
    """Give the least CPU time of a few calls, after one that does not count."""
    analysis()
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        analysis()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main(areas: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # esda tells of optional packages
        from esda import G_Local
        from libpysal.graph import Graph

    rng = np.random.default_rng(2026)
    exposure = np.clip(rng.lognormal(6.5, 1, areas), 20, 20_000)
    deviates = standardised_deviates(rng.poisson(0.01 * exposure), exposure)
    values = deviates - deviates.min()
    weights = k_nearest(*rng.uniform(0, 1e6, (2, areas)), 8).weights
    links = weights.tocoo()
    graph = Graph.from_arrays(*links.coords, links.data)
    graph_with_self = graph.assign_self_weight(1)

    def oracle(given: Graph, star: bool | None) -> np.ndarray:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return G_Local(values, given, transform="B", permutations=0, star=star).Zs

    gap = np.abs(getis_ord_star(values, weights).z - oracle(graph_with_self, None)).max()
    ours = best_cpu_seconds(lambda: getis_ord_star(values, weights))
    theirs = best_cpu_seconds(lambda: oracle(graph, True))
    prepared = best_cpu_seconds(lambda: oracle(graph_with_self, None))
    print(f"{areas} areas, 8 neighbours; largest difference in z: {gap:.1e}")
    print(f"geo_lhi                          {ours:.4f} s")
    print(f"esda                             {theirs:.4f} s   {theirs / ours:.1f} times as long")
    print(f"esda, self-weights in the graph  {prepared:.4f} s   {prepared / ours:.1f} times as long")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
