"""One release for all periods and families: no two of its figures, subtracted, give a small count."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maps.analysis.disclosure import Audience, closed_years, place_hidden, release_cube

COUNTS = st.tuples(st.integers(1, 4), st.integers(1, 2), st.integers(1, 2)).flatmap(
    lambda shape: arrays.arrays(np.int64, shape, elements=st.sampled_from([0, 1, 3, 5, 8, 20]))
)


def test_two_years_and_their_sum_do_not_give_the_small_one():
    """20 in the first year, 2 in the second: the sum and the first year are not shown together."""
    cube = release_cube([[[20], [2]]], [500], Audience.PUBLIC)
    first, second, both = (cube.count(0, 0, period) for period in (0, 1, None))
    assert second is None
    assert first is None or both is None


def test_two_families_and_their_sum_do_not_give_the_small_one():
    cube = release_cube([[[20, 2]]], [500], Audience.PUBLIC)
    assert cube.count(0, 0, None, 1) is None
    assert None in (cube.count(0, 0, None, 0), cube.count(0, 0))


def test_what_is_large_enough_everywhere_is_shown_at_every_level():
    cases = np.arange(10, 26).reshape(4, 2, 2)
    cube = release_cube(cases, [1_000] * 4, Audience.PUBLIC, territories=[[0, 0, 1, 1]])
    assert cube.count(0, 3, 1, 0) == cases[3, 1, 0]
    assert cube.count(0, 3, 1) == cases[3, 1].sum()
    assert cube.count(1, 1, None, 1) == cases[2:, :, 1].sum()
    assert cube.count(2, 0) == cases.sum()


def test_nothing_outside_the_cube_may_be_asked():
    cube = release_cube([[[20], [20]]], [500], Audience.PUBLIC)
    for asked in ((0, 1), (0, -1), (0, 0, 2), (0, 0, 0, 1), (5, 0)):
        with pytest.raises(LookupError):
            cube.count(*asked)


@settings(max_examples=25)
@given(COUNTS, st.sampled_from([3, 11, 400]))
def test_no_figure_of_a_release_can_be_worked_out(cases, stock):
    places = len(cases)
    cube = release_cube(cases, [stock] + [600] * (places - 1), Audience.PUBLIC, territories=[[0] * places])
    shown = cube.suppression.shown
    assert not place_hidden(cube.table, shown, Audience.PUBLIC).too_narrow.any()
    counts = cube.table.cases[shown]
    assert ((counts == 0) | (counts >= 5)).all()


def test_a_year_is_published_once_late_reports_are_in():
    settled = date(2025, 12, 31) + timedelta(days=90)
    assert closed_years(2023, settled) == [2023, 2024, 2025]
    assert closed_years(2023, settled - timedelta(days=1)) == [2023, 2024]
    assert closed_years(2023, date(2023, 6, 1)) == []


@pytest.mark.parametrize(
    ("cases", "dwellings", "said"),
    [
        ([1, 2], [3, 4], "places, years, families"),
        (np.zeros((0, 1, 1)), [], "places, years, families"),
        ([[[-1]]], [100], "whole numbers"),
        ([[[1]]], [100, 200], "lengths"),
        ([[[1]]], [np.nan], "finite"),
    ],
)
def test_wrong_input_is_refused(cases, dwellings, said):
    with pytest.raises(ValueError, match=said):
        release_cube(cases, dwellings, Audience.PUBLIC)


def test_a_level_names_every_place():
    with pytest.raises(ValueError, match="one entry a place"):
        release_cube([[[1]]], [100], Audience.PUBLIC, territories=[[0, 0]])
