"""An analysis is launched from its form, on the perimeter of its author."""

import html
import json
import re

import pytest
from django.urls import reverse

from layers.models import AnalysisRun
from layers.scope import Scope
from maps.services import runs
from maps.services.runs import run_analysis
from tests.factories import (
    AddressFactory,
    AnchorFactory,
    EpciFactory,
    PartnerFactory,
    SignalementFactory,
    TauxRunFactory,
    UserFactory,
    ZoneFactory,
    point,
    square,
)
from tests.maps.analyses.town import FORM, YEAR, codes


def test_a_partner_launches_on_his_perimeter_and_reads_the_page(town, partner_client, other_partner_client):
    answer = partner_client.post(reverse("analysis-launch", args=["taux"]), FORM)
    run = AnalysisRun.objects.unscoped("essai").get()
    assert answer["Location"] == reverse("analysis", args=[run.pk])
    assert (run.everything, run.communes, run.title) == (False, [town.code], "Essai")
    assert codes() == {f"{town.code}0000", f"{town.code}0001"}
    page = partner_client.get(answer["Location"]).content.decode()
    for words in (
        "Essai",
        "Îlot",
        "Au-dessus de l’ensemble",
        "Ce que ce résultat ne dit pas",
        "Commune d’ici",
    ):
        assert words in page
    assert other_partner_client.get(answer["Location"]).status_code == 404
    assert "Essai" in partner_client.get(reverse("analyses")).content.decode()
    assert "Essai" not in other_partner_client.get(reverse("analyses")).content.decode()


