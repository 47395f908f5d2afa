"""Which clusters are reported, what must not change them, and what is refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.scan.statistic import scan_areas, scan_periods
from maps.analysis.scan.warm_up import warm_up
from maps.analysis.scan.windows import ELLIPSES, Limits


def two_clusters(seed=0):
    """Give a town with two separate groups of six areas of three times the risk, and their indices."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0, 1e4, (2, 120))
    centres = [np.argmin(np.hypot(x - a, y - b)) for a, b in ((2e3, 2e3), (8e3, 7e3))]
    groups = [np.argsort(np.hypot(x - x[centre], y - y[centre]))[:6] for centre in centres]
    risk = np.ones(120)
    risk[np.concatenate(groups)] = 3
    return x, y, rng.poisson(20 * risk), np.full(120, 500.0), groups


def scan(x, y, cases, exposure, seed=0, replications=99, **options):
    return scan_areas(
        x, y, cases, exposure, rng=np.random.default_rng(seed), replications=replications, **options
    )


def told(found):
    """Give what is said of each cluster, replications apart."""
    return [
        (tuple(sorted(c.areas)), c.observed, round(c.expected, 6), round(c.log_ratio, 6))
        for c in found.clusters
    ]


def test_two_clusters_are_told_apart_and_share_no_area():
    x, y, _, dwellings, groups = two_clusters()
    cases = np.full(120, 20)
    cases[np.concatenate(groups)] = 60
    found = scan(x, y, cases, dwellings, limits=Limits(0.2)).significant()
    assert {frozenset(c.areas) for c in found} == {frozenset(group) for group in groups}
    for cluster in found:
        assert cluster.observed == cases[cluster.areas].sum()
        inside = cases[cluster.areas].mean()
        assert cluster.relative_risk == pytest.approx(inside / np.delete(cases, cluster.areas).mean())
        apart = np.hypot(x[cluster.areas] - cluster.x, y[cluster.areas] - cluster.y)
        assert cluster.radius_m == pytest.approx(apart.max())


def test_no_area_is_in_two_clusters_and_the_order_is_that_of_the_ratios():
    x, y, cases, dwellings, _ = two_clusters(seed=3)
    found = scan(x, y, cases, dwellings).clusters
    areas = np.concatenate([c.areas for c in found])
    assert len(areas) == len(set(areas))
    assert [c.log_ratio for c in found] == sorted((c.log_ratio for c in found), reverse=True)
    assert [c.p for c in found] == sorted(c.p for c in found)


def test_the_gini_coefficient_prefers_two_clusters_to_one_that_joins_them():
    x = np.array([0.0, 1, 2, 3, 4, 5.2, 6, 7, 30, 31, 32, 33, 34, 35, 36, 37])
    cases = np.array([60, 60, 20, 20, 20, 60, 60, 14, 20, 20, 20, 20, 20, 20, 20, 20])
    wide = scan(x, 0 * x, cases, np.ones(16))
    best = scan(x, 0 * x, cases, np.ones(16), reporting="gini")
    assert set(wide.clusters[0].areas) >= {0, 1, 5, 6}
    assert {frozenset(c.areas) for c in best.significant()} == {frozenset({0, 1}), frozenset({5, 6})}
    assert best.share < 0.5
    assert best.gini[best.share] == max(best.gini.values()) > best.gini[0.5]
    # observed 120 and 120 of 474, expected an eighth each, the rest last: twice the area above the diagonal
    assert best.gini[best.share] == pytest.approx(240 / 474 - 1 / 4)
    np.testing.assert_array_equal(best.maxima, wide.maxima)


def test_without_significant_cluster_gini_falls_back_on_the_widest_windows():
    x, y, _, dwellings, _ = two_clusters()
    found = scan(x, y, np.full(120, 5), dwellings, reporting="gini")
    assert set(found.gini.values()) == {0.0}
    assert found.share == 0.5


@given(st.floats(-np.pi, np.pi), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.integers(0, 20))
def test_turning_or_moving_the_map_changes_nothing(angle, east, north, seed):
    x, y, cases, dwellings, _ = two_clusters(seed)
    turned = np.cos(angle) * x - np.sin(angle) * y + east, np.sin(angle) * x + np.cos(angle) * y + north
    before = scan(x, y, cases, dwellings, replications=1, limits=Limits(0.2))
    after = scan(*turned, cases, dwellings, replications=1, limits=Limits(0.2))
    assert told(before)[:3] == told(after)[:3]


