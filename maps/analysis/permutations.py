"""P values of local statistics by conditional permutation, for local Moran and Gi* alike.

Both statistics keep the area's own value and put those of the other areas around it at random. Both then grow
with the weighted sum of the neighbours, the lag, and with nothing else: one test serves both.

999 permutations cannot give a p value below 0.002. Among many areas the false discovery control then shows
none, unless a great share of them is at that floor together. So the areas whose first p value is at most
``CANDIDATE`` are drawn again, ``refined`` times, and only these second draws count for them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from maps.analysis.inputs import BoolArray, FloatArray, read_values, read_weights

CANDIDATE = 0.02
"""First p value up to which an area is drawn again: 1 000 areas of 50 000 where there is nothing to find."""
REFINED = 99_999
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class PermutationTest:
    """Test of the neighbours of n areas."""

    p_two_sided: FloatArray
    """Twice the smaller tail, the observed map counted in both, at most 1; 1 for an island."""
    high: BoolArray
    """Whether the neighbours are on the high side: Gi* may be > 0 by the area alone, this is not."""
    permutations: NDArray[np.intp]
    """Permutations behind each p value; 0 for an island."""


def permutation_test(
    values: ArrayLike,
    weights: sparse.sparray,
    *,
    rng: np.random.Generator,
    permutations: int = 999,
    refined: int = REFINED,
) -> PermutationTest:
    """Tell whether the neighbours of each area are higher or lower than others would be in their place.

    Parameters
    ----------
    values : (n,) finite numbers        standardised deviates of rates, never the rates themselves
    weights : (n, n) sparse, >= 0       a weight of an area on itself changes nothing
    rng                                 gives the seed: the same generator gives the same p values
    permutations, refined               >= 1 for all areas; >= ``permutations`` for the candidates, or 0

    Raises ValueError on anything else.

    Notes: (1 + number as extreme) / (1 + permutations), a valid p value: Davison and Hinkley (1997), Bootstrap
    Methods, 4.2. A refined p value stays valid: to be under any limit below ``CANDIDATE`` it must be so in
    draws that did not choose it.
    """
    vector = read_values(values, "values")
    if permutations < 1 or (refined and refined < permutations):
        raise ValueError("permutations must be at least 1, and refined 0 or at least as many")
    matrix = read_weights(weights, vector.size)
    matrix -= sparse.diags_array(matrix.diagonal())
    matrix.eliminate_zeros()
    connected = np.flatnonzero(np.diff(matrix.indptr))
    largest = np.abs(vector).max()
    unit = vector / largest if largest else vector
    lag = matrix @ unit
    slack = ROUNDING * matrix.sum(axis=1)

    def p_of(areas: NDArray[np.intp], repeats: int) -> tuple[FloatArray, BoolArray]:
        from maps.analysis.permutation_kernel import count_extremes

        seed = rng.integers(2**64, dtype=np.uint64)
        links = (matrix.indptr.astype(np.int64), matrix.data)
        counts = count_extremes(unit, *links, lag, slack, areas, repeats, seed)
        return np.minimum(2 * (1 + counts.min(axis=1)) / (1 + repeats), 1.0), counts[:, 0] < counts[:, 1]

    p, high = np.ones(vector.size), np.zeros(vector.size, dtype=bool)
    drawn = np.zeros(vector.size, dtype=np.intp)
    areas = connected
    for repeats in (permutations, refined):
        if repeats and areas.size:
            p[areas], high[areas] = p_of(areas, repeats)
            drawn[areas] = repeats
            areas = areas[p[areas] <= CANDIDATE]
    return PermutationTest(p, high, drawn)


def warm_up() -> None:
    """Compile the kernel, or read it from numba's cache: a second at most, so that no analysis waits for it."""
    ring = sparse.csr_array(np.roll(np.eye(3), 1, axis=1))
    permutation_test([0.0, 1.0, 2.0], ring, rng=np.random.default_rng(0), permutations=1, refined=0)
