"""How sure a rank is: where it goes when the weights, and the rates behind it, are drawn again.

A bare rank says more than anyone knows: a place with two reports for forty dwellings can be first by chance,
and another set of weights, as sensible, would have put another one first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import BoolArray, FloatArray
from maps.analysis.priorities import (
    Axis,
    Criterion,
    Indicator,
    Indicators,
    check_places,
    count_below,
    percentiles,
    read_criteria,
    read_indicator,
    read_reference,
    weighted_sum,
)
from maps.analysis.rates import smooth_rates

Ranks = NDArray[np.int32]
CERTAIN = 0.9
"""Probability from which a place is said to be at the head of the list, or not to be."""
BLOCK_BYTES = 4_000_000
"""Ranks held at once before they are folded into their extremes."""


class Stability(StrEnum):
    """Whether being among the first depends on the weights and on chance."""

    ALWAYS_FIRST = "toujours_en_tete"
    SENSITIVE = "sensible"
    NEVER_FIRST = "jamais_en_tete"


@dataclass(frozen=True, slots=True, eq=False)
class RankIntervals:
    """Where the ranks of n places fall, from 1."""

    lower: Ranks
    upper: Ranks
    p_top: FloatArray
    """Share of the draws in which the place is among the first ``top``."""
    stability: NDArray[np.str_]
    """Values of ``Stability``."""
    top: int
    level: float
    draws: int


def rank_intervals(
    criteria: Sequence[Criterion],
    indicators: Indicators,
    rng: np.random.Generator,
    *,
    top: int,
    axis: Axis = Axis.NEED,
    reference: ArrayLike | None = None,
    concentration: float = 50.0,
    draws: int = 500,
    level: float = 0.9,
) -> RankIntervals:
    """Rank the places once for each draw of the weights and of the rates; give where each one falls.

    Parameters
    ----------
    criteria, indicators, reference     as in ``priorities.score_places``; those of ``axis`` count
    top                                 length of the head of the list, from 1 to n
    concentration                       how close the weights stay to the committee's, > 0: a share w is drawn
                                        with variance w (1 - w) / (concentration + 1); infinite: never moved
    draws, level                        at least ``level`` of the ranks drawn lie in the interval

    Raises ValueError on anything else, and when no criterion is of this axis.

    Notes: weights by a Dirichlet law around the given ones (stochastic multicriteria acceptability, Lahdelma
    and Salminen 2001, Operations Research 49(3), 444-454). The risk behind a ``Rate`` is drawn from its
    Gamma-Poisson posterior, the prior being that of ``rates.smooth_rates``. Equal scores share the better
    rank. Memory: of the draws only the extreme ranks of each place are kept (208 bytes a place for 500 draws at
    0.9), with copies while a block of draws is folded in: under 1 kB a place in all, and never all the draws.
    """
    _check(draws, level, concentration)
    chosen, shares = read_criteria([criterion for criterion in criteria if criterion.axis is axis])
    values = [read_indicator(indicators, criterion.name) for criterion in chosen]
    places = check_places(values)
    if not 1 <= top <= places:
        raise ValueError(f"top must lie between 1 and {places}, got {top}")
    among = read_reference(reference, places)
    percents = np.array([percentiles(v.values, among & v.known, v.known) for v in values])
    posteriors = {row: _Posterior.of(v) for row, v in enumerate(values) if v.rate is not None}

    outside = int(draws * (1 - level) / 2 + 1e-9)  # 0.05 x 500 must be 25, not 24
    lowest, highest = _Smallest(outside + 1), _Smallest(outside + 1)
    in_top = np.zeros(places, dtype=np.int64)
    block = max(1, min(draws, BLOCK_BYTES // (4 * places)))
    for start in range(0, draws, block):
        ranks = np.empty((min(block, draws - start), places), dtype=np.int32)
        for row in ranks:
            for column, posterior in posteriors.items():
                known = values[column].known
                percents[column] = percentiles(posterior.draw(rng), among & known, known)
            drawn = shares if np.isinf(concentration) else rng.dirichlet(concentration * shares)
            row[:] = count_below(-weighted_sum(percents, drawn)) + 1
        in_top += np.count_nonzero(ranks <= top, axis=0)
        lowest.add(ranks)
        highest.add(-ranks)
    p_top = in_top / draws
    return RankIntervals(
        lower=lowest.last(),
        upper=-highest.last(),
        p_top=p_top,
        stability=np.select(
            [p_top >= CERTAIN, p_top <= 1 - CERTAIN],
            [Stability.ALWAYS_FIRST.value, Stability.NEVER_FIRST.value],
            default=Stability.SENSITIVE.value,
        ),
        top=top,
        level=level,
        draws=draws,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Posterior:
    """The gamma law of the risk of each place, 1 being the overall risk; no law where chance explains all."""

    shape: FloatArray | None
    rate: FloatArray
    known: BoolArray

    @classmethod
    def of(cls, indicator: Indicator) -> "_Posterior":
        assert indicator.rate is not None
        cases, exposure = indicator.rate
        fit = smooth_rates(cases, exposure)
        if not fit.between_areas:
            return cls(None, np.ones_like(cases), indicator.known)
        prior = fit.overall**2 / fit.between_areas
        return cls(prior + cases, prior + fit.overall * exposure, indicator.known)

    def draw(self, rng: np.random.Generator) -> FloatArray:
        risk = np.zeros(self.known.size)
        if self.shape is not None:
            risk[self.known] = rng.standard_gamma(self.shape) / self.rate
        return risk


class _Smallest:
    """The smallest ``count`` ranks of each place among all that were added."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.kept: Ranks | None = None

    def add(self, ranks: Ranks) -> None:
        seen = ranks if self.kept is None else np.concatenate([self.kept, ranks])
        if len(seen) > self.count:
            seen = np.partition(seen, self.count - 1, axis=0)[: self.count].copy()
        self.kept = seen

    def last(self) -> Ranks:
        """Give the largest of those kept."""
        assert self.kept is not None
        return self.kept.max(axis=0)


def _check(draws: int, level: float, concentration: float) -> None:
    if draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
    if not concentration > 0:
        raise ValueError(f"concentration must be positive, got {concentration}")