@given(st.permutations(range(40)), st.integers(0, 20))
def test_the_order_of_the_areas_changes_nothing_not_even_the_replications(order, seed):
    x, y, cases, dwellings, _ = (np.asarray(column)[:40] for column in (*two_clusters(seed)[:4], [0] * 40))
    order = np.array(order)
    before, after = scan(x, y, cases, dwellings), scan(x[order], y[order], cases[order], dwellings[order])
    np.testing.assert_allclose(before.maxima, after.maxima, rtol=1e-12)
    for one, other in zip(before.clusters, after.clusters, strict=True):
        assert set(one.areas) == set(order[other.areas])
        assert one.p == other.p


@given(st.floats(1e-3, 1e3), st.integers(0, 20))
def test_the_unit_of_the_dwellings_changes_nothing(factor, seed):
    x, y, cases, dwellings, _ = two_clusters(seed)
    before, after = (
        scan(x, y, cases, dwellings, replications=9),
        scan(x, y, cases, factor * dwellings, replications=9),
    )
    assert told(before) == told(after)
    np.testing.assert_allclose(before.maxima, after.maxima, rtol=1e-9)


def test_areas_in_one_place_are_one():
    x, y, cases, dwellings, _ = two_clusters()
    halves = np.repeat(np.arange(120), 2)
    first = cases // 2
    split = np.column_stack([first, cases - first]).ravel()
    found = scan(x[halves], y[halves], split, dwellings[halves] / 2)
    whole = scan(x, y, cases, dwellings)
    assert found.places == 120
    assert [c.log_ratio for c in found.clusters] == pytest.approx([c.log_ratio for c in whole.clusters])
    assert [set(halves[c.areas]) for c in found.clusters] == [set(c.areas) for c in whole.clusters]


def test_a_cluster_that_holds_every_case_has_no_relative_risk():
    found = scan([0, 1, 5, 9], [0, 0, 0, 0], [4, 5, 0, 0], [1, 1, 1, 1]).clusters[0]
    assert found.areas.tolist() == [0, 1]
    assert found.relative_risk is None
    assert np.isfinite(found.log_ratio)


def test_one_case_is_never_a_cluster():
    found = scan(np.arange(20.0), np.zeros(20), [1, *[0] * 18, 1], [0.01, *[100] * 19])
    assert all(c.observed >= 2 for c in found.clusters)


def test_clusters_of_other_times_may_share_areas():
    x, exposure = np.arange(12.0) ** 1.1, np.full((12, 8), 100.0)
    cases = np.full((12, 8), 5)
    cases[2:4, :2] = 40
    cases[2:4, 6:] = 30
    found = scan_periods(x, 0 * x, cases, exposure, rng=np.random.default_rng(0), replications=99)
    assert found.clusters[0].periods == (0, 1)
    assert found.clusters[0].areas.tolist() == [2, 3]
    # the second is best seen from the same centres: it is told only if another centre has it as its best
    times = [(c.areas.tolist(), c.periods) for c in found.clusters]
    assert len(set(map(str, times))) == len(times)


def test_only_what_still_goes_on_counts_in_a_prospective_scan():
    x, exposure = np.arange(12.0) ** 1.1, np.full((12, 8), 100.0)
    cases = np.full((12, 8), 5)
    cases[2:4, :2] = 40
    cases[8:10, 6:] = 15
    ask = {"rng": np.random.default_rng(0), "replications": 99}
    assert scan_periods(x, 0 * x, cases, exposure, **ask).clusters[0].areas.tolist() == [2, 3]
    now = scan_periods(x, 0 * x, cases, exposure, prospective=True, **ask).clusters[0]
    assert now.areas.tolist() == [8, 9]
    assert now.periods == (6, 7)


