"""Clusters found one after another: each is taken out, and the rest is learnt from and scanned again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.scan.in_turn import scan_in_turn
from maps.analysis.scan.statistic import scan_areas
from maps.analysis.scan.windows import Limits

SIDE = 12
X, Y = (axis.ravel() * 100.0 for axis in np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
PLACES = np.column_stack([X, Y])
STRONG = (X < 300) & (Y < 300)
WEAK = (X > 800) & (Y > 800)
LIMITS = Limits(max_share=0.25)


def scanned(cases, expected, some=slice(None), replications=199):
    return scan_areas(
        X[some],
        Y[some],
        cases[some],
        expected,
        rng=np.random.default_rng(1),
        replications=replications,
        limits=LIMITS,
    )


def in_turn(cases, expected_from, **more):
    return scan_in_turn(
        PLACES, cases, expected_from, lambda some, expected: scanned(cases, expected, some), **more
    )


def flat(kept):
    return np.ones(kept.size)


def test_a_weak_cluster_that_a_strong_one_hides_is_found_once_that_one_is_out():
    """The strong one raises what all are compared to: alone, the weak one would stand out at once."""
    cases = np.full(X.size, 10)
    cases[STRONG], cases[WEAK] = 300, 15
    alone = scanned(cases, np.ones(X.size))
    assert [c.areas.tolist() for c in alone.significant()] == [np.flatnonzero(STRONG).tolist()]
    both = in_turn(cases, flat)
    found = both.significant()
    assert [sorted(c.areas.tolist()) for c in found] == [
        np.flatnonzero(part).tolist() for part in (STRONG, WEAK)
    ]
    for cluster, times in zip(found, (30, 1.5), strict=True):
        assert cluster.relative_risk == pytest.approx(times)
        assert cluster.expected == pytest.approx(10 * cluster.areas.size)
        assert cluster.observed == cases[cluster.areas].sum()


def test_what_is_expected_is_learnt_again_outside_of_what_was_found():
    cases = np.full(X.size, 10)
    cases[STRONG] = 40
    asked = []

    def expected_from(kept):
        asked.append(kept.copy())
        return np.full(kept.size, cases[kept].mean())

    found = in_turn(cases, expected_from).significant()
    assert [sorted(np.flatnonzero(~kept)) for kept in asked] == [[], sorted(np.flatnonzero(STRONG))]
    assert [c.relative_risk for c in found] == [pytest.approx(4)]


def test_without_a_cluster_it_is_the_scan_itself():
    cases = np.random.default_rng(5).poisson(10, X.size)
    alone, turned = scanned(cases, np.ones(X.size)), in_turn(cases, flat)
    assert not alone.significant()
    assert [c.areas.tolist() for c in turned.clusters] == [c.areas.tolist() for c in alone.clusters]
    assert [c.p for c in turned.clusters] == [c.p for c in alone.clusters]
    assert [c.relative_risk for c in turned.clusters] == [c.relative_risk for c in alone.clusters]


def test_it_ends_where_too_little_is_left():
    """All cases are in the cluster: the rest has none to scan."""
    cases = np.where(STRONG, 50, 0)
    found = in_turn(cases, flat)
    assert [sorted(c.areas.tolist()) for c in found.clusters] == [np.flatnonzero(STRONG).tolist()]
    assert found.clusters[0].relative_risk is None


@given(seed=st.integers(0, 2**32))
def test_clusters_never_share_an_area(seed):
    rng = np.random.default_rng(seed)
    cases = rng.poisson(10 * rng.choice([1, 1, 1, 3], X.size))
    found = in_turn(cases, flat, level=0.3).clusters
    areas = np.concatenate([c.areas for c in found])
    assert areas.size == np.unique(areas).size
