"""Two runs side by side."""

import json

import pytest
from django.urls import reverse

from layers.scope import Scope
from maps.services.comparison import compare, difference_steps
from maps.services.runs import run_analysis
from tests.factories import (
    AnalysisResultFactory,
    AnchorFactory,
    IrisFactory,
    SignalementFactory,
    TauxRunFactory,
    square,
)
from tests.maps.analyses.town import YEAR


def test_two_runs_compare_over_the_units_in_both(town, partner_client):
    before = run_analysis("taux", Scope(signed_in=True, communes=frozenset({town.code})), YEAR).run
    IrisFactory(commune=town, code=f"{town.code}0009", geom=square(0, 500, 400))
    AnchorFactory(signalement=SignalementFactory(commune=town), place_code=f"{town.code}0001")
    after = run_analysis("taux", before.scope, YEAR | {"level": 90}).run
    found = compare(before, after, before.scope, "rate")
    assert [(pair.first.code, pair.difference) for pair in found.pairs] == [
        (f"{town.code}0001", pytest.approx(2)),
        (f"{town.code}0000", 0),
    ]
    assert (found.only_first, found.only_second) == (0, 1)
    assert any("Niveau de l’intervalle" in warning for warning in found.warnings)
    page = partner_client.get(reverse("analysis-comparison", args=[before.pk, after.pk]), {"chiffre": "rate"})
    assert "+2,0" in page.content.decode()
    url = reverse("analysis-comparison-map", args=[before.pk, after.pk])
    drawn = json.loads(b"".join(partner_client.get(url, {"chiffre": "rate"}).streaming_content))
    assert sorted(feature["properties"]["difference"] for feature in drawn["features"]) == [0, 2]
    wrong = reverse("analysis-comparison", args=[before.pk, after.pk])
    assert partner_client.get(wrong, {"chiffre": "hauteur"}).status_code == 400


def test_a_run_compares_with_itself_without_a_warning(town):
    run = run_analysis("taux", Scope.whole(), YEAR).run
    found = compare(run, run, Scope.whole())
    assert found.warnings == ()
    assert difference_steps(found) == [{"low": None, "high": None, "colour": "#f7f7f7"}]


def test_the_classes_of_differences_are_the_same_on_both_sides(db):
    first, second = TauxRunFactory(), TauxRunFactory()
    for position, (before, after) in enumerate(((1, 2), (5, 1), (3, 3), (10, 40), (8, 2), (1, 1.5))):
        code = f"01001000{position}"
        for run, rate in ((first, before), (second, after)):
            AnalysisResultFactory(
                run=run, position=position, unit_code=code, figures={"rate": float(rate)}, communes=["01001"]
            )
    steps = difference_steps(compare(first, second, Scope.whole(), "rate"))
    limits = [step["low"] for step in steps[1:]]
    assert limits == [-limit for limit in reversed(limits)]
    assert steps[len(steps) // 2]["colour"] == "#f7f7f7"


def test_a_choice_that_is_no_run_is_said(town, partner_client):
    run = run_analysis("taux", Scope(signed_in=True, communes=frozenset({town.code})), YEAR).run
    url = reverse("analysis-compare", args=[run.pk])
    assert partner_client.get(url, {"avec": "x"}).status_code == 400
    assert partner_client.get(url, {"avec": str(run.pk)})["Location"].endswith(f"/comparer/{run.pk}/")
