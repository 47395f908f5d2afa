"""Moran's I against spdep, esda and exhaustive permutation."""

import warnings
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from scipy import sparse, stats

from maps.analysis.autocorrelation import moran, rate_moran
from maps.analysis.graphs import k_nearest, row_standardised
from maps.analysis.rates import smooth_rates, standardised_deviates
from tests.maps.analysis.drawn_maps import line, valued_graphs


def test_moran_is_that_of_spdep(nc_sids):
    found = moran(smooth_rates(nc_sids.cases, nc_sids.exposure).raw, row_standardised(nc_sids.queen))
    expected = nc_sids.expected["moran_raw_rate_queen_W"]
    assert found.index == pytest.approx(expected["I"], rel=1e-9)
    assert found.expected == pytest.approx(expected["E"], rel=1e-9)
    assert found.variance == pytest.approx(expected["VarI"], rel=1e-9)
    assert found.z == pytest.approx(expected["z"], rel=1e-9)
    assert found.p_greater == pytest.approx(expected["p_greater"], rel=1e-9)
    assert found.p_two_sided == pytest.approx(2 * expected["p_greater"], rel=1e-9)


def test_rate_moran_is_that_of_spdep_and_of_its_vignette_with_two_islands(nc_sids):
    rng = np.random.default_rng(9)
    for weights, name, p in (
        (row_standardised(nc_sids.queen), "EBI_moran_queen_W", "p_mc_greater_99999"),
        (nc_sids.other_weights, "EBI_moran_CC89_B", "p_mc_greater_9999"),
    ):
        found = rate_moran(nc_sids.cases, nc_sids.exposure, weights, permutations=999, rng=rng)
        expected = nc_sids.expected[name]
        assert found.index == pytest.approx(expected["I"], rel=1e-9)
        assert found.p_permutation == pytest.approx(
            expected[p], abs=4 * np.sqrt(expected[p] * (1 - expected[p]) / 999) + 1 / 1_000
        )


def test_moran_is_that_of_esda(planted):
    deviates = standardised_deviates(planted.cases, planted.exposure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda import Moran
        from libpysal.weights import WSP

        esda = Moran(deviates, WSP(sparse.csr_matrix(planted.queen)).to_W(), "B", permutations=0)
    found = moran(deviates, planted.queen)
    assert found.index == pytest.approx(esda.I, rel=1e-9)
    assert found.z == pytest.approx(esda.z_rand, rel=1e-9)


@pytest.mark.parametrize("island", [False, True])
def test_the_moments_of_moran_are_those_over_all_permutations(island):
    rng = np.random.default_rng(12)
    weights = rng.uniform(0, 2, (6, 6))
    np.fill_diagonal(weights, 0)
    if island:
        weights[3] = weights[:, 3] = 0
    values = [0.0, 1, 1, 4, 7, 30]
    maps = [moran(shuffled, sparse.csr_array(weights)) for shuffled in permutations(values)]
    indices = np.array([found.index for found in maps])
    assert indices.mean() == pytest.approx(maps[0].expected, rel=1e-9)
    assert indices.var() == pytest.approx(maps[0].variance, rel=1e-9)


def test_a_gradient_and_a_chequerboard_are_told_apart():
    gradient = moran(np.arange(50), line(50))
    board = moran(np.arange(50) % 2, line(50))
    assert gradient.index == pytest.approx(1, abs=0.1)
    assert gradient.p_greater < 1e-6
    assert board.index == pytest.approx(-1)
    assert board.p_greater > 0.999
    assert board.p_two_sided < 1e-6


def test_the_same_seed_gives_the_same_p():
    values, weights = np.random.default_rng(1).normal(size=40), line(40)
    first, second = (
        moran(values, weights, permutations=99, rng=np.random.default_rng(2)).p_permutation for _ in range(2)
    )
    assert first == second
    assert moran(values, weights).p_permutation is None


def test_both_p_values_of_moran_are_uniform_under_the_null():
    """100 maps: 5 % below 0.05, give or take three standard errors."""
    rng = np.random.default_rng(33)
    weights = k_nearest(*rng.uniform(0, 100, (2, 200)), 6).weights
    maps = [moran(rng.normal(size=200), weights, permutations=99, rng=rng) for _ in range(100)]
    for p in ([found.p_greater for found in maps], [found.p_permutation for found in maps]):
        assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)
        assert stats.kstest(p, "uniform").pvalue > 0.001


def test_a_map_on_which_nothing_can_vary_is_not_tested():
    complete = sparse.csr_array(1 - np.eye(6))
    rng = np.random.default_rng(0)
    for values, weights in (
        (np.ones(6), line(6)),
        ([0.3, 0.1 + 0.2] * 3, line(6)),
        (np.arange(6), sparse.csr_array((6, 6))),
        (np.arange(6), complete),
        (np.arange(3), line(3)),
        (np.arange(1), sparse.csr_array((1, 1))),
    ):
        found = moran(values, weights, permutations=9, rng=rng)
        assert not found.tested
        assert (found.z, found.p_greater, found.p_two_sided, found.p_permutation) == (0, 1, 1, 1)


@given(valued_graphs())
def test_moran_never_gives_nan(graph):
    values, weights = graph
    between = weights - sparse.diags_array(weights.diagonal())
    found = moran(values, between, permutations=3, rng=np.random.default_rng(0))
    figures = [found.index, found.expected, found.variance, found.z]
    assert np.isfinite(figures).all()
    for p in (found.p_greater, found.p_two_sided, found.p_permutation):
        assert 0 <= p <= 1


def test_wrong_values_and_weights_are_refused():
    weights = line(4)
    with pytest.raises(ValueError, match="finite"):
        moran([1, 2, np.nan, 4], weights)
    with pytest.raises(ValueError, match=r"shape \(4, 4\), expected \(3, 3\)"):
        moran([1, 2, 3], weights)
    with pytest.raises(ValueError, match="weights must lie"):
        moran([1, 2, 3, 4], -weights)
    with pytest.raises(ValueError, match="diagonal"):
        moran([1, 2, 3, 4], weights + sparse.eye_array(4))
    with pytest.raises(ValueError, match="rng"):
        moran([1, 2, 3, 4], weights, permutations=9)
    with pytest.raises(ValueError, match="rng"):
        moran([1, 2, 3, 4], weights, permutations=-1, rng=np.random.default_rng())
