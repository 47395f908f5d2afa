"""Which windows are tried, and that every one of them is: the compiled loops against the slow way."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.scan.replications import Replications, blocks_of, draw, replicate_maxima
from maps.analysis.scan.statistic import scan_areas, scan_periods
from maps.analysis.scan.study import read_study
from maps.analysis.scan.windows import CIRCLE, ELLIPSES, Limits, Shape
from tests.maps.analysis.scan import every_window

SPACE_ONLY = np.array([[0, 1]])


@st.composite
def maps(draw):
    """Draw a few areas on a small grid, so that many are as near or in one place, and their dwellings."""
    areas = draw(st.integers(3, 12))
    cells = draw(st.lists(st.integers(0, 24), min_size=areas, max_size=areas))
    x, y = np.array(cells) % 5, np.array(cells) // 5
    dwellings = np.array(draw(st.lists(st.integers(1, 40), min_size=areas, max_size=areas)), float)
    if len(set(cells)) < 2:
        x[0] += 1
    seed = draw(st.integers(0, 2**32))
    cases = np.random.default_rng(seed).multinomial(
        draw(st.integers(2, int(min(60, dwellings.sum() - 1)))), dwellings / dwellings.sum()
    )
    return x.astype(float), y.astype(float), np.minimum(cases, dwellings), dwellings


def merged(x, y, *figures):
    """Give the distinct places and the sums of the figures there."""
    places, where = np.unique(np.column_stack([x, y]), axis=0, return_inverse=True)
    return *places.T, *(np.bincount(where.ravel(), figure) for figure in figures)


limits = st.builds(
    Limits,
    max_share=st.sampled_from([0.1, 0.3, 0.5]),
    max_radius_m=st.sampled_from([None, 1.0, 2.0]),
    max_neighbours=st.sampled_from([None, 1, 4]),
)


@given(maps(), limits, st.booleans())
def test_the_likeliest_cluster_is_the_best_of_all_windows(given_map, bounds, bernoulli):
    x, y, cases, dwellings = given_map
    if cases.sum() < 2:
        return
    model = "bernoulli" if bernoulli else "poisson"
    scan = scan_areas(
        x, y, cases, dwellings, rng=np.random.default_rng(0), replications=1, limits=bounds, model=model
    )
    px, py, counts, at_risk = merged(x, y, cases, dwellings)
    found = every_window.windows(
        px, py, at_risk,
        share=bounds.max_share, radius=bounds.max_radius_m or np.inf, neighbours=bounds.max_neighbours,
    )  # fmt: skip
    best = every_window.largest_ratio(found, counts, at_risk, bernoulli=bernoulli)
    assert (scan.clusters[0].log_ratio if scan.clusters else 0) == pytest.approx(best, abs=1e-9)


@given(maps(), st.booleans(), st.integers(0, 2**32))
def test_maxima_are_those_of_all_windows_of_each_drawn_map(given_map, bernoulli, seed):
    x, y, cases, dwellings = given_map
    if cases.sum() < 2:
        return
    study = read_study(
        x,
        y,
        cases[:, None],
        dwellings[:, None],
        spans=SPACE_ONLY,
        model="bernoulli" if bernoulli else "poisson",
    )
    replications, blocks = Replications(study), blocks_of(np.random.default_rng(seed), 40)
    drawn = np.concatenate([draw(replications, block)[:, :, 0] for block in blocks])
    at_risk = study.expected[:, 0] * dwellings.sum() / cases.sum()
    found = every_window.windows(study.x, study.y, at_risk)
    expected = [every_window.largest_ratio(found, counts, at_risk, bernoulli=bernoulli) for counts in drawn]
    np.testing.assert_allclose(replicate_maxima(replications, blocks), expected, rtol=1e-9, atol=1e-9)


def test_wide_lanes_give_the_same_maxima_as_narrow_ones():
    """Forty thousand cases need 32 bits a replication; the largest of them must be that of the slow way."""
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 9, (2, 20)).astype(float)
    study = read_study(x, y, rng.integers(1_000, 3_000, (20, 1)), np.full((20, 1), 9e3), spans=SPACE_ONLY)
    assert study.total > 2**15
    replications, blocks = Replications(study), blocks_of(rng, 70)
    found = every_window.windows(study.x, study.y, study.expected[:, 0])
    drawn = np.concatenate([draw(replications, block)[:, :, 0] for block in blocks])
    expected = [every_window.largest_ratio(found, counts, study.expected[:, 0]) for counts in drawn]
    np.testing.assert_allclose(replicate_maxima(replications, blocks), expected, rtol=1e-9)


def test_more_places_than_a_round_takes_at_first():
    """Three hundred centres are taken in rounds, each with the threshold of the one before."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 1e4, (2, 300))
    study = read_study(
        x, y, rng.poisson(3, (300, 1)), np.ones((300, 1)), spans=SPACE_ONLY, limits=Limits(max_neighbours=12)
    )
    replications, blocks = Replications(study), blocks_of(rng, 33)
    found = every_window.windows(study.x, study.y, study.expected[:, 0], neighbours=12)
    drawn = np.concatenate([draw(replications, block)[:, :, 0] for block in blocks])
    expected = [every_window.largest_ratio(found, counts, study.expected[:, 0]) for counts in drawn]
    np.testing.assert_allclose(replicate_maxima(replications, blocks), expected, rtol=1e-9)


