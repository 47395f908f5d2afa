"""Buildings of unequal risk: how unequal they are, what each then teaches, and maps drawn with no cluster.

A building has a risk of its own, gamma with mean 1, and each of its dwellings is reported or not under it. A
dwelling counts once, so a building never counts more than it has. With n buildings:

rate      (n,)  reports expected of one dwelling, before some are of a dwelling already reported
expected  (n,)  dwellings expected to be reported
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import FloatArray, check_same_length, read_counts, read_values

LARGEST = 100.0
SMALLEST = 1e-4
"""A variance below it cannot be told from 0, and is 0."""
FULLEST = 0.98
"""Share of its dwellings that a building may be expected to report at most."""
HALVINGS = 40


@dataclass(frozen=True, eq=False)
class Buildings:
    """n buildings that may be reported: what each expects, and how much that tells."""

    dwellings: NDArray[np.int64]
    expected: FloatArray
    variance: float
    """Variance of the risk of a building."""

    @classmethod
    def read(
        cls,
        reported: ArrayLike,
        dwellings: ArrayLike,
        expected: ArrayLike,
        variance: float | None = None,
    ) -> Self:
        """Check the arrays of a study, scale the expected to the reported, and estimate the variance if not given.

        Parameters
        ----------
        reported : (n,) whole numbers >= 0      reported dwellings
        dwellings : (n,) numbers >= 0           estimates are rounded, and never less than the reported
        expected : (n,) numbers >= 0            up to a factor; positive wherever something is reported
        variance                                in [0, 100]

        Raises ValueError on anything else, and without a report.
        """
        counts, awaited = read_counts(reported), read_values(expected, "expected")
        homes = read_values(dwellings, "dwellings")
        check_same_length(reported=counts, dwellings=homes, expected=awaited)
        if (awaited < 0).any() or (counts[awaited == 0] > 0).any():
            raise ValueError("expected must be positive wherever something is reported, and never negative")
        if not counts.sum() > 0:
            raise ValueError("nothing is reported")
        if variance is not None and not 0 <= variance <= LARGEST:
            raise ValueError(f"variance must lie between 0 and {LARGEST:g}, got {variance}")
        whole = np.maximum(np.maximum(np.rint(homes), counts), 1).astype(np.int64)
        awaited = np.minimum(awaited * (counts.sum() / awaited.sum()), FULLEST * whole)
        if variance is None:
            variance = _variance(counts, whole, awaited)
        return cls(whole, awaited, variance if variance >= SMALLEST else 0.0)

    @cached_property
    def rate(self) -> FloatArray:
        """Give what each dwelling must bring for the building to expect what it does."""
        silent = 1 - self.expected / self.dwellings
        if self.variance == 0:
            return -np.log(silent)
        return (silent**-self.variance - 1) / self.variance

    @cached_property
    def weight(self) -> FloatArray:
        """Give the expected over the variance of each: what one more reported dwelling there is worth.

        It is that of the efficient score test for a common factor on the rates; weighted so, counts have the
        variance of their mean, as Poisson's have. A building that reports again and again then counts little.
        """
        once, twice = _silence(self.rate, self.variance), _silence(2 * self.rate, self.variance)
        count = self.dwellings
        spread = count * (once - twice) + count * count * (twice - once**2)
        return np.divide(self.expected, spread, out=np.ones(spread.size), where=spread > 0)

    def draw(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Give (n,) reported dwellings drawn with no cluster."""
        reported = (rng.random(self.expected.size) < self.expected).astype(np.int64)
        several = np.flatnonzero(self.dwellings > 1)  # the risk of a house makes no difference to one draw
        rate = self.rate[several]
        if self.variance > 0:
            rate = rate * rng.gamma(1 / self.variance, self.variance, rate.size)
        reported[several] = rng.binomial(self.dwellings[several], -np.expm1(-rate))
        return reported

    @cached_property
    def weighted(self) -> FloatArray:
        """Give (n,) what each expects, weighted."""
        return self.expected * self.weight


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The weighted counts of m places, in whole parts: what is scanned, and how chance draws it."""

    buildings: Buildings
    place: NDArray[np.intp]  # (n,) of each building
    places: int

    def parts(self, reported: NDArray, total: int) -> NDArray[np.int64]:
        """Give (m,) whole parts in proportion to the weighted counts, whose sum is ``total``; off by 1 at most."""
        weighted = np.bincount(self.place, reported * self.buildings.weight, self.places)
        cumulated = np.cumsum(weighted)
        return np.diff(np.rint(cumulated * (total / cumulated[-1])).astype(np.int64), prepend=0)

    def draw(self, rng: np.random.Generator, total: int) -> NDArray[np.int64]:
        """Give the parts of a map drawn with no cluster."""
        while not (reported := self.buildings.draw(rng)).any():
            pass
        return self.parts(reported, total)


def _silence(rate: FloatArray, variance: float) -> FloatArray:
    """Give the probability that nothing comes where ``rate`` is expected, over the risks of the buildings."""
    return np.exp(-rate) if variance == 0 else (1 + variance * rate) ** (-1 / variance)


def _variance(reported: FloatArray, dwellings: NDArray[np.int64], expected: FloatArray) -> float:
    """Give the variance of the risk at which there are as many pairs of reported dwellings in a building as seen.

    Each building counts for what the square of 1 + its expected says: else the few large ones would decide.
    What varies without being in ``expected`` is in it too. A cluster makes it a little too large: that is
    cautious. 0 where chance explains the pairs.
    """
    pairs = reported * (reported - 1)
    weight = 1 / (1 + expected) ** 2

    def has_more(variance: float) -> bool:
        rate = Buildings(dwellings, expected, variance).rate
        both = 1 - 2 * _silence(rate, variance) + _silence(2 * rate, variance)
        return bool((weight * (pairs - dwellings * (dwellings - 1) * both)).sum() > 0)

    low, high = SMALLEST, LARGEST
    if not has_more(low):
        return 0.0
    for _ in range(HALVINGS):
        middle = float(np.sqrt(low * high))
        low, high = (middle, high) if has_more(middle) else (low, middle)
    return high
