"""The risk that neighbours share, and that what they are expected to report does not tell.

Buildings side by side have the same landlords, the same age, the same school: where the registers do not know of it,
all of them report more than expected, or less. Left out of the draws, chance would have to explain it.

With n buildings and weighted counts (see ``unequal``), which vary as Poisson's do but for what is shared:

counts    (n,) numbers >= 0     reported dwellings
expected  (n,) numbers >= 0     what they are compared to
square    (n,) numbers from 0   the square of each building
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.analysis.inputs import FloatArray

SIDE_M = 200.0
"""Side of the squares that share a risk, a whole number of those that enter a window together."""
CAUTION = 1.282
"""Standard errors above the estimate at which the variance is taken, its upper limit at 90 %: a hundredth of it
decides whether one map in twenty or one in eight shows a cluster, and a town is too small to read it so well."""


@dataclass(frozen=True, slots=True, eq=False)
class SharedRisk:
    """A gamma risk of mean 1 for each square: that of a building is its own times that of its square."""

    square: NDArray[np.intp]
    variance: float

    def draw(self, rng: np.random.Generator) -> FloatArray:
        """Give (n,) the risk of the square of each building."""
        if self.variance == 0:
            return np.ones(self.square.size)
        return rng.gamma(1 / self.variance, self.variance, int(self.square.max()) + 1)[self.square]


def squares_of(x: FloatArray, y: FloatArray, side_m: float = SIDE_M) -> NDArray[np.intp]:
    """Give (n,) the number of the square of each point, from 0."""
    squares = np.floor(np.column_stack([x, y]) / side_m)
    return np.unique(squares, axis=0, return_inverse=True)[1].ravel()


def shared_variance(
    counts: FloatArray, expected: FloatArray, square: NDArray[np.intp], *, caution: float = 0.0
) -> float:
    """Give the variance of the risk that buildings of a same square share; 0 where chance explains what they do.

    ``caution`` is in standard errors above the estimate. The expected is scaled to the counts.

    Notes: by moments, from the products of the deviations of different buildings in a same square; what a building
    has for itself is in none. Clusters are in it: leave them out.
    """
    awaited = expected * (counts.sum() / max(float(expected.sum()), 1e-300))
    pairs = pairs_in(awaited, square)
    if not pairs > 0:
        return 0.0
    variance = pairs_in(counts - awaited, square) / pairs
    inside = np.bincount(square, awaited)
    error = np.sqrt(2 * ((inside + max(variance, 0.0) * inside**2) ** 2).sum()) / pairs
    return max(float(variance + caution * error), 0.0)


def pairs_in(values: FloatArray, square: NDArray[np.intp]) -> float:
    """Give the sum, over all pairs of different buildings of a same square, of the product of their values."""
    return float((np.bincount(square, values) ** 2).sum() - (values**2).sum())
