"""Units against their neighbours: what the map says of a block, of a lone IRIS and of what cannot be tested."""

import numpy as np
import pytest

from layers.errors import NothingToAnalyse
from layers.models import AnalysisResult
from layers.scope import Scope
from maps.analysis.local_moran import LocalMoranClass
from maps.services.methods import voisinage
from maps.services.methods.register import method_named
from maps.services.runs import run_analysis
from tests.factories import (
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    square,
)
from tests.maps.methods.grids import grid_counts

VALUES = {"neighbours": "contact", "nearest": 8, "law": "normale", "alpha": 5, "min_probability": 0.8}
SIDE = 10


def town():
    """Give a 10 x 10 town of one risk, with a block of nine bad IRIS and a lone one among quiet ones."""
    rng = np.random.default_rng(31)
    x, y = np.tile(np.arange(SIDE), SIDE), np.repeat(np.arange(SIDE), SIDE)
    block, lone = (abs(x - 2) <= 1) & (abs(y - 2) <= 1), (x == 7) & (y == 7)
    around = (abs(x - 7) <= 1) & (abs(y - 7) <= 1) & ~lone
    risk = np.select([block, lone, around], [0.08, 0.15, 0.001], 0.02)
    dwellings = rng.integers(900, 1_100, SIDE * SIDE)
    return rng.poisson(risk * dwellings), dwellings, block, lone


def by_code(outcome):
    return dict(zip(outcome.codes, outcome.categories, strict=True))


@pytest.mark.parametrize("law", ["normale", "permutations"])
@pytest.mark.parametrize("neighbours", ["contact", "proches"])
def test_a_block_comes_first_and_a_lone_iris_stands_out(law, neighbours):
    cases, dwellings, _, lone = town()
    values = VALUES | {"law": law, "neighbours": neighbours}
    outcome = voisinage.compute(grid_counts(cases, dwellings), values, np.random.default_rng(1))
    classes = by_code(outcome)
    assert classes["010010022"] == LocalMoranClass.HIGH_AMONG_HIGH
    assert outcome.categories[0] == LocalMoranClass.HIGH_AMONG_HIGH
    assert classes[f"01001{np.flatnonzero(lone)[0]:04d}"] == LocalMoranClass.HIGH_AMONG_LOW
    again = next(fact.value for fact in outcome.facts if "tirée" in fact.label)
    assert (again > 0) == (law == "permutations")


def test_figures_are_absent_where_nothing_is_tested():
    cases, dwellings, *_ = town()
    dwellings = dwellings.astype(float)
    dwellings[0] = np.nan
    outcome = voisinage.compute(grid_counts(cases, dwellings), VALUES, np.random.default_rng(1))
    place = outcome.codes.index("010010000")
    assert outcome.categories[place] == LocalMoranClass.NO_DENOMINATOR
    for name in ("z", "p_value", "q_value", "index", "exceedance", "rate"):
        assert np.isnan(outcome.figures[name][place])
        assert np.isfinite(np.delete(outcome.figures[name], place)).all()


@pytest.mark.parametrize("neighbours", ["contact", "proches"])
def test_one_unit_alone_is_not_tested(neighbours):
    values = VALUES | {"neighbours": neighbours}
    outcome = voisinage.compute(grid_counts([5], [500]), values, np.random.default_rng(1))
    assert outcome.categories == [LocalMoranClass.NOT_TESTED]


def test_degenerate_inputs_say_what_is_missing():
    for cases, dwellings, sentence in (
        ([1, 2, 3, 4], [np.nan] * 4, "nombre de logements"),
        ([0, 0, 0, 0], [9] * 4, "aucun signalement"),
    ):
        with pytest.raises(NothingToAnalyse, match=sentence):
            voisinage.compute(grid_counts(cases, dwellings), VALUES, np.random.default_rng(1))


def test_every_class_is_declared_with_its_mark():
    declared = {category.code for category in voisinage.METHOD.categories}
    assert declared == set(LocalMoranClass)
    assert voisinage.METHOD.caveats


def test_a_run_is_stored(db):
    commune = CommuneFactory(code="01001", geom=square(0, 0, 3_000))
    for n in range(9):
        code = f"01001{n:04d}"
        IrisFactory(commune=commune, code=code, geom=square(n % 3 * 1_000, n // 3 * 1_000, 1_000))
        IndicatorFactory(territoire_code=code, value=500)
        for _ in range(6 if n in {0, 1} else 1):
            AnchorFactory(signalement=SignalementFactory(commune=commune), place_code=code)
    year = {"since": "2026-01-01", "until": "2026-12-31"}
    run = run_analysis("voisinage", Scope.whole(), year).run
    rows = AnalysisResult.objects.unscoped("essai").of_run(run)
    assert len(rows) == 9
    middle = next(row for row in rows if row.unit_code == "010010004")
    assert middle.category == LocalMoranClass.NOT_TESTED  # all the others are around it
    corner = next(row for row in rows if row.unit_code == "010010000")
    assert (corner.figures["cases"], corner.figures["rate"], corner.figures["neighbours"]) == (6, 12, 3)
    assert method_named("voisinage").title
