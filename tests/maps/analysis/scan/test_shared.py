"""The risk that neighbours share: read back from drawn towns, and a town that has one shows no more clusters."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.scan.buildings import CELL_M, scan_buildings, scan_twice
from maps.analysis.scan.inflation import inflation
from maps.analysis.scan.shared import CAUTION, SIDE_M, SharedRisk, pairs_in, shared_variance, squares_of
from maps.analysis.scan.study import read_study
from maps.analysis.scan.unequal import Buildings, Weighed
from maps.analysis.scan.windows import Limits

NEAR = Limits(max_share=0.25, max_radius_m=500)


def town(buildings=3_000, side=2_000, seed=0):
    """Give positions, dwellings (houses and blocks of up to 40), what each expects and its square."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, side, (2, buildings))
    dwellings = np.where(rng.random(buildings) < 0.6, 1, rng.integers(3, 40, buildings))
    return x, y, dwellings, 0.1 * dwellings, squares_of(x, y)


def drawn(town_, variance, shared, rng):
    """Draw reported dwellings: a risk of the square, one of the building, then each dwelling under both."""
    _, _, dwellings, expected, square = town_
    rate = ((1 - expected / dwellings) ** -variance - 1) / variance
    rate = rate * rng.gamma(1 / variance, variance, rate.size)
    if shared:
        rate = rate * rng.gamma(1 / shared, shared, square.max() + 1)[square]
    return rng.binomial(dwellings, -np.expm1(-rate))


def estimates(shared, caution=0.0, draws=40):
    town_ = town()
    _, _, dwellings, expected, square = town_
    rng = np.random.default_rng(1)
    found = []
    for _ in range(draws):
        reported = drawn(town_, 0.6, shared, rng)
        buildings = Buildings.read(reported, dwellings, expected)
        found.append(
            shared_variance(reported * buildings.weight, buildings.weighted, square, caution=caution)
        )
    return np.array(found)


@pytest.mark.parametrize("shared", [0.05, 0.2])
def test_the_variance_is_read_from_the_neighbours(shared):
    found = estimates(shared)
    # a rate is not quite a share of dwellings: where most are reported, a doubled risk does not double the count
    assert found.mean() == pytest.approx(shared, rel=0.25)
    assert (estimates(shared, CAUTION) > 0.8 * shared).mean() > 0.8


def test_where_neighbours_share_nothing_the_variance_is_next_to_none():
    found = estimates(0)
    assert (found == 0).mean() > 0.25
    assert found.mean() < 0.01
    _, _, _, expected, square = town()
    assert shared_variance(expected, expected, square) == 0
    assert shared_variance(expected, 2 * expected, square) == 0
    assert shared_variance(np.ones(3), np.ones(3), np.arange(3), caution=CAUTION) == 0


@given(
    east=st.integers(-50, 50),
    north=st.integers(-50, 50),
    factor=st.floats(0.01, 100),
    seed=st.integers(0, 99),
)
def test_place_unit_of_the_expected_and_order_change_nothing(east, north, factor, seed):
    x, y, dwellings, expected, square = town(300, 600)
    rng = np.random.default_rng(seed)
    reported = rng.binomial(dwellings, 0.2).astype(float)
    order = rng.permutation(x.size)
    moved = squares_of(x[order] + SIDE_M * east, y[order] + SIDE_M * north)
    there = shared_variance(reported[order], factor * expected[order], moved, caution=CAUTION)
    assert there == pytest.approx(shared_variance(reported, expected, square, caution=CAUTION), abs=1e-9)


def test_the_draws_share_what_they_are_asked_to():
    _, _, dwellings, expected, square = town()
    buildings = Buildings.read(np.rint(expected), dwellings, expected, 0.6).shared_with(square, 0.1)
    rng = np.random.default_rng(3)
    draws = [buildings.draw(rng) for _ in range(40)]
    found = [shared_variance(one * buildings.weight, buildings.weighted, square) for one in draws]
    assert np.mean(found) == pytest.approx(0.1, rel=0.25)
    assert np.mean(draws, axis=0).sum() == pytest.approx(buildings.expected.sum(), rel=0.05)
    own = [Buildings.read(one, dwellings, expected).variance for one in draws[:10]]
    assert np.mean(own) == pytest.approx(0.6, rel=0.2)


