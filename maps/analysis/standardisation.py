"""Indirect standardisation: the cases that the stock of each area predicts, and the ratio of what was seen.

A stratum is a kind of dwelling: built before 1949 and rented privately, small, of a poor neighbourhood...
Strata share out the dwellings, each dwelling in one of them; crossing two criteria makes four strata.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from maps.analysis.inputs import BoolArray, FloatArray, read_counts, read_matrix, read_values
from maps.analysis.rates import poisson_interval


@dataclass(frozen=True, slots=True, eq=False)
class StandardisedRatios:
    """What n areas would count if each of their dwellings had the risk of its stratum, and what they do."""

    expected: FloatArray
    ratio: FloatArray
    """Observed over expected cases: 1 is what the stock predicts."""
    lower: FloatArray
    upper: FloatArray
    level: float
    comparable: BoolArray
    """False where no case is expected: ratio and interval only fill the place, with 0."""


def stratum_rates(cases: ArrayLike, dwellings: ArrayLike) -> FloatArray:
    """Give (k,) rates of the strata over a whole territory, in cases per dwelling.

    ``cases`` and ``dwellings`` are (n, k), one column a stratum, or (k,) totals. A stratum without a
    dwelling has rate 0. Raises ValueError on cases where there is no dwelling, and on shapes that differ.
    """
    counts = _stratified(cases, "cases")
    stock = _stratified(dwellings, "dwellings")
    if counts.shape != stock.shape:
        raise ValueError(f"cases {counts.shape} and dwellings {stock.shape} must have one shape")
    read_counts(counts.ravel())
    seen, at_risk = counts.sum(axis=0), stock.sum(axis=0)
    if (seen[at_risk == 0] > 0).any():
        raise ValueError("cases are counted in a stratum without a dwelling")
    return np.divide(seen, at_risk, out=np.zeros_like(seen), where=at_risk > 0)


def standardise(
    cases: ArrayLike, dwellings: ArrayLike, rates: ArrayLike, level: float = 0.95
) -> StandardisedRatios:
    """Compare each area with what the stratum rates make of its own stock.

    Parameters
    ----------
    cases : (n,) whole numbers >= 0       all strata together: their strata need not be known by area
    dwellings : (n, k) numbers >= 0       stock of each area by stratum
    rates : (k,) numbers >= 0             see ``stratum_rates``, or those of a larger territory
    level                                 of the exact Poisson interval, strictly between 0 and 1

    Raises ValueError on anything else, and on cases in an area where none can be expected.

    Notes: the standardised ratio of Breslow and Day (1987), Statistical Methods in Cancer Research II, 65-72;
    interval of Garwood (1936). It takes the expected counts as known: with a few hundred cases in the
    reference, their own error is small beside that of one area. With the territory as its own reference,
    expected and observed totals agree.
    """
    counts = read_counts(cases)
    stock = _stratified(dwellings, "dwellings")
    risk = read_values(rates, "rates")
    if stock.shape != (counts.size, risk.size):
        raise ValueError(f"dwellings has shape {stock.shape}, expected {(counts.size, risk.size)}")
    if (risk < 0).any():
        raise ValueError("rates must be >= 0")
    expected = stock @ risk
    comparable = expected > 0
    if (counts[~comparable] > 0).any():
        raise ValueError("cases are counted in an area where the strata expect none")
    ratio, lower, upper = (np.zeros_like(expected) for _ in range(3))
    if comparable.any():
        interval = poisson_interval(counts[comparable], expected[comparable], level)
        ratio[comparable] = counts[comparable] / expected[comparable]
        lower[comparable], upper[comparable] = interval.lower, interval.upper
    return StandardisedRatios(expected, ratio, lower, upper, level, comparable)


def _stratified(figures: ArrayLike, name: str) -> FloatArray:
    """Give ``figures`` as a matrix of finite numbers >= 0, one column a stratum; totals become one row."""
    matrix = read_matrix(np.atleast_2d(np.asarray(figures)), name)
    if (matrix < 0).any():
        raise ValueError(f"{name} must be >= 0")
    return matrix
