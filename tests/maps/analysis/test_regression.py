"""Poisson and negative binomial regression against closed forms, a general optimiser and drawn samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from maps.analysis.regression import RIDGE, fit_counts, log_likelihood, tails

samples = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 3), st.floats(0.5, 20), st.floats(0.02, 1.5))


def draw(seed, columns, mean, overdispersion, areas=120):
    rng = np.random.default_rng(seed)
    design = np.column_stack([np.ones(areas), rng.normal(size=(areas, columns))])
    offset = rng.normal(np.log(mean), 0.4, areas)
    expected = np.exp(offset + design[:, 1:] @ rng.normal(0, 0.4, columns))
    shape = 1 / overdispersion
    return rng.poisson(expected * rng.gamma(shape, 1 / shape, areas)), design, offset


def test_without_columns_the_constant_is_the_crude_rate():
    cases, dwellings = np.array([3, 0, 9, 4]), np.array([100.0, 50, 400, 250])
    found = fit_counts(cases, np.ones((4, 1)), np.log(dwellings), overdispersed=False)
    assert np.exp(found.coefficients[0]) == pytest.approx(16 / 800)
    assert found.errors[0] == pytest.approx(1 / np.sqrt(16))
    assert found.fitted.sum() == pytest.approx(16)
    assert found.explained == pytest.approx(0, abs=1e-12)


def test_two_groups_have_the_ratio_of_their_rates_and_its_error():
    """The error of the log of a rate ratio is the root of the sum of 1 / cases."""
    cases, group = np.array([10, 20, 30, 12, 8]), np.array([0, 0, 1, 1, 1.0])
    dwellings = np.array([100.0, 200, 100, 80, 60])
    design = np.column_stack([np.ones(5), group])
    found = fit_counts(cases, design, np.log(dwellings), overdispersed=False)
    assert found.coefficients[1] == pytest.approx(np.log((50 / 240) / (30 / 300)))
    assert found.errors[1] == pytest.approx(np.sqrt(1 / 50 + 1 / 30))
    saturated = stats.poisson.logpmf(cases, cases).sum()
    assert found.deviance == pytest.approx(2 * (saturated - stats.poisson.logpmf(cases, found.fitted).sum()))


@given(samples)
def test_no_general_optimiser_finds_a_better_likelihood(sample):
    cases, design, offset = draw(*sample)
    if not cases.any():
        return
    found = fit_counts(cases, design, offset)
    if found.ridge:
        return

    def lost(at):
        return -log_likelihood(cases, np.exp(offset + design @ at[1:]), float(np.exp(at[0])))

    start = [np.log(max(found.overdispersion, 1e-5)), *found.coefficients]
    best = optimize.minimize(lost, start, method="BFGS")
    assert found.log_likelihood >= -best.fun - 1e-4
    cold = optimize.minimize(
        lost, np.zeros(design.shape[1] + 1), method="Nelder-Mead", options={"maxiter": 300}
    )
    assert found.log_likelihood >= -cold.fun - 1e-4


def test_errors_are_those_of_the_curvature_of_the_likelihood():
    cases, design, offset = draw(3, 2, 6, 0.4)
    found = fit_counts(cases, design, offset, overdispersed=False)

    def likelihood(at):
        return log_likelihood(cases, np.exp(offset + design @ at), 0)

    step, width = 1e-4, design.shape[1]
    curvature = np.empty((width, width))
    for a in range(width):
        for b in range(width):
            ea, eb = np.eye(width)[a] * step, np.eye(width)[b] * step
            corners = [
                likelihood(found.coefficients + s * ea + t * eb) * s * t for s in (1, -1) for t in (1, -1)
            ]
            curvature[a, b] = sum(corners) / (4 * step**2)
    np.testing.assert_allclose(found.covariance, np.linalg.inv(-curvature), rtol=1e-3, atol=1e-7)


def test_drawn_coefficients_and_overdispersion_come_back():
    rng = np.random.default_rng(8)
    design = np.column_stack([np.ones(3_000), rng.normal(size=(3_000, 2))])
    offset = np.log(rng.integers(200, 2_000, 3_000))
    mean = np.exp(offset - 5 + design[:, 1:] @ [0.5, -0.3])
    cases = rng.poisson(mean * rng.gamma(4, 1 / 4, 3_000))
    found = fit_counts(cases, design, offset)
    assert (abs(found.coefficients - [-5, 0.5, -0.3]) < 4 * found.errors).all()
    assert found.overdispersion == pytest.approx(0.25, abs=0.04)
    assert found.pearson == pytest.approx(1, abs=0.1)
    assert 0.2 < found.explained < 0.6


def test_intervals_hold_the_true_effect_as_often_as_they_say():
    rng = np.random.default_rng(9)
    design = np.column_stack([np.ones(150), rng.normal(size=150)])
    mean = np.exp(1.2 + 0.3 * design[:, 1])
    covered = 0
    for _ in range(150):
        found = fit_counts(rng.poisson(mean * rng.gamma(3, 1 / 3, 150)), design, np.zeros(150))
        covered += abs(found.coefficients[1] - 0.3) < 1.96 * found.errors[1]
    assert covered / 150 >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / 150)


def test_counts_less_spread_than_poissons_are_read_as_poisson():
    cases = np.full(40, 7)
    found = fit_counts(cases, np.ones((40, 1)), np.zeros(40))
    assert found.overdispersion == 0
    assert found.deviance == pytest.approx(0, abs=1e-9)
    assert found.explained == 0


@given(samples, st.floats(-3, 3))
def test_the_unit_of_exposure_only_moves_the_constant(sample, shift):
    cases, design, offset = draw(*sample)
    if not cases.any():
        return
    there, back = fit_counts(cases, design, offset), fit_counts(cases, design, offset + shift)
    np.testing.assert_allclose(back.fitted, there.fitted, rtol=1e-4, atol=1e-6)
    if not there.ridge:
        np.testing.assert_allclose(back.coefficients[1:], there.coefficients[1:], atol=1e-4)


def test_a_separated_sample_is_held_by_a_ridge_that_is_told():
    """No case at all in one group: the likelihood grows for ever as its coefficient falls."""
    group = np.repeat([0, 1.0], 20)
    cases = np.where(group == 0, 3, 0)
    found = fit_counts(cases, np.column_stack([np.ones(40), (group - 0.5) * 2]), np.zeros(40))
    assert found.ridge == RIDGE
    assert -3 < found.coefficients[1] < -0.5
    assert np.isfinite(found.errors).all()


@given(st.integers(0, 60), st.floats(0.05, 80), st.sampled_from([0, 0.01, 0.3, 2]))
def test_tails_are_those_of_scipy_and_sum_to_one(count, mean, overdispersion):
    below, above = tails(np.array([count]), np.array([mean]), overdispersion)
    law = (
        stats.nbinom(1 / overdispersion, 1 / (1 + overdispersion * mean))
        if overdispersion
        else stats.poisson(mean)
    )
    assert above[0] == pytest.approx(law.sf(count) + law.pmf(count) / 2, rel=1e-7, abs=1e-12)
    assert below[0] == pytest.approx(law.cdf(count) - law.pmf(count) / 2, rel=1e-7, abs=1e-12)


def test_a_very_small_overdispersion_is_poissons_law():
    counts, mean = np.arange(30.0), np.full(30, 9.0)
    np.testing.assert_allclose(log_likelihood(counts, mean, 1e-9), log_likelihood(counts, mean, 0), rtol=1e-6)


@pytest.mark.parametrize(
    ("cases", "design", "offset", "message"),
    [
        ([0, 0], [[1], [1]], [0, 0], "all 0"),
        ([1, 2], [[1, 0], [1, 1]], [0, 0], "more rows"),
        ([1, 2, 3], [[1, 2], [1, 2], [1, 2]], [0, 0, 0], "no column"),
        ([1, 2, 3], [[2], [2], [2]], [0, 0, 0], "constant"),
        ([1, 2], [[1], [1]], [0, -np.inf], "finite"),
        ([1, 2.5], [[1], [1]], [0, 0], "whole numbers"),
        ([1, 2], [[1], [1], [1]], [0, 0], "lengths"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(cases, design, offset, message):
    with pytest.raises(ValueError, match=message):
        fit_counts(cases, design, offset)
