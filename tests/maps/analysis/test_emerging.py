"""Histories of places against an independent classifier, by hand, and on drawn cubes."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy import sparse, stats

from maps.analysis.emerging import (
    LABELS,
    EmergingClass,
    _count_p,
    classify_histories,
    emerging_hotspots,
)
from maps.analysis.graphs import distance_band
from maps.analysis.trends import MIN_STEPS
from tests.maps.analysis.conftest import ROOT

IN_ENGLISH = {
    "new": "nouveau",
    "consecutive": "consecutif",
    "intensifying": "en_hausse",
    "persistent": "persistant",
    "diminishing": "en_baisse",
    "sporadic": "sporadique",
    "oscilating": "oscillant",
}
histories = arrays.arrays(
    float, st.tuples(st.integers(1, 6), st.integers(MIN_STEPS, 14)), elements=st.floats(-5, 5)
)


def significance(z):
    return np.where(np.abs(z) > 1.96, 0.01, 0.5)


def classes_of(*rows):
    """Class histories written as words of h (hot), c (cold), and ``.``."""
    z = np.array([[{"h": 3.0, "c": -3.0, ".": 0.0}[step] for step in row] for row in rows])
    return [EmergingClass(name) for name in classify_histories(z, significance(z)).classes]


def test_categories_are_those_of_an_independent_classifier_but_for_spots_that_ended():
    folder = Path(os.environ.get("GEO_LHI_REFERENCE", ROOT.parent / "shared" / "reference")) / "ehsa"
    if not folder.is_dir():
        pytest.skip(f"reference case not found in {folder} (set GEO_LHI_REFERENCE)")
    cases = json.loads((folder / "expected_sfdep.json").read_text())["cases"]
    found = classify_histories([case["gi_star"] for case in cases], [case["p"] for case in cases])
    for number, case in enumerate(cases):
        name, kind = case["class"].removesuffix("spot").rsplit(" ", 1)
        expected = f"{'chaud' if kind == 'hot' else 'froid'}_{IN_ENGLISH.get(name, name)}"
        if case["class"] == "no pattern detected":
            expected = "sans_motif"
        if case["tag"] == "historical":  # hot nine times of ten, not in the last: sfdep calls it persistent
            expected = "chaud_ancien"
        assert found.classes[number] == expected, case["tag"]
        assert found.tau[number] == pytest.approx(case["tau"], abs=1e-6)
        # the reference is in single precision
        assert found.p_trend[number] == pytest.approx(case["mk_p"], abs=1e-7)


def test_each_rule_by_hand():
    assert classes_of(
        ".........h",
        ".......hhh",
        "hhhhhhhhhh",
        "hhhhhhhhh.",
        ".hhhhhhhhh",
        "..h...h..h",
        "c........h",
        "hhhhh.....",
        "..........",
        "ccccccccc.",
        ".........c",
        "h.......cc",
    ) == [
        EmergingClass.NEW_HOT,
        EmergingClass.CONSECUTIVE_HOT,
        EmergingClass.PERSISTENT_HOT,
        EmergingClass.HISTORICAL_HOT,
        EmergingClass.PERSISTENT_HOT,
        EmergingClass.SPORADIC_HOT,
        EmergingClass.OSCILLATING_HOT,
        EmergingClass.NO_PATTERN,
        EmergingClass.NO_PATTERN,
        EmergingClass.HISTORICAL_COLD,
        EmergingClass.NEW_COLD,
        EmergingClass.OSCILLATING_COLD,
    ]


def test_a_trend_tells_intensifying_from_diminishing_also_for_cold_spots():
    rise = np.linspace(2.5, 5, 10)
    z = np.array([rise, rise[::-1], -rise, -rise[::-1]])
    assert classify_histories(z, significance(z)).classes.tolist() == [
        EmergingClass.INTENSIFYING_HOT,
        EmergingClass.DIMINISHING_HOT,
        EmergingClass.INTENSIFYING_COLD,
        EmergingClass.DIMINISHING_COLD,
    ]


@given(histories)
def test_the_cold_spots_are_the_mirror_of_the_hot_ones(z):
    there = classify_histories(z, significance(z))
    back = classify_histories(-z, significance(z))
    mirror = {"chaud": "froid", "froid": "chaud"}
    for name, turned in zip(there.classes, back.classes, strict=True):
        kind, _, rest = str(name).partition("_")
        assert turned == (f"{mirror[kind]}_{rest}" if kind in mirror else name)
    np.testing.assert_array_equal(there.hot_steps, back.cold_steps)


@given(histories)
def test_every_history_has_one_class_with_a_label(z):
    found = classify_histories(z, significance(z))
    for name, last, hot in zip(found.classes, z[:, -1], found.hot_steps, strict=True):
        kind = EmergingClass(name)
        assert kind.label
        if kind in (EmergingClass.NEW_HOT, EmergingClass.SPORADIC_HOT, EmergingClass.OSCILLATING_HOT):
            assert last > 1.96
        if kind is EmergingClass.NEW_HOT:
            assert hot == 1
    assert set(LABELS) == set(EmergingClass)


@pytest.fixture(scope="module")
def grid():
    """Give the neighbourhood of 20 x 20 squares, and the 9 squares in a corner of them."""
    x, y = map(np.ravel, np.meshgrid(np.arange(20), np.arange(20)))
    return distance_band(x, y, 1.5).weights, (abs(x - 4) <= 1) & (abs(y - 4) <= 1)


def test_a_planted_quarter_that_gets_worse_is_found_new_or_persistent(grid):
    weights, corner = grid
    rng = np.random.default_rng(6)
    dwellings = rng.integers(500, 2_000, corner.size)
    risk = np.full((corner.size, 12), 0.01)
    always, lately = risk.copy(), risk.copy()
    always[corner] *= 5
    lately[corner, -3:] *= 5
    centre = np.flatnonzero(corner)[4]
    for planted, expected in (
        (always, EmergingClass.PERSISTENT_HOT),
        (lately, EmergingClass.CONSECUTIVE_HOT),
    ):
        found = emerging_hotspots(rng.poisson(planted * dwellings[:, None]), dwellings, weights)
        assert found.classes[centre] == expected


def test_a_campaign_that_makes_everyone_report_brings_no_spot(grid):
    weights, _ = grid
    rng = np.random.default_rng(7)
    dwellings = rng.integers(500, 2_000, 400)
    risk = np.where(np.arange(12) < 9, 0.01, 0.05)
    found = emerging_hotspots(rng.poisson(dwellings[:, None] * risk), dwellings, weights)
    assert (found.classes != EmergingClass.NO_PATTERN).sum() <= 2


@pytest.mark.parametrize("mean", [0.2, 2])
def test_steps_of_few_cases_and_one_risk_show_a_false_spot_on_few_of_them(grid, mean):
    """The normal law alone would show one on more than a third of the steps of 0.2 case an area."""
    weights, _ = grid
    rng = np.random.default_rng(9)
    dwellings = np.clip(rng.lognormal(6.5, 0.6, 400), 50, 5_000)
    risk = mean / dwellings.mean()
    found = emerging_hotspots(rng.poisson(risk * dwellings[:, None], (400, 120)), dwellings, weights)
    false = ((found.q <= 0.05) & (found.z > 0)).any(axis=0).mean()
    assert false <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / 120)


@given(st.integers(0, 2**32 - 1), st.integers(2, 12))
def test_the_exact_law_of_a_neighbourhood_is_binomial(seed, areas):
    rng = np.random.default_rng(seed)
    cases, dwellings = rng.poisson(0.7, areas).astype(float), rng.uniform(1, 500, areas)
    around = sparse.csr_array((rng.random((areas, areas)) < 0.4) | np.eye(areas, dtype=bool))
    share = around @ dwellings / dwellings.sum()
    seen, total = around @ cases, cases.sum()
    law = stats.binom(total, np.minimum(share, 1))
    expected = np.minimum(2 * np.minimum(law.sf(seen - 1), law.cdf(seen)), 1)
    np.testing.assert_allclose(_count_p(cases, dwellings, around), expected, rtol=1e-9, atol=1e-12)


def test_who_cannot_be_tested_is_said_not_to_be(grid):
    weights, _ = grid
    weights = sparse.lil_array(weights)
    weights[0, :] = 0
    weights[:, 0] = 0
    rng = np.random.default_rng(8)
    dwellings = np.full((400, 9), 1_000.0)
    dwellings[5, 3] = 0
    cases = rng.poisson(0.01 * dwellings)
    cases[:, 4] = 0
    found = emerging_hotspots(cases, dwellings, sparse.csr_array(weights))
    assert np.flatnonzero(~found.tested).tolist() == [0, 5]
    assert found.classes[[0, 5]].tolist() == [EmergingClass.NOT_TESTED] * 2
    assert np.isfinite(found.z).all()


def test_too_few_steps_or_no_report_at_all_say_so():
    weights = distance_band(np.arange(5), np.zeros(5), 1).weights
    short = emerging_hotspots(np.ones((5, MIN_STEPS - 1)), np.full(5, 10.0), weights)
    assert set(short.classes) == {EmergingClass.NOT_TESTED}
    silent = emerging_hotspots(np.zeros((5, 12)), np.full(5, 10.0), weights)
    assert set(silent.classes) == {EmergingClass.NO_PATTERN}
    alone = emerging_hotspots(np.ones((1, 12)), [10.0], sparse.csr_array((1, 1)))
    assert alone.classes.tolist() == [EmergingClass.NOT_TESTED]
    unknown = emerging_hotspots(np.zeros((2, 12)), [0, 0], sparse.csr_array((2, 2)))
    assert np.isfinite(unknown.z).all()


@pytest.mark.parametrize(
    ("analysis", "message"),
    [
        (lambda w: emerging_hotspots([1, 2], [1, 1], w), "two dimensions"),
        (lambda w: emerging_hotspots([[0.5], [1]], [1, 1], w), "whole numbers"),
        (lambda w: emerging_hotspots([[1], [1]], [1, -1], w), "dwellings must be"),
        (lambda w: emerging_hotspots([[1], [1]], [[1, 1], [1, 1]], w), "expected"),
        (lambda w: emerging_hotspots([[1], [1]], [1, np.nan], w), "finite"),
        (lambda w: emerging_hotspots([[1], [1]], [1, 1], w, alpha=5), "alpha"),
        (lambda w: classify_histories([[1.0]], [[2.0]]), "p must"),
        (lambda w: classify_histories([[1.0]], [[0.5]], tested=[True, False]), "tested"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(analysis, message):
    with pytest.raises(ValueError, match=message):
        analysis(sparse.csr_array((2, 2)))
