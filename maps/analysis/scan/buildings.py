"""The scan statistic down to buildings: a few side by side are found, one that reports again and again is not."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import FloatArray, check_same_length, read_counts, read_points
from maps.analysis.scan.clusters import relative_risk
from maps.analysis.scan.replications import Spread, here
from maps.analysis.scan.statistic import Cluster, Reporting, Scan, scan_study
from maps.analysis.scan.study import read_study
from maps.analysis.scan.unequal import Buildings, Weighed
from maps.analysis.scan.windows import CIRCLE, Limits, Shape

CELL_M = 50.0
"""Side of the squares whose buildings enter a window together: squares of 100 m found less of a few buildings."""
LEARNT = 2.0
"""For ``margin`` where a regression on registers tells what is expected: its errors are in no draw. On the territory
of demonstration, 3 maps of 100 without a cluster then have a p of 0.03 or less, 8 of 0.05 or less."""
FINEST, COARSEST = 16, 1
NARROW_LANES = 2**15 - 1
"""Weighted counts are kept in whole parts of 1 / 16 if their total then fits in the narrow lanes, else coarser."""


def scan_buildings(
    x: ArrayLike,
    y: ArrayLike,
    reported: ArrayLike,
    dwellings: ArrayLike,
    expected: ArrayLike,
    *,
    rng: np.random.Generator,
    replications: int = 999,
    variance: float | None = None,
    margin: float = 1.0,
    cell_m: float = CELL_M,
    limits: Limits | None = None,
    shapes: tuple[Shape, ...] = CIRCLE,
    reporting: Reporting = "hierarchical",
    spread: Spread = here,
) -> Scan:
    """Scan n buildings, or addresses, for groups of raised risk.

    Parameters
    ----------
    x, y : (n,) metres of a projected system, never degrees
    reported : (n,) whole numbers >= 0      reported dwellings
    dwellings : (n,) numbers >= 0
    expected : (n,) numbers >= 0            dwellings, or what a model expects; 0 only where nothing is reported
    variance                                of the risk of a building; None estimates it from the buildings that
                                            are reported more than once
    margin                                  ``p_overdispersed`` is so many times ``p``, >= 1
    cell_m                                  buildings of a square of this side enter a window together, > 0
    the others                              as in ``scan_areas``

    The ``areas`` of a cluster are buildings. Its ``p`` takes the inequality of buildings into account; ``log_ratio``
    is that of the weighted counts. Raises ValueError on anything else.

    Notes: Poisson's ratio on counts weighted by what each building teaches (see ``Buildings.weight``), its maxima
    drawn building by building.
    """
    if not cell_m > 0:
        raise ValueError(f"cell_m must be positive, got {cell_m}")
    if not margin >= 1:
        raise ValueError(f"margin must be at least 1, got {margin}")
    east, north = read_points(x, y)
    seen = read_counts(reported)
    buildings = Buildings.read(seen, dwellings, expected, variance)
    check_same_length(x=east, reported=seen)
    some = buildings.expected > 0
    index = np.flatnonzero(some)
    buildings = Buildings(buildings.dwellings[some], buildings.expected[some], buildings.variance)
    seen, weight = seen[some], buildings.weight
    cells, cell = _cells(east[some], north[some], cell_m)

    sum_weighted = float((seen * weight).sum())
    scale = max(COARSEST, min(FINEST, int(NARROW_LANES / sum_weighted)))
    total = max(2, round(scale * sum_weighted))
    raw = Weighed(buildings, cell, len(cells))
    study = read_study(
        cells[:, 0],
        cells[:, 1],
        raw.parts(seen, total).reshape(-1, 1),
        np.bincount(cell, buildings.weighted).reshape(-1, 1),
        spans=np.array([[0, 1]]),
        limits=limits,
        shapes=shapes,
    )
    weighed = Weighed(buildings, study.place_of[cell], study.x.size)
    scan = scan_study(
        replace(study, weighed=weighed),
        rng=rng,
        replications=replications,
        reporting=reporting,
        spread=spread,
    )
    unit = total / sum_weighted

    def told(cluster: Cluster) -> Cluster:
        members = np.flatnonzero(np.isin(cell, cluster.areas))
        observed, awaited = int(seen[members].sum()), float(buildings.expected[members].sum())
        return replace(
            cluster,
            areas=index[members],
            observed=observed,
            expected=awaited,
            relative_risk=relative_risk(observed, awaited, int(seen.sum())),
            log_ratio=cluster.log_ratio / unit,
            p_overdispersed=min(1.0, margin * cluster.p),
        )

    return replace(
        scan,
        clusters=tuple(told(cluster) for cluster in scan.clusters),
        maxima=scan.maxima / unit,
        total=int(seen.sum()),
        variance=buildings.variance,
    )


def _cells(x: FloatArray, y: FloatArray, side: float) -> tuple[FloatArray, NDArray[np.intp]]:
    """Give the middle of the buildings of each square that has some, (m, 2), and the square of each building."""
    cell = np.unique(np.floor(np.column_stack([x, y]) / side), axis=0, return_inverse=True)[1].ravel()
    held = np.bincount(cell)
    return np.column_stack([np.bincount(cell, x) / held, np.bincount(cell, y) / held]), cell
