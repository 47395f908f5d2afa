"""The windows that a scan tries: around each centre, the nearest places one after the other, up to a bound."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from maps.analysis.inputs import FloatArray

CELLS_AT_ONCE = 2_000_000
SPARSE_BELOW = 8
"""A tree is asked for the nearest places when they are fewer than one in this many; all are sorted otherwise."""
EQUAL = 1e-9
"""Distances that differ by less than this share of the map's extent are ties: they enter together."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a window may be; what is None does not bind.

    max_share       of the expected cases (or dwellings), bound included, in (0, 0.5]
    max_radius_m    from its centre to its farthest place, the half-length for an ellipse
    max_neighbours  places, the centre included
    """

    max_share: float = 0.5
    max_radius_m: float | None = None
    max_neighbours: int | None = None

    def __post_init__(self) -> None:
        """Raise ValueError on a bound that is out of range."""
        if not 0 < self.max_share <= 0.5:
            raise ValueError(f"max_share must lie in (0, 0.5], got {self.max_share}")
        if self.max_radius_m is not None and not 0 < self.max_radius_m < math.inf:
            raise ValueError(f"max_radius_m must be positive, got {self.max_radius_m}")
        if self.max_neighbours is not None and self.max_neighbours < 1:
            raise ValueError(f"max_neighbours must be at least 1, got {self.max_neighbours}")


@dataclass(frozen=True, slots=True)
class Shape:
    """An ellipse: length over width, and the angle of its length from the east, anticlockwise."""

    ratio: float = 1.0
    angle_deg: float = 0.0

    @property
    def penalty(self) -> float:
        """What its ratio is multiplied by: 1 for a circle, less for what is long.

        The medium non-compactness penalty of Kulldorff et al. (2006), Statistics in Medicine 25(22), 3929-3943.
        """
        return math.sqrt(4 * self.ratio) / (self.ratio + 1)

    def stretched(self, x: FloatArray, y: FloatArray) -> FloatArray:
        """Give (n, 2) coordinates in which the ellipse is a circle of its half-length."""
        if self.ratio == 1:
            return np.column_stack([x, y])
        angle = math.radians(self.angle_deg)
        along = x * math.cos(angle) + y * math.sin(angle)
        across = y * math.cos(angle) - x * math.sin(angle)
        return np.column_stack([along, self.ratio * across])


CIRCLE = (Shape(),)
ELLIPSES = CIRCLE + tuple(
    Shape(ratio, 180 * step / angles)
    for ratio, angles in ((1.5, 4), (2.0, 6), (3.0, 9), (4.0, 12), (5.0, 15))
    for step in range(angles)
)
"""The circle and the 46 ellipses that SaTScan tries."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """All the windows of one shape, as the compiled loops read them (see ``kernels``)."""

    shape: Shape
    start: NDArray[np.int64]
    order: NDArray[np.int32]
    expected: FloatArray
    bucket: NDArray[np.uint16]
    scale: float
    """A window that expects e cases has the bucket int(sqrt(e) * scale): narrow where e is small."""

    def members(self, centre: int, places: int) -> NDArray[np.int32]:
        """Give the places of a window, nearest to its centre first."""
        return self.order[self.start[centre] : self.start[centre] + places]

    def spread(self, share: FloatArray) -> FloatArray:
        """Give the sum of ``share`` (m,) over the places of each window, divided by what the window expects."""
        cumulated = np.concatenate([[0.0], np.cumsum(share[self.order])])
        sums = cumulated[1:] - np.repeat(cumulated[self.start[:-1]], np.diff(self.start))
        return np.divide(sums, self.expected, out=np.zeros_like(sums), where=self.expected > 0)


def build_windows(
    x: FloatArray, y: FloatArray, expected: FloatArray, limits: Limits, shape: Shape
) -> Windows:
    """Give the windows of one shape around m distinct places; ``expected`` (m,) is over all periods.

    A window whose next place is as near as its last is kept as a step, never tested.
    """
    from maps.analysis.scan.kernels import BUCKETS, CLOSED_OUT

    points = shape.stretched(x, y)
    extent = float(np.ptp(points, axis=0).max())
    bound = limits.max_share * expected.sum() * (1 + EQUAL)
    reach = math.inf if limits.max_radius_m is None else limits.max_radius_m + EQUAL * extent
    counts, orders, cumulated, tested = [], [], [], []
    for distances, nearest in _nearest(points, _most_neighbours(points, expected, limits, bound, reach)):
        cumulative = np.cumsum(expected[nearest], axis=1)
        inside = (cumulative <= bound) & (distances <= reach)
        if limits.max_neighbours is not None:
            inside[:, limits.max_neighbours :] = False
        last = np.ones_like(inside)
        last[:, :-1] = np.diff(distances, axis=1) > EQUAL * extent
        counts.append(inside.sum(axis=1))
        orders.append(nearest[inside].astype(np.int32))
        cumulated.append(cumulative[inside])
        tested.append(last[inside])
    flat = np.concatenate(cumulated)
    scale = (BUCKETS - 2) / math.sqrt(max(float(flat.max(initial=0)), 1e-300))
    bucket = np.where(np.concatenate(tested), np.sqrt(flat) * scale, CLOSED_OUT).astype(np.uint16)
    start = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return Windows(shape, start, np.concatenate(orders), flat, bucket, scale)


def _most_neighbours(
    points: FloatArray, expected: FloatArray, limits: Limits, bound: float, reach: float
) -> int:
    """Give how many nearest places are enough for every window, the one that closes the last included."""
    most = int(np.searchsorted(np.cumsum(np.sort(expected)), bound, side="right"))
    if limits.max_neighbours is not None:
        most = min(most, limits.max_neighbours)
    if reach < math.inf:
        within = cKDTree(points).query_ball_point(points, reach, return_length=True)
        most = min(most, int(within.max()))
    return min(most + 1, len(points))


def _nearest(points: FloatArray, count: int) -> Iterator[tuple[FloatArray, NDArray[np.intp]]]:
    """Give, some centres at a time, the distances and indices of the ``count`` nearest places, in order."""
    sparse = count * SPARSE_BELOW < len(points)
    tree = cKDTree(points) if sparse else None
    rows = max(1, CELLS_AT_ONCE // (count if sparse else len(points)))
    for first in range(0, len(points), rows):
        centres = points[first : first + rows]
        if tree is not None:
            distances, nearest = tree.query(centres, count)
            yield distances.reshape(len(centres), count), nearest.reshape(len(centres), count)
            continue
        apart = np.hypot(
            centres[:, 0, None] - points[:, 0],
            centres[:, 1, None] - points[:, 1],
        )
        nearest = np.argsort(apart, axis=1)[:, :count]
        yield np.take_along_axis(apart, nearest, axis=1), nearest
