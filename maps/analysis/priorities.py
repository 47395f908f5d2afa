"""Which place comes first, and why: a weighted sum of percentiles that a committee can read back.

Each criterion is worth at most its weight, in points of 100: a place gets the share of that weight which is
the share of the reference set below it. The need of a place and what can be done about it are two scores,
never added up: an easy case is not a grave one. How sure a rank is: see ``rank_intervals``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import BoolArray, FloatArray, check_same_length, read_counts, read_values
from maps.analysis.rates import smooth_rates

POINTS = 100
REDUNDANT = 0.8
"""Correlation from which two criteria say nearly the same thing twice."""
# Sums of percentiles are compared to this many decimals: below it, two equal scores differ by rounding only.
DECIMALS = 9


class Axis(StrEnum):
    """What a criterion tells of a place."""

    NEED = "besoin"
    CAPACITY = "capacite_d_agir"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A named indicator and its weight, relative to the other weights of its axis. High means first."""

    name: str
    weight: float
    axis: Axis = Axis.NEED


@dataclass(frozen=True, slots=True, eq=False)
class Rate:
    """An indicator counted over a stock: judged by its shrunken rate, so that chance puts no place first.

    ``cases`` (n,) are whole numbers >= 0; ``exposure`` (n,) numbers >= 0, where 0 says that it is not known.
    """

    cases: ArrayLike
    exposure: ArrayLike


Indicators = Mapping[str, ArrayLike | Rate]
"""By name of criterion, (n,) values or a rate; a masked value is not known, and earns no point."""


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """What n places score on k criteria, in points."""

    criteria: tuple[Criterion, ...]
    contributions: FloatArray
    """(n, k), each from 0 to 100 times the share of the criterion in the weights of its axis."""
    need: FloatArray
    """(n,) from 0 to 100: the sum of the contributions on this axis; 0 where it has no criterion."""
    capacity: FloatArray
    rank: NDArray[np.int64]
    """(n,) by need, from 1; equal scores share the better rank."""
    known: BoolArray
    """(n, k), False where the indicator is not known."""
    correlation: FloatArray
    """(k, k) rank correlation over the reference set; 0 with a criterion that does not vary."""

    def redundant_pairs(self, threshold: float = REDUNDANT) -> list[tuple[str, str, float]]:
        """List the pairs of criteria that tell the same thing twice, with their correlation."""
        first, second = np.nonzero(np.triu(np.abs(self.correlation) >= threshold, k=1))
        return [
            (self.criteria[a].name, self.criteria[b].name, float(self.correlation[a, b]))
            for a, b in zip(first, second, strict=True)
        ]


def score_places(
    criteria: Sequence[Criterion], indicators: Indicators, *, reference: ArrayLike | None = None
) -> Scores:
    """Score each place on each criterion, and rank the places by need.

    Parameters
    ----------
    criteria                            at least one, names distinct, weights > 0: leave out what does not count
    indicators : one (n,) each          the value of every criterion at every place
    reference : (n,) booleans           the places that percentiles are taken in; all by default

    Raises ValueError on anything else, and when no place of the reference set is known for a criterion.
    """
    chosen, shares = read_criteria(criteria)
    values = [read_indicator(indicators, criterion.name) for criterion in chosen]
    places = check_places(values)
    among = read_reference(reference, places)
    contributions, known = np.zeros((places, len(chosen))), np.empty((places, len(chosen)), dtype=bool)
    percents = np.empty_like(contributions)
    for column, (value, share) in enumerate(zip(values, shares, strict=True)):
        known[:, column] = value.known
        percents[:, column] = percentiles(value.values, among & value.known, value.known)
        contributions[:, column] = share * percents[:, column]
    need, capacity = (
        weighted_sum(percents.T, np.where([c.axis is axis for c in chosen], shares, 0.0)) for axis in Axis
    )
    return Scores(
        criteria=chosen,
        contributions=contributions,
        need=need,
        capacity=capacity,
        rank=places - count_below(need) - _ties(need) + 1,
        known=known,
        correlation=_correlation(percents[among]),
    )


