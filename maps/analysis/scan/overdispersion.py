"""How much the risk varies from place to place beyond chance."""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from maps.analysis.inputs import FloatArray, check_same_length, read_counts, read_values

ENOUGH_EXPECTED = 5.0
"""Places are joined until they expect so many cases: the deviations of fewer are far from any normal law."""
FEWEST_GROUPS = 5
LARGEST = 100.0
SMALLEST_LEVEL = 1e-3
ROUNDS = 8
"""The level of the places, the variance and the weights settle in so many."""
FARTHEST = 2.0
"""Deviations count up to so many standard errors: one odd place is not taken for the spread of all."""
SKEWS = np.linspace(0.02, 2, 34)


@cache
def _capped_squares() -> tuple[FloatArray, float]:
    """Give what the capped square of a deviation from the median is on average, below it, and its spread.

    For gamma laws of the skewnesses ``SKEWS``, which counts of unequal risks follow closely: the lower half of
    a skewed law is the narrower one. The spread is that of the normal law.
    """
    lower = (np.arange(400) + 0.5) / 800
    shape = 4 / SKEWS**2
    below = special.gammaincinv(shape[:, None], lower) - special.gammaincinv(shape, 0.5)[:, None]
    means = np.minimum(below**2 / shape[:, None], FARTHEST**2).mean(axis=1)
    return means, float(np.minimum(special.ndtri(lower) ** 2, FARTHEST**2).std())


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
                                        bold: at 1 it is too low one time in six

    Places that expect few cases are joined to the next ones, so their order should keep neighbours close.
    Raises ValueError on anything else. At most ``LARGEST``; 0 where there are too few cases to tell.

    Notes: clusters raise counts, so only the places below the median level tell the variance: that at which
    the squares of their standardised deviations, capped, have the mean they should (Huber 1964, Annals of
    Mathematical Statistics 35(1), 73-101, proposal 2). Moments of all places would take clusters for the
    common spread, and so hide them.
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
    variance = 0.0
    for _ in range(ROUNDS):
        spread = 1 + variance * awaited / shared
        usual = awaited * max(_median(counts / awaited, awaited / spread), SMALLEST_LEVEL)
        low = counts <= usual
        variance = _balanced(counts[low], usual[low], shared[low], variance, caution)
    return variance


def _median(values: FloatArray, weights: FloatArray) -> float:
    order = np.argsort(values, kind="stable")
    cumulated = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(cumulated, cumulated[-1] / 2)])


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


def _balanced(
    counts: FloatArray, usual: FloatArray, sources: FloatArray, last: float, caution: float
) -> float:
    """Give the variance at which the capped squares have the mean they should, weighted as ``last`` says."""
    means, spread = _capped_squares()
    deviation, slope = (counts - usual) ** 2 / usual, usual / sources
    weight = slope / (1 + last * slope)
    error = spread * np.sqrt((weight**2).sum()) / weight.sum()

    def is_too_small(variance: float) -> bool:
        inflation = 1 + variance * slope
        skew = (2 * inflation - 1) / np.sqrt(usual * inflation)
        excess = np.minimum(deviation / inflation, FARTHEST**2) - np.interp(skew, SKEWS, means)
        return bool(np.average(excess, weights=weight) > -caution * error)

    low, high = 0.0, 1e-3
    if not is_too_small(low):
        return 0.0
    while is_too_small(high) and high < LARGEST:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if is_too_small(middle) else (low, middle)
    return min(high, LARGEST)
