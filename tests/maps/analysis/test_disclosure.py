"""Who sees which cell, and what a reader can still work out by subtraction."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.disclosure import (
    MIN_CASES,
    MIN_DWELLINGS,
    PROTECTION,
    Audience,
    Reason,
    publishable,
    suppress,
)

cells = st.lists(st.tuples(st.integers(0, 14), st.sampled_from([3, 10, 11, 12, 500])), min_size=1, max_size=4)


def possible_counts(cases, dwellings, result):
    """List, for each hidden cell, every count that agrees with what the public reads.

    The public knows the thresholds, the dwellings, the shown counts and the total; a hidden cell of 11
    dwellings or more holds at least one case, for zeros are shown.
    """
    hidden = np.flatnonzero(~result.shown)
    total = int(np.sum(cases))
    least = [0 if dwellings[cell] < MIN_DWELLINGS else 1 for cell in hidden]
    rest = total - int(np.sum(np.array(cases)[result.shown]))
    found = [set() for _ in hidden]
    for counts in product(*(range(low, rest + 1) for low in least)):
        if sum(counts) == rest:
            for place, count in zip(found, counts, strict=True):
                place.add(count)
    return found


def test_the_public_sees_a_cell_of_eleven_dwellings_with_no_case_or_five():
    cases, dwellings = [0, 1, 4, 5, 20, 20, 0], [11, 500, 500, 11, 500, 10, 3]
    assert publishable(cases, dwellings, Audience.PUBLIC).tolist() == [
        Reason.PUBLISHABLE,
        Reason.FEW_CASES,
        Reason.FEW_CASES,
        Reason.PUBLISHABLE,
        Reason.PUBLISHABLE,
        Reason.FEW_DWELLINGS,
        Reason.FEW_DWELLINGS,
    ]


def test_a_committee_sees_from_three_and_tax_data_from_eleven():
    cases = [1, 2, 3, 4, 10, 11]
    for audience, tax_data, least in (
        (Audience.COMMITTEE, False, 3),
        (Audience.PUBLIC, False, 5),
        (Audience.COMMITTEE, True, 11),
        (Audience.PUBLIC, True, 11),
        (Audience.PARTNER, True, 0),
    ):
        reasons = publishable(cases, [500] * 6, audience, tax_data=tax_data)
        assert [count for count, reason in zip(cases, reasons, strict=True) if reason == "publiable"] == [
            count for count in cases if count >= least
        ]


def test_a_cell_where_every_dwelling_is_reported_tells_of_each():
    reasons = publishable([12, 11, 0], [12, 12, 12], Audience.PUBLIC)
    assert reasons.tolist() == [Reason.EVERY_DWELLING, Reason.PUBLISHABLE, Reason.PUBLISHABLE]


def test_a_cell_that_one_owner_nearly_fills_is_hidden():
    reasons = publishable([20, 20, 20, 0], [500] * 4, Audience.PUBLIC, largest=[20, 18, 17, 0])
    assert reasons.tolist() == [Reason.ONE_CONTRIBUTOR] * 2 + [Reason.PUBLISHABLE] * 2
    with pytest.raises(ValueError, match="largest"):
        publishable([1], [500], Audience.PUBLIC, largest=[2])


def test_a_committee_is_protected_by_its_own_width():
    """2 is hidden behind 3: each in 1 to 4, 3 wide where 2 are asked."""
    assert suppress([2, 3, 9], [100] * 3, Audience.COMMITTEE).shown.tolist() == [False, False, True]


def test_partners_see_everything():
    result = suppress([1, 2, 0, 9], [1, 5, 0, 800], Audience.PARTNER)
    assert result.shown.all()
    assert result.total_shown
    assert set(result.reasons) == {Reason.PUBLISHABLE}


def test_a_cell_alone_takes_the_next_smallest_with_it():
    result = suppress([30, 3, 8, 0, 12], [100] * 5, Audience.PUBLIC)
    assert result.shown.tolist() == [True, False, False, True, True]
    assert result.reasons[2] == Reason.SECONDARY
    assert result.total_shown


def test_between_equal_cells_the_one_with_fewer_dwellings_is_hidden():
    result = suppress([3, 8, 8], [100, 300, 200], Audience.PUBLIC)
    assert result.shown.tolist() == [False, True, False]


def test_two_hidden_cells_that_add_up_to_two_are_not_enough():
    """1 + 1 = 2 leaves no doubt, so a third cell goes."""
    result = suppress([1, 1, 9, 7], [100] * 4, Audience.PUBLIC)
    assert result.shown.tolist() == [False, False, True, False]
    assert result.total_shown


def test_a_reader_knows_that_a_hidden_cell_of_eleven_dwellings_is_not_zero():
    """2 + 3 places each in 1 to 4, an interval 3 wide; with 10 dwellings it could be 0 to 5."""
    assert suppress([2, 3, 9], [100] * 3, Audience.PUBLIC).shown.tolist() == [False, False, False]
    assert suppress([2, 3, 9], [10, 10, 100], Audience.PUBLIC).shown.tolist() == [False, False, True]


def test_two_hidden_cells_with_a_large_enough_sum_protect_each_other():
    result = suppress([4, 3, 9, 7], [100] * 4, Audience.PUBLIC)
    assert result.shown.tolist() == [False, False, True, True]
    assert result.total_shown


def test_without_a_cell_to_hide_behind_the_total_goes():
    for cases in ([3], [3, 0, 0], [1, 2]):
        result = suppress(cases, [100] * len(cases), Audience.PUBLIC)
        assert not result.total_shown
        assert result.shown.tolist() == [count == 0 for count in cases]


def test_nothing_to_hide_hides_nothing():
    result = suppress([0, 5, 90], [11, 12, 4_000], Audience.PUBLIC)
    assert result.shown.all()
    assert result.total_shown


@given(cells)
def test_subtraction_never_places_a_hidden_count(rows):
    cases, dwellings = zip(*rows, strict=True)
    result = suppress(cases, dwellings, Audience.PUBLIC)
    if result.total_shown:
        for counts in possible_counts(cases, dwellings, result):
            assert max(counts) - min(counts) >= PROTECTION
    for count, stock, shown in zip(cases, dwellings, result.shown, strict=True):
        if shown:
            assert stock >= MIN_DWELLINGS
            assert count == 0 or count >= MIN_CASES


@given(cells)
def test_what_one_cell_alone_may_not_show_stays_hidden_and_at_most_one_more(rows):
    cases, dwellings = zip(*rows, strict=True)
    alone = publishable(cases, dwellings, Audience.PUBLIC)
    result = suppress(cases, dwellings, Audience.PUBLIC)
    assert not result.shown[alone != Reason.PUBLISHABLE].any()
    assert (result.reasons == Reason.SECONDARY).sum() <= 1
    np.testing.assert_array_equal(result.shown, result.reasons == Reason.PUBLISHABLE)


@given(cells, st.integers(0, 2**32 - 1))
def test_the_order_of_the_cells_does_not_matter_to_what_is_counted(rows, seed):
    cases, dwellings = map(np.array, zip(*rows, strict=True))
    order = np.random.default_rng(seed).permutation(len(rows))
    result = suppress(cases, dwellings, Audience.PUBLIC)
    moved = suppress(cases[order], dwellings[order], Audience.PUBLIC)
    assert moved.total_shown == result.total_shown
    assert sorted(zip(cases[order], dwellings[order], moved.shown, strict=True)) == sorted(
        zip(cases, dwellings, result.shown, strict=True)
    )


def test_wrong_input_is_refused():
    for rule in (publishable, suppress):
        with pytest.raises(ValueError, match="lengths"):
            rule([1, 2], [100], Audience.PUBLIC)
        with pytest.raises(ValueError, match="whole numbers"):
            rule([-1], [100], Audience.PUBLIC)
        with pytest.raises(ValueError, match="dwellings must be >= 0"):
            rule([1], [-1], Audience.PUBLIC)
        with pytest.raises(ValueError, match="dwellings must be finite"):
            rule([1], [np.nan], Audience.PUBLIC)
        with pytest.raises(ValueError, match="tout le monde"):
            rule([1], [100], "tout le monde")
