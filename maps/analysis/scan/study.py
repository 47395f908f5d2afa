"""What a scan looks at: distinct places, what they count and expect, and which windows are tried."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import FloatArray, check_same_length, read_counts, read_points, read_values
from maps.analysis.scan.unequal import Weighed
from maps.analysis.scan.windows import CIRCLE, Limits, Shape, Windows, build_windows

Model = Literal["poisson", "bernoulli"]
LARGEST_TOTAL = 2**31 - 1
MORTON_CELLS = 2**16


@dataclass(frozen=True)
class Study:
    """m places and T periods, ready to be scanned; T is 1 for a scan of space alone.

    Places of the same coordinates are one. They are numbered along a curve that keeps neighbours close: the
    compiled loops then find their counts in the cache, and the names of the areas change nothing.
    """

    x: FloatArray
    y: FloatArray
    cases: FloatArray  # (m, T)
    expected: FloatArray  # (m, T), scaled to the total of the cases
    total: int
    population: float  # infinite for the Poisson model
    spans: NDArray[np.int64]  # (S, 2): first period and the one past the last
    place_of: NDArray[np.intp]  # (n,): the place of each area given
    sources: FloatArray  # (m,): what has a risk of its own in each place
    limits: Limits = field(default_factory=Limits)
    shapes: tuple[Shape, ...] = CIRCLE
    min_cases: int = 2
    weighed: Weighed | None = None
    """Where the counts are weighted ones, in whole parts: how chance draws them."""

    def __getstate__(self) -> dict[str, Any]:
        """Leave the windows out of what is sent to a worker: they are a hundred times larger, and soon rebuilt."""
        return {name: value for name, value in self.__dict__.items() if name != "_only_windows"}

    def windows(self) -> Iterator[Windows]:
        """Give the windows shape by shape; those of a single shape are kept, several would fill the memory."""
        if len(self.shapes) == 1:
            yield self._only_windows
            return
        for shape in self.shapes:
            yield build_windows(self.x, self.y, self.expected.sum(axis=1), self.limits, shape)

    def members(self, shape: Shape, centre: int, places: int) -> NDArray[np.intp]:
        """Give the places of a window, nearest first; a tie is never cut, so the order in it does not matter."""
        if len(self.shapes) == 1:
            return self._only_windows.members(centre, places).astype(np.intp)
        points = shape.stretched(self.x, self.y)
        apart = np.hypot(*(points - points[centre]).T)
        nearest = np.argpartition(apart, places - 1)[:places]
        return nearest[np.argsort(apart[nearest], kind="stable")]

    def risk_spread(self) -> FloatArray:
        """Give (m,) what the counts of each place vary by, beyond chance, when the risk of a source varies by 1."""
        awaited = self.expected.sum(axis=1)
        return np.divide(awaited**2, self.sources, out=np.zeros_like(awaited), where=self.sources > 0)

    @staticmethod
    def cumulated(cells: FloatArray) -> FloatArray:
        """Give (m, T + 1) sums from the first period on, of (m, T) numbers."""
        return np.concatenate([np.zeros((len(cells), 1)), np.cumsum(cells, axis=1)], axis=1)

    @cached_property
    def _only_windows(self) -> Windows:
        return build_windows(self.x, self.y, self.expected.sum(axis=1), self.limits, self.shapes[0])


def read_study(
    x: ArrayLike,
    y: ArrayLike,
    cases: ArrayLike,
    exposure: ArrayLike,
    *,
    sources: ArrayLike | None = None,
    spans: NDArray[np.int64],
    model: Model = "poisson",
    limits: Limits | None = None,
    shapes: tuple[Shape, ...] = CIRCLE,
    min_cases: int = 2,
) -> Study:
    """Check the arrays of a scan and merge the areas of the same coordinates.

    x, y : (n,) metres of a projected system
    cases : (n, T) whole numbers >= 0
    exposure : (n, T) numbers >= 0; a cell without exposure holds no case
    sources : (n,) numbers >= 0, one each by default; positive wherever there is exposure

    Raises ValueError on anything else, and where there is nothing to compare.
    """
    if model not in get_args(Model):
        raise ValueError(f"model must be one of {get_args(Model)}, got {model!r}")
    east, north = read_points(x, y)
    counts, at_risk = np.atleast_2d(np.asarray(cases)), np.atleast_2d(np.asarray(exposure))
    shape = counts.shape
    counts, at_risk = read_counts(counts.ravel()), read_values(at_risk.ravel(), "exposure")
    check_same_length(cases=counts, exposure=at_risk)
    if shape[0] != east.size:
        raise ValueError(f"one entry an area is expected, got {shape[0]} for {east.size} coordinates")
    if (at_risk < 0).any():
        raise ValueError(f"exposure must not be negative, entry {int(np.argmax(at_risk < 0))} is")
    if (counts[at_risk == 0] > 0).any():
        raise ValueError("cases are counted where exposure is 0: their rate has no meaning")
    shared = np.ones(east.size) if sources is None else read_values(sources, "sources")
    check_same_length(x=east, sources=shared)
    if (shared < 0).any() or (at_risk.reshape(shape).any(axis=1) & (shared == 0)).any():
        raise ValueError("sources must be positive wherever there is exposure")
    total, exposed = counts.sum(), at_risk.sum()
    if total < min_cases or not exposed > 0:
        raise ValueError(f"a scan needs at least {min_cases} cases, got {total:g}")
    if total > LARGEST_TOTAL:
        raise ValueError(f"a scan takes at most {LARGEST_TOTAL} cases, got {total:g}")
    population = math.inf
    if model == "bernoulli":
        population = exposed
        if (at_risk != np.floor(at_risk)).any() or (counts > at_risk).any() or total == exposed:
            raise ValueError("the Bernoulli model needs whole exposures, with fewer cases than dwellings")

    places, place_of = np.unique(np.column_stack([east, north]), axis=0, return_inverse=True)
    place_of = place_of.ravel()
    if len(places) < 2:
        raise ValueError("a scan needs two distinct places: all areas have the same coordinates")
    along = _along_curve(places)
    place_of = np.argsort(along)[place_of]
    places = places[along]

    def merged(cells: FloatArray) -> FloatArray:
        sums = np.zeros((len(places), shape[1]))
        np.add.at(sums, place_of, cells.reshape(shape))
        return sums

    return Study(
        x=places[:, 0].copy(),
        y=places[:, 1].copy(),
        cases=merged(counts),
        expected=merged(at_risk) * (total / exposed),
        total=int(total),
        population=population,
        spans=spans,
        place_of=place_of,
        sources=np.bincount(place_of, shared).astype(np.float64),
        limits=limits or Limits(),
        shapes=shapes,
        min_cases=min_cases,
    )


def _along_curve(places: FloatArray) -> NDArray[np.intp]:
    """Give the order of the places along a Morton curve."""
    corner, extent = places.min(axis=0), np.ptp(places, axis=0).max()
    cells = ((places - corner) / extent * (MORTON_CELLS - 1)).astype(np.uint64)
    spread = np.zeros_like(cells)
    for bit in range(16):
        spread |= ((cells >> np.uint64(bit)) & np.uint64(1)) << np.uint64(2 * bit)
    return np.argsort(spread[:, 0] | (spread[:, 1] << np.uint64(1)), kind="stable")
