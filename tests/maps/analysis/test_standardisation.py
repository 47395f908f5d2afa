"""Expected counts and standardised ratios against closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.standardisation import standardise, stratum_rates

# Two strata, old and recent; the old stock has ten times the risk.
STOCK = np.array([[100, 900], [800, 200], [0, 1_000], [0, 0]])
RISK = np.array([0.05, 0.005])

territories = st.integers(1, 4).flatmap(
    lambda strata: st.lists(
        st.lists(st.tuples(st.integers(0, 30), st.integers(30, 2_000)), min_size=strata, max_size=strata),
        min_size=1,
        max_size=12,
    ).map(lambda rows: (np.array(rows)[:, :, 0], np.array(rows)[:, :, 1]))
)


def test_an_old_stock_is_expected_to_count_more():
    found = standardise([10, 41, 5, 0], STOCK, RISK)
    assert found.expected == pytest.approx([9.5, 41, 5, 0])
    assert found.ratio == pytest.approx([10 / 9.5, 1, 1, 0])
    assert found.comparable.tolist() == [True, True, True, False]


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_the_interval_is_exact(level):
    cases, tail = np.array([10, 41, 5]), (1 - level) / 2
    found = standardise([*cases, 0], STOCK, RISK, level)
    expected = found.expected[:3]
    np.testing.assert_allclose(found.lower[:3], stats.chi2.ppf(tail, 2 * cases) / (2 * expected))
    np.testing.assert_allclose(found.upper[:3], stats.chi2.ppf(1 - tail, 2 * cases + 2) / (2 * expected))
    assert found.upper[3] == 0


@given(territories)
def test_a_territory_that_is_its_own_reference_expects_what_it_counts(territory):
    cases, dwellings = territory
    found = standardise(cases.sum(axis=1), dwellings, stratum_rates(cases, dwellings))
    assert found.expected.sum() == pytest.approx(cases.sum())
    assert np.isfinite([found.ratio, found.lower, found.upper]).all()
    assert (found.lower <= found.ratio).all()
    assert (found.ratio <= found.upper).all()


@given(territories)
def test_splitting_a_stratum_at_random_changes_nothing(territory):
    cases, dwellings = territory
    rates = stratum_rates(cases, dwellings)
    split = np.hstack([dwellings * 0.25, dwellings * 0.75])
    whole, halves = (
        standardise(cases.sum(axis=1), stock, risk)
        for stock, risk in ((dwellings, rates), (split, np.tile(rates, 2)))
    )
    np.testing.assert_allclose(halves.expected, whole.expected)


def test_one_stratum_gives_the_ratio_of_crude_rates():
    cases, dwellings = np.array([[3], [9]]), np.array([[100], [500]])
    found = standardise(cases.ravel(), dwellings, stratum_rates(cases, dwellings))
    assert found.ratio == pytest.approx([0.03 / 0.02, 0.018 / 0.02])


def test_totals_of_the_strata_are_enough_for_their_rates():
    assert stratum_rates([45, 10], STOCK.sum(axis=0)) == pytest.approx([45 / 900, 10 / 2_100])
    assert stratum_rates([[0, 2]], [[0, 10]]).tolist() == [0, 0.2]


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        (lambda: stratum_rates([[1, 0]], [[0, 5]]), "without a dwelling"),
        (lambda: stratum_rates([[1, 0]], [[5], [5]]), "one shape"),
        (lambda: stratum_rates([[0.5]], [[5]]), "whole numbers"),
        (lambda: standardise([1], [[0.0]], [0.1]), "expect none"),
        (lambda: standardise([1], [[5.0]], [0.0]), "expect none"),
        (lambda: standardise([1], [[5.0]], [-0.1]), "rates must be"),
        (lambda: standardise([1], [[5.0, 5.0]], [0.1]), "expected"),
        (lambda: standardise([1], [[-5.0]], [0.1]), "dwellings must be"),
        (lambda: standardise([1], [[np.nan]], [0.1]), "finite"),
        (lambda: standardise([1], [[[5.0]]], [0.1]), "two dimensions"),
        (lambda: standardise([1], [[5.0]], [0.1], 95), "level"),
        (lambda: standardise([], np.zeros((0, 1)), [0.1]), "empty"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(analysis, message):
    with pytest.raises(ValueError, match=message):
        analysis()