@given(maps(), st.integers(0, 2**32))
def test_ellipses_are_all_tried_and_penalised(given_map, seed):
    x, y, cases, dwellings = given_map
    if cases.sum() < 2:
        return
    shapes = (*CIRCLE, Shape(2.0, 30.0), Shape(4.0, 105.0))
    study = read_study(x, y, cases[:, None], dwellings[:, None], spans=SPACE_ONLY, shapes=shapes)
    replications, blocks = Replications(study), blocks_of(np.random.default_rng(seed), 5)
    drawn = draw(replications, blocks[0])[:, :, 0]
    at_risk = study.expected[:, 0]
    expected = np.zeros(5)
    for shape, penalty in zip(shapes, (1, np.sqrt(8 / 9), np.sqrt(16 / 25)), strict=True):
        found = every_window.windows(study.x, study.y, at_risk, ratio=shape.ratio, angle_deg=shape.angle_deg)
        ratios = [every_window.largest_ratio(found, counts, at_risk, penalty=penalty) for counts in drawn]
        expected = np.maximum(expected, ratios)
    np.testing.assert_allclose(replicate_maxima(replications, blocks), expected, rtol=1e-9, atol=1e-9)


@given(maps(), st.integers(0, 2**32), st.booleans())
def test_cylinders_are_all_tried(given_map, seed, prospective):
    x, y, _, dwellings = given_map
    rng = np.random.default_rng(seed)
    days = np.array([31, 28, 31, 30])
    exposure = np.outer(dwellings, days)
    counts = rng.poisson(0.02 * exposure)
    if counts.sum() < 2:
        return
    scan = scan_periods(x, y, counts, exposure, rng=rng, replications=3, prospective=prospective)
    px, py, at_risk = merged(x, y, dwellings)
    total, best = counts.sum(), 0.0
    for window in every_window.windows(px, py, at_risk):
        inside = np.isin(np.column_stack([x, y]) @ [1, 9], np.column_stack([px, py])[list(window)] @ [1, 9])
        for first in range(4):
            for past in (first + 1, first + 2):
                if past > 4 or (prospective and past < 4):
                    continue
                c = counts[inside, first:past].sum()
                e = exposure[inside, first:past].sum() / exposure.sum() * total
                if c >= 2:
                    best = max(best, every_window.poisson_ratio(c, e, total))
    assert (scan.clusters[0].log_ratio if scan.clusters else 0) == pytest.approx(best, abs=1e-9)


def test_maxima_over_time_are_those_of_all_cylinders():
    rng = np.random.default_rng(5)
    x, y = rng.integers(0, 5, (2, 8)).astype(float)
    exposure = np.outer(rng.integers(50, 90, 8), [31, 28, 31]).astype(float)
    spans = np.array([(a, b) for a in range(3) for b in range(a + 1, 4)])
    study = read_study(x, y, rng.poisson(2, (8, 3)), exposure, spans=spans)
    replications, blocks = Replications(study), blocks_of(rng, 40)
    drawn = np.concatenate([draw(replications, block) for block in blocks])
    found = every_window.windows(study.x, study.y, study.expected.sum(axis=1))
    expected = [
        max(
            every_window.poisson_ratio(
                counts[list(window), a:b].sum(), study.expected[list(window), a:b].sum(), study.total
            )
            for window in found
            for a, b in spans
            if counts[list(window), a:b].sum() >= 2
        )
        for counts in drawn
    ]
    np.testing.assert_allclose(replicate_maxima(replications, blocks), expected, rtol=1e-9)


