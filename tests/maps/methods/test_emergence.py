"""Emerging hot spots of units: whole steps only, the words that go with few of them, and a stored run."""

from datetime import date

import numpy as np
import pytest

from layers.errors import NothingToAnalyse
from layers.models import AnalysisResult
from layers.scope import Scope
from layers.selectors.unit_counts import ReportCube, TerritoryCounts
from maps.analysis.emerging import EmergingClass
from maps.services.methods import emergence
from maps.services.methods.emergence import TerritoryHistory
from maps.services.runs import run_analysis
from tests.factories import (
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    square,
)
from tests.maps.methods.grids import counts_of, grid_units, stock_of

SIDE = 8
RNG = np.random.default_rng(1)


def history(risk, dwellings=1_000, quarters=12):
    """Draw quarters from 2023 on; ``risk`` is (units,) or (units, quarters)."""
    rng = np.random.default_rng(41)
    units = grid_units(SIDE)
    stock = np.full(SIDE * SIDE, float(dwellings))
    cube = rng.poisson(np.broadcast_to(np.atleast_2d(np.asarray(risk).T).T, (64, quarters)) * stock[:, None])
    starts = tuple(date(2023 + q // 4, q % 4 * 3 + 1, 1) for q in range(quarters))
    territory = TerritoryCounts(units, counts_of(units, cube.sum(axis=1)), stock_of(stock))
    return TerritoryHistory(territory, ReportCube(cube, starts, "quarter"))


def values(since="2023-01-01", until="2025-12-31", **more):
    return {"step": "quarter", "neighbours": "contact", "alpha": 5, "since": since, "until": until} | more


def corner(risk_there, risk_elsewhere=0.01, quarters=12):
    """Give risks where the nine units of the south-west corner have another one."""
    x, y = np.tile(np.arange(SIDE), SIDE), np.repeat(np.arange(SIDE), SIDE)
    there = (x < 3) & (y < 3)
    return np.where(there[:, None], np.broadcast_to(risk_there, quarters), risk_elsewhere)


def test_a_corner_that_got_worse_comes_first():
    worse = np.where(np.arange(12) < 9, 0.01, 0.06)
    outcome = emergence.compute(history(corner(worse)), values(), RNG)
    classes = dict(zip(outcome.codes, outcome.categories, strict=True))
    assert classes["010010009"] == EmergingClass.CONSECUTIVE_HOT  # column 1, row 1
    assert outcome.categories[0] in (EmergingClass.CONSECUTIVE_HOT, EmergingClass.NEW_HOT)
    place = outcome.codes.index("010010009")
    assert outcome.figures["hot_steps"][place] == 3
    assert not any("trimestre)" in note for note in outcome.notes)


def test_steps_that_the_period_cuts_are_left_out_and_named():
    outcome = emergence.compute(history(0.01), values("2023-02-15", "2025-12-30"), RNG)
    assert {fact.label: fact.value for fact in outcome.facts}["Pas de temps entiers"] == 10
    assert any("01/2023, 10/2025" in note for note in outcome.notes)
    assert any("persistant" in note for note in outcome.notes)  # ten steps are few


def test_too_short_a_period_says_how_many_steps_are_needed():
    with pytest.raises(
        NothingToAnalyse, match="la période compte 3 trimestres entiers : il en faut au moins 8"
    ):
        emergence.compute(history(0.01, quarters=3), values(until="2023-09-30"), RNG)
    with pytest.raises(NothingToAnalyse, match="aucun signalement"):
        emergence.compute(history(0), values(), RNG)
    with pytest.raises(NothingToAnalyse, match="nombre de logements"):
        emergence.compute(history(0.01, dwellings=0), values(), RNG)


def test_every_class_has_a_colour_and_its_own_words():
    declared = [category.code for category in emergence.METHOD.categories]
    assert sorted(declared) == sorted(EmergingClass)
    marked = [(category.colour, category.mark) for category in emergence.METHOD.categories]
    assert len(set(marked)) == len(marked)


def test_a_run_is_stored(db):
    commune = CommuneFactory(code="01001", geom=square(0, 0, 3_000))
    for n in range(9):
        code = f"01001{n:04d}"
        IrisFactory(commune=commune, code=code, geom=square(n % 3 * 1_000, n // 3 * 1_000, 1_000))
        IndicatorFactory(territoire_code=code, value=500)
        for month in range(1, 9):
            report = SignalementFactory(commune=commune, received_on=date(2026, month, 3))
            AnchorFactory(signalement=report, place_code=code)
    given = {"since": "2026-01-01", "until": "2026-08-31", "step": "month"}
    run = run_analysis("emergence", Scope.whole(), given).run
    rows = AnalysisResult.objects.unscoped("essai").of_run(run)
    assert len(rows) == 9
    assert {row.category for row in rows} <= set(EmergingClass)
    assert ["Pas de temps entiers", 8, "mois", 0] in run.summary["facts"]
    with pytest.raises(NothingToAnalyse, match="7 mois entiers"):
        run_analysis("emergence", Scope.whole(), given | {"until": "2026-08-30"})
