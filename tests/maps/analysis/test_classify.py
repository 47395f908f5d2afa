"""Class breaks against exhaustive search, and what ties, constants and order may do to them."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.classify import (
    RAMPS,
    class_of,
    colours,
    equal_classes,
    manual_classes,
    natural_classes,
    quantile_classes,
)

METHODS = (quantile_classes, equal_classes, natural_classes)
values_lists = st.one_of(
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=40),
    st.lists(st.integers(0, 6), min_size=1, max_size=40),  # many ties
)


def within_classes(values, cuts):
    """Sum the squared deviations from the mean of each class."""
    number = np.searchsorted(cuts, values, side="left")
    return sum(((group - group.mean()) ** 2).sum() for k in set(number) for group in [values[number == k]])


def test_quantiles_by_hand():
    found = quantile_classes([1, 2, 3, 4, 5, 6, 7, 8], 4)
    assert found.cuts == (2, 4, 6)
    assert found.counts == (2, 2, 2, 2)
    assert (found.minimum, found.maximum) == (1, 8)


def test_quantiles_never_part_equal_values():
    found = quantile_classes([0, 0, 0, 0, 0, 0, 1, 5], 4)
    assert found.cuts == (0,)
    assert found.counts == (6, 2)


def test_equal_widths_by_hand():
    found = equal_classes([0, 1, 2, 9, 10], 5)
    assert found.cuts == (2,)  # 4, 6 and 8 would each close an empty class
    assert found.counts == (3, 2)


def test_natural_breaks_by_hand():
    found = natural_classes([4, 5, 9, 10, 11, 51, 52, 53, 90], 4)
    assert found.cuts == (5, 11, 53)
    assert found.counts == (2, 3, 3, 1)


@given(st.lists(st.integers(-50, 50), min_size=2, max_size=14), st.integers(2, 5))
def test_natural_breaks_are_the_best_of_all(values, classes):
    values = np.array(values, dtype=float)
    distinct = np.unique(values)
    found = natural_classes(values, classes)
    wanted = min(classes, distinct.size)
    best = min(within_classes(values, cuts) for cuts in combinations(distinct[:-1], wanted - 1))
    assert len(found.counts) == wanted
    assert within_classes(values, found.cuts) == pytest.approx(best, abs=1e-8)


@pytest.mark.parametrize("classes", [2, 5, 9])
def test_natural_breaks_are_the_best_on_many_values(classes):
    """Against the same recurrence written out in full, on 400 skewed values."""
    values = np.sort(np.random.default_rng(classes).lognormal(0, 1.5, 400))
    sums, squares = (np.concatenate([[0], np.cumsum(values**power)]) for power in (1, 2))
    first, last = np.meshgrid(np.arange(400), np.arange(400), indexing="ij")
    count = np.maximum(last - first + 1, 1)
    spread = squares[last + 1] - squares[first] - (sums[last + 1] - sums[first]) ** 2 / count
    spread[first > last] = np.inf
    cost = spread[0]
    for _ in range(classes - 1):
        cost = np.array(
            [(np.concatenate([[np.inf], cost[:-1]]) + spread[:, end]).min() for end in range(400)]
        )
    assert within_classes(values, natural_classes(values, classes).cuts) == pytest.approx(cost[-1], rel=1e-9)


def test_manual_cuts_are_kept_even_where_a_class_is_empty():
    found = manual_classes([1, 2, 30], [0, 10, 20, 40])
    assert found.cuts == (0, 10, 20, 40)
    assert found.counts == (0, 2, 0, 1, 0)


def test_a_value_on_a_cut_belongs_below_and_later_values_always_find_a_class():
    classes = manual_classes([1, 2, 30], [10, 20])
    assert class_of([10, 10.01, 20, -5, 1_000], classes).tolist() == [0, 1, 1, 0, 2]


@given(values_lists, st.integers(1, 9), st.sampled_from(METHODS), st.randoms(use_true_random=False))
def test_classes_hold_all_values_none_is_empty_and_order_is_nothing(values, number, method, random):
    found = method(values, number)
    assert 1 <= len(found.counts) <= min(number, len(set(values)))
    assert all(found.counts)
    assert list(found.cuts) == sorted(set(found.cuts))
    assert np.isfinite(found.cuts).all()
    assert tuple(np.bincount(class_of(values, found), minlength=len(found.counts))) == found.counts
    shuffled = list(values)
    random.shuffle(shuffled)
    assert method(shuffled, number) == found


@given(st.lists(st.integers(0, 1_000), min_size=1, max_size=40), st.integers(1, 9), st.sampled_from(METHODS))
def test_the_unit_only_scales_the_cuts(values, number, method):
    """Times 8, a power of two, so that floats are exact."""
    scaled = method(np.array(values) * 8.0, number)
    assert scaled.cuts == pytest.approx(tuple(8 * cut for cut in method(values, number).cuts))
    assert scaled.counts == method(values, number).counts


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("values", [[3.5], [0.1] * 6, [0, 0]])
def test_equal_values_make_one_class(method, values):
    found = method(values, 5)
    assert found.cuts == ()
    assert found.counts == (len(values),)


def test_fewer_distinct_values_than_classes_make_one_class_each():
    assert natural_classes([1, 1, 2, 7, 7], 9).cuts == (1, 2)
    assert quantile_classes([1, 1, 2, 7, 7], 9).cuts == (1, 2)


@pytest.mark.parametrize("ramp", RAMPS)
def test_colours_run_from_end_to_end_and_differ(ramp):
    for classes in range(2, 10):
        found = colours(ramp, classes)
        assert (found[0], found[-1]) == (RAMPS[ramp][0], RAMPS[ramp][-1])
        assert len(set(found)) == classes
    assert colours(ramp, 9) == RAMPS[ramp]
    assert colours(ramp, 1) == (RAMPS[ramp][4],)


@pytest.mark.parametrize("ramp", RAMPS)
def test_lightness_is_monotone_so_that_a_grey_print_still_reads(ramp):
    def lightness(colour):
        channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(channels > 0.04045, ((channels + 0.055) / 1.055) ** 2.4, channels / 12.92)
        return linear @ [0.2126, 0.7152, 0.0722]

    steps = np.diff([lightness(colour) for colour in colours(ramp, 9)])
    assert (steps > 0).all() or (steps < 0).all()


def test_wrong_input_is_refused():
    for method in METHODS:
        for number in (0, 10, -1):
            with pytest.raises(ValueError, match="classes must lie between 1 and 9"):
                method([1, 2], number)
        with pytest.raises(ValueError, match="empty"):
            method([], 3)
        with pytest.raises(ValueError, match="finite"):
            method([1, np.nan], 3)
    for cuts in ([2, 1], [1, 1], list(range(9))):
        with pytest.raises(ValueError, match="cuts"):
            manual_classes([1, 2], cuts)
    with pytest.raises(ValueError, match="YlOrBr, cividis"):
        colours("jet", 3)
    with pytest.raises(ValueError, match="classes"):
        colours("cividis", 10)
