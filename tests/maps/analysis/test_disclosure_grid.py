"""Cells of unequal size: a partition, fine where there is enough, never telling a small count."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from maps.analysis.disclosure import MIN_CASES, MIN_DWELLINGS, cell_corners, cell_levels

SHAPE = (8, 8)
COUNTS = arrays.arrays(np.float64, SHAPE, elements=st.integers(0, 12).map(float))


def sums(levels, counted):
    """Give the sum of each cell, by its corner."""
    corners = cell_corners(levels).ravel()
    totals = np.bincount(corners, counted.ravel(), minlength=counted.size)
    return totals[np.unique(corners)]


def test_squares_with_enough_stay_small():
    levels = cell_levels(np.full(SHAPE, 5.0), np.full(SHAPE, 11.0), 3)
    assert (levels == 0).all()


def test_one_small_count_makes_its_three_neighbours_join_it_and_no_one_else():
    cases = np.full(SHAPE, 5.0)
    cases[0, 0] = 1
    levels = cell_levels(cases, np.full(SHAPE, 11.0), 3)
    assert (levels[:2, :2] == 1).all()
    assert levels.sum() == 4


def test_too_few_dwellings_make_a_larger_cell_too():
    dwellings = np.full(SHAPE, 11.0)
    dwellings[7, 7] = 10
    assert (cell_levels(np.full(SHAPE, 5.0), dwellings, 3)[6:, 6:] == 1).all()


def test_empty_ground_is_not_joined_to_anything():
    cases = np.zeros(SHAPE)
    cases[0, 0] = 9
    levels = cell_levels(cases, np.where(cases, 50.0, 0.0), 3)
    assert levels[0, 0] == 0


def test_a_lone_small_count_ends_in_the_largest_cell():
    cases = np.zeros(SHAPE)
    cases[5, 2] = 1
    assert (cell_levels(cases, np.full(SHAPE, 30.0), 3) == 3).all()


@given(cases=COUNTS, dwellings=COUNTS)
def test_cells_are_aligned_squares_that_keep_every_case(cases, dwellings):
    levels = cell_levels(cases, dwellings, 3)
    corners = cell_corners(levels)
    for corner in np.unique(corners):
        rows, columns = np.nonzero(corners == corner)
        side = 2 ** levels[rows[0], columns[0]]
        assert (levels[rows, columns] == levels[rows[0], columns[0]]).all()
        assert len(rows) == side * side
        assert rows[0] % side == columns[0] % side == 0
    assert sums(levels, cases).sum() == cases.sum()


@given(cases=COUNTS, dwellings=COUNTS)
def test_below_the_largest_no_cell_tells_a_small_count(cases, dwellings):
    levels = cell_levels(cases, dwellings, 3)
    corners = np.unique(cell_corners(levels))
    told, stock = sums(levels, cases), sums(levels, dwellings)
    small = levels.ravel()[corners] < 3
    assert ((told == 0) | ((told >= MIN_CASES) & (stock >= MIN_DWELLINGS)))[small].all()


@given(first=COUNTS, second=COUNTS, dwellings=COUNTS)
def test_below_the_largest_no_year_of_a_cell_tells_a_small_count(first, second, dwellings):
    """So that neither year can be had by subtracting it from both."""
    levels = cell_levels(np.array([first, second]), dwellings, 3)
    small = levels.ravel()[np.unique(cell_corners(levels))] < 3
    for year in (first, second):
        told = sums(levels, year)[small]
        assert ((told == 0) | (told >= MIN_CASES)).all()
