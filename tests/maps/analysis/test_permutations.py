"""Conditional permutations against esda, all orders of a small map, and the uniform law."""

import json
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse, stats

from maps.analysis.graphs import distance_band, k_nearest
from maps.analysis.permutations import CANDIDATE, permutation_test, warm_up
from maps.analysis.rates import standardised_deviates
from tests.maps.analysis.conftest import DATA


@pytest.mark.parametrize("statistic", ["G_Local_star_p_sim", "Moran_Local_p_sim"])
def test_p_values_are_those_of_esda_doubled(nc_sids, statistic):
    found = json.loads((DATA / "nc_sids" / "expected_esda.json").read_text())[statistic]
    expected = np.minimum([2 * found[code] for code in nc_sids.codes], 1)
    deviates = standardised_deviates(nc_sids.cases, nc_sids.exposure)
    ours = permutation_test(
        deviates, nc_sids.queen, permutations=9_999, refined=0, rng=np.random.default_rng(2)
    )
    error = 4.5 * np.sqrt(2 * expected / 9_999) + 2e-4
    assert (abs(ours.p_two_sided - expected) <= error).all()


@settings(max_examples=15)
@given(st.integers(0, 2**32 - 1), st.integers(4, 7))
def test_p_values_are_those_of_all_orders_of_the_others(seed, areas):
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, areas).astype(float)  # ties count on both sides
    links = np.triu(rng.random((areas, areas)) < 0.5, 1) * rng.random((areas, areas))
    links = links + links.T
    found = permutation_test(values, sparse.csr_array(links), permutations=3_999, refined=0, rng=rng)
    for area in range(areas):
        weights = np.delete(links[area], area)
        if not weights.any():
            assert (found.p_two_sided[area], found.permutations[area]) == (1, 0)
            continue
        observed = weights @ np.delete(values, area)
        lags = np.array([np.dot(weights, order) for order in permutations(np.delete(values, area))])
        tail = min((lags >= observed - 1e-9).mean(), (lags <= observed + 1e-9).mean())
        error = 4.5 * 2 * np.sqrt(tail * (1 - tail) / 3_999) + 1e-3
        assert found.p_two_sided[area] == pytest.approx(min(2 * tail, 1), abs=error)


def test_p_values_of_values_in_random_order_are_uniform():
    """The whole law, not one level: a two-sided test that doubled the wrong tail would fail here."""
    rng = np.random.default_rng(3)
    weights = k_nearest(*rng.uniform(0, 1e4, (2, 6_000)), 6).weights
    found = permutation_test(rng.normal(size=6_000), weights, refined=0, rng=rng)
    for level in (0.01, 0.05, 0.2, 0.5):
        # neighbours are shared by six, so the areas are worth about a thousand
        error = 4 * np.sqrt(level * (1 - level) / 1_000)
        assert (found.p_two_sided <= level).mean() == pytest.approx(level, abs=error)
    assert stats.kstest(found.p_two_sided, "uniform").statistic < 0.03


def test_more_permutations_narrow_and_do_not_bias():
    rng = np.random.default_rng(4)
    weights = k_nearest(*rng.uniform(0, 1e4, (2, 200)), 5).weights
    values = rng.exponential(size=200)
    best = permutation_test(values, weights, permutations=40_000, refined=0, rng=rng).p_two_sided
    gaps = []
    for repeats in (199, 1_999):
        p = permutation_test(values, weights, permutations=repeats, refined=0, rng=rng).p_two_sided
        gaps.append(abs(p - best).mean())
        middle = (best > 0.1) & (best < 0.9)  # doubling the smaller tail is capped at 1
        assert (p - best)[middle].mean() == pytest.approx(0, abs=0.02)
    assert gaps[1] < gaps[0] / 2


def test_candidates_are_drawn_again_and_go_below_the_first_floor():
    x, y = map(np.ravel, np.meshgrid(np.arange(30), np.arange(30)))
    weights = distance_band(x, y, 1.5).weights
    values = np.random.default_rng(5).normal(size=900)
    values[(abs(x - 9) <= 1) & (abs(y - 9) <= 1)] += 4
    found = permutation_test(values, weights, refined=49_999, rng=np.random.default_rng(6))
    again = found.permutations == 49_999
    assert 0 < again.sum() < 900 * 3 * CANDIDATE
    centre = (x == 9) & (y == 9)
    assert found.p_two_sided[centre] == 2 / 50_000
    assert found.high[centre]
    assert (found.p_two_sided[~again] > CANDIDATE).all()


def test_the_same_generator_gives_the_same_figures():
    weights = k_nearest(*np.random.default_rng(7).uniform(0, 1, (2, 50)), 4).weights
    values = np.arange(50.0)
    first, same, other = (
        permutation_test(values, weights, rng=np.random.default_rng(seed)).p_two_sided for seed in (8, 8, 9)
    )
    np.testing.assert_array_equal(first, same)
    assert (first != other).any()


def test_equal_values_an_island_or_everybody_around_prove_nothing():
    rng = np.random.default_rng(10)
    ring = sparse.csr_array(np.roll(np.eye(6), 1, axis=1))
    assert (permutation_test(np.full(6, 3.0), ring, rng=rng).p_two_sided == 1).all()
    everyone = sparse.csr_array(np.ones((6, 6)))
    assert (permutation_test(np.arange(6.0), everyone, rng=rng).p_two_sided == 1).all()
    alone = permutation_test([2.0], sparse.csr_array((1, 1)), rng=rng)
    assert (alone.p_two_sided[0], alone.permutations[0]) == (1, 0)


def test_warm_up_compiles_what_the_test_calls():
    from maps.analysis.permutation_kernel import count_extremes

    warm_up()
    compiled = len(count_extremes.signatures)
    weights = k_nearest(*np.random.default_rng(1).uniform(0, 1, (2, 20)), 3).weights
    permutation_test(np.arange(20), weights, rng=np.random.default_rng(1), refined=0)
    assert len(count_extremes.signatures) == compiled > 0


def test_wrong_input_is_refused():
    ring, rng = sparse.csr_array(np.roll(np.eye(3), 1, axis=1)), np.random.default_rng(1)
    for values, options, message in (
        ([1, 2, np.nan], {}, "finite"),
        ([1, 2], {}, "shape"),
        ([1, 2, 3], {"permutations": 0}, "permutations"),
        ([1, 2, 3], {"refined": 9}, "refined"),
    ):
        with pytest.raises(ValueError, match=message):
            permutation_test(values, ring, rng=rng, **options)
