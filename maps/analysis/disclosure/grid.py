"""Squares of unequal size: small where there is enough to tell, larger where there is little."""

import numpy as np
from numpy.typing import NDArray

from maps.analysis.disclosure.primary import Audience, Reason, publishable
from maps.analysis.inputs import BoolArray

Grid = NDArray[np.float64]


def cell_levels(cases: Grid, dwellings: Grid, deepest: int) -> NDArray[np.int64]:
    """Give, for each unit square, the level of the cell it belongs to: a cell has 2**level squares a side.

    ``dwellings`` (rows, columns) and ``cases``, of the same shape or (years, rows, columns), are counted in the
    unit squares; both sides are multiples of 2**deepest. Beginning with the largest, a cell is cut in four as
    long as each quarter may be published or holds no case, in each year where they are given by year: so nothing
    is hidden that a larger square can show, as in the Insee's gridded data.
    """
    counted = [*np.reshape(cases, (-1, *dwellings.shape)), dwellings]
    sums = [counted]
    for _ in range(deepest):
        sums.append([_by_four(one).sum(axis=(1, 3)) for one in sums[-1]])
    levels = np.full(dwellings.shape, deepest)
    for level in range(deepest, 0, -1):
        *by_year, stock = sums[level - 1]
        safe = np.all([_tells_nothing_private(year, stock) for year in by_year], axis=0)
        quarters: BoolArray = np.all(_by_four(safe), axis=(1, 3))
        cut = _spread(quarters, level) & (levels == level)
        levels[cut] = level - 1
    return levels


def cell_corners(levels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give, for each unit square, the number of the first square of its cell: the cell's own name."""
    row, column = np.indices(levels.shape)
    return ((row >> levels) << levels) * levels.shape[1] + ((column >> levels) << levels)


def _tells_nothing_private(cases: Grid, dwellings: Grid) -> NDArray[np.bool_]:
    reasons = publishable(cases.ravel(), dwellings.ravel(), Audience.PUBLIC)
    return (reasons.reshape(cases.shape) == Reason.PUBLISHABLE.value) | (cases == 0)


def _by_four(squares: NDArray) -> NDArray:
    rows, columns = squares.shape
    return squares.reshape(rows // 2, 2, columns // 2, 2)


def _spread(blocks: NDArray[np.bool_], level: int) -> NDArray[np.bool_]:
    return blocks.repeat(2**level, axis=0).repeat(2**level, axis=1)
