"""Rounds against every order of a few stops, against the nearest-first round, and drawn by hand."""

import time
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.routes import visit_round

metre = st.integers(-2_000, 2_000)
stops = st.lists(st.tuples(metre, metre), min_size=1, max_size=25)


def length(order, x, y, comes_back=True, start=(0, 0)):
    path = [start, *((x[stop], y[stop]) for stop in order)] + ([start] if comes_back else [])
    return sum(np.hypot(*np.subtract(a, b)) for a, b in pairwise(path))


def nearest_first(x, y):
    here, left, order = (0, 0), list(range(len(x))), []
    while left:
        nearest = min(left, key=lambda stop: np.hypot(x[stop] - here[0], y[stop] - here[1]))
        left.remove(nearest)
        order.append(nearest)
        here = x[nearest], y[nearest]
    return order


def test_stops_along_a_street_are_visited_along_the_street():
    found = visit_round([30, 10, 40, 20], [0, 0, 0, 0], (0, 0), comes_back=False)
    assert found.order.tolist() == [1, 3, 0, 2]
    assert found.length_m == pytest.approx(40)


def test_the_round_of_a_square_does_not_cross():
    found = visit_round([100, 0, 100], [100, 100, 0], (0, 0))
    assert found.length_m == pytest.approx(400)


def test_days_are_filled_and_each_leaves_from_the_start():
    """Two hamlets of two stops on either side: one a day, not one stop of each."""
    x, y = [-1_000, 1_000, -1_000, 1_000], [0, 0, 100, 100]
    found = visit_round(x, y, (0, 0), stops_per_day=2)
    assert sorted(sorted(day.tolist()) for day in found.days) == [[0, 2], [1, 3]]
    assert found.lengths_m == pytest.approx([length(day, x, y) for day in found.days])


@pytest.mark.parametrize("comes_back", [True, False])
def test_up_to_eight_stops_the_round_is_near_the_shortest(comes_back):
    """At worst 10 % longer than the best of all orders, 1 % on average (60 draws)."""
    rng = np.random.default_rng(7)
    slack = []
    for _ in range(60):
        x, y = rng.uniform(-1_000, 1_000, (2, rng.integers(2, 7)))
        best = min(length(order, x, y, comes_back) for order in permutations(range(len(x))))
        slack.append(visit_round(x, y, (0, 0), comes_back=comes_back).length_m / best - 1)
    x, y = rng.uniform(-1_000, 1_000, (2, 8))
    best = min(length((*order,), x, y, comes_back) for order in permutations(range(8)))
    slack.append(visit_round(x, y, (0, 0), comes_back=comes_back).length_m / best - 1)
    assert min(slack) > -1e-9
    assert max(slack) < 0.1
    assert np.mean(slack) < 0.01


@given(stops, st.booleans())
def test_every_stop_once_and_never_longer_than_nearest_first(points, comes_back):
    x, y = np.array(points, dtype=float).T
    found = visit_round(x, y, (0, 0), comes_back=comes_back)
    assert sorted(found.order) == list(range(len(points)))
    assert found.length_m == pytest.approx(length(found.order, x, y, comes_back))
    assert found.length_m <= length(nearest_first(x, y), x, y, comes_back) + 1e-6


