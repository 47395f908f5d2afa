"""Conditional permutations of a local statistic, compiled: who else could be around this area?

Compiled by numba at the first call and kept on disk: a few seconds once, a tenth of a second afterwards.
Import it where it is used, so that a page that computes nothing does not load a compiler.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maps.analysis.inputs import FloatArray

# Constants of SplitMix64: Steele, Lea and Flood (2014), OOPSLA 2014, 453-472.
GAMMA = np.uint64(0x9E3779B97F4A7C15)
FIRST_MIX, SECOND_MIX = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
LOW_HALF = np.uint64(0xFFFFFFFF)


@njit(cache=True)
def _mixed(counter):
    """Give 64 random bits for each value of the counter."""
    bits = (counter ^ (counter >> np.uint64(30))) * FIRST_MIX
    bits = (bits ^ (bits >> np.uint64(27))) * SECOND_MIX
    return bits ^ (bits >> np.uint64(31))


@njit(cache=True)
def count_extremes(  # noqa: PLR0917 - a compiled function takes no keyword
    values: FloatArray,
    indptr: NDArray[np.int64],
    weights: FloatArray,
    lags: FloatArray,
    slack: FloatArray,
    areas: NDArray[np.int64],
    permutations: int,
    seed: np.uint64,
) -> NDArray[np.int64]:
    """Count, for each of ``areas``, the permutations whose lag is at least, and at most, the observed one.

    ``values`` (n,), ``lags`` (n,) the observed weighted sums, ``slack`` (n,) the rounding forgiven;
    ``indptr`` and ``weights`` are those of a CSR matrix without diagonal. Gives (len(areas), 2).

    Each permutation draws the neighbours' values among the n - 1 others, without replacement: the first
    steps of a shuffle of the numbers of all areas, in which the area itself is passed over. The shuffle goes
    on from where the last one stopped, for any order is as good a start. Numbers are drawn from 32 bits by
    multiplication, which favours none by more than n / 2^32.
    """
    n = values.size
    order = np.arange(n)
    counts = np.zeros((areas.size, 2), dtype=np.int64)
    counter, spare, has_spare = seed, np.uint64(0), False
    for row in range(areas.size):
        area = areas[row]
        last = indptr[area + 1]
        highest, lowest = lags[area] - slack[area], lags[area] + slack[area]
        as_high, as_low = 0, 0
        for _ in range(permutations):
            lag, drawn, link = 0.0, 0, indptr[area]
            while link < last:
                if has_spare:
                    half, has_spare = spare, False
                else:
                    counter += GAMMA
                    bits = _mixed(counter)
                    half, spare, has_spare = bits & LOW_HALF, bits >> np.uint64(32), True
                at = drawn + np.int64((half * np.uint64(n - drawn)) >> np.uint64(32))
                other = order[at]
                order[at] = order[drawn]
                order[drawn] = other
                drawn += 1
                if other != area:
                    lag += weights[link] * values[other]
                    link += 1
            as_high += lag >= highest
            as_low += lag <= lowest
        counts[row, 0], counts[row, 1] = as_high, as_low
    return counts
