"""Rates of small areas: crude, shrunken, with their exact intervals and the chance that they are high.

All functions take ``cases`` (n,), whole numbers >= 0, and ``exposure`` (n,), numbers > 0 (dwellings at
risk; person-time does as well). They raise ValueError on anything else: an area without a denominator has
no rate, and it is the caller who says so on the map (``hotspots.rate_hotspots`` does).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, special

from maps.analysis.inputs import BoolArray, FloatArray, read_rate_inputs, read_weights


@dataclass(frozen=True, slots=True, eq=False)
class SmoothedRates:
    """Rates of n areas, in cases per unit of exposure."""

    raw: FloatArray
    smoothed: FloatArray
    weight: FloatArray
    """Share of its own rate that each area keeps, 0 to 1; the rest is the overall rate."""
    overall: float
    between_areas: float
    """Variance of the true rates between areas, as estimated; 0 when chance explains the whole spread."""


@dataclass(frozen=True, slots=True, eq=False)
class LocallySmoothedRates:
    """Rates of n areas, in cases per unit of exposure, each shrunk toward its own surroundings."""

    raw: FloatArray
    smoothed: FloatArray
    weight: FloatArray
    """Share of its own rate that each area keeps, 0 to 1; the rest is the local rate."""
    local: FloatArray
    """Rate of the area and its neighbours together; the overall rate for an island."""
    has_neighbours: BoolArray


@dataclass(frozen=True, slots=True, eq=False)
class RateInterval:
    """Two-sided confidence interval of n rates, in cases per unit of exposure."""

    lower: FloatArray
    upper: FloatArray
    level: float


def smooth_rates(cases: ArrayLike, exposure: ArrayLike) -> SmoothedRates:
    """Shrink each area's rate toward the overall rate, the more so the smaller the area.

    Notes: global empirical Bayes by moments, Marshall (1991), Applied Statistics 40(2), 283-294.
    A negative variance estimate is read as zero: every area then gets the overall rate.
    The smoothed rates keep the overall order of magnitude but not the exact total of cases.
    """
    counts, at_risk = read_rate_inputs(cases, exposure)
    raw, overall, between_areas = _moments(counts, at_risk)
    total = between_areas + overall / at_risk
    weight = np.divide(between_areas, total, out=np.zeros_like(raw), where=total > 0)
    return SmoothedRates(raw, overall + weight * (raw - overall), weight, overall, between_areas)


def smooth_rates_locally(
    cases: ArrayLike, exposure: ArrayLike, weights: sparse.sparray
) -> LocallySmoothedRates:
    """Shrink each area's rate toward that of its surroundings, the more so the smaller the area.

    ``weights`` (n, n) sparse says who is whose neighbour; only where it is positive counts, and an area
    belongs to its own surroundings. An island, with nobody to borrow from, is shrunk as ``smooth_rates``
    does. Where nobody around has a case, the smoothed rate is 0.

    Notes: local empirical Bayes by moments, Marshall (1991). The variance of a neighbourhood is taken
    around the one mean of that neighbourhood, as GeoDa, PySAL and ``spdep::EBlocal(geoda=TRUE)`` do. The
    default of spdep takes each neighbour around the mean of its own surroundings, which also reaches the
    neighbours of neighbours and calls a slope between two quarters no difference.
    """
    counts, at_risk = read_rate_inputs(cases, exposure)
    linked = read_weights(weights, counts.size)
    linked = linked - sparse.diags_array(linked.diagonal())
    linked.eliminate_zeros()
    has_neighbours = np.diff(linked.indptr) > 0
    linked.data[:] = 1
    around = sparse.csr_array(linked + sparse.eye_array(counts.size))
    members = np.diff(around.indptr)
    raw, overall, between_all = _moments(counts, at_risk)

    dwellings = around @ at_risk
    local = (around @ counts) / dwellings
    area = np.repeat(np.arange(counts.size), members)
    squares = at_risk[around.indices] * (raw[around.indices] - local[area]) ** 2
    spread = np.bincount(area, squares, minlength=counts.size) / dwellings
    between = np.maximum(spread - local * members / dwellings, 0.0)
    local = np.where(has_neighbours, local, overall)
    between = np.where(has_neighbours, between, between_all)
    total = between + local / at_risk
    weight = np.divide(between, total, out=np.zeros_like(raw), where=total > 0)
    return LocallySmoothedRates(raw, local + weight * (raw - local), weight, local, has_neighbours)


def poisson_interval(cases: ArrayLike, exposure: ArrayLike, level: float = 0.95) -> RateInterval:
    """Give the exact interval of each area's own rate, no area borrowing from another.

    ``level`` lies strictly between 0 and 1. The lower end is 0 where there is no case.

    Notes: Garwood (1936), Biometrika 28(3-4), 437-442. Exact means that the true rate is covered at least
    ``level`` of the time, more so for small counts.
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
    counts, at_risk = read_rate_inputs(cases, exposure)
    tail = (1 - level) / 2
    lower = np.zeros_like(counts)
    some = counts > 0
    lower[some] = special.gammaincinv(counts[some], tail)
    upper = special.gammainccinv(counts + 1, tail)
    return RateInterval(lower / at_risk, upper / at_risk, level)


