"""Nested and overlapping totals: what is hidden cannot be worked out, as another solver and all tables say."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from maps.analysis.disclosure import (
    RULES,
    Audience,
    Reason,
    build_table,
    place_hidden,
    protect_table,
    publishable,
    tables,
)

stocks = st.sampled_from([0, 3, 10, 11, 14, 500])
outside = st.sampled_from([Audience.PUBLIC, Audience.COMMITTEE])


@st.composite
def nested(draw):
    """Draw IRIS in communes in an EPCI."""
    size = draw(st.integers(1, 9))
    cases = draw(st.lists(st.sampled_from([0, 0, 1, 2, 4, 5, 6, 9, 30]), min_size=size, max_size=size))
    dwellings = draw(st.lists(stocks, min_size=size, max_size=size))
    communes = draw(st.lists(st.integers(0, 2), min_size=size, max_size=size))
    return build_table(cases, dwellings, [communes, [0] * size])


@st.composite
def overlapping(draw):
    """Draw the parts of three IRIS inside and outside two QPV: the parts themselves are published nowhere."""
    cases = draw(st.lists(st.integers(0, 12), min_size=9, max_size=9))
    dwellings = draw(st.lists(stocks, min_size=9, max_size=9))
    iris, qpv = np.divmod(np.arange(9), 3)
    return build_table(cases, dwellings, [iris, qpv - 1, np.zeros(9, dtype=int)], atoms_published=False)


def every_other_table(table, shown):
    """List the counts of the atoms in every table that agrees with what is shown; tiny tables only."""
    lower, upper = table.bounds()
    atoms = table.cases.size - table.sums.shape[0]
    parts = table.sums[:, :atoms].toarray()
    most = int(table.cases[-1]) if shown[-1] else 12
    found = []
    for counts in product(*(range(int(lower[a]), int(min(upper[a], most)) + 1) for a in range(atoms))):
        cells = np.concatenate([counts, parts @ counts])
        if (cells[shown] == table.cases[shown]).all() and ((lower <= cells) & (cells <= upper))[~shown].all():
            found.append(cells)
    return np.array(found)


def test_a_commune_of_one_iris_hides_with_it():
    table = build_table([3, 20, 30], [100, 400, 500], [[0, 1, 1], [0, 0, 0]])
    result = protect_table(table, Audience.PUBLIC)
    commune_0, commune_1 = result.shown[table.groups[0]]
    assert not commune_0
    assert not commune_1 or not result.shown[table.groups[1]].all()
    assert not result.exposed.any()


def test_one_small_iris_takes_the_cheapest_way_to_hide():
    table = build_table([3, 8, 30, 40], [100] * 4, [[0, 0, 0, 0]])
    result = protect_table(table, Audience.PUBLIC)
    assert result.shown.tolist() == [False, False, True, True, True]
    assert result.reasons[:2].tolist() == [Reason.FEW_CASES, Reason.SECONDARY]


def test_the_part_of_an_iris_outside_a_qpv_is_not_given_by_subtraction():
    """IRIS 22, QPV 20: the two reports outside would be read at once if both were shown."""
    table = build_table([20, 2], [300, 200], [[0, 0], [0, -1]], atoms_published=False)
    both = np.array([False, False, True, True])
    assert place_hidden(table, both, Audience.PUBLIC).too_narrow.tolist() == [False, True, False, False]
    result = protect_table(table, Audience.PUBLIC)
    assert not result.shown[2:].all()
    assert not place_hidden(table, result.shown, Audience.PUBLIC).too_narrow.any()


def test_what_is_already_public_may_leave_no_way():
    table = build_table([3, 0, 0], [100] * 3, [[0, 0, 0]])
    assert not protect_table(table, Audience.PUBLIC).shown[3]
    result = protect_table(table, Audience.PUBLIC, fixed=[False, False, False, True])
    assert result.exposed.tolist() == [True, False, False, False]


def test_partners_see_every_cell():
    table = build_table([1, 2], [3, 4], [[0, 0]])
    assert protect_table(table, Audience.PARTNER).shown.all()
    assert not place_hidden(table, np.array([True, False, True]), Audience.PARTNER).too_narrow.any()


def test_the_dwellings_of_a_place_count_once_over_its_years():
    table = build_table([6, 7, 8], [20, 20, 50], [[0, 0, 0]], places=[0, 0, 1])
    assert table.dwellings[-1] == 70


def test_the_audit_finds_every_count_that_another_table_allows():
    """All tables of two communes of two IRIS, listed."""
    table = build_table([2, 4, 1, 6], [100, 9, 100, 100], [[0, 0, 1, 1], [0, 0, 0, 0]])
    for shown in (
        [False, False, False, True, True, True, True],
        [False, False, False, False, False, False, True],
        [False, False, False, False, True, False, False],
    ):
        visible = np.array(shown)
        found = every_other_table(table, visible)
        placed = place_hidden(table, visible, Audience.PUBLIC)
        bounded = visible[-1] | visible
        np.testing.assert_array_equal(placed.low, found.min(axis=0))
        np.testing.assert_array_equal(placed.high[bounded], found.max(axis=0)[bounded])


def check(table, audience):
    result = protect_table(table, audience)
    assert not result.exposed.any()
    rule = RULES[audience]
    unsafe = publishable(table.cases, table.dwellings, audience) != Reason.PUBLISHABLE
    assert not result.shown[unsafe].any()
    assert not result.shown[~table.published].any()
    np.testing.assert_array_equal(result.shown, result.reasons == Reason.PUBLISHABLE)
    placed = place_hidden(table, result.shown, audience)
    assert not placed.too_narrow.any()
    assert ((placed.low <= table.cases) & (table.cases <= placed.high)).all()
    wide_enough = np.minimum(rule.protection, table.dwellings)
    judged = (unsafe | (table.published & ~result.shown)) & (table.cases > 0)
    assert ((placed.high - placed.low)[judged] >= wide_enough[judged]).all()


@settings(max_examples=40)
@given(nested(), outside)
def test_no_hidden_cell_of_nested_territories_can_be_worked_out(table, audience):
    check(table, audience)


@settings(max_examples=20)
@given(overlapping(), outside)
def test_no_hidden_part_of_overlapping_territories_can_be_worked_out(table, audience):
    check(table, audience)


def many_communes(seed, sizes):
    """Draw IRIS over two years: some communes have one, and the sums of the whole are too long to be near."""
    rng = np.random.default_rng(seed)
    commune = np.repeat(np.arange(len(sizes)), sizes)
    place, year = np.divmod(np.arange(2 * commune.size), 2)
    stock = rng.choice([5, 60, 400], commune.size)
    cases = np.minimum(rng.poisson(0.01 * stock[place]), stock[place])
    return build_table(
        cases,
        stock[place],
        [place, 2 * commune[place] + year, commune[place], year, np.zeros_like(place)],
        places=place,
    )


@pytest.mark.parametrize("seed", range(3))
def test_no_hidden_cell_of_many_communes_can_be_worked_out(seed):
    """The cells around are tried first: a commune of one IRIS has to look among the others."""
    check(many_communes(seed, [1] * 12 + [2, 3, 5] * 2), Audience.PUBLIC)


def test_looking_around_first_hides_no_more_than_looking_everywhere(monkeypatch):
    """Sums of any length make neighbours: every program is then that of the whole table."""
    cells = {tables.SMALL_SUM: 0, 10**6: 0}
    for small in cells:
        monkeypatch.setattr(tables, "SMALL_SUM", small)
        for seed in range(6):
            result = protect_table(many_communes(seed, [1] * 8 + [4, 9, 16]), Audience.PUBLIC)
            cells[small] += (result.reasons == Reason.SECONDARY).sum()
    near, everywhere = cells.values()
    assert near <= 1.1 * everywhere


@given(nested())
def test_the_audit_tells_when_only_the_unsafe_cells_are_hidden(table):
    """One hidden cell in a shown total is read exactly."""
    shown = publishable(table.cases, table.dwellings, Audience.PUBLIC) == Reason.PUBLISHABLE
    placed = place_hidden(table, shown, Audience.PUBLIC)
    alone = np.flatnonzero(~shown)
    if alone.size == 1 and alone[0] not in range(*table.groups[1].indices(shown.size)):
        assert placed.low[alone[0]] == placed.high[alone[0]] == table.cases[alone[0]]


@pytest.mark.parametrize("labels", [[0], [0.5, 1.0], [-2, 0], [[0, 1]]])
def test_a_wrong_grouping_is_refused(labels):
    with pytest.raises(ValueError, match="grouping"):
        build_table([1, 2], [100, 100], [labels])


def test_wrong_input_is_refused():
    table = build_table([1, 2], [100, 100], [[0, 0]])
    with pytest.raises(ValueError, match="same dwellings"):
        build_table([1, 2], [100, 50], [[0, 0]], places=[0, 0])
    with pytest.raises(ValueError, match="fixed"):
        protect_table(table, Audience.PUBLIC, fixed=[True])
    with pytest.raises(ValueError, match="3 booleans"):
        place_hidden(table, [1, 0, 1], Audience.PUBLIC)
    with pytest.raises(ValueError, match="finite"):
        build_table([np.nan], [100], [[0]])
