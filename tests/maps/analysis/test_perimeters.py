"""Before and after a perimeter, against Fisher's exact interval and drawn perimeters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.perimeters import MIN_DEGREES_OF_FREEDOM, compare_perimeter

INSIDE = np.array([True, False])
counts = st.lists(st.integers(0, 40), min_size=4, max_size=4).map(lambda four: np.array(four).reshape(2, 2))
some_counts = counts.filter(lambda table: table.sum() > 0)


def effect(table, exposure=((100, 100), (100, 100)), **options):
    return compare_perimeter(table, np.asarray(exposure, float), INSIDE, **options)


@given(some_counts, st.sampled_from([0.8, 0.95]))
def test_with_equal_exposures_the_interval_is_that_of_fishers_exact_test(table, level):
    found = effect(table, level=level)
    if not found.tested:
        assert (found.lower, found.upper, found.p_two_sided) == (0, np.inf, 1)
        return
    expected = stats.contingency.odds_ratio(table[:, ::-1], kind="conditional").confidence_interval(level)
    assert found.lower == pytest.approx(expected.low, rel=1e-6)
    assert found.upper == pytest.approx(expected.high, rel=1e-6)


def test_the_ratio_is_one_that_anyone_can_work_out():
    found = effect([[40, 20], [100, 100]], [[1_000, 2_000], [5_000, 5_000]])
    assert found.inside_ratio == pytest.approx(0.25)
    assert found.outside_ratio == pytest.approx(1)
    assert found.ratio == pytest.approx(0.25)
    assert found.lower < 0.25 < found.upper < 1
    assert found.p_two_sided < 0.001
    assert found.dispersion is None


@given(some_counts)
def test_the_p_value_and_the_interval_agree(table):
    found = effect(table)
    if abs(found.p_two_sided - 0.05) > 1e-6:
        assert (found.p_two_sided < 0.05) == (not found.lower <= 1 <= found.upper)


@given(some_counts, st.floats(0.1, 10), st.floats(0.1, 10))
def test_reading_time_backwards_or_changing_sides_inverts_the_ratio(table, after, inside):
    exposure = np.array([[inside, inside * after * 3], [1, after]]) * 1_000
    found = effect(table, exposure)
    for turned in (effect(table[:, ::-1], exposure[:, ::-1]), effect(table[::-1], exposure[::-1])):
        assert turned.p_two_sided == pytest.approx(found.p_two_sided, rel=1e-6)
        assert turned.lower == pytest.approx(1 / found.upper if found.upper else np.inf, rel=1e-6)
        assert turned.upper == pytest.approx(1 / found.lower if found.lower else np.inf, rel=1e-6)


@given(some_counts, st.floats(0.01, 100))
def test_the_unit_of_exposure_does_not_matter(table, unit):
    exposure = np.array([[3, 5], [7, 2]]) * 100.0
    there, back = effect(table, exposure), effect(table, exposure * unit)
    assert back.lower == pytest.approx(there.lower, rel=1e-6)
    assert back.ratio == (there.ratio and pytest.approx(there.ratio))


@pytest.mark.parametrize(
    ("table", "ratio", "lower_is_zero", "upper_is_infinite"),
    [
        ([[0, 5], [10, 10]], None, False, True),
        ([[5, 0], [10, 10]], 0, True, False),
        ([[5, 5], [10, 0]], None, False, True),
        ([[5, 5], [0, 10]], None, True, False),
        ([[0, 0], [10, 10]], None, True, True),
        ([[0, 0], [0, 0]], None, True, True),
        ([[3, 0], [8, 0]], None, True, True),
    ],
)
def test_zeros_leave_an_open_side_and_no_nan(table, ratio, lower_is_zero, upper_is_infinite):
    found = effect(table)
    assert found.ratio == ratio
    assert (found.lower == 0, found.upper == np.inf) == (lower_is_zero, upper_is_infinite)
    assert 0 <= found.p_two_sided <= 1


def drawn_perimeters(rng, maps, spread):
    """Draw 12 areas inside and 28 outside; risk doubles everywhere, and ``spread`` sets areas apart."""
    dwellings = rng.integers(300, 1_500, (maps, 40))
    frailty = rng.gamma(1 / spread, spread, (maps, 40, 2)) if spread else np.ones((maps, 40, 2))
    return rng.poisson(frailty * dwellings[..., None] * [0.004, 0.008]), np.repeat(dwellings[..., None], 2, 2)


@pytest.mark.parametrize("spread", [0, 0.5])
def test_the_interval_holds_the_true_ratio_as_often_as_it_says(spread):
    rng = np.random.default_rng(21)
    inside = np.arange(40) < 12
    found = [
        compare_perimeter(cases, exposure, inside)
        for cases, exposure in zip(*drawn_perimeters(rng, 120, spread), strict=True)
    ]
    covered = np.mean([effect.lower <= 1 <= effect.upper for effect in found])
    assert covered >= 0.95 - 4 * np.sqrt(0.05 * 0.95 / 120)
    assert np.mean([effect.dispersion for effect in found]) > (1.4 if spread else 0.9)


def test_areas_set_apart_would_deceive_the_exact_interval():
    """The same draws added up to one area a side, which hides the spread: far more than 5 % are false."""
    rng = np.random.default_rng(22)
    false = 0
    for cases, exposure in zip(*drawn_perimeters(rng, 200, 0.5), strict=True):
        table = np.array([cases[:12].sum(axis=0), cases[12:].sum(axis=0)])
        found = effect(table, [exposure[:12].sum(axis=0), exposure[12:].sum(axis=0)])
        false += not found.lower <= 1 <= found.upper
    assert false / 200 > 0.09


def test_the_dispersion_is_pearsons_over_its_freedom():
    """Equal exposures and one ratio: the share after is one half, each area adds (b - a)² / (a + b)."""
    before, after = np.arange(1, 17), np.arange(1, 17)[::-1]
    found = compare_perimeter(
        np.column_stack([before, after]), np.full((16, 2), 9.0), np.arange(16) % 16 >= 8
    )
    # the two sides mirror each other, so their shares are p and 1 - p
    share = after[:8].sum() / 136
    expected = 0.0
    for side, p in ((slice(0, 8), share), (slice(8, 16), 1 - share)):
        total = (before + after)[side]
        expected += ((after[side] - total * p) ** 2 / (total * p * (1 - p))).sum()
    assert found.dispersion == pytest.approx(expected / 14)


def test_too_few_areas_say_nothing_of_their_spread():
    areas = MIN_DEGREES_OF_FREEDOM + 1
    cases = np.tile([[9, 1], [1, 9]], (areas, 1))[:areas]
    found = compare_perimeter(cases, np.full((areas, 2), 50.0), np.arange(areas) == 0)
    assert found.dispersion is None


def test_thousands_of_cases_keep_their_figures():
    found = effect([[40_000, 20_000], [90_000, 90_000]], np.full((2, 2), 1e7))
    error = 1.96 * np.sqrt(1 / 40_000 + 1 / 20_000 + 2 / 90_000)
    assert np.log([found.lower, found.upper]) == pytest.approx(
        [np.log(0.5) - error, np.log(0.5) + error], abs=1e-4
    )


def test_areas_that_have_nothing_in_common_leave_the_interval_open():
    """Half of the areas have all their cases before, half after: nothing can be said of the two sides."""
    cases = np.tile([[2_000, 0], [0, 2_000]], (10, 1))
    cases[0] += 1
    found = compare_perimeter(cases, np.full((20, 2), 1e6), np.arange(20) < 10)
    assert found.dispersion > 1_000
    assert found.lower < 0.2
    assert found.upper > 5
    assert found.p_two_sided > 0.5


def test_extreme_exposures_give_a_finite_or_an_open_limit():
    for exposure in ([[1e-5, 1e14], [1e14, 1e-5]], [[1e14, 1e-5], [1e-5, 1e14]]):
        found = effect([[3, 2], [4, 1]], exposure)
        assert 0 <= found.lower <= found.ratio <= found.upper
        assert not np.isnan([found.lower, found.upper, found.p_two_sided]).any()


def test_a_side_whose_cases_fall_in_one_period_says_nothing_of_the_spread():
    rng = np.random.default_rng(23)
    outside = rng.poisson(20, (15, 2))
    silent = np.column_stack([np.full(15, 4), np.zeros(15)])
    both = compare_perimeter(np.vstack([silent, outside]), np.full((30, 2), 100.0), np.arange(30) < 15)
    alone = compare_perimeter(np.vstack([silent[:1], outside]), np.full((16, 2), 100.0), np.arange(16) < 1)
    assert both.dispersion == pytest.approx(alone.dispersion)


@pytest.mark.parametrize(
    ("cases", "exposure", "inside", "level", "message"),
    [
        ([[1, 2]], [[1, 1]], [True], 0.95, "both inside and outside"),
        ([[1, 2], [1, 2]], [[1, 1], [0, 1]], INSIDE, 0.95, "denominator"),
        ([[1, 2], [1, 0.5]], [[1, 1], [1, 1]], INSIDE, 0.95, "whole numbers"),
        ([[1, 2], [1, np.nan]], [[1, 1], [1, 1]], INSIDE, 0.95, "finite"),
        ([[1, 2, 3], [1, 2, 3]], [[1, 1, 1], [1, 1, 1]], INSIDE, 0.95, "before, after"),
        ([[1, 2], [1, 2]], [[1, 1], [1, 1]], [1, 0], 0.95, "boolean"),
        ([[1, 2], [1, 2]], [[1, 1], [1, 1]], INSIDE, 95, "level"),
        ([[1e7, 2], [1, 2]], [[1, 1], [1, 1]], INSIDE, 0.95, "add up"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(cases, exposure, inside, level, message):
    with pytest.raises(ValueError, match=message):
        compare_perimeter(cases, exposure, inside, level)