def standardised_deviates(cases: ArrayLike, exposure: ArrayLike) -> FloatArray:
    """Give (n,) deviations from the overall rate, in standard errors of each area's own rate.

    These, and not the rates, are what a spatial test may be run on: under a constant risk they have the
    same variance in a village as in a town, so small areas are not found by their noise. All are 0 when
    there is no case at all.

    Notes: Assunção and Reis (1999), Statistics in Medicine 18(16), 2147-2162. Where the between-area
    variance comes out negative it is read as zero. The paper, spdep and esda subtract it instead, as long
    as the variance of the area stays positive: the deviate of a very large area then explodes by chance.
    """
    counts, at_risk = read_rate_inputs(cases, exposure)
    raw, overall, between_areas = _moments(counts, at_risk)
    error = np.sqrt(between_areas + overall / at_risk)
    return np.divide(raw - overall, error, out=np.zeros_like(raw), where=error > 0)


def exceedance_probability(cases: ArrayLike, exposure: ArrayLike, threshold: float = 1.0) -> FloatArray:
    """Give (n,) posterior probabilities that an area's risk is over ``threshold`` times the overall risk.

    The prior is a gamma of mean 1 whose variance is that of ``smooth_rates``, so the posterior mean times
    the overall rate is exactly the smoothed rate. When chance explains the whole spread the risk is 1
    everywhere: the answer is then 0 above 1, 1 below, and at 1 its limit, one half. P >= 0.8 is a rule of
    good specificity for a raised risk (Richardson et al. 2004, Environ. Health Perspect. 112(9), 1016-1025).
    """
    if not (np.isfinite(threshold) and threshold > 0):
        raise ValueError(f"threshold must be a positive number, got {threshold}")
    counts, at_risk = read_rate_inputs(cases, exposure)
    _, overall, between_areas = _moments(counts, at_risk)
    if between_areas == 0:
        return np.full(counts.size, (1 + np.sign(1 - threshold)) / 2)
    prior = overall**2 / between_areas
    return special.gammaincc(prior + counts, threshold * (prior + overall * at_risk))


def _moments(counts: FloatArray, at_risk: FloatArray) -> tuple[FloatArray, float, float]:
    """Give the crude rates, the overall rate and the variance between areas beyond Poisson noise."""
    raw = counts / at_risk
    overall = float(counts.sum() / at_risk.sum())
    spread = float(np.average((raw - overall) ** 2, weights=at_risk))
    return raw, overall, max(spread - overall / float(at_risk.mean()), 0.0)