FINE = {"x": [0, 1, 2], "y": [0, 0, 0], "cases": [1, 2, 0], "exposure": [5, 5, 5]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cases": [0, 0, 0]}, "at least 2 cases"),
        ({"cases": [0, 1, 0]}, "at least 2 cases"),
        ({"exposure": [0, 0, 0]}, "exposure is 0"),
        ({"exposure": [0, 5, 5]}, "exposure is 0"),
        ({"exposure": [-1, 5, 5]}, "must not be negative"),
        ({"exposure": [np.nan, 5, 5]}, "finite"),
        ({"cases": [1, np.nan, 0]}, "finite"),
        ({"cases": [1.5, 1, 0]}, "whole numbers"),
        ({"x": [0, np.inf, 1]}, "finite"),
        ({"x": [1, 1, 1]}, "same coordinates"),
        ({"x": [0, 1]}, "lengths"),
        ({"cases": [1, 2]}, "lengths|entry"),
        ({"x": [1], "y": [1], "cases": [3], "exposure": [5]}, "same coordinates"),
        ({"x": [], "y": [], "cases": [], "exposure": []}, "empty"),
        ({"replications": 0}, "replications"),
        ({"sources": [1, 0, 1]}, "sources"),
        ({"sources": [1, 1]}, "lengths"),
        ({"model": "normal"}, "model"),
        ({"model": "bernoulli", "exposure": [5, 1, 5]}, "Bernoulli"),
        ({"model": "bernoulli", "exposure": [5.5, 5, 5]}, "Bernoulli"),
        ({"reporting": "all"}, "reporting"),
        ({"overdispersion": -1}, "overdispersion"),
        ({"overdispersion": float("nan")}, "overdispersion"),
    ],
)
def test_what_cannot_be_scanned_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        scan_areas(**{**FINE, **change}, rng=change.pop("rng", np.random.default_rng(0)))


@pytest.mark.parametrize(
    "bounds",
    [
        {"max_share": 0},
        {"max_share": 0.6},
        {"max_radius_m": 0},
        {"max_radius_m": np.inf},
        {"max_neighbours": 0},
    ],
)
def test_bounds_out_of_range_are_refused(bounds):
    with pytest.raises(ValueError, match=next(iter(bounds))):
        Limits(**bounds)


@pytest.mark.parametrize(
    ("cases", "options", "message"),
    [
        ([1, 2, 3], {}, "areas x periods"),
        ([[1], [2], [3]], {}, "areas x periods"),
        ([[1, 2], [3, 4]], {}, "coordinates"),
        ([[1, 2], [3, 4], [5, 6]], {"max_time_share": 0}, "max_time_share"),
        ([[1, 2], [3, 4], [5, 6]], {"max_time_share": 0.1}, "max_time_share"),
    ],
)
def test_periods_that_cannot_be_scanned_are_refused(cases, options, message):
    with pytest.raises(ValueError, match=message):
        scan_periods(
            [0, 1, 2], [0, 0, 0], cases, np.ones(np.shape(cases)), rng=np.random.default_rng(0), **options
        )


def test_places_larger_than_the_largest_share_are_no_cluster():
    found = scan([0, 1], [0, 0], [5, 1], [60, 40], limits=Limits(0.3))
    assert found.clusters == ()
    assert (found.maxima == 0).all()


def test_nothing_above_the_expected_is_no_cluster():
    assert scan([0, 1, 2], [0, 0, 0], [2, 2, 2], [1, 1, 1]).clusters == ()


@given(
    st.lists(st.tuples(st.integers(0, 30), st.floats(0.01, 1e6)), min_size=2, max_size=15),
    st.sampled_from(["hierarchical", "gini"]),
)
def test_figures_are_always_finite(areas, reporting):
    cases, exposure = np.array(areas).T
    if cases.sum() < 2:
        return
    found = scan(
        np.arange(len(areas)) % 4, np.arange(len(areas)) // 4, cases, exposure,
        replications=9, reporting=reporting, overdispersion="estimated", shapes=ELLIPSES[:4],
    )  # fmt: skip
    for cluster in found.clusters:
        figures = [cluster.expected, cluster.log_ratio, cluster.p, cluster.p_gumbel, cluster.p_overdispersed]
        assert np.isfinite(figures).all()
        assert all(0 <= p <= 1 for p in figures[2:])
        assert cluster.observed > cluster.expected


def test_warm_up_compiles_and_says_nothing():
    assert warm_up() is None
