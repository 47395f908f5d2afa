"""Suspicious silence: what is said of the model, of what is missing, and of a large old unit that is silent."""

import numpy as np
import pytest

from layers.errors import NothingToAnalyse
from layers.models import AnalysisResult
from layers.scope import Scope
from maps.analysis.expected import StockClass
from maps.services.methods import silence
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

VALUES = {"alpha": 5}
RNG = np.random.default_rng(1)
SIDE = 15


def town(**changed):
    """Give 225 IRIS whose risk rises with the old stock; the oldest of them is large and silent."""
    rng = np.random.default_rng(51)
    n = SIDE * SIDE
    shares = {name: rng.beta(2, 4, n) for name in silence.INDICATORS} | changed
    old = np.nan_to_num(shares["pre_1946"])
    dwellings = rng.integers(700, 1_500, n).astype(float)
    cases = rng.poisson(0.015 * dwellings * np.exp(3 * (old - 0.3)))
    silent = int(np.argmax(old))
    cases[silent], dwellings[silent] = 0, 1_500
    return grid_counts(cases, dwellings, shares), silent


def facts(outcome):
    return {fact.label: fact.value for fact in outcome.facts}


def test_a_large_old_and_silent_iris_comes_first():
    counts, silent = town()
    outcome = silence.compute(counts, VALUES, RNG)
    assert outcome.codes[0] == f"01001{silent:04d}"
    assert outcome.categories[0] == StockClass.BLIND_SPOT
    assert outcome.figures["expected"][0] > 20
    assert outcome.figures["difference"][0] == -outcome.figures["expected"][0]
    assert outcome.figures["p_below"][0] < 0.001
    said = facts(outcome)
    ratio = next(value for label, value in said.items() if "avant 1946" in label)
    assert ratio == pytest.approx(np.exp(3 * counts.stock.covariates["pre_1946"].std()), rel=0.1)
    assert said["Angles morts attendus du seul hasard, au plus"] > 0
    assert not any("laissé de côté" in note for note in outcome.notes)


def test_missing_and_repeated_indicators_are_told():
    unknown = np.full(SIDE * SIDE, np.nan)
    old = np.random.default_rng(51).beta(2, 4, SIDE * SIDE)
    counts, _ = town(dpe_fg=unknown, pre_1946=old, private_rented=0.5 * old + 0.1)
    outcome = silence.compute(counts, VALUES, RNG)
    assert any("classés F ou G" in note and "trop d’unités" in note for note in outcome.notes)
    assert any("locatifs privés" in note and "dits déjà" in note for note in outcome.notes)
    assert np.isnan(outcome.figures["dpe_fg"]).all()
    assert len([label for label in facts(outcome) if "fois le taux, quand la part" in label]) == 4


def test_an_iris_without_its_income_is_not_assessed():
    income = np.random.default_rng(52).beta(2, 4, SIDE * SIDE)
    income[3] = np.nan
    counts, _ = town(low_income=income)
    outcome = silence.compute(counts, VALUES, RNG)
    place = outcome.codes.index("010010003")
    assert outcome.categories[place] == StockClass.NOT_ASSESSED
    assert np.isnan(outcome.figures["expected"][place])
    assert facts(outcome)["Unités non évaluées"] == 1


def test_degenerate_inputs_say_what_to_do():
    nothing = {name: np.full(SIDE * SIDE, np.nan) for name in silence.INDICATORS}
    with pytest.raises(NothingToAnalyse, match="aucun indicateur du parc"):
        silence.compute(town(**nothing)[0], VALUES, RNG)
    few = {name: np.array([0.1, 0.2, 0.3, 0.5]) for name in silence.INDICATORS}
    with pytest.raises(NothingToAnalyse, match="trop peu d’unités"):
        silence.compute(grid_counts([1, 2, 3, 4], [100] * 4, few), VALUES, RNG)
    with pytest.raises(NothingToAnalyse, match="aucun signalement"):
        silence.compute(grid_counts([0] * 4, [100] * 4, few), VALUES, RNG)


def test_every_class_is_declared():
    assert {category.code for category in silence.METHOD.categories} == set(StockClass)


def test_a_run_is_stored(db):
    commune = CommuneFactory(code="01001", geom=square(0, 0, 5_000))
    for n in range(25):
        code = f"01001{n:04d}"
        IrisFactory(commune=commune, code=code, geom=square(n % 5 * 1_000, n // 5 * 1_000, 1_000))
        IndicatorFactory(territoire_code=code, value=500)
        IndicatorFactory(territoire_code=code, code="LOGVAC", value=20 + 3 * n)
        AnchorFactory(signalement=SignalementFactory(commune=commune), place_code=code)
    run = run_analysis("silence", Scope.whole(), {"since": "2026-01-01", "until": "2026-12-31"}).run
    rows = AnalysisResult.objects.unscoped("essai").of_run(run)
    assert len(rows) == 25
    assert all(row.figures["expected"] == pytest.approx(1, abs=0.2) for row in rows)
    assert rows[0].figures["vacancy"] is not None