@pytest.mark.parametrize("variance", [0.05, 3.0])
def test_a_ratio_is_divided_by_the_inflation_of_its_window(variance):
    """Places of one to nine sources: the quasi-likelihood of each window, one after the other."""
    rng = np.random.default_rng(6)
    x, y = rng.integers(0, 9, (2, 25)).astype(float)
    exposure, sources = rng.integers(5, 90, 25).astype(float), rng.integers(1, 9, 25)
    study = read_study(
        x, y, rng.poisson(exposure / 8)[:, None], exposure[:, None], sources=sources, spans=SPACE_ONLY
    )
    replications, blocks = Replications(study, variance), blocks_of(rng, 50)
    drawn = np.concatenate([draw(replications, block)[:, :, 0] for block in blocks])
    awaited = study.expected[:, 0]
    expected = np.zeros(50)
    for window in every_window.windows(study.x, study.y, awaited):
        inside = list(window)
        e = awaited[inside].sum()
        inflation = 1 + variance * (awaited[inside] ** 2 / study.sources[inside]).sum() / e
        counts = drawn[:, inside].sum(axis=1)
        ratios = [every_window.poisson_ratio(c, e, study.total) if c >= 2 else 0 for c in counts]
        expected = np.maximum(expected, np.array(ratios) / inflation)
    np.testing.assert_allclose(replicate_maxima(replications, blocks), expected, rtol=1e-9)


def test_over_time_a_part_of_the_periods_has_a_part_of_the_inflation():
    rng = np.random.default_rng(7)
    x, y = rng.integers(0, 5, (2, 9)).astype(float)
    exposure, sources = np.outer(rng.integers(50, 90, 9), [31, 28, 31]).astype(float), rng.integers(1, 9, 9)
    spans = np.array([(a, b) for a in range(3) for b in range(a + 1, 4)])
    study = read_study(x, y, rng.poisson(3, (9, 3)), exposure, sources=sources, spans=spans)
    replications, blocks = Replications(study, 0.7), blocks_of(rng, 40)
    drawn = np.concatenate([draw(replications, block) for block in blocks])
    expected = np.zeros(40)
    for window in every_window.windows(study.x, study.y, study.expected.sum(axis=1)):
        for a, b in spans:
            part = study.expected[list(window), a:b].sum(axis=1)
            inflation = 1 + 0.7 * (part**2 / study.sources[list(window)]).sum() / part.sum()
            counts = drawn[:, list(window), a:b].sum(axis=(1, 2))
            ratios = [every_window.poisson_ratio(c, part.sum(), study.total) if c >= 2 else 0 for c in counts]
            expected = np.maximum(expected, np.array(ratios) / inflation)
    np.testing.assert_allclose(replicate_maxima(replications, blocks), expected, rtol=1e-9)


def test_the_bound_on_the_share_is_included():
    x, y = np.array([0.0, 1.0, 5.0, 6.0]), np.zeros(4)
    scan = scan_areas(x, y, [9, 9, 1, 1], [1, 1, 1, 1], rng=np.random.default_rng(0), replications=9)
    assert scan.clusters[0].areas.tolist() == [0, 1]  # exactly half of the dwellings


def test_the_nearest_are_found_by_the_tree_as_by_sorting_all():
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 1e5, (2, 400))
    cases, dwellings = rng.poisson(4, 400), rng.uniform(50, 500, 400)
    found = [
        scan_areas(x, y, cases, dwellings, rng=np.random.default_rng(0), replications=19, limits=bounds)
        for bounds in (Limits(max_neighbours=20), Limits(max_neighbours=20, max_radius_m=1e6))
    ]
    np.testing.assert_array_equal(found[0].maxima, found[1].maxima)


def test_a_long_cluster_is_found_whole_by_an_ellipse():
    """A street across a town: no circle holds it without its surroundings."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(15.0), np.arange(15.0)))
    street = (y == 7) & (x >= 3) & (x <= 11)
    cases = np.where(street, 12, 3)
    circle, ellipse = (
        scan_areas(x, y, cases, np.ones(225), rng=np.random.default_rng(0), replications=19, shapes=shapes)
        for shapes in (CIRCLE, ELLIPSES)
    )
    best = ellipse.clusters[0]
    assert set(np.flatnonzero(street)) == set(best.areas)
    assert best.shape.ratio == 5
    assert best.shape.angle_deg == 0
    assert best.log_ratio > circle.clusters[0].log_ratio
    assert best.p == 0.05
    assert len(ELLIPSES) == 47
