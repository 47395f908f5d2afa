"""The spatial scan statistic: which group of areas, if any, has a raised risk, with one p value for the map."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import FloatArray
from maps.analysis.scan.clusters import (
    Found,
    find_best_windows,
    gini_coefficient,
    radius_of,
    relative_risk,
    without_overlap,
)
from maps.analysis.scan.overdispersion import risk_variance
from maps.analysis.scan.replications import (
    Replications,
    Spread,
    blocks_of,
    gumbel_p,
    here,
    monte_carlo_p,
    replicate_maxima,
)
from maps.analysis.scan.study import Model, Study, read_study
from maps.analysis.scan.windows import CIRCLE, Limits, Shape

SIGNIFICANT = 0.05
CAUTION = 1.282
"""Standard errors above the estimate at which the variance of the risk is taken, its upper limit at 90 %: a town
of 63 IRIS of unequal buildings without cluster then raised one in 2.3 % of 400 draws."""
GINI_SHARES = (0.01, 0.02, 0.03, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5)
Reporting = Literal["hierarchical", "gini"]


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A group of areas whose risk is above that of the rest."""

    areas: NDArray[np.intp]
    """Indices of its areas, in the order they were given."""
    x: float
    y: float
    radius_m: float
    """From its centre to its farthest area, 0 for one alone; half the length of an ellipse."""
    shape: Shape
    periods: tuple[int, int]
    """First and last period, both included; (0, 0) in a scan of space alone."""
    observed: int
    expected: float
    relative_risk: float | None
    """Risk inside over risk outside; None when no case lies outside."""
    log_ratio: float
    """Log likelihood ratio, penalised when the window is an ellipse."""
    p: float
    """Monte-Carlo p value against the same risk everywhere, all windows tried taken into account."""
    p_gumbel: float
    p_overdispersed: float | None
    """The same as ``p`` when places differ in risk by chance, the ratios being divided by the inflation of each
    window; None if this was not asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Clusters that do not overlap, the likeliest first, and what they were judged against."""

    clusters: tuple[Cluster, ...]
    maxima: FloatArray
    """(R,) largest log likelihood ratio of each replication."""
    total: int
    places: int
    """Distinct coordinates; areas that share theirs are scanned together."""
    variance: float | None
    """Variance of the risk of a source (of a place, where none are given) behind ``p_overdispersed``."""
    share: float
    """Largest share a reported window may have: the limit given, or the one that the Gini coefficient chose."""
    gini: dict[float, float]
    """Gini coefficient of the significant clusters by share; empty unless it was asked for."""

    def significant(self, level: float = SIGNIFICANT) -> tuple[Cluster, ...]:
        """Give the clusters that stand at ``level``, against chance and, if tried, against overdispersion."""
        return tuple(c for c in self.clusters if max(c.p, c.p_overdispersed or 0) <= level)


def scan_areas(
    x: ArrayLike,
    y: ArrayLike,
    cases: ArrayLike,
    exposure: ArrayLike,
    *,
    rng: np.random.Generator,
    replications: int = 999,
    model: Model = "poisson",
    limits: Limits | None = None,
    shapes: tuple[Shape, ...] = CIRCLE,
    min_cases: int = 2,
    sources: ArrayLike | None = None,
    reporting: Reporting = "hierarchical",
    overdispersion: float | Literal["estimated"] | None = None,
    spread: Spread = here,
) -> Scan:
    """Scan n areas for groups of raised risk, by windows that grow round each of them.

    Parameters
    ----------
    x, y : (n,) metres of a projected system, never degrees
    cases : (n,) whole numbers >= 0
    exposure : (n,) numbers >= 0        dwellings, or the cases that a model expects; 0 only where no case is.
                                        Whole numbers for ``model="bernoulli"``
    rng                                 spawns the seeds of the replications
    limits                              of the windows, by default half of the exposure
    shapes                              ``windows.CIRCLE`` or ``windows.ELLIPSES``
    reporting                           "hierarchical": the likeliest cluster, then the next that shares no
                                        area with it, and so on. "gini": the same among smaller windows, the
                                        largest share chosen so that the clusters split the cases best
    overdispersion                      variance of the risk between places for ``p_overdispersed``, or
                                        "estimated" with caution outside the clusters that ``p`` finds
    sources : (n,) numbers >= 0         what has a risk of its own in each area, its buildings for instance;
                                        overdispersion is then that of one of them. One an area by default
    spread                              where the replications are computed, see ``replications``

    Raises ValueError on anything else, without cases, or when all areas are in one place.

    Notes: Kulldorff (1997), Commun. Stat. Theory Methods 26(6), 1481-1496. Only raised risks are looked for.
    The p of a secondary cluster compares it to the likeliest one of each replication: it is cautious.
    """
    study = read_study(
        x, y, np.reshape(cases, (-1, 1)), np.reshape(exposure, (-1, 1)),
        sources=sources, spans=np.array([[0, 1]]), model=model, limits=limits, shapes=shapes, min_cases=min_cases,
    )  # fmt: skip
    return scan_study(
        study,
        rng=rng,
        replications=replications,
        reporting=reporting,
        overdispersion=overdispersion,
        spread=spread,
    )


