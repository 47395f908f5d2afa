"""Priorities from arrays without a database, then one run from the database to its rows."""

from dataclasses import replace

import numpy as np
import pytest

from layers.errors import NothingToAnalyse
from layers.models import AnalysisResult, Anchor, UnitKind
from layers.scope import Scope
from layers.selectors.priority_criteria import PriorityCriteria
from maps.analysis.rank_intervals import Stability
from maps.services.methods.priorites import METHOD, compute
from maps.services.methods.priorites_criteria import CRITERIA, points_name, weight_name
from maps.services.runs import run_analysis
from tests.factories import AnchorFactory, CommuneFactory, ParcelleFactory, SignalementFactory, square

YEAR = {"since": "2026-01-01", "until": "2026-12-31", "unit": "parcelle"}


def weights(**given):
    return {weight_name(name): given.get(name, 0) for name in CRITERIA} | {"top": 1, "concentration": 50}


def places(kind=UnitKind.PARCELLE, cases=None, dwellings=None, **values):
    n = len(next(iter(values.values()))) if values else len(cases)
    told = {name: np.array(values.get(name, [0] * n), dtype=float) for name in CRITERIA if name != "taux"}
    return PriorityCriteria(
        kind=kind,
        codes=np.array([f"01001000AB{i:04d}" for i in range(n)]),
        labels=tuple(f"Lieu {i}" for i in range(n)),
        communes=(("01001",),) * n,
        x=np.arange(n, dtype=float),
        y=np.zeros(n),
        srids=np.full(n, 2154),
        values=told,
        cases=np.array(cases if cases is not None else [1] * n, dtype=float),
        dwellings=np.array(dwellings if dwellings is not None else [0] * n, dtype=float),
        left_out=0,
    )


def computed(inputs, **given):
    return compute(inputs, weights(**given), np.random.default_rng(1))


def test_the_list_is_in_the_order_of_need_and_says_why():
    outcome = computed(places(gravite=[10, 30, 20, 0], enfants=[0, 0, 5, 0]), gravite=2, enfants=2)
    assert list(outcome.labels) == ["Lieu 2", "Lieu 1", "Lieu 0", "Lieu 3"]
    assert outcome.figures["besoin"].tolist() == [62.5, 37.5, 12.5, 0]
    assert outcome.figures["rang_besoin"].tolist() == [1, 2, 3, 4]
    assert outcome.figures[points_name("gravite")].tolist() == [25, 37.5, 12.5, 0]
    assert outcome.figures[points_name("enfants")].tolist() == [37.5, 0, 0, 0]
    assert outcome.figures["gravite"].tolist() == [20, 30, 10, 0]
    assert np.isnan(outcome.figures[points_name("attente")]).all()


def test_points_add_up_to_the_need_and_the_interval_holds_the_rank():
    rng = np.random.default_rng(3)
    inputs = places(
        **{name: rng.integers(0, 9, 40) for name in ("gravite", "attente", "enfants", "perimetre")}
    )
    outcome = computed(inputs, gravite=3, attente=1, enfants=2, perimetre=1)
    need = sum(outcome.figures[points_name(name)] for name in ("gravite", "attente", "enfants"))
    np.testing.assert_allclose(need, outcome.figures["besoin"], atol=1e-6)
    np.testing.assert_allclose(
        outcome.figures[points_name("perimetre")], outcome.figures["capacite"], atol=1e-6
    )
    low, rank, high = (outcome.figures[name] for name in ("rang_bas", "rang_besoin", "rang_haut"))
    assert ((low <= rank) & (rank <= high)).all()
    assert (np.diff(rank) >= 0).all()
    assert set(outcome.categories) <= set(Stability)


def test_the_small_iris_with_two_reports_is_not_first():
    """60 reports for 1 000 dwellings come before 2 for 20, whose rate is higher."""
    inputs = places(
        UnitKind.IRIS, cases=[2, 60, 5, 10], dwellings=[20, 1_000, 900, 1_200], gravite=[0, 0, 0, 0]
    )
    outcome = computed(inputs, taux=1)
    assert outcome.labels[0] == "Lieu 1"
    assert outcome.shapes is None


def test_what_is_not_known_is_said_and_has_no_effect():
    inputs = places(gravite=[1, 2], energie=[np.nan, np.nan], attente=[0, 0], enfants=[np.nan, 1])
    outcome = computed(inputs, gravite=1, energie=5, attente=1, enfants=1)
    assert np.isnan(outcome.figures[points_name("energie")]).all()
    assert np.isnan(outcome.figures[points_name("enfants")]).tolist() == [False, True]
    assert any("Données absentes" in note and "Étiquette énergie" in note for note in outcome.notes)
    assert any("Ne distingue aucun lieu" in note and "Ancienneté" in note for note in outcome.notes)


def test_two_criteria_that_say_the_same_are_told():
    outcome = computed(places(gravite=[1, 2, 3, 4], attente=[10, 20, 30, 40]), gravite=1, attente=1)
    assert any("comptent deux fois" in note and "1,00" in note for note in outcome.notes)


@pytest.mark.parametrize("given", [{}, {"perimetre": 3}, {"energie": 1}])
def test_without_a_known_criterion_of_need_there_is_nothing_to_rank(given):
    inputs = replace(places(gravite=[1, 2], energie=[np.nan, np.nan]))
    with pytest.raises(NothingToAnalyse, match="critère de besoin"):
        computed(inputs, **given)


def test_every_criterion_has_a_weight_and_two_columns():
    names = {column.name for column in METHOD.columns}
    assert {points_name(name) for name in CRITERIA} | set(CRITERIA) <= names
    assert {weight_name(name) for name in CRITERIA} <= {parameter.name for parameter in METHOD.parameters}


def test_a_run_keeps_its_weights_and_its_rows(db):
    commune = CommuneFactory(code="01001", departement="01", nom="Ici", geom=square(0, 0, 1_000))
    for n, criticite in enumerate((5.0, 40.0)):
        parcelle = ParcelleFactory(commune=commune, geom=square(20 * n, 0, 10))
        report = SignalementFactory(commune=commune, criticite=criticite)
        AnchorFactory(signalement=report, kind=Anchor.Kind.PARCELLE, place_code=parcelle.idu)
    finished = run_analysis("priorites", Scope.whole(), YEAR | {"top": 1, "poids_gravite": 7})
    assert finished.run.parameters["poids_gravite"] == 7
    assert not run_analysis("priorites", Scope.whole(), YEAR | {"top": 1, "poids_gravite": 7}).is_new
    rows = list(AnalysisResult.objects.unscoped("essai").of_run(finished.run))
    assert [row.figures["gravite"] for row in rows] == [40, 5]
    assert rows[0].geom.geom_type == "Point"
    assert rows[0].communes == ["01001"]
