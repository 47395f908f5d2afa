"""Gi* and the false discovery rate against spdep, esda, scipy and exhaustive permutation."""

import warnings
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse, stats

from maps.analysis.autocorrelation import benjamini_hochberg, getis_ord_star
from maps.analysis.graphs import distance_band, k_nearest, row_standardised
from maps.analysis.rates import smooth_rates, standardised_deviates
from tests.maps.analysis.drawn_maps import line, valued_graphs


def test_gi_star_is_that_of_spdep(nc_sids):
    rates = smooth_rates(nc_sids.cases, nc_sids.exposure)
    for values, name in (
        (rates.raw, "Gi_star_raw_rate_queen_B"),
        (rates.smoothed, "Gi_star_EB_rate_queen_B"),
    ):
        found = getis_ord_star(values, nc_sids.queen)
        assert found.tested.all()
        np.testing.assert_allclose(found.z, nc_sids.figures(name), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("distance", [30, 60, 90, 120, 150])
def test_gi_star_is_that_of_getis_and_ord(getisord, distance):
    x, y, values, expected = getisord
    found = getis_ord_star(values, distance_band(x, y, distance).weights).z
    np.testing.assert_allclose(found, expected[f"Gstar_d{distance}"]["all"], rtol=1e-9, atol=1e-9)
    assert found[expected["target_row"]] == pytest.approx(expected[f"Gstar_d{distance}"]["target"])


def test_gi_star_is_the_figure_printed_in_1996_up_to_their_divisor(getisord):
    x, y, values, expected = getisord
    found = getis_ord_star(values, distance_band(x, y, 30).weights).z[expected["target_row"]]
    printed = expected["Gstar_d30"]["target_published_variant"]
    assert found * np.sqrt(1 - 1 / values.size) == pytest.approx(printed, rel=1e-9)


def test_gi_star_is_that_of_esda_with_binary_weights(planted):
    """Values are shifted above zero, which changes no z: below a mean of zero esda turns their sign."""
    deviates = standardised_deviates(planted.cases, planted.exposure)
    found = getis_ord_star(deviates, planted.queen)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda import G_Local
        from libpysal.weights import WSP

        esda = G_Local(
            deviates - deviates.min(), WSP(sparse.csr_matrix(planted.queen)).to_W(), "B", 0, star=True
        )
    np.testing.assert_allclose(found.z[found.tested], esda.Zs[found.tested], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.p_two_sided, np.where(found.tested, 2 * stats.norm.sf(abs(found.z)), 1))


def test_under_all_permutations_z_has_mean_0_and_variance_1_for_any_weights():
    rng = np.random.default_rng(4)
    weights = sparse.csr_array(rng.uniform(0, 3, (6, 6)))  # not binary, not symmetric, own diagonal
    values = np.array([0.0, 1, 1, 4, 7, 30])
    z = np.array([getis_ord_star(shuffled, weights).z for shuffled in permutations(values)])
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.var(axis=0), 1, rtol=1e-12)


def test_scaling_the_rows_changes_nothing(nc_sids):
    values = smooth_rates(nc_sids.cases, nc_sids.exposure).raw
    scaled = sparse.diags_array(np.geomspace(1e-9, 1e9, values.size)) @ nc_sids.queen
    expected = getis_ord_star(values, nc_sids.queen).z
    for weights in (row_standardised(nc_sids.queen), scaled):
        np.testing.assert_allclose(getis_ord_star(values, weights).z, expected, rtol=1e-9)


def test_an_island_is_not_tested_even_with_a_weight_on_itself():
    weights = sparse.lil_array((5, 5))
    weights[0, 1] = weights[1, 0] = weights[1, 2] = weights[2, 1] = 1
    weights[4, 4] = 1
    found = getis_ord_star([1, 2, 3, 1000, 1000], weights)
    assert found.tested.tolist() == [True, True, True, False, False]
    assert found.z[3:].tolist() == [0, 0]
    assert found.p_two_sided[3:].tolist() == [1, 1]


@pytest.mark.parametrize("value", [0.0, 0.1, -7.0, 1e300, 5e-324])
def test_equal_values_are_not_tested(value):
    found = getis_ord_star(np.full(7, value), line(7))
    assert not found.tested.any()
    assert (found.z == 0).all()


def test_values_equal_but_for_their_rounding_are_not_tested():
    assert not getis_ord_star([0.3, 0.1 + 0.2] * 4, line(8)).tested.any()


def test_the_way_weights_are_stored_does_not_matter():
    """A zero kept in memory is no neighbour, and two entries at one place add up."""
    values = np.array([1.0, 5.0, 2.0, 9.0, 4.0])
    weights = np.zeros((5, 5))
    for first, second, weight in ((0, 1, 2), (1, 2, 1), (2, 3, 1)):
        weights[first, second] = weights[second, first] = weight
    data, columns, rows = [1.0, 1, 2, 1, 1, 1, 1, 0], [1, 1, 0, 2, 1, 3, 2, 0], [0, 2, 4, 6, 7, 8]
    stored = sparse.csr_array((data, columns, rows), shape=(5, 5))
    assert (stored.toarray() == weights).all()
    found, expected = getis_ord_star(values, stored), getis_ord_star(values, sparse.csr_array(weights))
    np.testing.assert_array_equal(found.z, expected.z)
    assert found.tested.tolist() == [True, True, True, True, False]
    assert stored.nnz == 8, "the caller's matrix is left as it was"


