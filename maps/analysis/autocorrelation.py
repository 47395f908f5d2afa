"""Spatial autocorrelation with honest p-values: Getis-Ord Gi*, Moran's I, and the false discovery rate.

Run them on ``rates.standardised_deviates``, never on raw rates: of 300 drawn maps of 600 areas with one risk
everywhere, raw rates showed a false spot on 36 % after FDR control, the deviates on 1 %.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse, special

from maps.analysis.inputs import BoolArray, FloatArray, check_same_length, read_values, read_weights
from maps.analysis.rates import standardised_deviates

# Below this share of the largest value, a spread is the rounding of a constant.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class GiStar:
    """Gi* of n areas."""

    z: FloatArray
    """Standard score, > 0 where high values gather; 0 where not tested."""
    p_two_sided: FloatArray
    """Two-sided, from the normal law; 1 where not tested."""
    tested: BoolArray
    """False for an island, an area whose neighbourhood is everything, and everywhere if values are equal."""


@dataclass(frozen=True, slots=True, eq=False)
class Moran:
    """Moran's I of one map, with its moments under randomisation."""

    index: float
    expected: float
    variance: float
    z: float
    p_greater: float
    p_two_sided: float
    tested: bool
    """False if values are equal, nobody has a neighbour, or every map gives the same I: then z = 0, p = 1."""
    permutations: int
    p_permutation: float | None
    """One-sided: (1 + number of permuted I >= I) / (1 + permutations); None without permutations."""


def getis_ord_star(values: ArrayLike, weights: sparse.sparray) -> GiStar:
    """Tell where high or low values gather, each area counted among its own neighbours.

    Parameters
    ----------
    values : (n,) finite numbers        comparable between areas, see the module's first lines
    weights : (n, n) sparse, >= 0       any weights; where the diagonal is empty an area weighs as much
                                        as its heaviest neighbour, so scaling a row changes nothing

    Raises ValueError on NaN, on another shape, and on negative weights.

    Notes: Ord and Getis (1995), Geographical Analysis 27(4), 286-306, whose variance holds for any
    weights. The normal law needs neighbourhoods that are neither tiny nor dominated by one huge value.
    """
    vector = read_values(values, "values")
    areas = vector.size
    matrix = read_weights(weights, areas)
    on_itself = matrix.diagonal() > 0
    entries = np.diff(matrix.indptr)
    heaviest = matrix.max(axis=1).toarray().ravel()
    matrix.data /= np.repeat(heaviest, entries)
    added = np.where(on_itself, 0.0, 1.0)  # the missing diagonal, each row being scaled to a maximum of 1
    deviations, spread = centred(vector)
    lag = matrix @ deviations + added * deviations
    sums = matrix @ np.ones(areas) + added
    matrix.data **= 2
    squares = matrix @ np.ones(areas) + added
    variance = (areas * squares - sums**2) / max(areas - 1, 1)
    tested = (entries > on_itself) & (variance > ROUNDING * squares) & (spread > 0)
    z = np.zeros(areas)
    z[tested] = lag[tested] / (spread * np.sqrt(variance[tested]))
    return GiStar(z, np.where(tested, special.erfc(np.abs(z) / np.sqrt(2)), 1.0), tested)


def benjamini_hochberg(p: ArrayLike, tested: ArrayLike | None = None) -> FloatArray:
    """Give (n,) q-values: keeping those at most alpha keeps the expected share of false ones under alpha.

    ``p`` (n,) lies in [0, 1]; ``tested`` (n,) leaves the other areas out of the count, with q = 1.

    Notes: Benjamini and Hochberg (1995), JRSS B 57(1), 289-300; holds for independent tests and for the
    positive dependence that overlapping neighbourhoods bring.
    """
    probabilities = read_values(p, "p")
    if (probabilities < 0).any() or (probabilities > 1).any():
        raise ValueError("p must lie in [0, 1]")
    kept = np.ones(probabilities.size, dtype=bool) if tested is None else np.asarray(tested)
    if kept.dtype != bool or kept.ndim != 1:
        raise ValueError("tested must be a vector of booleans")
    check_same_length(p=probabilities, tested=kept)
    family = probabilities[kept]
    order = np.argsort(family)
    scaled = family[order] * family.size / np.arange(1, family.size + 1)
    q = np.ones(probabilities.size)
    q[np.flatnonzero(kept)[order]] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1)
    return q


