"""What stands around a building, on a few squares that can be counted by head."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.surroundings import CELL_M, NEAR_M, surroundings


def test_a_building_sees_its_own_square_and_the_near_ones():
    x = np.array([10.0, 20.0, 110.0, 160.0])  # squares 0, 0, 2 and 3 of one row
    told = surroundings(x, np.full(4, 10.0), [1, 4, 10, 20], {"old": [1, 0, 0.5, 0]})
    assert np.expm1(told["density"]) == pytest.approx([15, 15, 35, 30])
    assert told["old"] == pytest.approx([6 / 15, 6 / 15, 6 / 35, 5 / 30])


def test_without_dwellings_around_no_share_is_made_up():
    told = surroundings([0, 1_000], [0, 0], [0, 3], {"old": [1, 1]})
    assert told["density"].tolist() == [0, np.log(4)]
    assert told["old"].tolist() == [0, 1]


@given(east=st.integers(-99, 99), north=st.integers(-99, 99), seed=st.integers(0, 99))
def test_moved_by_whole_squares_and_in_another_order_it_is_the_same(east, north, seed):
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 600, (2, 40))
    dwellings, old = rng.integers(0, 9, 40), rng.random(40)
    here = surroundings(x, y, dwellings, {"old": old})
    order = rng.permutation(40)
    there = surroundings(
        x[order] + CELL_M * east, y[order] + CELL_M * north, dwellings[order], {"old": old[order]}
    )
    for name, values in here.items():
        assert there[name] == pytest.approx(values[order])
    brute = [dwellings[_near(x, y, n)].sum() for n in range(40)]
    assert np.expm1(here["density"]) == pytest.approx(brute, abs=1e-6)


def _near(x, y, n):
    column, row = np.floor(x / CELL_M), np.floor(y / CELL_M)
    return CELL_M * np.hypot(column - column[n], row - row[n]) <= NEAR_M


@pytest.mark.parametrize(
    ("dwellings", "old", "message"),
    [
        ([1, -1], [0, 0], "dwellings"),
        ([1], [0, 0], "length"),
        ([1, 1], [0], "length"),
        ([1, 1], [0, np.nan], "old"),
    ],
)
def test_what_cannot_be_described_is_refused(dwellings, old, message):
    with pytest.raises(ValueError, match=message):
        surroundings([0, 1], [0, 1], dwellings, {"old": old})
