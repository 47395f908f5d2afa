"""Trends of many short series at once: Mann-Kendall's test with ties, and Sen's slope with its interval.

Both take ``series`` (n, t), one row an area and one column a step, of finite numbers, the steps equally
apart. They raise ValueError on anything else. A series shorter than ``MIN_STEPS`` is not tested: over fewer
steps the normal law is a poor guide, and only a run without one exception could ever be found.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from maps.analysis.inputs import BoolArray, FloatArray, read_matrix

MIN_STEPS = 8
PAIRS_AT_ONCE = 4_000_000
"""Slopes held together by ``sen_slope``: 32 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class MannKendall:
    """Test of a monotone trend in n series."""

    s: FloatArray
    """Pairs of steps that rise, less those that fall."""
    tau: FloatArray
    """Kendall's tau-b, -1 to 1; 0 for a constant series."""
    z: FloatArray
    p_two_sided: FloatArray
    tested: BoolArray
    """False for a constant series, and everywhere below ``MIN_STEPS``: then z = 0, p = 1."""


@dataclass(frozen=True, slots=True, eq=False)
class SenSlope:
    """Median slope of n series, in units of the series per step."""

    slope: FloatArray
    lower: FloatArray
    upper: FloatArray
    level: float


def mann_kendall(series: ArrayLike) -> MannKendall:
    """Tell whether each series rises or falls, whatever the shape of the rise.

    Notes: Mann (1945), Econometrica 13(3), 245-259; Kendall (1975), Rank Correlation Methods, for the
    variance under ties; normal law with the correction for continuity. It takes steps as independent:
    a series that remembers its last step seems to have a trend more often than the p value says.
    """
    values = read_matrix(series, "series")
    steps = values.shape[1]
    pairs = steps * (steps - 1) / 2
    s, tied_pairs, variance = _scores(values)
    untied = pairs - tied_pairs
    tau = np.divide(s, np.sqrt(pairs * untied), out=np.zeros_like(s), where=untied > 0)
    tested = (untied > 0) & (steps >= MIN_STEPS)
    z = np.zeros_like(s)
    np.divide(s - np.sign(s), np.sqrt(variance), out=z, where=tested)
    p = np.where(tested, special.erfc(np.abs(z) / np.sqrt(2)), 1.0)
    return MannKendall(s, tau, z, p, tested)


def sen_slope(series: ArrayLike, level: float = 0.95) -> SenSlope:
    """Give the median of the slopes between all pairs of steps, which one odd step hardly moves.

    ``series`` has at least two steps; ``level`` lies strictly between 0 and 1.

    Notes: Sen (1968), JASA 63(324), 1379-1389. The interval takes the ranks that the variance of Kendall's S
    allows, so it leaves out 0 about when ``mann_kendall`` finds a trend at that level.
    """
    values = read_matrix(series, "series")
    areas, steps = values.shape
    if steps < 2:
        raise ValueError("series must have at least two steps")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, got {level}")
    earlier, later = np.triu_indices(steps, 1)
    pairs = earlier.size
    margin = special.ndtri((1 + level) / 2) * np.sqrt(_scores(values)[2])
    low = np.clip(np.round((pairs - margin) / 2) - 1, 0, pairs - 1).astype(int)
    high = np.clip(np.round((pairs + margin) / 2), 0, pairs - 1).astype(int)
    slope, lower, upper = np.empty(areas), np.empty(areas), np.empty(areas)
    for start in range(0, areas, max(1, PAIRS_AT_ONCE // pairs)):
        some = slice(start, start + max(1, PAIRS_AT_ONCE // pairs))
        slopes = np.sort((values[some, later] - values[some, earlier]) / (later - earlier), axis=1)
        row = np.arange(len(slopes))
        slope[some] = np.median(slopes, axis=1)
        lower[some], upper[some] = slopes[row, low[some]], slopes[row, high[some]]
    return SenSlope(slope, lower, upper, level)


def _scores(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Give Kendall's S, the number of tied pairs and the variance of S, of each row."""
    areas, steps = values.shape
    s = np.zeros(areas)
    equals = np.ones_like(values)  # how many steps have the value of this one, itself included
    for lag in range(1, steps):
        change = np.sign(values[:, lag:] - values[:, :-lag])
        s += change.sum(axis=1)
        same = change == 0
        equals[:, lag:] += same
        equals[:, :-lag] += same
    tied_pairs = (equals - 1).sum(axis=1) / 2
    ties = ((equals - 1) * (2 * equals + 5)).sum(axis=1)
    return s, tied_pairs, (steps * (steps - 1) * (2 * steps + 5) - ties) / 18