@given(stops, st.integers(1, 6))
def test_as_few_days_as_hold_the_stops_and_every_stop_is_visited_once(points, most):
    x, y = np.array(points, dtype=float).T
    found = visit_round(x, y, (0, 0), stops_per_day=most)
    assert sorted(found.order) == list(range(len(points)))
    assert max(day.size for day in found.days) <= most
    assert len(found.days) == -(-len(points) // most)
    assert found.lengths_m == pytest.approx([length(day, x, y) for day in found.days])


@given(st.integers(0, 10_000), st.booleans())
def test_no_reversal_and_no_move_of_three_stops_or_fewer_shortens_the_round(seed, comes_back):
    x, y = np.random.default_rng(seed).uniform(-1_000, 1_000, (2, 14))
    found = visit_round(x, y, (0, 0), comes_back=comes_back)
    order = found.order.tolist()
    others = [order[:a] + order[a:b][::-1] + order[b:] for a in range(14) for b in range(a + 2, 15)]
    for size in (1, 2, 3):
        for a in range(14 - size + 1):
            rest, moved = order[:a] + order[a + size :], order[a : a + size]
            others += [
                rest[:k] + turned + rest[k:] for k in range(len(rest) + 1) for turned in (moved, moved[::-1])
            ]
    path = np.array(others)
    east, north = (
        np.column_stack([np.zeros(len(path)), x[path]]),
        np.column_stack([np.zeros(len(path)), y[path]]),
    )
    if comes_back:
        east, north = np.pad(east, ((0, 0), (0, 1))), np.pad(north, ((0, 0), (0, 1)))
    assert np.hypot(np.diff(east), np.diff(north)).sum(axis=1).min() >= found.length_m - 1e-5


@given(st.integers(0, 10_000))
def test_the_order_of_the_list_does_not_matter(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-1_000, 1_000, (2, 12))
    order = rng.permutation(12)
    straight, shuffled = visit_round(x, y, (0, 0)), visit_round(x[order], y[order], (0, 0))
    assert shuffled.length_m == pytest.approx(straight.length_m)
    assert order[shuffled.order].tolist() == straight.order.tolist()


def test_a_hamlet_that_one_day_holds_is_visited_on_one_day():
    """Six stops far north, six near: the long round cut in two would go north twice."""
    x = [0, 40, 80, 120, 160, 200, 0, 400, 800, 1_200, 1_600, 2_000]
    y = [3_000] * 6 + [0, 300, 0, 300, 0, 300]
    found = visit_round(x, y, (2_500, 0), stops_per_day=6)
    assert sorted(sorted(day.tolist()) for day in found.days) == [list(range(6)), list(range(6, 12))]


@given(st.integers(0, 10_000), st.integers(2, 5), st.booleans())
def test_no_stop_moved_or_swapped_between_days_shortens_the_round(seed, most, comes_back):
    x, y = np.random.default_rng(seed).uniform(-1_000, 1_000, (2, 9))
    found = visit_round(x, y, (0, 0), stops_per_day=most, comes_back=comes_back)
    days = [day.tolist() for day in found.days]

    def shorter(*changed):
        """Tell if two days, each in the best place for its new stop, are shorter than they are."""
        lengths = [
            min(length([*day[:gap], *new, *day[gap:]], x, y, comes_back) for gap in range(len(day) + 1))
            for day, new in changed
        ]
        return sum(lengths)

    for one, other in permutations(range(len(days)), 2):
        now = length(days[one], x, y, comes_back) + length(days[other], x, y, comes_back)
        for stop in days[one]:
            left = [kept for kept in days[one] if kept != stop]
            if len(days[other]) < most:
                assert shorter((left, []), (days[other], [stop])) >= now - 1e-5
            for its in days[other]:
                rest = [kept for kept in days[other] if kept != its]
                assert shorter((left, [its]), (rest, [stop])) >= now - 1e-5


def test_all_in_one_place_is_no_way():
    assert visit_round([5] * 4, [5] * 4, (5, 5)).length_m == 0


def test_two_hundred_stops_take_a_moment_and_beat_nearest_first():
    x, y = np.random.default_rng(3).uniform(-10_000, 10_000, (2, 200))
    began = time.process_time()
    found = visit_round(x, y, (0, 0))
    assert time.process_time() - began < 3
    assert found.length_m < 0.9 * length(nearest_first(x, y), x, y)


@pytest.mark.parametrize(
    ("given_", "said"),
    [
        (([], [], (0, 0)), "empty"),
        (([1], [1, 2], (0, 0)), "lengths"),
        (([np.nan], [1], (0, 0)), "finite"),
        (([1], [1], (0, np.inf)), "finite"),
        (([1] * 501, [1] * 501, (0, 0)), "at most 500"),
    ],
)
def test_wrong_input_is_refused(given_, said):
    with pytest.raises(ValueError, match=said):
        visit_round(*given_)


def test_a_day_holds_a_stop():
    with pytest.raises(ValueError, match="stops_per_day"):
        visit_round([1], [1], (0, 0), stops_per_day=0)