def test_a_neighbourhood_that_is_everything_is_not_tested():
    found = getis_ord_star([1, 2, 9], line(3))
    assert found.tested.tolist() == [True, False, True]


def test_one_area_is_not_tested():
    assert getis_ord_star([3], sparse.csr_array((1, 1))).tested.tolist() == [False]


@given(valued_graphs())
def test_gi_star_never_gives_nan(graph):
    found = getis_ord_star(*graph)
    assert np.isfinite(found.z).all()
    assert ((found.p_two_sided >= 0) & (found.p_two_sided <= 1)).all()
    assert (found.z[~found.tested] == 0).all()
    assert (found.p_two_sided[~found.tested] == 1).all()


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_the_order_of_areas_and_the_unit_of_values_do_not_matter(seed, factor, shift):
    rng = np.random.default_rng(seed)
    values, weights = rng.normal(size=30), k_nearest(*rng.uniform(0, 100, (2, 30)), 4).weights
    order = rng.permutation(30)
    expected = getis_ord_star(values, weights).z[order]
    found = getis_ord_star(factor * values[order] + shift, weights[order][:, order]).z
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-6)


def test_under_one_risk_five_per_cent_are_below_five_per_cent():
    """Dwellings from 30 to 20 000 an area, 10 maps of 2 000 areas; overlap makes z dependent, hence ± 1 point."""
    rng = np.random.default_rng(21)
    rejected = []
    for _ in range(10):
        weights = k_nearest(*rng.uniform(0, 1e5, (2, 2_000)), 8).weights
        exposure = np.clip(rng.lognormal(6.5, 1, 2_000), 30, 20_000)
        deviates = standardised_deviates(rng.poisson(0.01 * exposure), exposure)
        rejected.append((getis_ord_star(deviates, weights).p_two_sided < 0.05).mean())
    assert np.mean(rejected) == pytest.approx(0.05, abs=0.01)


# False discovery rate


def test_q_values_are_those_of_scipy():
    p = np.random.default_rng(6).beta(0.4, 1, 500)
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p))


def test_q_values_by_hand():
    assert benjamini_hochberg([0.01, 0.04, 0.03, 1.0]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 1])


def test_the_counties_kept_are_those_of_spdep(nc_sids):
    rates = smooth_rates(nc_sids.cases, nc_sids.exposure)
    for values, name in ((rates.raw, "Gi_star_raw_rate_BH_005"), (rates.smoothed, "Gi_star_EB_rate_BH_005")):
        found = getis_ord_star(values, nc_sids.queen)
        kept = benjamini_hochberg(found.p_two_sided, found.tested) <= 0.05
        expected = nc_sids.expected[name]
        for side, sign in (("hot", 1), ("cold", -1)):
            codes = [nc_sids.codes[i] for i in np.flatnonzero(kept & (np.sign(found.z) == sign))]
            assert codes == [str(code) for code in expected[side]]


def test_areas_not_tested_do_not_dilute_the_others():
    p, tested = np.array([0.01, 0.02, 0.03, 0.001]), np.array([True, True, False, False])
    q = benjamini_hochberg(p, tested)
    assert q == pytest.approx([0.02, 0.02, 1, 1])
    assert benjamini_hochberg(p, np.zeros(4, dtype=bool)).tolist() == [1, 1, 1, 1]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=50))
def test_q_is_never_below_p_and_keeps_its_order(p):
    q = benjamini_hochberg(p)
    assert (q >= np.array(p) * (1 - 1e-12)).all()
    assert (q <= 1).all()
    assert (np.diff(q[np.argsort(p, kind="stable")]) >= 0).all()


def test_wrong_values_and_weights_are_refused():
    weights = line(4)
    with pytest.raises(ValueError, match="finite"):
        getis_ord_star([1, 2, np.nan, 4], weights)
    with pytest.raises(ValueError, match=r"shape \(4, 4\), expected \(3, 3\)"):
        getis_ord_star([1, 2, 3], weights)
    with pytest.raises(ValueError, match="sparse"):
        getis_ord_star([1, 2, 3, 4], np.eye(4))
    for wrong in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="weights must lie"):
            getis_ord_star([1, 2, 3, 4], weights * wrong)


def test_wrong_p_values_are_refused():
    for p in ([-0.1], [1.1]):
        with pytest.raises(ValueError, match=r"\[0, 1\]"):
            benjamini_hochberg(p)
    with pytest.raises(ValueError, match="finite"):
        benjamini_hochberg([np.nan])
    with pytest.raises(ValueError, match="booleans"):
        benjamini_hochberg([0.1], [1])
    with pytest.raises(ValueError, match="lengths"):
        benjamini_hochberg([0.1], [True, False])
