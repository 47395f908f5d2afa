"""Clusters one after another: what is found is taken out, and the rest is learnt from and scanned again.

Several clusters hide one another: each is part of the rest that the others are compared to, and of what a model
learns to expect. Zhang, Assunção and Kulldorff (2010), Journal of Probability and Statistics, 642379; SaTScan's
"iterative scan".
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import BoolArray, FloatArray, check_same_length, read_counts
from maps.analysis.scan.statistic import SIGNIFICANT, Cluster, Scan

MOST_SCANS = 10


def scan_in_turn(
    places: ArrayLike,
    cases: ArrayLike,
    expected_from: Callable[[BoolArray], FloatArray],
    scan: Callable[[NDArray[np.intp], FloatArray], Scan],
    *,
    level: float = SIGNIFICANT,
) -> Scan:
    """Scan n areas until nothing significant is left, the areas of each cluster found being taken out.

    Parameters
    ----------
    places : (n, 2) coordinates             fewer than two distinct ones left end it, as fewer than two cases do
    cases : (n,) whole numbers >= 0
    expected_from                           what each area expects, (n,), learnt from the areas kept, (n,) booleans
    scan                                    scans some areas, given their indices and what they expect
    level                                   of the clusters that are taken out

    The clusters come in the order they were found, each with the p of its own scan. What those taken out expect, and
    their relative risk, are told against the areas outside of every one; the others are those of the last scan. The
    rest is of the first scan. Raises what ``scan`` does.
    """
    points, counts = np.asarray(places, dtype=float), read_counts(cases)
    check_same_length(places=points[:, 0], cases=counts)
    kept = np.ones(counts.size, dtype=bool)
    expected = expected_from(kept)
    first = last = _scanned(scan, kept, expected)
    found: list[Cluster] = []
    for _ in range(MOST_SCANS - 1):
        stand = last.significant(level)
        if not stand:
            break
        found += stand
        for cluster in stand:
            kept[cluster.areas] = False
        expected = expected_from(kept)
        if counts[kept].sum() < 2 or not np.ptp(points[kept], axis=0).any():
            last = replace(last, clusters=())
            break
        last = _scanned(scan, kept, expected)
    outside = counts[kept].sum() / max(float(expected[kept].sum()), 1e-300)
    told = (_against(cluster, expected * outside) for cluster in found)
    return replace(first, clusters=(*told, *last.clusters))


def _scanned(
    scan: Callable[[NDArray[np.intp], FloatArray], Scan], kept: BoolArray, expected: FloatArray
) -> Scan:
    """Scan the areas kept; the clusters name theirs among all."""
    index = np.flatnonzero(kept)
    found = scan(index, expected[index])
    return replace(found, clusters=tuple(replace(one, areas=index[one.areas]) for one in found.clusters))


def _against(cluster: Cluster, expected: FloatArray) -> Cluster:
    """Tell what a cluster expects, and its risk, where ``expected`` is that of the areas outside all clusters."""
    awaited = float(expected[cluster.areas].sum())
    risk = cluster.observed / awaited if awaited > 0 else None
    return replace(cluster, expected=awaited, relative_risk=risk)