def percentiles(values: FloatArray, among: BoolArray, known: BoolArray) -> FloatArray:
    """Give (n,) the percentage of the places ``among`` whose value lies strictly below; 0 where not known.

    Strictly: what is least bad earns nothing, and a trait shared by few places weighs more than one of many.
    """
    size = np.count_nonzero(among)
    if not size:
        raise ValueError("no place of the reference set is known for a criterion")
    return np.where(known, count_below(values, among) * (POINTS / size), 0.0)


def count_below(values: FloatArray, among: BoolArray | None = None) -> NDArray[np.int64]:
    """Give (n,) how many entries (of those ``among``) are strictly smaller than each; one sort."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.empty(values.size, dtype=bool)
    starts[0] = True
    np.not_equal(ordered[1:], ordered[:-1], out=starts[1:])
    before = np.arange(values.size)
    if among is not None:
        counted = among[order]
        before = np.cumsum(counted) - counted
    below = np.empty(values.size, dtype=np.int64)
    below[order] = np.maximum.accumulate(np.where(starts, before, 0))
    return below


def weighted_sum(percents: FloatArray, shares: FloatArray) -> FloatArray:
    """Add up (k, n) percentiles, criterion by criterion: equal places get the very same score."""
    total = np.zeros(percents.shape[1])
    for row, share in zip(percents, shares, strict=True):
        if share:
            total += share * row
    return np.round(total, DECIMALS)


@dataclass(frozen=True, slots=True, eq=False)
class Indicator:
    """One indicator as read: its values, where they are known, and the rate they come from."""

    values: FloatArray
    known: BoolArray
    rate: tuple[FloatArray, FloatArray] | None
    """Cases and exposure of the places where the exposure is known."""


def read_indicator(indicators: Indicators, name: str) -> Indicator:
    """Read the indicator of a criterion; what is not known is 0 in ``values``."""
    if name not in indicators:
        raise ValueError(f"no indicator for the criterion {name!r}, got {sorted(indicators)}")
    given = indicators[name]
    if isinstance(given, Rate):
        cases, exposure = read_counts(given.cases), read_values(given.exposure, "exposure")
        check_same_length(cases=cases, exposure=exposure)
        known = exposure != 0
        values = np.zeros(cases.size)
        if not known.any():
            return Indicator(values, known, None)
        values[known] = smooth_rates(cases[known], exposure[known]).smoothed
        return Indicator(values, known, (cases[known], exposure[known]))
    known = ~np.ma.getmaskarray(np.ma.asarray(given))
    return Indicator(read_values(np.ma.filled(given, 0), name), known, None)


def read_criteria(criteria: Sequence[Criterion]) -> tuple[tuple[Criterion, ...], FloatArray]:
    """Give the criteria and (k,) the share of each in the weights of its axis."""
    chosen = tuple(criteria)
    names = [criterion.name for criterion in chosen]
    if len(set(names)) < len(names):
        raise ValueError(f"a criterion may enter once only, got {names}")
    weights = read_values([criterion.weight for criterion in chosen], "weights")
    if (weights <= 0).any():
        raise ValueError("weights must be positive: leave out a criterion that does not count")
    axes = np.array([criterion.axis for criterion in chosen])
    totals = np.array([weights[axes == axis].sum() for axis in axes])
    return chosen, weights / totals


def check_places(values: Sequence[Indicator]) -> int:
    """Give the number of places; refuse indicators that do not describe the same ones."""
    lengths = {value.values.size for value in values}
    if len(lengths) > 1:
        raise ValueError(f"one entry a place is expected in every indicator, got lengths {sorted(lengths)}")
    return lengths.pop()


def read_reference(reference: ArrayLike | None, places: int) -> BoolArray:
    """Give (n,) which places percentiles are taken in."""
    if reference is None:
        return np.ones(places, dtype=bool)
    among = np.asarray(reference)
    if among.dtype != bool or among.shape != (places,):
        raise ValueError(f"reference must be {places} booleans, got {among.dtype} {among.shape}")
    return among


def _ties(values: FloatArray) -> NDArray[np.int64]:
    """Give how many entries equal each one, itself included."""
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    return count[place]


def _correlation(percents: FloatArray) -> FloatArray:
    centred = percents - percents.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    unit = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    matrix: FloatArray = np.clip(unit.T @ unit, -1, 1)
    np.fill_diagonal(matrix, 1)
    return matrix
