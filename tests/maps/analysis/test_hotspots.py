"""Hot spots of a rate: what is found, what is not, and what cannot be judged."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from maps.analysis.graphs import distance_band, k_nearest
from maps.analysis.hotspots import LABELS, HotspotClass, rate_hotspots

HOT = [HotspotClass.HOT, HotspotClass.VERY_HOT]
COLD = [HotspotClass.COLD, HotspotClass.VERY_COLD]


def grid(side):
    """Give a square of ``side`` x ``side`` areas, neighbours by edge or corner."""
    x, y = np.meshgrid(np.arange(side), np.arange(side))
    return x.ravel(), y.ravel(), distance_band(x.ravel(), y.ravel(), 1.5).weights


def with_cluster(side=15, risk=3.0, seed=0):
    """Give cases and dwellings on a grid whose 3 x 3 north-east corner has ``risk`` times the common risk."""
    x, y, weights = grid(side)
    cluster = (x >= side - 3) & (y >= side - 3)
    dwellings = np.full(side**2, 1_000.0)
    rate = 0.01 * np.where(cluster, risk, 1)
    return np.random.default_rng(seed).poisson(rate * dwellings), dwellings, weights, cluster


def test_a_planted_cluster_is_hot_and_nearly_alone():
    cases, dwellings, weights, cluster = with_cluster()
    hot = np.isin(rate_hotspots(cases, dwellings, weights).classes, HOT)
    assert hot[cluster].all()
    assert hot[~cluster].sum() <= 3


def test_a_quiet_area_beside_a_cluster_is_not_hot():
    cases, dwellings, weights, cluster = with_cluster()
    quiet = np.flatnonzero(cluster)[4]  # the middle of the nine
    cases[quiet] = 4
    found = rate_hotspots(cases, dwellings, weights)
    assert found.q[quiet] <= 0.01
    assert found.exceedance[quiet] < 0.8
    assert found.classes[quiet] == HotspotClass.NOT_SIGNIFICANT


def test_a_planted_hollow_is_cold():
    cases, dwellings, weights, cluster = with_cluster(risk=0.05)
    classes = rate_hotspots(cases, dwellings, weights).classes
    assert np.isin(classes[cluster], COLD).all()
    assert not np.isin(classes, HOT).any()


def test_a_usual_area_beside_a_hollow_is_not_cold():
    cases, dwellings, weights, cluster = with_cluster(risk=0.05)
    usual = np.flatnonzero(cluster)[4]
    cases[usual] = 11
    found = rate_hotspots(cases, dwellings, weights)
    assert found.z[usual] < 0
    assert found.q[usual] <= 0.05
    assert found.classes[usual] == HotspotClass.NOT_SIGNIFICANT


def test_a_stricter_level_only_removes_spots(nc_sids):
    found = [
        rate_hotspots(nc_sids.cases, nc_sids.exposure, nc_sids.queen, alpha=alpha) for alpha in (0.05, 0.01)
    ]
    loose, strict = (np.isin(result.classes, HOT) for result in found)
    assert (strict <= loose).all()
    assert strict.sum() < loose.sum()
    np.testing.assert_array_equal(strict, found[0].classes == HotspotClass.VERY_HOT)


def test_the_trap_of_two_reports_for_forty_dwellings_is_not_hot(planted):
    found = rate_hotspots(planted.cases, planted.exposure, planted.queen)
    trap = int(np.argmax(found.raw))
    assert (planted.cases[trap], planted.exposure[trap]) == (2, 40)
    assert found.classes[trap] == HotspotClass.NOT_SIGNIFICANT
    assert found.exceedance[trap] < 0.8
    assert np.isin(found.classes, HOT).sum() >= 5
    assert (found.classes == HotspotClass.NOT_TESTED).sum() == 1


def test_the_hot_counties_are_those_of_the_literature(nc_sids):
    """Northampton and Bertie in the north-east, Robeson in the south."""
    found = rate_hotspots(nc_sids.cases, nc_sids.exposure, nc_sids.queen)
    hot = {nc_sids.codes[i] for i in np.flatnonzero(np.isin(found.classes, HOT))}
    assert hot == {"37131", "37015", "37155"}


def test_an_area_without_dwellings_has_no_class_and_no_influence():
    cases, dwellings, weights, _ = with_cluster()
    empty = np.zeros(cases.size, dtype=bool)
    empty[[0, 16, 100]] = True
    dwellings[empty] = 0
    found = rate_hotspots(cases, dwellings, weights)
    assert (found.classes[empty] == HotspotClass.NO_DENOMINATOR).all()
    assert not found.has_denominator[empty].any()
    assert not found.tested[empty].any()
    without = rate_hotspots(cases[~empty], dwellings[~empty], weights[~empty][:, ~empty])
    np.testing.assert_array_equal(found.classes[~empty], without.classes)
    np.testing.assert_array_equal(found.q[~empty], without.q)
    cases[empty] = 1_000_000
    np.testing.assert_array_equal(rate_hotspots(cases, dwellings, weights).classes, found.classes)


def test_an_area_whose_neighbours_have_no_dwellings_is_not_tested():
    _, _, weights = grid(3)
    dwellings = np.array([0, 0, 9, 0, 9, 9, 9, 9, 9]) * 100.0
    dwellings[[4, 5]] = 0  # the north-east corner, number 2, keeps no neighbour
    classes = rate_hotspots([5, 5, 5, 1, 2, 3, 4, 5, 6], dwellings, weights).classes
    assert classes[2] == HotspotClass.NOT_TESTED
    assert (classes[dwellings == 0] == HotspotClass.NO_DENOMINATOR).all()


@pytest.mark.parametrize("cases", [0, 7])
def test_equal_areas_are_not_tested(cases):
    _, _, weights = grid(4)
    found = rate_hotspots(np.full(16, cases), np.full(16, 50.0), weights)
    assert (found.classes == HotspotClass.NOT_TESTED).all()


def test_one_area_is_not_tested():
    found = rate_hotspots([3], [10.0], sparse.csr_array((1, 1)))
    assert found.classes.tolist() == [HotspotClass.NOT_TESTED]
    assert found.smoothed == pytest.approx([0.3])


def test_permutations_find_the_same_cluster_and_their_floor_is_low_enough():
    cases, dwellings, weights, cluster = with_cluster()
    rng = np.random.default_rng(1)
    found = rate_hotspots(cases, dwellings, weights, permutations=999, rng=rng)
    hot = np.isin(found.classes, HOT)
    assert hot[cluster].sum() >= 5  # at the border of the map the others have few neighbours to prove it
    assert hot[~cluster].sum() <= 3
    assert found.p_two_sided[cluster].min() < 0.002
    with pytest.raises(ValueError, match="rng"):
        rate_hotspots(cases, dwellings, weights, permutations=999)


def test_by_permutations_a_high_area_among_low_ones_is_not_hot():
    """Its own value makes Gi* positive, and its neighbours are surprising because they are low."""
    x, y, weights = grid(15)
    dwellings, cases = np.full(225, 1_000.0), np.random.default_rng(3).poisson(20, 225)
    middle, around = (x == 7) & (y == 7), (abs(x - 7) <= 1) & (abs(y - 7) <= 1)
    cases[around], cases[middle] = 8, 160
    found = rate_hotspots(cases, dwellings, weights, permutations=999, rng=np.random.default_rng(1))
    assert found.z[middle] > 0
    assert found.p_two_sided[middle] < 0.001
    assert found.classes[middle] == HotspotClass.NOT_SIGNIFICANT


def test_under_one_risk_nearly_no_map_shows_a_spot():
    """FDR at 5 %: at most 5 % of maps without any cluster show one; 60 maps, plus three standard errors."""
    rng = np.random.default_rng(17)
    with_a_spot = 0
    for _ in range(60):
        weights = k_nearest(*rng.uniform(0, 1e5, (2, 600)), 6).weights
        exposure = np.clip(rng.lognormal(6.5, 1, 600), 20, 20_000)
        classes = rate_hotspots(rng.poisson(0.01 * exposure), exposure, weights).classes
        with_a_spot += np.isin(classes, HOT + COLD).any()
    assert with_a_spot / 60 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


@st.composite
def maps_with_holes(draw):
    side = draw(st.integers(1, 5))
    areas = side**2
    cases = draw(st.lists(st.integers(0, 200), min_size=areas, max_size=areas))
    dwelling = st.one_of(st.just(0.0), st.floats(0.5, 5_000))
    dwellings = draw(st.lists(dwelling, min_size=areas, max_size=areas).filter(any))
    return np.array(cases), np.array(dwellings), grid(side)[2]


@given(maps_with_holes(), st.integers(0, 2**32 - 1))
def test_every_area_gets_a_class_and_finite_figures_whatever_the_order(case, seed):
    cases, dwellings, weights = case
    found = rate_hotspots(*case)
    assert set(found.classes) <= {kind.value for kind in HotspotClass}
    for figures in (found.raw, found.smoothed, found.exceedance, found.z, found.p_two_sided, found.q):
        assert np.isfinite(figures).all()
    hot, cold = np.isin(found.classes, HOT), np.isin(found.classes, COLD)
    assert (found.q[hot | cold] <= 0.05).all()
    assert (found.exceedance[hot] >= 0.8).all()
    assert (found.exceedance[cold] <= 0.2 + 1e-12).all()
    assert (found.tested == ~np.isin(found.classes, ["non_teste", "sans_denominateur"])).all()

    order = np.random.default_rng(seed).permutation(cases.size)
    moved = rate_hotspots(cases[order], dwellings[order], weights[order][:, order])
    np.testing.assert_allclose(moved.z, found.z[order], rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(moved.smoothed, found.smoothed[order], rtol=1e-6)


def test_every_class_has_a_french_label():
    assert set(LABELS) == set(HotspotClass)
    assert HotspotClass("point_chaud").label == "Point chaud"


def test_wrong_input_is_refused():
    _, _, weights = grid(2)
    cases, dwellings = [1, 2, 3, 4], [10.0] * 4
    for alpha in (0, 1, -0.1, np.nan):
        with pytest.raises(ValueError, match="alpha"):
            rate_hotspots(cases, dwellings, weights, alpha=alpha)
    for probability in (0.2, 1.1, np.nan):
        with pytest.raises(ValueError, match="min_probability"):
            rate_hotspots(cases, dwellings, weights, min_probability=probability)
    with pytest.raises(ValueError, match="0 everywhere"):
        rate_hotspots(cases, [0.0] * 4, weights)
    with pytest.raises(ValueError, match="positive"):
        rate_hotspots(cases, [10, 10, 10, -1], weights)
    with pytest.raises(ValueError, match="lengths"):
        rate_hotspots(cases, [10.0] * 3, weights)
    with pytest.raises(ValueError, match="expected"):
        rate_hotspots([1, 2], [10.0, 10.0], weights)
