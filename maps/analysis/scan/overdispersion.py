"""How much the risk varies from place to place beyond chance."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from maps.analysis.inputs import FloatArray, check_same_length, read_counts, read_values

ENOUGH_EXPECTED = 5.0
"""Places are joined until they expect so many cases: the deviations of fewer are far from any normal law."""
FEWEST_GROUPS = 5
LARGEST = 100.0
SMALLEST_LEVEL = 1e-3
ROUNDS = 5
"""The level of the usual places, the variance and the weights settle in so many."""
FARTHEST = 2.0
"""Deviations count up to so many standard errors: a cluster is not taken for the spread of all places."""
# Mean and standard deviation of the square of a normal deviate, capped at FARTHEST squared
_inside = special.erf(FARTHEST / np.sqrt(2))
_edge = FARTHEST * np.sqrt(2 / np.pi) * np.exp(-(FARTHEST**2) / 2)
MEAN_CAPPED = float(_inside - _edge + FARTHEST**2 * (1 - _inside))
DEVIATION_CAPPED = float(
    np.sqrt(3 * _inside - (3 + FARTHEST**2) * _edge + FARTHEST**4 * (1 - _inside) - MEAN_CAPPED**2)
)


def risk_variance(
    cases: ArrayLike, expected: ArrayLike, sources: ArrayLike | None = None, *, caution: float = 0.0
) -> float:
    """Give the variance of the gamma risk, of mean 1, behind the spread of the counts; 0 if chance explains it.

    Parameters
    ----------
    cases : (n,) whole numbers >= 0
    expected : (n,) numbers > 0         up to a factor
    sources : (n,) numbers > 0          buildings, or whatever has a risk of its own, in each place: the
                                        variance is then that of one of them, and a place of many varies less
    caution                             standard errors above the estimate, for a test that must not be too
                                        bold: 1.282 gives its upper limit at 90 %

    Places that expect few cases are joined to the next ones, so their order should keep neighbours close.
    Raises ValueError on anything else. At most ``LARGEST``; 0 where there are too few cases to tell.

    Notes: the variance at which the capped squares of the standardised deviations have the mean they should
    (Huber 1964, Annals of Mathematical Statistics 35(1), 73-101, proposal 2), around the level of the usual
    places: a few clusters hardly move it, where the plain moments would take them for the common spread.
    """
    counts, awaited = read_counts(cases), read_values(expected, "expected")
    shared = np.ones(awaited.size) if sources is None else read_values(sources, "sources")
    check_same_length(cases=counts, expected=awaited, sources=shared)
    if (awaited <= 0).any() or (shared <= 0).any():
        raise ValueError("expected and sources must be positive")
    awaited = awaited * (counts.sum() / awaited.sum())
    group = _groups(awaited)
    if group[-1] + 1 < FEWEST_GROUPS:
        return 0.0
    counts, shared, awaited = (
        np.bincount(group, values).astype(np.float64) for values in (counts, shared, awaited)
    )
    level, variance = 1.0, 0.0
    for _ in range(ROUNDS):
        usual = level * awaited
        slope = usual / shared
        spread = 1 + variance * slope
        farthest = FARTHEST * np.sqrt(usual * spread)
        capped = np.clip(counts, usual - farthest, usual + farthest)
        weight = slope / spread
        error = DEVIATION_CAPPED * np.sqrt((weight**2).sum()) / weight.sum()
        variance = _balanced((counts - usual) ** 2 / usual, slope, weight, MEAN_CAPPED - caution * error)
        level = max(float((capped / spread).sum() / (awaited / spread).sum()), SMALLEST_LEVEL)
    return variance


def _groups(expected: FloatArray) -> NDArray[np.intp]:
    """Number the groups of places in a row that expect enough; what is left at the end joins the last."""
    cumulated = np.cumsum(expected)
    group = np.zeros(expected.size, dtype=np.intp)
    first = number = 0
    while first < expected.size:
        done = cumulated[first - 1] if first else 0.0
        past = int(np.searchsorted(cumulated, done + ENOUGH_EXPECTED)) + 1
        if past > expected.size and number:
            number -= 1
        group[first:past] = number
        first, number = past, number + 1
    return group


def _balanced(deviation: FloatArray, slope: FloatArray, weight: FloatArray, mean: float) -> float:
    """Give the variance that brings the weighted mean of the capped squares down to ``mean``."""

    def is_too_small(variance: float) -> bool:
        capped = np.minimum(deviation / (1 + variance * slope), FARTHEST**2)
        return bool(np.average(capped, weights=weight) > mean)

    low, high = 0.0, 1e-3
    if not is_too_small(low):
        return 0.0
    while is_too_small(high) and high < LARGEST:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if is_too_small(middle) else (low, middle)
    return min(high, LARGEST)
