"""Hot spots of any unit: the planted corner is found, nothing where there is nothing, whatever the neighbours."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from layers.errors import NothingToAnalyse
from maps.analysis.hotspots import HotspotClass
from maps.services.methods import points_chauds
from tests.maps.methods.grids import grid_counts

SIDE = 8
VALUES = {
    "law": "normale",
    "neighbours": "contact",
    "nearest": 8,
    "distance_m": 800,
    "alpha": 5,
    "min_probability": 0.8,
}
RNG = np.random.default_rng(1)
CORNER = [SIDE * row + column for row in range(3) for column in range(3)]


def planted() -> np.ndarray:
    cases = np.full(SIDE * SIDE, 6)
    cases[CORNER] = 30
    return cases


def hot(outcome) -> set[int]:
    return {
        int(code[5:])
        for code, name in zip(outcome.codes, outcome.categories, strict=True)
        if name in (HotspotClass.VERY_HOT, HotspotClass.HOT)
    }


@pytest.mark.parametrize("law", ["normale", "permutations"])
@pytest.mark.parametrize("neighbours", ["contact", "proches", "distance"])
def test_the_planted_corner_is_hot_and_nothing_else(neighbours, law):
    counts = grid_counts(planted(), np.full(SIDE * SIDE, 1000))
    found = points_chauds.compute(
        counts, VALUES | {"neighbours": neighbours, "law": law}, np.random.default_rng(1)
    )
    assert hot(found)
    assert hot(found) <= set(CORNER)
    assert found.categories[0] == HotspotClass.VERY_HOT
    assert found.facts[0].value == len(hot(found))


def test_a_constant_rate_has_no_hot_spot():
    counts = grid_counts(np.full(SIDE * SIDE, 6), np.full(SIDE * SIDE, 1000))
    assert hot(points_chauds.compute(counts, VALUES, RNG)) == set()


def test_what_was_not_tested_has_no_figure():
    dwellings = np.full(SIDE * SIDE, 1000.0)
    dwellings[5] = np.nan
    found = points_chauds.compute(grid_counts(planted(), dwellings), VALUES, RNG)
    place = found.codes.index("010010005")
    assert found.categories[place] == HotspotClass.NO_DENOMINATOR
    assert all(np.isnan(found.figures[name][place]) for name in ("rate", "smoothed", "z", "q_value"))


def test_one_unit_alone_is_not_tested_and_no_report_is_said():
    alone = points_chauds.compute(grid_counts([3], [100]), VALUES | {"neighbours": "proches"}, RNG)
    assert alone.categories == [HotspotClass.NOT_TESTED]
    with pytest.raises(NothingToAnalyse, match="aucun signalement"):
        points_chauds.compute(grid_counts([0] * 4, [100] * 4), VALUES, RNG)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 60), min_size=16, max_size=16), st.integers(0, 3))
def test_turning_the_map_changes_nothing(cases, turns):
    if not sum(cases):
        return
    grid = np.array(cases).reshape(4, 4)
    before = points_chauds.compute(grid_counts(grid.ravel(), np.full(16, 500)), VALUES, RNG)
    turned = points_chauds.compute(grid_counts(np.rot90(grid, turns).ravel(), np.full(16, 500)), VALUES, RNG)
    place = np.rot90(np.arange(16).reshape(4, 4), turns).ravel()
    classes = dict(zip(before.codes, before.categories, strict=True))
    again = dict(zip(turned.codes, turned.categories, strict=True))
    assert all(again[f"01001{n:04d}"] == classes[f"01001{old:04d}"] for n, old in enumerate(place))
