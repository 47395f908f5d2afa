"""Rates against spdep, esda and closed forms."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.rates import (
    exceedance_probability,
    poisson_interval,
    smooth_rates,
    standardised_deviates,
)

area = st.tuples(st.integers(0, 10_000), st.floats(1e-3, 1e9))
areas = st.lists(area, min_size=1, max_size=40).map(
    lambda pairs: tuple(map(np.array, zip(*pairs, strict=True)))
)


def test_smoothed_rates_are_those_of_spdep(nc_sids):
    rates = smooth_rates(nc_sids.cases, nc_sids.exposure)
    np.testing.assert_allclose(rates.smoothed, nc_sids.figures("EBest", "est"), rtol=1e-9)
    assert rates.between_areas == pytest.approx(nc_sids.expected["EBest"]["a"], rel=1e-9)


def test_smoothed_rates_are_those_of_esda(planted):
    esda = import_esda()
    rates = smooth_rates(planted.cases, planted.exposure)
    expected = esda.smoothing.Empirical_Bayes(planted.cases, planted.exposure).r.ravel()
    np.testing.assert_allclose(rates.smoothed, expected, rtol=1e-9)


def test_deviates_are_those_of_spdep(nc_sids):
    deviates = standardised_deviates(nc_sids.cases, nc_sids.exposure)
    np.testing.assert_allclose(deviates, nc_sids.figures("EB_standardised_deviates"), rtol=1e-9, atol=1e-12)


def test_deviates_are_those_of_esda_where_areas_truly_differ(planted):
    esda = import_esda()
    assert smooth_rates(planted.cases, planted.exposure).between_areas > 0
    expected = esda.smoothing.assuncao_rate(planted.cases, planted.exposure)
    deviates = standardised_deviates(planted.cases, planted.exposure)
    np.testing.assert_allclose(deviates, expected, rtol=1e-9, atol=1e-12)


def test_the_deviate_of_a_city_does_not_explode_by_chance():
    """Where the published rule subtracts a negative variance, that of a city can come out near zero."""
    esda = import_esda()
    rng = np.random.default_rng(5)
    exposure = np.array([20_000.0] + [1_000.0] * 400)
    draws = rng.poisson(0.005 * exposure, (1_000, exposure.size))
    ours = [standardised_deviates(cases, exposure)[0] for cases in draws]
    published = [esda.smoothing.assuncao_rate(cases, exposure)[0] for cases in draws]
    assert np.abs(ours).max() < 4
    assert np.abs(published).max() > 10


def test_a_tiny_area_is_pulled_to_the_overall_rate_and_a_large_one_keeps_its_own():
    rates = smooth_rates([2, 100, 900], [40, 10_000, 30_000])
    assert rates.raw == pytest.approx([0.05, 0.01, 0.03])
    assert rates.overall == pytest.approx(1002 / 40_040)
    assert rates.weight[0] < 0.2
    assert (rates.weight[1:] > 0.9).all()


def test_areas_that_differ_by_chance_only_get_the_overall_rate():
    rates = smooth_rates([1, 2, 3], [1_000, 2_000, 3_000])
    assert rates.between_areas == 0
    assert rates.smoothed == pytest.approx([0.001] * 3)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_the_interval_is_garwoods(level):
    cases = np.array([0, 1, 2, 17, 4_000])
    interval = poisson_interval(cases, np.full(5, 1_000.0), level)
    tail = (1 - level) / 2
    assert interval.lower[0] == 0
    np.testing.assert_allclose(interval.lower[1:], stats.chi2.ppf(tail, 2 * cases[1:]) / 2_000)
    np.testing.assert_allclose(interval.upper, stats.chi2.ppf(1 - tail, 2 * cases + 2) / 2_000)


def test_the_upper_end_without_a_case_has_a_closed_form():
    """P(0 case) = exp(-m) reaches the tail at m = -ln(tail)."""
    assert poisson_interval([0], [1.0], 0.95).upper == pytest.approx([-np.log(0.025)])


def test_the_interval_covers_the_true_rate_at_least_as_often_as_it_says():
    counts = np.arange(200)
    interval = poisson_interval(counts, np.ones(200), 0.9)
    for true in (0.1, 1.0, 3.3, 20.0):
        covered = (interval.lower <= true) & (true <= interval.upper)
        assert stats.poisson.pmf(counts, true)[covered].sum() >= 0.9


def test_the_posterior_mean_is_the_smoothed_rate(nc_sids):
    """Integrate P(RR > t) over t: it must give the mean, hence smoothed / overall."""
    rates = smooth_rates(nc_sids.cases, nc_sids.exposure)
    thresholds = np.linspace(0, 12, 4_001)[1:]
    tail = [exceedance_probability(nc_sids.cases, nc_sids.exposure, t) for t in thresholds]
    mean = (np.sum(tail, axis=0) + 0.5) * (thresholds[1] - thresholds[0])
    np.testing.assert_allclose(mean, rates.smoothed / rates.overall, rtol=1e-4)


def test_the_posterior_is_that_of_a_simulation():
    """Draw risks from the prior and counts from the risks; keep the draws that give the observed count."""
    rng = np.random.default_rng(3)
    cases, exposure = np.array([2, 5, 30, 3]), np.array([100.0, 1_000.0, 2_000.0, 900.0])
    rates = smooth_rates(cases, exposure)
    shape = rates.overall**2 / rates.between_areas
    risks = rng.gamma(shape, 1 / shape, 2_000_000)
    kept = risks[rng.poisson(risks * rates.overall * exposure[1]) == cases[1]]
    probability = exceedance_probability(cases, exposure)[1]
    error = np.sqrt(probability * (1 - probability) / kept.size)
    assert (kept > 1).mean() == pytest.approx(probability, abs=4 * error)


def test_where_chance_explains_all_the_risk_is_the_overall_one():
    same = ([3, 3], [100, 100])
    assert exceedance_probability(*same, 1.0) == pytest.approx([0.5, 0.5])
    assert exceedance_probability(*same, 1.1) == pytest.approx([0, 0])
    assert exceedance_probability(*same, 0.9) == pytest.approx([1, 1])


@given(areas)
def test_no_valid_input_gives_nan_or_leaves_its_range(pair):
    rates, interval = smooth_rates(*pair), poisson_interval(*pair)
    low, high = np.minimum(rates.raw, rates.overall), np.maximum(rates.raw, rates.overall)
    slack = 1e-9 * high
    assert ((low - slack <= rates.smoothed) & (rates.smoothed <= high + slack)).all()
    assert ((rates.weight >= 0) & (rates.weight <= 1)).all()
    assert ((interval.lower <= rates.raw) & (rates.raw <= interval.upper)).all()
    assert np.isfinite(interval.upper).all()
    assert np.isfinite(standardised_deviates(*pair)).all()
    probability = exceedance_probability(*pair)
    assert ((probability >= 0) & (probability <= 1)).all()


@given(areas, st.randoms(use_true_random=False))
def test_the_order_of_the_areas_does_not_matter(pair, random):
    order = list(range(len(pair[0])))
    random.shuffle(order)
    shuffled = tuple(vector[order] for vector in pair)
    for analysis in (lambda c, e: smooth_rates(c, e).smoothed, exceedance_probability):
        np.testing.assert_allclose(analysis(*shuffled), analysis(*pair)[order], rtol=1e-6, atol=1e-9)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(1, 5_000)), min_size=2, max_size=30))
def test_the_unit_of_exposure_only_scales_the_rates(pairs):
    """Per dwelling or per thousand dwellings (a power of two here, so that floats are exact)."""
    cases, exposure = map(np.array, zip(*pairs, strict=True))
    np.testing.assert_allclose(
        smooth_rates(cases, exposure / 1_024).smoothed, smooth_rates(cases, exposure).smoothed * 1_024
    )
    np.testing.assert_allclose(
        standardised_deviates(cases, exposure / 1_024), standardised_deviates(cases, exposure)
    )
    np.testing.assert_allclose(
        exceedance_probability(cases, exposure / 1_024), exceedance_probability(cases, exposure)
    )


def test_under_one_risk_the_deviates_vary_alike_in_villages_and_towns():
    rng = np.random.default_rng(11)
    exposure = np.repeat([200.0, 20_000.0], 20_000)
    deviates = standardised_deviates(rng.poisson(0.01 * exposure), exposure)
    villages, towns = deviates[:20_000], deviates[20_000:]
    # the standard error of a variance over 20 000 nearly normal draws is 1 %
    assert villages.var() == pytest.approx(1, abs=0.05)
    assert towns.var() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize(
    ("cases", "exposure", "message"),
    [
        ([1, 2], [1.0], "lengths"),
        ([], [], "empty"),
        ([[1]], [[1.0]], "one dimension"),
        ([-1], [1.0], "whole numbers"),
        ([0.5], [1.0], "whole numbers"),
        ([np.nan], [1.0], "finite"),
        ([None], [1.0], "finite"),
        ([1], [0.0], "denominator"),
        ([1], [-3.0], "positive"),
        ([1], [np.inf], "finite"),
        ([1], [1e-9], "between"),
        (["1"], [1.0], "numbers"),
        ([1j], [1.0], "numbers"),
        ([[1], [1, 2]], [1.0], "vector of numbers"),
        (np.ma.masked_array([1, 2], [False, True]), [1.0, 1.0], "masked"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(cases, exposure, message):
    for analysis in (smooth_rates, poisson_interval, standardised_deviates, exceedance_probability):
        with pytest.raises(ValueError, match=message):
            analysis(cases, exposure)


def test_wrong_levels_and_thresholds_are_refused():
    for level in (0, 1, 95, np.nan):
        with pytest.raises(ValueError, match="level"):
            poisson_interval([1], [1.0], level)
    for threshold in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="threshold"):
            exceedance_probability([1], [1.0], threshold)


def import_esda():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import esda
    return esda
