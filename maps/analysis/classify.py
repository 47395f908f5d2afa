"""Classes and colours of a choropleth: where to cut a list of values, and in which colours to show it.

Every method gives the same cuts for the same values in any order, and never an empty class: where ties or
a constant leave fewer distinct values than classes asked for, there are fewer classes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import FloatArray, read_values

MAX_CLASSES = 9
"""More colours than this cannot be told apart on a map."""

RAMPS = {
    # ColorBrewer 2.0, Cynthia Brewer, The Pennsylvania State University
    "YlOrBr": (
        "#ffffe5", "#fff7bc", "#fee391", "#fec44f", "#fe9929", "#ec7014", "#cc4c02", "#993404", "#662506",
    ),
    # Nuñez, Anderton and Renslow (2018), PLoS ONE 13(7), e0199239: readable by colour-blind people
    "cividis": (
        "#00224e", "#1a386f", "#434e6c", "#61656f", "#7d7c78", "#9b9476", "#bcae6c", "#dec958", "#fee838",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Classes:
    """Intervals of values, open at both ends so that any later value falls in one."""

    cuts: tuple[float, ...]
    """Increasing; class i holds ``cuts[i-1] < value <= cuts[i]``, the first and last without limit."""
    counts: tuple[int, ...]
    """Values in each class, one more entry than ``cuts``."""
    minimum: float
    maximum: float


def quantile_classes(values: ArrayLike, classes: int) -> Classes:
    """Cut into classes of as equal a count as ties allow; equal values are never parted."""
    ordered = _ordered(values, classes)
    upto = -(-np.arange(1, classes) * ordered.size // classes)  # i n / classes, rounded up
    return _classes(ordered, ordered[upto - 1])


def equal_classes(values: ArrayLike, classes: int) -> Classes:
    """Cut the range into intervals of equal width; those that hold no value are merged into the next."""
    ordered = _ordered(values, classes)
    share = np.arange(1, classes) / classes
    limits = ordered[0] * (1 - share) + ordered[-1] * share  # this form cannot overflow
    return _classes(ordered, limits)


def natural_classes(values: ArrayLike, classes: int) -> Classes:
    """Cut where the sum of squares within classes is least: the exact optimum, not Jenks' iterations.

    Notes: Fisher (1958), JASA 53(284), 789-798. The best start of the last class never moves left as values
    are added, so each class costs n log n: 50 000 distinct values in 7 classes take under a second.
    """
    ordered = _ordered(values, classes)
    distinct, counts = np.unique(ordered, return_counts=True)
    classes = min(classes, distinct.size)
    within = _SumsOfSquares(distinct, counts)
    cost = within.between(np.zeros(distinct.size, dtype=np.intp), np.arange(distinct.size))
    starts = []
    for _ in range(1, classes):
        cost, start = _add_class(cost, within)
        starts.append(start)
    cuts, end = [], distinct.size - 1
    for start in reversed(starts):
        if end == 0:  # values too close for their squares to differ: fewer classes
            break
        end = start[end] - 1
        cuts.append(distinct[end])
    return _classes(ordered, np.array(cuts[::-1]))


def manual_classes(values: ArrayLike, cuts: Sequence[float]) -> Classes:
    """Cut at given values, kept even where a class is empty: two maps with the same cuts compare.

    Raises ValueError unless ``cuts`` are finite, strictly increasing and at most eight.
    """
    limits = read_values(cuts, "cuts")
    if (np.diff(limits) <= 0).any() or limits.size >= MAX_CLASSES:
        raise ValueError(f"cuts must increase strictly and number at most {MAX_CLASSES - 1}, got {cuts}")
    return _counted(np.sort(read_values(values, "values")), limits)


def class_of(values: ArrayLike, classes: Classes) -> NDArray[np.intp]:
    """Give (n,) the number of the class of each value, from 0."""
    return np.searchsorted(classes.cuts, read_values(values, "values"), side="left")


def colours(ramp: str, classes: int) -> tuple[str, ...]:
    """Give ``classes`` colours as #rrggbb, low values first, evenly spaced along the ramp.

    A single class takes the middle of the ramp. Raises ValueError for an unknown ramp or more than nine.
    """
    if ramp not in RAMPS:
        raise ValueError(f"ramp must be one of {', '.join(RAMPS)}, got {ramp!r}")
    _check_number(classes)
    stops = np.array([[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in RAMPS[ramp]])
    places = np.linspace(0, len(stops) - 1, classes) if classes > 1 else np.array([(len(stops) - 1) / 2])
    channels = [np.interp(places, np.arange(len(stops)), stops[:, channel]) for channel in range(3)]
    return tuple(
        "#{:02x}{:02x}{:02x}".format(*(round(part) for part in colour))
        for colour in zip(*channels, strict=True)
    )


class _SumsOfSquares:
    """Sum of squared deviations of any run of sorted distinct values, in constant time."""

    def __init__(self, distinct: FloatArray, counts: NDArray[np.intp]) -> None:
        scaled = distinct / (np.abs(distinct).max() or 1.0)
        scaled -= np.median(np.repeat(scaled, counts))  # a middle near the values keeps their squares exact
        self.count, self.sum, self.square = (
            np.concatenate([[0.0], np.cumsum(counts * scaled**power)]) for power in range(3)
        )

    def between(self, first: NDArray[np.intp], last: NDArray[np.intp]) -> FloatArray:
        """Give the sums for the runs ``first`` to ``last``, both included."""
        count, total, square = (
            cumulated[last + 1] - cumulated[first] for cumulated in (self.count, self.sum, self.square)
        )
        return np.maximum(square - total**2 / count, 0)


def _add_class(cost: FloatArray, within: _SumsOfSquares) -> tuple[FloatArray, NDArray[np.intp]]:
    """Give, for the values up to each index, the least cost with one class more, and where that class starts.

    The ends are visited from coarse to fine: the starts found for two ends enclose those between them.
    """
    size = cost.size
    start = np.zeros(size, dtype=np.intp)
    best = cost.copy()
    step = 1 << (size - 1).bit_length() >> 1
    while step:
        ends = np.arange(step, size, 2 * step)
        lowest = np.maximum(start[ends - step], 1)
        highest = np.where(ends + step < size, start[np.minimum(ends + step, size - 1)], ends)
        highest = np.clip(highest, lowest, ends)
        widths = highest - lowest + 1
        offsets = np.cumsum(widths) - widths
        candidates = np.arange(widths.sum()) - np.repeat(offsets - lowest, widths)
        costs = cost[candidates - 1] + within.between(candidates, np.repeat(ends, widths))
        best[ends] = np.minimum.reduceat(costs, offsets)
        reached = np.flatnonzero(costs == np.repeat(best[ends], widths))
        start[ends] = candidates[reached[np.searchsorted(reached, offsets)]]
        step //= 2
    return best, start


def _ordered(values: ArrayLike, classes: int) -> FloatArray:
    _check_number(classes)
    return np.sort(read_values(values, "values"))


def _check_number(classes: int) -> None:
    if not 1 <= classes <= MAX_CLASSES:
        raise ValueError(f"classes must lie between 1 and {MAX_CLASSES}, got {classes}")


def _classes(ordered: FloatArray, limits: FloatArray) -> Classes:
    """Drop the limits that would leave a class empty, then count."""
    upto = np.searchsorted(ordered, limits, side="right")
    fills = np.diff(upto, prepend=0) > 0
    return _counted(ordered, limits[fills & (upto < ordered.size)])


def _counted(ordered: FloatArray, limits: FloatArray) -> Classes:
    upto = np.concatenate([[0], np.searchsorted(ordered, limits, side="right"), [ordered.size]])
    counts = tuple(int(count) for count in np.diff(upto))
    return Classes(tuple(float(limit) for limit in limits), counts, float(ordered[0]), float(ordered[-1]))
