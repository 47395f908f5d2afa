"""Repeated places against the Poisson law and simulated territories."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.repeated import (
    group_places,
    repeated_neighbours,
    repeated_places,
    reported_neighbours,
)

places = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 60)), min_size=1, max_size=30).map(
    lambda rows: tuple(map(np.array, zip(*rows, strict=True)))
)


def test_three_in_a_house_are_rarer_than_ten_in_a_tower():
    cases, dwellings = [3, 10, 0], [4, 300, 1_996]
    found = repeated_places(cases, dwellings)
    assert found.expected == pytest.approx(np.array(dwellings) * 13 / 2_300)
    np.testing.assert_allclose(found.p, stats.poisson.sf(np.array(cases) - 1, found.expected), rtol=1e-9)
    assert found.p[0] < found.p[1]
    assert found.found == 2


def test_chance_gives_as_many_repeats_as_it_says():
    """400 reports thrown on the dwellings of 1 000 buildings, 300 times."""
    rng = np.random.default_rng(5)
    dwellings = rng.integers(1, 40, 1_000)
    share = dwellings / dwellings.sum()
    runs = [repeated_places(rng.multinomial(400, share), dwellings) for _ in range(300)]
    assert np.mean([run.found for run in runs]) == pytest.approx(runs[0].found_by_chance, rel=0.02)
    assert np.mean([(run.p < 0.05).mean() for run in runs]) < 0.05


def test_neighbours_reported_by_chance_have_the_mean_and_deviation_told():
    """A street of 300 parcels and a few squares: pairs share places, so their number varies more."""
    rng = np.random.default_rng(6)
    dwellings = rng.integers(1, 12, 300)
    street = np.column_stack([np.arange(299), np.arange(1, 300)])
    pairs = np.concatenate([street, rng.integers(0, 300, (200, 2))])
    share = dwellings / dwellings.sum()
    cases = rng.multinomial(150, share)
    told = repeated_neighbours(cases, dwellings, pairs)
    found = [repeated_neighbours(rng.poisson(150 * share), dwellings, pairs).found for _ in range(1_500)]
    assert np.mean(found) == pytest.approx(told.expected, rel=0.03)
    assert np.std(found) == pytest.approx(told.deviation, rel=0.07)


def test_a_row_of_reported_parcels_is_far_from_chance():
    cases = np.zeros(500, dtype=int)
    cases[100:112] = 1
    pairs = np.column_stack([np.arange(499), np.arange(1, 500)])
    told = repeated_neighbours(cases, np.full(500, 3), pairs)
    assert told.found == 11
    assert told.z > 10
    twice = repeated_neighbours(cases, np.full(500, 3), np.concatenate([pairs, pairs[:, ::-1]]))
    assert twice == told


def test_places_are_grouped_by_what_they_share_and_by_what_touches():
    building = [0, 0, 1, 2, 3, 4]
    owner = [-1, -1, 7, 7, -1, -1]
    assert group_places([building]).tolist() == [0, 0, 1, 2, 3, 4]
    assert group_places([building, owner]).tolist() == [0, 0, 1, 1, 2, 3]
    assert group_places([building, owner], [[1, 2]]).tolist() == [0, 0, 0, 0, 1, 2]


@given(st.lists(st.integers(-1, 5), min_size=1, max_size=20), st.data())
def test_groups_are_the_closure_of_the_links(keys, data):
    size = len(keys)
    place = st.integers(0, size - 1)
    pairs = data.draw(st.lists(st.tuples(place, place), max_size=10))
    label = group_places([np.array(keys)], np.array(pairs, dtype=int).reshape(-1, 2))
    expected = list(range(size))
    for _ in range(size):
        for a in range(size):
            for b in range(size):
                if (keys[a] == keys[b] != -1) or (a, b) in pairs:
                    expected[a] = expected[b] = min(expected[a], expected[b])
    assert label.tolist() == [sorted(set(expected)).index(first) for first in expected]


@given(places, st.integers(0, 1_000))
def test_moving_the_places_moves_the_answer(rows, seed):
    cases, dwellings = rows
    order = np.random.default_rng(seed).permutation(cases.size)
    found, moved = repeated_places(cases, dwellings), repeated_places(cases[order], dwellings[order])
    np.testing.assert_allclose(moved.p, found.p[order], rtol=1e-9)
    assert ((found.p >= 0) & (found.p <= 1)).all()
    assert moved.found_by_chance == pytest.approx(found.found_by_chance)


def test_nothing_to_tell_is_told():
    none = repeated_places([0, 0], [10, 20])
    assert (none.found, none.found_by_chance, none.p.tolist()) == (0, 0, [1, 1])
    unknown = repeated_places([3, 2], [0, 0])
    assert (unknown.found, unknown.tested.any(), unknown.p.tolist()) == (0, False, [1, 1])
    alone = repeated_neighbours([2], [5], [])
    assert (alone.found, alone.expected, alone.z) == (0, 0, 0)


def test_wrong_input_is_refused():
    for rule in (repeated_places, lambda c, d: repeated_neighbours(c, d, [])):
        with pytest.raises(ValueError, match="whole numbers"):
            rule([0.5], [1])
        with pytest.raises(ValueError, match="finite"):
            rule([1], [np.nan])
        with pytest.raises(ValueError, match=">= 0"):
            rule([1], [-1])
        with pytest.raises(ValueError, match="lengths"):
            rule([1, 2], [1])
    with pytest.raises(ValueError, match="least"):
        repeated_places([1], [1], least=0)
    with pytest.raises(ValueError, match="pairs must name"):
        repeated_neighbours([1], [1], [[0, 1]])
    with pytest.raises(ValueError, match="pairs must be"):
        repeated_neighbours([1], [1], [[0, 0, 0]])
    for keys in ([], [[0.5]], [[0], [0, 1]], [[-2]], [[]]):
        with pytest.raises(ValueError, match="key"):
            group_places([np.array(key) for key in keys])


@given(places, st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29)), max_size=60))
def test_the_reported_neighbours_of_reported_places_are_the_pairs_twice(told, drawn):
    cases, _ = told
    pairs = np.array([pair for pair in drawn if max(pair) < cases.size], dtype=int).reshape(-1, 2)
    beside = reported_neighbours(cases, pairs)
    assert beside[cases > 0].sum() == 2 * repeated_neighbours(cases, np.ones(cases.size), pairs).found
    assert (beside < max(cases.size, 1)).all()