def scan_periods(
    x: ArrayLike,
    y: ArrayLike,
    cases: ArrayLike,
    exposure: ArrayLike,
    *,
    rng: np.random.Generator,
    replications: int = 999,
    limits: Limits | None = None,
    shapes: tuple[Shape, ...] = CIRCLE,
    min_cases: int = 2,
    max_time_share: float = 0.5,
    prospective: bool = False,
    sources: ArrayLike | None = None,
    overdispersion: float | Literal["estimated"] | None = None,
    spread: Spread = here,
) -> Scan:
    """Scan n areas and T periods for groups of areas whose risk is raised during some periods.

    The windows are cylinders: those of ``scan_areas``, times at most ``max_time_share`` of the periods in a
    row. Two clusters may share areas if not at the same time.

    Parameters
    ----------
    cases : (n, T) whole numbers >= 0
    exposure : (n, T) numbers >= 0      dwellings times days of the period: months are not all as long
    max_time_share                      in (0, 1]
    prospective                         only windows that last until the end: is something going on now?
    the others                          as in ``scan_areas``; overdispersion is that of the sums over periods

    Raises ValueError on anything else.

    Notes: Kulldorff et al. (1998), American Journal of Public Health 88(9), 1377-1380; prospective: Kulldorff
    (2001), Journal of the Royal Statistical Society A 164(1), 61-72.
    """
    columns = np.shape(cases)[1] if np.ndim(cases) == 2 else 0
    if columns < 2 or np.shape(exposure) != np.shape(cases):
        raise ValueError(
            f"cases and exposure must be areas x periods, got {np.shape(cases)}, {np.shape(exposure)}"
        )
    if not 0 < max_time_share <= 1 or int(columns * max_time_share + 1e-9) < 1:
        raise ValueError(f"max_time_share must leave a period to a window, got {max_time_share}")
    longest = int(columns * max_time_share + 1e-9)
    spans = [
        (first, past)
        for past in range(1, columns + 1)
        for first in range(max(0, past - longest), past)
        if past == columns or not prospective
    ]
    study = read_study(
        x,
        y,
        cases,
        exposure,
        sources=sources,
        spans=np.array(spans),
        limits=limits,
        shapes=shapes,
        min_cases=min_cases,
    )
    return scan_study(study, rng=rng, replications=replications, overdispersion=overdispersion, spread=spread)


def scan_study(
    study: Study,
    *,
    rng: np.random.Generator,
    replications: int,
    reporting: Reporting = "hierarchical",
    overdispersion: float | Literal["estimated"] | None = None,
    spread: Spread = here,
) -> Scan:
    """Scan a study that is already checked: what ``scan_areas`` and ``scan_periods`` share."""
    if reporting not in ("hierarchical", "gini"):
        raise ValueError(f"reporting must be hierarchical or gini, got {reporting!r}")
    if isinstance(overdispersion, int | float) and not 0 <= overdispersion <= 100:
        raise ValueError(f"overdispersion must be a variance from 0 to 100, got {overdispersion}")
    widest = study.limits.max_share
    shares = [share for share in GINI_SHARES if share < widest] if reporting == "gini" else []
    best = find_best_windows(study, [*shares, widest])
    maxima = spread(replicate_maxima, Replications(study), blocks_of(rng, replications))

    floor = float(maxima.min())  # below it, p is 1: every replication does better
    gini: dict[float, float] = {}
    cut = len(shares)
    for position, share in enumerate(best.shares if shares else ()):
        stands = [
            found
            for found in without_overlap(study, best, floor, position)
            if monte_carlo_p(found.ratio, maxima) <= SIGNIFICANT
        ]
        gini[share] = gini_coefficient(stands, study.total)
    if gini and max(gini.values()) > 0:
        # among equals the largest share, that is the fewest clusters
        cut = int(np.flatnonzero(np.array(list(gini.values())) >= max(gini.values()) - 1e-9)[-1])
    found = list(without_overlap(study, best, floor, cut))

    variance, harder = None, None
    if overdispersion is not None:
        variance = overdispersion if overdispersion != "estimated" else _variance(study, found, maxima)
        harder = maxima
        if variance > 0:
            harder = spread(replicate_maxima, Replications(study, variance), blocks_of(rng, replications))
    return Scan(
        clusters=tuple(_cluster(study, one, maxima, variance or 0.0, harder) for one in found),
        maxima=maxima,
        total=study.total,
        places=study.x.size,
        variance=variance,
        share=best.shares[cut],
        gini=gini,
    )


def _variance(study: Study, found: Sequence[Found], maxima: FloatArray) -> float:
    """Estimate the variance of the risk of a source, on the sums over all periods, outside the clusters.

    What Poisson alone calls a cluster is left out, be it chance: the estimate is then some way too low, and is
    taken above. Too low a variance makes false clusters, too high a one only misses weak ones.
    """
    some = study.expected.sum(axis=1) > 0
    for one in found:
        if monte_carlo_p(one.ratio, maxima) <= SIGNIFICANT:
            some[one.places] = False
    if not some.any():
        return 0.0
    return risk_variance(
        study.cases[some].sum(axis=1), study.expected[some].sum(axis=1), study.sources[some], caution=CAUTION
    )


def _cluster(
    study: Study, found: Found, maxima: FloatArray, variance: float, harder: FloatArray | None
) -> Cluster:
    awaited = study.expected[found.places].sum()
    spread = variance * study.risk_spread()[found.places].sum() / awaited
    inflation = 1 + spread * found.expected / awaited
    return Cluster(
        areas=np.flatnonzero(np.isin(study.place_of, found.places)),
        x=float(study.x[found.centre]),
        y=float(study.y[found.centre]),
        radius_m=radius_of(study, found),
        shape=found.shape,
        periods=(found.first, found.past - 1),
        observed=found.observed,
        expected=found.expected,
        relative_risk=relative_risk(found.observed, found.expected, study.total),
        log_ratio=found.ratio,
        p=monte_carlo_p(found.ratio, maxima),
        p_gumbel=gumbel_p(found.ratio, maxima),
        p_overdispersed=None if harder is None else monte_carlo_p(found.ratio / inflation, harder),
    )