def test_a_shared_risk_cannot_be_more_than_all_of_it():
    _, _, dwellings, expected, square = town(300)
    buildings = Buildings.read(np.rint(expected), dwellings, expected, 0.1).shared_with(square, 0.5)
    assert buildings.own_variance == 0
    assert buildings.draw(np.random.default_rng(0)).sum() > 0
    assert (SharedRisk(square, 0.0).draw(np.random.default_rng(0)) == 1).all()


def test_a_window_is_inflated_by_the_pairs_that_it_holds():
    x, y, dwellings, expected, _ = town(200, 900)
    cell = np.floor(np.column_stack([x, y]) / CELL_M)
    middles, of = np.unique(cell, axis=0, return_inverse=True)
    of = of.ravel()
    middles = (middles + 0.5) * CELL_M
    square = squares_of(x, y)
    buildings = Buildings.read(np.rint(expected), dwellings, expected, 0.6).shared_with(square, 0.3)
    study = read_study(
        *middles.T, np.ones((len(middles), 1)), np.bincount(of, buildings.weighted).reshape(-1, 1),
        spans=np.array([[0, 1]]), limits=NEAR,
    )  # fmt: skip
    study = replace(study, weighed=Weighed(buildings, study.place_of[of], study.x.size))
    windows = next(study.windows())
    found = inflation(study, windows)
    for centre in range(0, study.x.size, 17):
        for z in range(windows.start[centre], windows.start[centre + 1], 5):
            places = windows.order[windows.start[centre] : z + 1]
            inside = np.isin(study.place_of[of], places)
            pairs = pairs_in(buildings.weighted[inside], square[inside])
            assert found[z] == pytest.approx(0.3 * pairs / buildings.weighted[inside].sum(), abs=1e-9)


def test_neighbours_that_share_a_risk_make_no_cluster():
    """A risk of standard deviation 0.4 by square: ignored, it makes clusters on most maps."""
    town_ = town(900, 1_400)
    x, y, dwellings, expected, _ = town_
    rng = np.random.default_rng(5)
    ignored = counted = 0
    for _ in range(60):
        reported = drawn(town_, 0.6, 0.16, rng)
        asked = {"rng": rng, "replications": 39, "limits": NEAR}
        once = scan_buildings(x, y, reported, dwellings, expected, **asked)
        ignored += once.clusters[0].p <= 0.05
        usual = np.ones(x.size, dtype=bool)
        again = scan_buildings(x, y, reported, dwellings, expected, usual=usual, **asked)
        counted += again.clusters[0].p <= 0.05
    assert ignored >= 20
    assert counted <= 7  # of 60, one in twenty would be 3


def test_the_second_scan_learns_outside_of_the_first_and_the_same_seed_gives_the_same():
    town_ = town(600, 1_000, seed=2)
    x, y, dwellings, expected, _ = town_
    hot = np.hypot(x - 500, y - 500) < 120
    reported = np.where(hot, np.minimum(dwellings, 5 * np.maximum(1, expected)), 0).astype(int)
    reported = np.maximum(reported, drawn(town_, 0.6, 0, np.random.default_rng(3)))
    learnt = []

    def expected_from(usual):
        learnt.append(usual)
        return expected

    def scanned(untold):
        return scan_twice(
            x, y, reported, dwellings, expected_from, rng=np.random.default_rng(1), replications=99,
            limits=NEAR, untold=untold,
        )  # fmt: skip

    one, other = scanned(0.02), scanned(0.02)
    assert learnt[0].all()
    assert hot[~learnt[1]].mean() > 0.5
    assert one.clusters[0].p <= 0.05
    assert (one.maxima == other.maxima).all()
    assert [list(c.areas) for c in one.clusters] == [list(c.areas) for c in other.clusters]
    assert one.shared_variance >= 0.02
    assert scanned(0.5).clusters[0].log_ratio < one.clusters[0].log_ratio
