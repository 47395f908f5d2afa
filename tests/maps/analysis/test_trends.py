"""Mann-Kendall and Sen's slope against the R package Kendall, scipy and closed forms."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import stats

from maps.analysis.trends import MIN_STEPS, mann_kendall, sen_slope
from tests.maps.analysis.conftest import DATA, read_csv

# Few distinct values: ties are the rule.
many_series = arrays.arrays(
    float, st.tuples(st.integers(1, 6), st.integers(2, 14)), elements=st.integers(-3, 3).map(float)
)


def reference(name):
    column = list(read_csv(DATA / "mannkendall" / f"{name}.csv"))
    return np.array([[float(row[name.lower()]) for row in column]])


@pytest.mark.parametrize("name", ["Nile", "LakeHuron"])
def test_the_trend_of_a_known_series_is_that_of_kendall(name):
    expected = json.loads((DATA / "mannkendall" / "expected.json").read_text())[name]
    found = mann_kendall(reference(name))
    assert found.s[0] == expected["S"]
    assert found.tau[0] == pytest.approx(expected["tau"], rel=1e-6)  # the reference is in single precision
    assert found.p_two_sided[0] == pytest.approx(expected["p_two_sided"], rel=2e-6)


@given(many_series)
def test_tau_is_that_of_scipy_and_the_slope_too(series):
    steps = np.arange(series.shape[1])
    found, slope = mann_kendall(series), sen_slope(series, 0.9)
    for row, values in enumerate(series):
        if np.ptp(values):
            assert found.tau[row] == pytest.approx(stats.kendalltau(steps, values).statistic)
        expected = stats.theilslopes(values, steps, 0.9)
        ours = (slope.slope[row], slope.lower[row], slope.upper[row])
        assert ours == pytest.approx((expected.slope, expected.low_slope, expected.high_slope))


def test_the_variance_is_that_of_all_orders_of_the_values():
    """Every order of eight values, two of them tied, is as likely: S then has the variance used."""
    from itertools import permutations

    values = np.array([1, 1, 2, 3, 4, 5, 6, 7.0])
    found = mann_kendall(np.array(list(permutations(values))))
    ties = 2 * 1 * (2 * 2 + 5)
    closed_form = (8 * 7 * (2 * 8 + 5) - ties) / 18
    assert np.mean(found.s**2) == pytest.approx(closed_form)
    some = found.s > 1
    assert ((found.s[some] - 1) / found.z[some]) ** 2 == pytest.approx(closed_form)


def test_a_series_without_trend_is_found_at_about_the_nominal_rate():
    rng = np.random.default_rng(4)
    found = mann_kendall(rng.normal(size=(20_000, 12)))
    # the continuity correction makes it a little cautious; 4 standard errors are 0.6 %
    assert 0.03 < (found.p_two_sided <= 0.05).mean() <= 0.056


@given(many_series)
def test_the_mirror_of_a_series_has_the_mirror_trend(series):
    there, back = mann_kendall(series), mann_kendall(series[:, ::-1])
    np.testing.assert_array_equal(back.s, -there.s)
    np.testing.assert_array_equal(back.p_two_sided, there.p_two_sided)
    np.testing.assert_allclose(sen_slope(-series).slope, -sen_slope(series).slope)


@given(many_series)
def test_any_rescaling_that_keeps_the_order_keeps_the_trend(series):
    np.testing.assert_array_equal(mann_kendall(np.exp(series)).z, mann_kendall(series).z)


def test_a_straight_line_has_its_slope_and_no_doubt():
    line = 3 + 0.5 * np.arange(10)[None]
    found = sen_slope(line)
    assert (found.slope[0], found.lower[0], found.upper[0]) == (0.5, 0.5, 0.5)
    assert mann_kendall(line).tau[0] == 1


def test_a_constant_or_too_short_series_is_not_tested():
    constant = mann_kendall(np.full((2, 20), 7.0))
    assert not constant.tested.any()
    assert constant.p_two_sided.tolist() == [1, 1]
    short = mann_kendall(np.arange(MIN_STEPS - 1)[None])
    assert not short.tested.any()
    assert (short.tau[0], short.z[0], short.p_two_sided[0]) == (1, 0, 1)
    assert mann_kendall([[4.0]]).tested.tolist() == [False]


def test_many_areas_go_through_in_pieces(monkeypatch):
    series = np.random.default_rng(1).normal(size=(50, 9))
    whole = sen_slope(series)
    monkeypatch.setattr("maps.analysis.trends.PAIRS_AT_ONCE", 100)
    np.testing.assert_array_equal(sen_slope(series).lower, whole.lower)


@pytest.mark.parametrize(
    ("series", "message"),
    [
        ([1, 2, 3], "two dimensions"),
        ([[1, np.nan]], "finite"),
        (np.empty((0, 5)), "empty"),
        ([["a"]], "numb"),
    ],
)
def test_wrong_series_are_refused(series, message):
    for analysis in (mann_kendall, sen_slope):
        with pytest.raises(ValueError, match=message):
            analysis(series)


def test_a_slope_needs_two_steps_and_a_level():
    with pytest.raises(ValueError, match="two steps"):
        sen_slope([[1.0]])
    with pytest.raises(ValueError, match="level"):
        sen_slope([[1.0, 2.0]], 95)
