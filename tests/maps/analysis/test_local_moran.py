"""Local Moran against spdep, esda, permutations and drawn maps."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from maps.analysis.graphs import distance_band, row_standardised
from maps.analysis.local_moran import LABELS, LocalMoranClass, local_moran, rate_local_moran
from maps.analysis.rates import standardised_deviates

HIGH = (LocalMoranClass.HIGH_AMONG_HIGH, LocalMoranClass.HIGH_AMONG_LOW)

drawn_maps = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def links_of(rng, areas):
    """Draw a neighbourhood, some areas of it being islands."""
    link = np.triu(rng.random((areas, areas)) < 3 / areas, 1)
    return sparse.csr_array((link | link.T).astype(float))


def test_local_moran_is_that_of_spdep(nc_sids):
    rates = nc_sids.cases / nc_sids.exposure
    found = local_moran(rates, row_standardised(nc_sids.queen))
    path = "local_moran_raw_rate_queen_W"
    np.testing.assert_allclose(found.index, nc_sids.figures(path, "Ii"), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.z, nc_sids.figures(path, "z_conditional"), rtol=1e-9, atol=1e-12)


def test_local_moran_of_rates_is_that_of_assuncao_and_reis(nc_sids):
    found = rate_local_moran(nc_sids.cases, nc_sids.exposure, nc_sids.queen)
    expected = nc_sids.figures("EB_local_moran_queen_W", "Ii")  # its variance is over n - 1
    np.testing.assert_allclose(found.index, expected * 100 / 99, rtol=1e-9, atol=1e-12)


def test_index_and_quadrants_are_those_of_esda(planted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda import Moran_Local
        from libpysal.weights import WSP

        deviates = standardised_deviates(planted.cases, planted.exposure)
        links = WSP(sparse.csr_matrix(planted.queen)).to_W()
        expected = Moran_Local(deviates, links, transformation="r", permutations=0)
    found = local_moran(deviates, row_standardised(planted.queen))
    names = {1: "haut_haut", 2: "bas_haut", 3: "bas_bas", 4: "haut_bas"}
    kept = found.tested
    assert [names[q] for q in expected.q[kept]] == found.quadrant[kept].tolist()
    # its variance is over n - 1
    np.testing.assert_allclose(found.index[kept], expected.Is[kept] * 800 / 799, rtol=1e-9)


@given(drawn_maps, st.integers(4, 7))
def test_the_moments_are_those_of_all_permutations_of_the_others(rng, areas):
    """Put every order of the other values around each area: mean and variance of I have no other source."""
    from itertools import permutations

    values, links = rng.normal(size=areas), links_of(rng, areas)
    found = local_moran(values, links)
    unit = (values - values.mean()) / values.std()
    for area in np.flatnonzero(found.tested):
        others = np.delete(unit, area)
        weights = np.delete(links.toarray()[area], area)
        drawn = unit[area] * np.array([np.dot(weights, order) for order in permutations(others)])
        assert found.z[area] == pytest.approx((found.index[area] - drawn.mean()) / drawn.std(), rel=1e-6)


@given(drawn_maps, st.integers(1, 30))
def test_local_moran_adds_up_to_moran_and_never_gives_nan(rng, areas):
    from maps.analysis.autocorrelation import moran

    values, links = rng.integers(0, 5, areas).astype(float), links_of(rng, areas)
    found = local_moran(values, links)
    whole = moran(values, links)
    for figures in (found.index, found.z, found.p_two_sided):
        assert np.isfinite(figures).all()
    assert (found.p_two_sided[~found.tested] == 1).all()
    if whole.tested and found.tested[np.diff(links.indptr) > 0].all():
        assert found.index.sum() / links.sum() == pytest.approx(whole.index, abs=1e-9)


@given(drawn_maps, st.floats(0.01, 100), st.floats(-50, 50))
def test_the_unit_of_the_values_does_not_matter(rng, scale, shift):
    values, links = rng.normal(size=20), links_of(rng, 20)
    there, back = local_moran(values, links), local_moran(scale * values + shift, links)
    np.testing.assert_allclose(back.z, there.z, rtol=1e-6, atol=1e-6)
    mirrored = local_moran(-values, links)
    np.testing.assert_allclose(mirrored.z, there.z, rtol=1e-6, atol=1e-9)


@pytest.fixture(scope="module")
def grid():
    x, y = map(np.ravel, np.meshgrid(np.arange(20), np.arange(20)))
    return x, y, distance_band(x, y, 1.5).weights


def test_a_block_and_a_lone_building_are_told_apart(grid):
    x, y, weights = grid
    rng = np.random.default_rng(12)
    dwellings = rng.integers(800, 1_200, 400)
    risk = np.full(400, 0.02)
    block, lone = (abs(x - 4) <= 1) & (abs(y - 4) <= 1), (x == 15) & (y == 15)
    quiet = (abs(x - 15) <= 1) & (abs(y - 15) <= 1) & ~lone
    risk[block], risk[lone], risk[quiet] = 0.1, 0.15, 0.002
    found = rate_local_moran(rng.poisson(risk * dwellings), dwellings, weights)
    assert found.classes[(x == 4) & (y == 4)] == LocalMoranClass.HIGH_AMONG_HIGH
    assert found.classes[lone] == LocalMoranClass.HIGH_AMONG_LOW
    shown = np.isin(found.classes, HIGH)
    assert (found.exceedance[shown] >= 0.8).all()
    assert (found.q[shown] <= 0.05).all()


@pytest.mark.parametrize("permutations", [0, 999])
def test_one_risk_everywhere_shows_false_areas_on_few_maps(grid, permutations):
    _, _, weights = grid
    rng = np.random.default_rng(13)
    dwellings = rng.lognormal(6.5, 0.7, 400)
    maps = 25 if permutations else 150
    false = 0
    for _ in range(maps):
        cases = rng.poisson(0.02 * dwellings)
        found = rate_local_moran(cases, dwellings, weights, permutations=permutations, refined=9_999, rng=rng)
        false += np.isin(found.classes, (*HIGH, "bas_bas", "bas_haut")).any()
    # FDR control allows 5 % of the maps; 4 standard errors above it
    assert false <= maps * 0.05 + 4 * np.sqrt(maps * 0.05 * 0.95)


def test_permutations_agree_with_the_normal_law_where_values_are_normal(grid):
    _, _, weights = grid
    values = np.random.default_rng(14).normal(size=400)
    normal = local_moran(values, weights)
    drawn = local_moran(values, weights, permutations=9_999, refined=0, rng=np.random.default_rng(15))
    error = 4 * np.sqrt(normal.p_two_sided / 9_999) + 0.02  # the normal law itself is off by about as much
    assert (abs(normal.p_two_sided - drawn.p_two_sided) < error).all()
    assert (drawn.permutations == 9_999).all()
    np.testing.assert_array_equal(drawn.z, normal.z)


def test_who_cannot_be_tested_is_said_not_to_be():
    pair = sparse.csr_array(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0.0]]))
    found = rate_local_moran([3, 1, 9], [100, 100, 100], pair, permutations=99, rng=np.random.default_rng(1))
    assert found.classes[2] == LocalMoranClass.NOT_TESTED
    assert (found.p_two_sided[2], found.q[2], found.permutations[2]) == (1, 1, 0)
    unknown = rate_local_moran([3, 1, 9], [100, 0, 100], pair)
    assert unknown.classes[1] == LocalMoranClass.NO_DENOMINATOR
    assert not unknown.tested.any()
    for cases, dwellings in (([0, 0, 0], [9, 9, 9]), ([4], [100])):
        links = sparse.csr_array((len(cases), len(cases)))
        assert set(rate_local_moran(cases, dwellings, links).classes) == {LocalMoranClass.NOT_TESTED}
    everyone = sparse.csr_array(np.ones((5, 5)) - np.eye(5))
    assert not local_moran(np.arange(5.0), everyone).tested.any()


def test_every_class_has_a_label():
    assert set(LABELS) == set(LocalMoranClass)
    assert LocalMoranClass.HIGH_AMONG_LOW.label == "Élevé, entouré de faibles"


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        (lambda w: local_moran([1.0, np.nan], w), "finite"),
        (lambda w: local_moran([1.0], w), "shape"),
        (lambda w: local_moran([1.0, 2.0], sparse.eye_array(2)), "diagonal"),
        (lambda w: local_moran([1.0, 2.0], w, permutations=9), "rng"),
        (lambda w: rate_local_moran([1, 2], [0, 0], w), "no rate"),
        (lambda w: rate_local_moran([1, 2], [1, -1], w), "positive"),
        (lambda w: rate_local_moran([1, 2], [1, 1], w, alpha=0), "alpha"),
        (lambda w: rate_local_moran([1, 2], [1, 1], w, min_probability=0.3), "min_probability"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(analysis, message):
    with pytest.raises(ValueError, match=message):
        analysis(sparse.csr_array(np.array([[0, 1], [1, 0.0]])))
