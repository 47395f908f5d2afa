"""In which order to visit places in one round, or in several days: short, not proved shortest.

Distances are straight lines in a projected system: on foot in a town centre the order holds, by car across a
valley it may not. The same stops always give the same round.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import FloatArray, read_points

Stops = NDArray[np.intp]
MAX_STOPS = 500
"""More than anyone visits from one list; the time grows with the cube of the stops."""
LONGEST_MOVED = 3
"""Stops moved together by one step of the improvement (Or 1976)."""
# A gain below this many metres is rounding: taking it could go round for ever.
LEAST_GAIN_M = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Round:
    """Stops in the order of the visit, day by day; every day leaves from the start."""

    days: tuple[Stops, ...]
    """Numbers of the stops, from 0, in the order given to ``visit_round``."""
    lengths_m: tuple[float, ...]
    """Straight-line length of each day, with the way from the start, and back where one comes back."""

    @property
    def order(self) -> Stops:
        return np.concatenate(self.days)

    @property
    def length_m(self) -> float:
        return sum(self.lengths_m)


def visit_round(
    x: ArrayLike,
    y: ArrayLike,
    start: tuple[float, float],
    *,
    stops_per_day: int | None = None,
    comes_back: bool = True,
) -> Round:
    """Order the visits: nearest first, then improved until no reversal and no move of 1 to 3 stops shortens.

    Parameters
    ----------
    x, y : (n,) metres                  1 to 500 stops, of one projected system
    start                               x and y of the place of departure
    stops_per_day                       >= 1; by default one day holds all
    comes_back                          whether a day ends at the start

    Raises ValueError on anything else.

    Notes: 2-opt and Or-opt, each step the best one, the first in order among equals. The days, as few as hold
    the stops, are the cut of the one long round whose sum of lengths is least (Beasley 1983, Omega 11(4),
    403-408), each then improved; then stops go from one day to another, or change places with one of it, while
    that shortens the two.
    """
    east, north = read_points(x, y)
    if east.size > MAX_STOPS:
        raise ValueError(f"a round has at most {MAX_STOPS} stops, got {east.size}")
    if stops_per_day is not None and stops_per_day < 1:
        raise ValueError(f"stops_per_day must be at least 1, got {stops_per_day}")
    from_x, from_y = read_points([start[0]], [start[1]])
    distances = _distances(np.append(from_x, east), np.append(from_y, north), comes_back)
    path = _improved(_nearest_first(distances), distances)
    most = stops_per_day or east.size
    days = [_improved(day, distances) for day in _cut(path, distances, most)]
    days = _exchanged(days, distances, most)
    return Round(
        days=tuple(day[1:-1] - 1 for day in days), lengths_m=tuple(_length(day, distances) for day in days)
    )


# Below, 0 is the start, 1 to n are the stops, n + 1 is the end: the start again, or anywhere. A path is a
# vector of these numbers that begins with 0 and ends with n + 1, which never move.


def _distances(x: FloatArray, y: FloatArray, comes_back: bool) -> FloatArray:
    """Give (n + 2, n + 2) metres."""
    between = np.hypot(x[:, None] - x, y[:, None] - y)
    matrix = np.zeros((x.size + 1, x.size + 1))
    matrix[:-1, :-1] = between
    if comes_back:
        matrix[-1, :-1] = matrix[:-1, -1] = between[0]
    return matrix


def _length(path: Stops, distances: FloatArray) -> float:
    return float(distances[path[:-1], path[1:]].sum())


def _nearest_first(distances: FloatArray) -> Stops:
    left = distances[:, 1:-1].copy()
    path = [0]
    for _ in range(left.shape[1]):
        nearest = int(np.argmin(left[path[-1]]))
        left[:, nearest] = np.inf
        path.append(nearest + 1)
    return np.array([*path, len(distances) - 1])


def _improved(path: Stops, distances: FloatArray) -> Stops:
    while True:
        gain, better = max(
            (_best_reversal(path, distances), *_best_moves(path, distances)), key=lambda step: step[0]
        )
        if gain < LEAST_GAIN_M:
            return path
        path = better


def _best_reversal(path: Stops, distances: FloatArray) -> tuple[float, Stops]:
    """Reverse the run of stops whose reversal shortens most; give the metres gained and the path."""
    before, inner, after = path[:-2], path[1:-1], path[2:]
    leaving, entering = distances[before, inner], distances[inner, after]
    gains = leaving[:, None] + entering - distances[np.ix_(before, inner)] - distances[np.ix_(inner, after)]
    gains[np.tril_indices_from(gains)] = 0
    first, last = np.unravel_index(np.argmax(gains), gains.shape)
    better = path.copy()
    better[first + 1 : last + 2] = path[first + 1 : last + 2][::-1]
    return float(gains[first, last]), better


def _best_moves(path: Stops, distances: FloatArray) -> list[tuple[float, Stops]]:
    """For runs of one, two and three stops, move the one whose move shortens most, turned round or not."""
    steps = []
    legs = distances[path[:-1], path[1:]]
    for size in range(1, min(LONGEST_MOVED, path.size - 3) + 1):
        heads, tails = path[1:-size], path[size:-1]
        before, after = path[: heads.size], path[size + 1 :]
        freed = distances[before, heads] + distances[tails, after] - distances[before, after]
        for first, last, turned in ((heads, tails, False), (tails, heads, True)):
            added = distances[np.ix_(first, path[:-1])] + distances[np.ix_(last, path[1:])] - legs
            gains = freed[:, None] - added
            gap = np.arange(legs.size)  # the gap k lies between the places k and k + 1 of the path
            run = np.arange(heads.size)[:, None]
            gains[(gap >= run) & (gap <= run + size)] = 0  # the gaps that the run itself touches
            start, place = np.unravel_index(np.argmax(gains), gains.shape)
            moved = path[start + 1 : start + 1 + size]
            rest = np.delete(path, np.s_[start + 1 : start + 1 + size])
            at = place + 1 if place < start else place + 1 - size
            steps.append((float(gains[start, place]), np.insert(rest, at, moved[::-1] if turned else moved)))
    return steps


def _cut(path: Stops, distances: FloatArray, most: int) -> list[Stops]:
    """Cut the path into as few days of at most ``most`` stops as hold them, the sum of their lengths least."""
    stops, end = path[1:-1], path[-1]
    days = -(-stops.size // most)
    along = np.concatenate([[0.0], np.cumsum(distances[stops[:-1], stops[1:]])])
    least, cuts = np.full(stops.size + 1, np.inf), []
    least[0] = 0
    for _ in range(days):
        longer, cut = np.full(stops.size + 1, np.inf), np.zeros(stops.size + 1, dtype=np.intp)
        for upto in range(1, stops.size + 1):
            begins = np.arange(max(0, upto - most), upto)
            inside = along[upto - 1] - along[begins]
            lengths = least[begins] + distances[0, stops[begins]] + inside + distances[stops[upto - 1], end]
            best = int(np.argmin(lengths))
            longer[upto], cut[upto] = lengths[best], begins[best]
        least = longer
        cuts.append(cut)
    found, upto = [], stops.size
    for cut in reversed(cuts):
        found.append(np.concatenate([[0], stops[cut[upto] : upto], [end]]))
        upto = int(cut[upto])
    return found[::-1]


def _exchanged(days: list[Stops], distances: FloatArray, most: int) -> list[Stops]:
    """Move stops between days, or swap them, two days at a time, until no pair of days gets shorter."""
    settled = False
    while not settled:
        settled = True
        for one in range(len(days)):
            for other in range(one + 1, len(days)):
                pair = days[one], days[other]
                gain, better = max(
                    _best_swap(*pair, distances),
                    _best_passage(*pair, distances, most),
                    _best_passage(*pair[::-1], distances, most, turned=True),
                    key=lambda step: step[0],
                )
                if gain >= LEAST_GAIN_M:
                    days[one], days[other] = (_improved(day, distances) for day in better)
                    settled = False
    return days


def _insertions(path: Stops, stops: Stops, distances: FloatArray) -> FloatArray:
    """Give (gaps of the path, stops) the metres that each stop adds in each gap."""
    legs = distances[path[:-1], path[1:]]
    return distances[np.ix_(path[:-1], stops)] + distances[np.ix_(path[1:], stops)] - legs[:, None]


def _best_passage(
    giver: Stops, taker: Stops, distances: FloatArray, most: int, *, turned: bool = False
) -> tuple[float, tuple[Stops, Stops]]:
    """Give one stop of a day to another that has room for it; give the metres gained and the two days."""
    if taker.size - 2 >= most:
        return 0.0, (giver, taker)
    freed = -_insertions_of_own(giver, distances)
    added = _insertions(taker, giver[1:-1], distances)
    gains = freed - added.min(axis=0)
    at = int(np.argmax(gains))
    left, longer = np.delete(giver, at + 1), np.insert(taker, added[:, at].argmin() + 1, giver[at + 1])
    return float(gains[at]), (longer, left) if turned else (left, longer)


def _insertions_of_own(path: Stops, distances: FloatArray) -> FloatArray:
    """Give (stops,) what leaving each stop out of its path takes away, below 0."""
    before, inner, after = path[:-2], path[1:-1], path[2:]
    return distances[before, after] - distances[before, inner] - distances[inner, after]


def _best_swap(one: Stops, other: Stops, distances: FloatArray) -> tuple[float, tuple[Stops, Stops]]:
    """Swap a stop of each day, each put where it adds least; give the metres gained and the two days."""
    without = [[np.delete(path, n) for n in range(1, path.size - 1)] for path in (one, other)]
    into_one = np.array([_insertions(path, other[1:-1], distances).min(axis=0) for path in without[0]])
    into_other = np.array([_insertions(path, one[1:-1], distances).min(axis=0) for path in without[1]])
    freed = -_insertions_of_own(one, distances)[:, None] - _insertions_of_own(other, distances)
    gains = freed - into_one - into_other.T
    n, m = np.unravel_index(np.argmax(gains), gains.shape)
    swapped = []
    for path, stop in ((without[0][n], other[m + 1]), (without[1][m], one[n + 1])):
        gap = _insertions(path, np.array([stop]), distances).argmin()
        swapped.append(np.insert(path, gap + 1, stop))
    return float(gains[n, m]), (swapped[0], swapped[1])