def test_the_same_form_gives_the_same_run(town, partner_client):
    first, second = (partner_client.post(reverse("analysis-launch", args=["taux"]), FORM) for _ in range(2))
    assert first["Location"] == second["Location"]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"since": "hier"}, "Du : une date est attendue"),
        ({"perimetre": "01999"}, "aucun territoire importé"),
        ({"level": "12"}, "de 50 à 99,9"),
        ({"since": "2020-01-01", "until": "2020-12-31"}, "ucun signalement ne répond"),
    ],
)
def test_a_wrong_form_is_given_back_with_its_values(town, partner_client, wrong, sentence):
    answer = partner_client.post(reverse("analysis-launch", args=["taux"]), FORM | wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence.lower() in page.lower()
    assert 'value="Essai"' in page
    assert not AnalysisRun.objects.unscoped("essai").exists()


def test_another_ones_commune_is_refused(town, other_commune, partner_client):
    answer = partner_client.post(
        reverse("analysis-launch", args=["taux"]), FORM | {"perimetre": other_commune.code}
    )
    assert answer.status_code == 422
    assert "hors de votre périmètre" in answer.content.decode()


def test_an_epci_is_cut_to_the_perimeter(town, other_commune, partner_client):
    epci = EpciFactory()
    for commune in (town, other_commune):
        commune.epci = epci
        commune.save()
    partner_client.post(reverse("analysis-launch", args=["taux"]), FORM | {"perimetre": epci.code})
    assert AnalysisRun.objects.unscoped("essai").get().communes == [town.code]


def test_without_a_perimeter_nothing_is_launched(town, signed_in, user_without_partner):
    answer = signed_in(user_without_partner).post(reverse("analysis-launch", args=["taux"]), FORM)
    assert answer.status_code == 422
    assert "aucun territoire" in answer.content.decode()


def test_a_perimeter_of_zones_only_is_analysed_by_its_zones(town, signed_in):
    zone, foreign = ZoneFactory(geom=square(0, 0, 500)), ZoneFactory(geom=square(5000, 0, 500))
    partner = PartnerFactory(nom="Opérateur de l’OPAH")
    partner.zones.add(zone)
    AddressFactory(voie__commune=town, geom=point(50, 50))
    for _ in range(3):
        AnchorFactory(
            signalement=SignalementFactory(commune=town, geom=point(5, 5)), kind="zone", place_code=zone.code
        )
    client = signed_in(UserFactory(username="operateur", partner=partner))
    refused = client.post(reverse("analysis-launch", args=["taux"]), FORM)
    assert "Aucun territoire de type « IRIS »" in refused.content.decode()
    answer = client.post(reverse("analysis-launch", args=["taux"]), FORM | {"unit": "zone"})
    run = AnalysisRun.objects.unscoped("essai").get()
    assert (run.communes, run.zones) == ([], [zone.pk])
    assert foreign.code not in codes()
    page = client.get(answer["Location"]).content.decode()
    assert zone.nom in page
    assert page.count("<tr data-code") == 1


def test_a_perimeter_without_some_zones_says_so(town, partner_user, partner_client):
    partner_user.partner.excluded_zones.add(ZoneFactory(geom=square(800, 800, 50)))
    answer = partner_client.post(reverse("analysis-launch", args=["taux"]), FORM)
    page = partner_client.get(answer["Location"]).content.decode()
    assert "Des périmètres en sont exclus" in page
    assert "hors périmètres exclus" in page


def test_the_list_asks_as_much_of_the_database_for_many_runs_as_for_one(
    town, partner_client, django_assert_max_num_queries
):
    for _ in range(12):
        TauxRunFactory(everything=False, communes=[town.code])
    with django_assert_max_num_queries(16):
        page = partner_client.get(reverse("analyses")).content.decode()
    assert page.count("Taux de logements signalés, par IRIS") == 12


def test_who_computes_the_same_at_the_same_time_is_given_the_one_that_was_written(town, monkeypatch):
    first = run_analysis("taux", Scope.whole(), YEAR)
    seen = [None, runs._known(first.run)]  # the other had not written yet when this one looked
    monkeypatch.setattr(runs, "_known", lambda run: seen.pop(0))
    second = run_analysis("taux", Scope.whole(), YEAR)
    assert (second.is_new, second.run.pk, seen) == (False, first.run.pk, [])


def test_a_form_filled_from_a_run_gives_the_same_run(town, partner_client):
    """Its perimeter, its lists, its polygon: the same click again, and nothing is computed twice."""
    polygon = square(0, 0, 800)[0].json
    drawn = {"unit": "drawn", "drawn": polygon, "statuses": ["ACTIVE", "CLOSED"], "strata": ["small"]}
    launch = reverse("analysis-launch", args=["taux"])
    partner_client.post(launch, FORM | {"perimetre": town.code} | drawn)
    run = AnalysisRun.objects.unscoped("essai").get()
    page = partner_client.get(reverse("analysis", args=[run.pk])).content.decode()
    assert f"{launch}?depuis={run.pk}" in page
    form = partner_client.get(launch, {"depuis": run.pk}).content.decode()
    boxes = re.findall(r'name="(statuses|strata)" value="(\w+)" checked', form)
    assert set(boxes) == {("statuses", "ACTIVE"), ("statuses", "CLOSED"), ("strata", "small")}
    assert f'<option value="{town.code}" selected>' in form
    written = html.unescape(re.search(r"<textarea[^>]*>([^<]*)</textarea>", form)[1])
    assert json.loads(written)["type"] == "Polygon"
    again = partner_client.post(launch, FORM | {"perimetre": town.code} | drawn | {"drawn": written})
    assert again["Location"] == reverse("analysis", args=[run.pk])


def test_a_form_is_not_filled_from_the_run_of_another(town, partner_client, other_partner_client):
    partner_client.post(reverse("analysis-launch", args=["taux"]), FORM | {"level": "91"})
    run = AnalysisRun.objects.unscoped("essai").get()
    launch = reverse("analysis-launch", args=["taux"])
    assert 'value="91' in partner_client.get(launch, {"depuis": run.pk}).content.decode()
    assert 'value="91' not in other_partner_client.get(launch, {"depuis": run.pk}).content.decode()
