"""The scan of buildings of unequal risk: calibrated without a cluster, and it finds a few that stand side by side."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.scan.buildings import CELL_M, LEARNT, scan_buildings
from maps.analysis.scan.statistic import scan_areas
from maps.analysis.scan.unequal import Buildings
from maps.analysis.scan.windows import Limits

NEAR = Limits(max_share=0.25, max_radius_m=500)


def town(buildings=600, seed=0):
    """Give positions over a kilometre, dwellings (houses and blocks of up to 40) and what each expects."""
    rng = np.random.default_rng(seed)
    dwellings = np.where(rng.random(buildings) < 0.6, 1, rng.integers(3, 40, buildings))
    return *rng.uniform(0, 1_000, (2, buildings)), dwellings, 0.1 * dwellings


def drawn(expected, dwellings, variance, rng, factor=1.0):
    """Draw reported dwellings as a building would: its own risk, then each dwelling under it."""
    silent = 1 - np.minimum(expected, 0.98 * dwellings) / dwellings
    rate = (silent**-variance - 1) / variance * factor
    return rng.binomial(dwellings, -np.expm1(-rate * rng.gamma(1 / variance, variance, rate.size)))


def scanned(x, y, reported, dwellings, expected, **more):
    asked = {"rng": np.random.default_rng(1), "replications": 99, "limits": NEAR} | more
    return scan_buildings(x, y, reported, dwellings, expected, **asked)


def test_without_a_cluster_one_map_in_twenty_is_significant():
    """Buildings of very unequal risk, their variance estimated each time: 300 maps."""
    x, y, dwellings, expected = town(250)
    rng = np.random.default_rng(5)
    p = [
        scanned(x, y, drawn(expected, dwellings, 0.6, rng), dwellings, expected, rng=rng, replications=39)
        .clusters[0]
        .p
        for _ in range(300)
    ]
    significant = sum(value <= 0.05 for value in p)
    assert stats.binom.cdf(significant, 300, 0.05) > 0.005
    assert stats.binom.sf(significant - 1, 300, 0.05) > 0.005


def test_a_few_buildings_side_by_side_are_found_and_named():
    x, y, dwellings, expected = town(seed=2)
    inside = np.argsort(np.hypot(x - 500, y - 500))[:40]
    factor = np.ones(x.size)
    factor[inside] = 4
    reported = drawn(expected, dwellings, 0.6, np.random.default_rng(3), factor)
    scan = scanned(x, y, reported, dwellings, expected)
    first = scan.clusters[0]
    assert first.p == first.p_overdispersed == 0.01
    held = np.isin(first.areas, inside)
    assert expected[first.areas[held]].sum() > 0.6 * expected[inside].sum()
    assert held.mean() > 0.5
    assert first.observed == reported[first.areas].sum()
    scale = reported.sum() / expected.sum()
    assert first.expected == pytest.approx(scale * expected[first.areas].sum(), rel=1e-6)
    assert scan.total == reported.sum()
    assert 0.3 < scan.variance < 1.5


def test_one_block_that_is_reported_again_and_again_is_no_cluster():
    """Thirty of its forty dwellings, where eight are expected: Poisson alone would be sure."""
    x, y, dwellings, expected = town(seed=4)
    reported = drawn(expected, dwellings, 0.6, np.random.default_rng(4))
    dwellings[0], expected[0], reported[0] = 40, 4, 25
    alone = scan_areas(
        x, y, reported, expected, rng=np.random.default_rng(1), replications=99, limits=NEAR
    ).clusters[0]
    assert 0 in alone.areas
    assert alone.p == 0.01
    assert not scanned(x, y, reported, dwellings, expected).significant()


@pytest.mark.parametrize("variance", [0.3, 0.6, 2.0])
def test_the_variance_is_read_from_buildings_that_are_reported_twice(variance):
    _, _, dwellings, expected = town(3_000)
    rng = np.random.default_rng(6)
    found = [
        Buildings.read(drawn(expected, dwellings, variance, rng), dwellings, expected).variance
        for _ in range(20)
    ]
    assert np.mean(found) == pytest.approx(variance, rel=0.12)


def test_where_the_expected_is_learnt_a_margin_stands_for_its_errors():
    x, y, dwellings, expected = town(250)
    reported = drawn(expected, dwellings, 0.6, np.random.default_rng(3))
    alone, learnt = (scanned(x, y, reported, dwellings, expected, margin=margin) for margin in (1, LEARNT))
    assert [c.p for c in learnt.clusters] == [c.p for c in alone.clusters]
    assert [c.p_overdispersed for c in alone.clusters] == [c.p for c in alone.clusters]
    assert [c.p_overdispersed for c in learnt.clusters] == [min(1, 2 * c.p) for c in alone.clusters]


def test_chance_alone_has_next_to_no_variance():
    _, _, dwellings, expected = town(3_000)
    rng = np.random.default_rng(7)
    reported = rng.binomial(dwellings, 0.1)
    assert Buildings.read(reported, dwellings, expected).variance < 0.03
    houses = np.ones(50, int)
    assert Buildings.read(rng.integers(0, 2, 50), houses, houses).variance == 0


@example(variance=1e-168, share=0.5, seed=0)
@given(variance=st.floats(0, 5), share=st.floats(0.01, 0.6), seed=st.integers(0, 2**32))
def test_weighted_counts_vary_as_their_mean_and_draws_expect_what_is_expected(variance, share, seed):
    dwellings = np.random.default_rng(seed).integers(1, 60, 300)
    expected = share * dwellings
    buildings = Buildings.read(np.rint(expected), dwellings, expected, variance)
    rng = np.random.default_rng(seed)
    draws = np.array([buildings.draw(rng) for _ in range(60)])
    assert (draws <= buildings.dwellings).all()
    weighted = draws * buildings.weight
    mean = (buildings.expected * buildings.weight).sum()
    totals = weighted.sum(axis=1)
    # sums over 300 buildings: mean and variance are equal, within the errors of 60 draws
    assert totals.mean() == pytest.approx(mean, abs=5 * np.sqrt(mean / 60))
    assert 0.4 < totals.var(ddof=1) / mean < 2.2


@given(
    east=st.integers(-50, 50),
    north=st.integers(-50, 50),
    factor=st.floats(0.01, 100),
    seed=st.integers(0, 99),
)
def test_place_unit_of_the_expected_and_order_change_nothing(east, north, factor, seed):
    x, y, dwellings, expected = town(200)
    rng = np.random.default_rng(seed)
    reported = drawn(expected, dwellings, 0.6, rng)
    here = scanned(x, y, reported, dwellings, expected, replications=19)
    order = rng.permutation(x.size)
    there = scanned(
        x[order] + CELL_M * east, y[order] + CELL_M * north, reported[order], dwellings[order],
        factor * expected[order], replications=19,
    )  # fmt: skip
    one, other = here.clusters[0], there.clusters[0]
    assert other.log_ratio == pytest.approx(one.log_ratio, rel=0.02)
    assert other.expected == pytest.approx(one.expected)
    assert set(order[other.areas]) == set(one.areas)


def test_buildings_that_expect_nothing_are_left_out():
    x, y, dwellings, expected = town(100)
    expected[:10] = 0
    reported = np.where(expected > 0, 1, 0)
    scan = scanned(x, y, reported, dwellings, expected)
    assert not np.isin(np.arange(10), np.concatenate([c.areas for c in scan.clusters])).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cell_m": 0}, "cell_m"),
        ({"margin": 0.5}, "margin"),
        ({"variance": -1}, "variance"),
        ({"variance": 101}, "variance"),
        ({"reported": np.zeros(100)}, "nothing is reported"),
        ({"reported": np.full(100, 0.5)}, "whole"),
        ({"expected": np.zeros(100)}, "expected must be positive"),
        ({"dwellings": np.full(100, np.nan)}, "dwellings"),
        ({"dwellings": np.ones(99)}, "same length|length"),
        ({"x": np.zeros(100), "y": np.zeros(100)}, "two distinct places"),
    ],
)
def test_what_cannot_be_scanned_is_refused(change, message):
    x, y, dwellings, expected = town(100)
    given_ = {"x": x, "y": y, "reported": np.ones(100), "dwellings": dwellings, "expected": expected} | change
    with pytest.raises(ValueError, match=message):
        scan_buildings(**given_, rng=np.random.default_rng(1), replications=9)
