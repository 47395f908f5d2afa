"""From the best window of each centre to the clusters that are reported."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.analysis.inputs import FloatArray
from maps.analysis.scan.study import Study
from maps.analysis.scan.windows import Shape


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A window worth reporting, in the terms of the study."""

    centre: int
    places: NDArray[np.intp]
    first: int
    past: int
    shape: Shape
    ratio: float
    observed: int
    expected: float


@dataclass(frozen=True, slots=True, eq=False)
class BestWindows:
    """The best window of each of m centres, for each of the c largest shares that windows may have: (c, m)."""

    shares: tuple[float, ...]
    ratio: FloatArray
    places: NDArray[np.int64]
    span: NDArray[np.int64]
    shape: NDArray[np.int64]


def find_best_windows(study: Study, shares: Sequence[float]) -> BestWindows:
    """Give the best window of each centre, the shapes competing, for each increasing share of the expected."""
    from maps.analysis.scan.kernels import best_windows

    cuts = np.array(shares) * study.total * (1 + 1e-9)
    cases, expected = study.cumulated(study.cases), study.cumulated(study.expected)
    best: BestWindows | None = None
    for number, windows in enumerate(study.windows()):
        ratio, places, span = best_windows(
            windows.start, windows.order, windows.bucket, cases, expected, study.spans, cuts,
            float(study.total), study.population, study.min_cases, windows.shape.penalty,
        )  # fmt: skip
        shape = np.full(ratio.shape, number)
        if best is not None:
            kept = best.ratio >= ratio
            ratio, places = np.where(kept, best.ratio, ratio), np.where(kept, best.places, places)
            span, shape = np.where(kept, best.span, span), np.where(kept, best.shape, shape)
        best = BestWindows(tuple(shares), ratio, places, span, shape)
    assert best is not None
    return best


def without_overlap(study: Study, best: BestWindows, floor: float, cut: int = -1) -> Iterator[Found]:
    """Give the best windows, the likeliest first, that share no place at the same time with one before.

    As SaTScan does: one window a centre is a candidate, so that what a centre has second best, outside the
    clusters already found, is not looked for. Equal ratios are told apart by size, then by position. Only the
    first may have a ratio under ``floor``.
    """
    taken = np.zeros(study.cases.shape, dtype=bool)
    ratio = best.ratio[cut]
    # rounded, so that the order of equal windows does not hang on the last bit
    order = np.lexsort([study.y, study.x, best.places[cut], -np.round(ratio, 9)])
    for centre in order:
        if ratio[centre] <= 0 or (ratio[centre] < floor and taken.any()):
            return
        first, past = study.spans[best.span[cut, centre]]
        if taken[centre, first:past].any():
            continue
        shape = study.shapes[best.shape[cut, centre]]
        places = study.members(shape, int(centre), int(best.places[cut, centre]))
        if taken[places, first:past].any():
            continue
        taken[places, first:past] = True
        yield Found(
            centre=int(centre),
            places=places,
            first=int(first),
            past=int(past),
            shape=shape,
            ratio=float(ratio[centre]),
            observed=int(study.cases[places, first:past].sum()),
            expected=float(study.expected[places, first:past].sum()),
        )


def gini_coefficient(found: Sequence[Found], total: int) -> float:
    """Give how unevenly the clusters split the cases: 0 without clusters, near 1 if a few expect nothing else.

    Twice the area between the diagonal and the Lorenz curve of the observed against the expected, the highest
    relative risks first and what lies outside the clusters last (Han et al. 2016, International Journal of
    Health Geographics 15, 27).
    """
    inside, awaited = sum(one.observed for one in found), sum(one.expected for one in found)
    parts = [(one.observed, one.expected) for one in found] + [(total - inside, total - awaited)]
    parts.sort(key=lambda part: -part[0] / part[1])
    x = np.cumsum([0.0, *(expected / total for _, expected in parts)])
    y = np.cumsum([0.0, *(observed / total for observed, _ in parts)])
    return float(2 * np.trapezoid(y, x) - 1)


def radius_of(study: Study, found: Found) -> float:
    """Give the distance from the centre to the farthest place; the half-length of the ellipse that passes there."""
    points = found.shape.stretched(study.x, study.y)
    return float(np.hypot(*(points[found.places[-1]] - points[found.centre])))


def relative_risk(observed: int, expected: float, total: int) -> float | None:
    """Give the risk inside over the risk outside; None when no case lies outside."""
    outside = total - observed
    if not outside or math.isclose(expected, total):
        return None
    return (observed / expected) / (outside / (total - expected))