def moran(
    values: ArrayLike,
    weights: sparse.sparray,
    *,
    permutations: int = 0,
    rng: np.random.Generator | None = None,
) -> Moran:
    """Tell whether like values lie side by side over the whole map.

    Parameters
    ----------
    values : (n,) finite numbers
    weights : (n, n) sparse, >= 0       as given; see ``graphs.row_standardised`` for the usual choice
    permutations                        adds a Monte-Carlo p-value; ``rng`` is then required, to be repeatable

    Raises ValueError on NaN, on another shape, on negative weights or a weight of an area on itself.

    Notes: Cliff and Ord (1981), Spatial Processes. Islands stay in the mean and in n, as sites whose
    weight is zero: the permutation of all values over all sites then has exactly these two moments.
    """
    if permutations < 0 or (permutations and rng is None):
        raise ValueError("permutations must be >= 0, and need an explicit rng")
    vector = read_values(values, "values")
    areas = vector.size
    matrix = read_weights(weights, areas)
    if matrix.diagonal().any():
        raise ValueError("weights must have an empty diagonal: Moran's I compares an area with others")
    deviations, spread = centred(vector)
    total = float(matrix.sum())
    if areas < 4 or spread == 0 or total == 0:
        return _untested(areas, 0.0, permutations)
    matrix = matrix / total
    unit = deviations / spread
    index = float(unit @ (matrix @ unit))
    expected, variance = -1 / (areas - 1), _randomisation_variance(unit, matrix)
    if variance <= ROUNDING:
        return _untested(areas, index, permutations)
    z = (index - expected) / np.sqrt(variance)
    p_permutation = None
    if rng is not None and permutations:
        as_high = sum(
            (shuffled := rng.permutation(unit)) @ (matrix @ shuffled) >= index - ROUNDING
            for _ in range(permutations)
        )
        p_permutation = float(1 + as_high) / (1 + permutations)
    p_greater = float(special.erfc(z / np.sqrt(2)) / 2)
    p_two_sided = float(special.erfc(abs(z) / np.sqrt(2)))
    return Moran(
        index, expected, variance, float(z), p_greater, p_two_sided, True, permutations, p_permutation
    )


def rate_moran(
    cases: ArrayLike,
    exposure: ArrayLike,
    weights: sparse.sparray,
    *,
    permutations: int = 0,
    rng: np.random.Generator | None = None,
) -> Moran:
    """Tell whether like risks lie side by side: Moran's I of the standardised deviates of the rates."""
    return moran(standardised_deviates(cases, exposure), weights, permutations=permutations, rng=rng)


def centred(vector: FloatArray) -> tuple[FloatArray, float]:
    """Give deviations from the mean and their standard deviation (over n), in units of the largest value.

    The unit keeps squares of very large or very small values finite; the statistics do not depend on it.
    A spread of pure rounding is given as 0.
    """
    largest = np.abs(vector).max()
    if largest == 0:
        return vector, 0.0
    deviations = vector / largest
    deviations -= deviations.mean()
    spread = float(np.sqrt(np.mean(deviations**2)))
    return deviations, spread if spread > ROUNDING else 0.0


def _randomisation_variance(unit: FloatArray, matrix: sparse.csr_array) -> float:
    """Give the variance of I over the permutations of ``unit`` (mean 0, variance 1); weights sum to 1."""
    n = unit.size
    symmetric = matrix + matrix.T
    s1 = float((symmetric.power(2)).sum()) / 2
    s2 = float((symmetric.sum(axis=1) ** 2).sum())
    kurtosis = float(np.mean(unit**4))
    first = n * ((n**2 - 3 * n + 3) * s1 - n * s2 + 3)
    second = kurtosis * (n * (n - 1) * s1 - 2 * n * s2 + 6)
    return (first - second) / ((n - 1) * (n - 2) * (n - 3)) - 1 / (n - 1) ** 2


def _untested(areas: int, index: float, permutations: int) -> Moran:
    expected = -1 / (areas - 1) if areas > 1 else 0.0
    return Moran(index, expected, 0.0, 0.0, 1.0, 1.0, False, permutations, 1.0 if permutations else None)
