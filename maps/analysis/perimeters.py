"""Before and after, inside and outside a perimeter: did reports change more inside than they did elsewhere?

The measure is a ratio of rate ratios (a difference in differences on the log scale): how the rate inside was
multiplied from one period to the other, divided by how the rate outside was. 1 says that both changed alike.
It takes for granted that without the perimeter both would have changed alike; no figure can show that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special, stats

from maps.analysis.inputs import BoolArray, FloatArray, read_counts, read_matrix, read_rate_inputs

MIN_DEGREES_OF_FREEDOM = 10
"""Areas with a case, less two, from which the spread between areas says something."""
FARTHEST = 60.0
"""Log of an odds ratio beyond which a limit is taken as 0 or infinity."""
MAX_CASES = 5_000_000
"""Beyond, the list of all outcomes would fill the memory, and an exact law has nothing to add."""


@dataclass(frozen=True, slots=True, eq=False)
class PerimeterEffect:
    """Change of the rate inside a perimeter against the change outside."""

    cases: FloatArray
    """(2, 2): inside and outside, before and after."""
    exposure: FloatArray
    inside_ratio: float | None
    """Rate after over rate before, inside; None if nothing was reported before."""
    outside_ratio: float | None
    ratio: float | None
    """The first over the second; None where one of them has no value, or the second is 0."""
    lower: float
    upper: float
    """Limits of ``ratio``: from 0 to infinity where the counts say nothing."""
    level: float
    p_two_sided: float
    tested: bool
    """False where the counts could not have come out otherwise: then the limits are 0 and infinity, p = 1."""
    dispersion: float | None
    """Spread of the changes between areas in units of what chance gives; None with too few areas to tell."""


def compare_perimeter(
    cases: ArrayLike, exposure: ArrayLike, inside: ArrayLike, level: float = 0.95
) -> PerimeterEffect:
    """Compare the change of the rates inside a perimeter with that outside.

    Parameters
    ----------
    cases : (n, 2) whole numbers >= 0     cases of n areas before and after
    exposure : (n, 2) numbers > 0         dwellings times the length of the period
    inside : (n,) booleans                at least one area inside and one outside
    level                                 of the interval, strictly between 0 and 1

    Raises ValueError on anything else.

    Notes: given the totals inside, outside and after, the cases after and inside follow Fisher's noncentral
    hypergeometric law, whose parameter is the ratio: the interval is exact for the smallest counts, zeros
    included (Cornfield, 1956, Proc. 3rd Berkeley Symposium IV, 135-148). Where areas change more unlike each
    other than chance allows, the profile of the same law is widened by that dispersion (Pearson's statistic
    over its degrees of freedom; McCullagh and Nelder, 1989, Generalized Linear Models, 4.5), and the wider of
    the two is given. Areas of one side are added up: their exposures should change in like proportions.
    """
    counts, at_risk = read_matrix(cases, "cases"), read_matrix(exposure, "exposure")
    within = np.asarray(inside)
    if counts.shape != at_risk.shape or counts.shape[1] != 2:
        raise ValueError(f"cases {counts.shape} and exposure {at_risk.shape} must be (n, 2): before, after")
    read_counts(counts.ravel())
    read_rate_inputs(counts.ravel(), at_risk.ravel())
    if within.dtype != bool or within.shape != (len(counts),):
        raise ValueError("inside must be one boolean an area")
    if within.all() or not within.any():
        raise ValueError("areas are needed both inside and outside")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")

    sides = (within, ~within)
    table = np.array([counts[side].sum(axis=0) for side in sides])
    stock = np.array([at_risk[side].sum(axis=0) for side in sides])
    if table.sum() > MAX_CASES:
        raise ValueError(f"cases add up to more than {MAX_CASES:,}")
    dispersion, freedom = _dispersion(counts, at_risk, sides)
    inside_ratio, outside_ratio = (_ratio(*row) for row in (table / stock))
    ratio = inside_ratio / outside_ratio if inside_ratio is not None and outside_ratio else None
    law = _ConditionalLaw(table, float(stock[0, 1] / stock[0, 0] / (stock[1, 1] / stock[1, 0])))
    tested = law.outcomes.size > 1
    lower, upper, p = (*law.exact_interval(level), law.exact_p()) if tested else (0.0, np.inf, 1.0)
    if tested and dispersion is not None and dispersion > 1:
        wider = law.profile_interval(dispersion * float(stats.f.ppf(level, 1, freedom)))
        lower, upper = min(lower, wider[0]), max(upper, wider[1])
        p = max(p, float(stats.f.sf(law.deviance(law.at_one) / dispersion, 1, freedom)))
    return PerimeterEffect(
        cases=table,
        exposure=stock,
        inside_ratio=inside_ratio,
        outside_ratio=outside_ratio,
        ratio=ratio,
        lower=lower,
        upper=upper,
        level=level,
        p_two_sided=p,
        tested=tested,
        dispersion=dispersion,
    )


class _ConditionalLaw:
    """Law of the cases after and inside, given the totals of the table; its parameter is the log odds ratio.

    The odds ratio is that of the counts: the ratio of the rates times ``exposure_ratio``.
    """

    def __init__(self, table: FloatArray, exposure_ratio: float) -> None:
        (before_in, after_in), (before_out, after_out) = table
        total_in, total_out, total_after = before_in + after_in, before_out + after_out, after_in + after_out
        self.outcomes = np.arange(max(0, total_after - total_out), min(total_in, total_after) + 1)
        self.observed = int(np.searchsorted(self.outcomes, after_in))
        self.exposure_ratio = exposure_ratio
        self.log_ways = _log_choose(total_in, self.outcomes) + _log_choose(
            total_out, total_after - self.outcomes
        )
        self.is_lowest, self.is_highest = self.observed == 0, self.observed == self.outcomes.size - 1

    @property
    def at_one(self) -> float:
        """Log odds ratio where both sides change alike."""
        return float(np.log(self.exposure_ratio))

    def log_probabilities(self, log_odds: float) -> FloatArray:
        logs = self.log_ways + log_odds * self.outcomes
        return logs - special.logsumexp(logs)

    def at_least(self, log_odds: float) -> float:
        return float(np.exp(special.logsumexp(self.log_probabilities(log_odds)[self.observed :])))

    def at_most(self, log_odds: float) -> float:
        return float(np.exp(special.logsumexp(self.log_probabilities(log_odds)[: self.observed + 1])))

    def exact_p(self) -> float:
        """Give twice the smaller tail where both sides change alike, at most 1."""
        return min(1.0, 2 * min(self.at_least(self.at_one), self.at_most(self.at_one)))

    def exact_interval(self, level: float) -> tuple[float, float]:
        tail = (1 - level) / 2
        return self._between(lambda at: tail - self.at_least(at), lambda at: tail - self.at_most(at), 0.0)

    def deviance(self, log_odds: float) -> float:
        """Give twice the log-likelihood lost at ``log_odds`` against the best one."""
        lost = self._best[1] - float(self.log_probabilities(log_odds)[self.observed])
        return max(2 * lost, 0.0)

    def profile_interval(self, limit: float) -> tuple[float, float]:
        """Give the ratios whose deviance is at most ``limit``."""
        beyond = (lambda at: self.deviance(at) - limit,) * 2
        return self._between(*beyond, float(np.clip(self._best[0], -FARTHEST, FARTHEST)))

    def _between(
        self, beyond_low: Callable[[float], float], beyond_high: Callable[[float], float], middle: float
    ) -> tuple[float, float]:
        """Give the ratios between which neither function is positive; an end that is never reached is open."""
        low, high = -np.inf, np.inf
        if not self.is_lowest and beyond_low(-FARTHEST) > 0:
            low = _root(beyond_low, -FARTHEST, middle if beyond_low(middle) < 0 else FARTHEST)
        if not self.is_highest and beyond_high(FARTHEST) > 0:
            high = _root(beyond_high, middle if beyond_high(middle) < 0 else -FARTHEST, FARTHEST)
        return float(np.exp(low) / self.exposure_ratio), float(np.exp(high) / self.exposure_ratio)

    @cached_property
    def _best(self) -> tuple[float, float]:
        """Give the most likely log odds, where the expected outcome is the observed one, and its logarithm."""
        if self.is_lowest or self.is_highest:
            return (-np.inf if self.is_lowest else np.inf), 0.0
        seen = self.outcomes[self.observed]
        best = _root(lambda at: float(np.exp(self.log_probabilities(at)) @ self.outcomes) - seen)
        return best, float(self.log_probabilities(best)[self.observed])


def _root(function: Callable[[float], float], low: float = -FARTHEST, high: float = FARTHEST) -> float:
    return float(optimize.brentq(function, low, high, xtol=1e-10))


def _log_choose(total: float, taken: FloatArray) -> FloatArray:
    return special.gammaln(total + 1) - special.gammaln(taken + 1) - special.gammaln(total - taken + 1)


def _ratio(before: float, after: float) -> float | None:
    return float(after / before) if before else None


def _dispersion(
    counts: FloatArray, at_risk: FloatArray, sides: tuple[BoolArray, BoolArray]
) -> tuple[float | None, int]:
    """Give Pearson's statistic of the share of each area's cases that fall after, over its freedom, and that.

    A side whose cases all fall in one period says nothing of it, and is left out of both.
    """
    pearson, freedom = 0.0, 0
    for side in sides:
        with_cases = side & (counts.sum(axis=1) > 0)
        seen, stock = counts[with_cases], at_risk[with_cases]
        before, after = counts[side].sum(axis=0) / at_risk[side].sum(axis=0)
        if not (before and after):
            continue
        share = after * stock[:, 1] / (before * stock[:, 0] + after * stock[:, 1])
        total = seen.sum(axis=1)
        pearson += float(((seen[:, 1] - total * share) ** 2 / (total * share * (1 - share))).sum())
        freedom += int(with_cases.sum()) - 1
    return (pearson / freedom if freedom >= MIN_DEGREES_OF_FREEDOM else None), freedom
