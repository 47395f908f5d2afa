"""The pages of analyses: launched, read, downloaded, compared; each reader in his perimeter."""

import csv
import io
import json
from dataclasses import replace

import pyogrio
import pytest
from django.urls import reverse

from layers.models import AnalysisRequest, AnalysisResult, AnalysisRun, AnalysisSurface, UnitKind
from layers.scope import Scope
from maps.exports.result_table import dead
from maps.services.comparison import compare, difference_steps
from maps.services.methods.register import METHODS
from maps.services.requests import compute_request, end_lost_requests
from maps.services.runs import run_analysis
from maps.views import analyses, analysis_runs
from maps.views.analysis_runs import tolerance_over
from tests.factories import (
    AddressFactory,
    AnalysisResultFactory,
    AnchorFactory,
    EpciFactory,
    IndicatorFactory,
    IrisFactory,
    PartnerFactory,
    SignalementFactory,
    TauxRunFactory,
    UserFactory,
    ZoneFactory,
    point,
    square,
)
from tests.queue import run_worker

YEAR = {"since": "2026-01-01", "until": "2026-12-31", "unit": "iris"}
FORM = YEAR | {"perimetre": "", "titre": "Essai", "zone_type": "QPV", "denominator": "dwellings"}
FORM |= {"family": "", "conclusion": "", "partner": "", "level": "95", "min_probability": "0,8"}


def populate(commune, x, cases):
    for n, count in enumerate(cases):
        code = f"{commune.code}{n:04d}"
        IrisFactory(commune=commune, code=code, nom=f"Îlot {code}", geom=square(x + 400 * n, 0, 400))
        IndicatorFactory(territoire_code=code, value=500)
        for _ in range(count):
            AnchorFactory(signalement=SignalementFactory(commune=commune), place_code=code)


@pytest.fixture
def town(commune, other_commune):
    """Two IRIS in each commune, twelve and three dwellings reported here, five and one there."""
    populate(commune, 0, (12, 3))
    populate(other_commune, 5000, (5, 1))
    return commune


def codes(scope=None) -> set[str]:
    rows = (
        AnalysisResult.objects.unscoped("essai")
        if scope is None
        else AnalysisResult.objects.visible_to(scope)
    )
    return set(rows.order_by("pk").values_list("unit_code", flat=True))


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


def test_a_run_on_everything_shows_a_partner_his_rows_and_no_total(
    town, partner_client, administrator_client
):
    run = run_analysis("taux", Scope.whole(), YEAR).run
    url = reverse("analysis", args=[run.pk])
    here, whole = (client.get(url).content.decode() for client in (partner_client, administrator_client))
    assert "Taux d’ensemble" in whole
    assert "Taux d’ensemble" not in here
    assert "vous lisez les lignes de votre périmètre" in here
    assert here.count("<tr data-code") == 2
    assert whole.count("<tr data-code") == 4


def test_the_table_sorts_by_each_column_nulls_last(town, administrator_client):
    run = TauxRunFactory()
    for position, (code, rate) in enumerate((("A", 5.0), ("B", None), ("C", 40.0))):
        figures = dict.fromkeys(("cases", "smoothed"), 1.0) | {"rate": rate}
        AnalysisResultFactory(
            run=run, position=position, unit_code=code, label=code, figures=figures, communes=["01001"]
        )

    def order(sort):
        page = administrator_client.get(reverse("analysis", args=[run.pk]), {"tri": sort}).content.decode()
        return [part[0] for part in page.split('<tr data-code="')[1:]]

    assert order("rate") == ["A", "C", "B"]
    assert order("-rate") == ["C", "A", "B"]
    assert order("-nom") == ["C", "B", "A"]
    assert order("rang") == ["A", "B", "C"]
    url = reverse("analysis", args=[run.pk])
    assert administrator_client.get(url, {"tri": "cases;drop"}).status_code == 400


def test_the_csv_opens_in_a_french_spreadsheet_and_runs_nothing(administrator_client, db):
    run = TauxRunFactory()
    AnalysisResultFactory(
        run=run,
        unit_kind=UnitKind.CLUSTER,
        unit_code="=1+1",
        label='=HYPERLINK("http://x";"y")',
        communes=["01001", "01002"],
        figures={"cases": 1234.0, "rate": 12.5, "smoothed": None},
    )
    answer = administrator_client.get(reverse("analysis-csv", args=[run.pk]))
    text = b"".join(answer.streaming_content).decode("utf-8")
    assert text.startswith("\ufeffRang;Type;Code;Nom;Communes;Classe;")
    head, row = csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";")
    found = dict(zip(head, row, strict=True))
    assert found["Code"] == "'=1+1"
    assert found["Nom"].startswith("'=HYPERLINK")
    assert (found["Logements signalés"], found["Classe"]) == ("1234", "On ne peut pas dire")
    assert found["Taux brut (pour 1\u00a0000)"] == "12,5"
    assert found["Taux lissé (pour 1\u00a0000)"] == ""
    assert found["Communes"] == "01001 01002"
    assert "attachment" in answer["Content-Disposition"]


@pytest.mark.parametrize("text", ["=A1", "+33", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_what_a_spreadsheet_would_run_is_made_text(text):
    assert dead(text) == f"'{text}"
    assert dead("rue de l’Essai") == "rue de l’Essai"


def test_the_geopackage_holds_the_rows_their_shapes_and_the_caveats(town, partner_client, tmp_path):
    partner_client.post(reverse("analysis-launch", args=["taux"]), FORM)
    run = AnalysisRun.objects.unscoped("essai").get()
    file = tmp_path / "lignes.gpkg"
    file.write_bytes(partner_client.get(reverse("analysis-geopackage", args=[run.pk])).content)
    about = pyogrio.read_info(file)
    assert (about["geometry_type"], about["features"]) == ("MultiPolygon", 2)
    assert "ose signaler" in about["layer_metadata"]["LIMITES"]
    rows = pyogrio.read_dataframe(file)
    assert rows["cases"].tolist() == [12, 3]
    assert rows["rate_private"].isna().all()
    assert rows.geometry.is_valid.all()


def test_the_map_draws_each_unit_as_its_register_does(town, partner_client, administrator_client):
    run = run_analysis("taux", Scope.whole(), YEAR).run
    url = reverse("analysis-map", args=[run.pk])
    whole, here = (
        json.loads(b"".join(client.get(url).streaming_content))
        for client in (administrator_client, partner_client)
    )
    assert len(whole["features"]) == 4
    assert {feature["properties"]["code"][:5] for feature in here["features"]} == {town.code}
    assert here["features"][0]["geometry"]["type"] == "MultiPolygon"
    assert "rate_private" not in here["features"][0]["properties"]
    epci = EpciFactory()
    town.epci = epci
    town.save()
    run = TauxRunFactory()
    AnalysisResultFactory(run=run, unit_kind=UnitKind.EPCI, unit_code=epci.code, communes=[town.code])
    AnalysisResultFactory(run=run, unit_kind=UnitKind.PARCELLE, unit_code="partie", communes=[town.code])
    drawn = json.loads(
        b"".join(administrator_client.get(reverse("analysis-map", args=[run.pk])).streaming_content)
    )
    assert [feature["properties"]["code"] for feature in drawn["features"]] == [epci.code]


def test_a_wide_map_loses_the_details_it_cannot_show():
    assert tolerance_over([3.0, 46.0, 3.05, 46.1]) == 0
    assert tolerance_over([-5.0, 41.0, 9.0, 51.0]) == pytest.approx(7e-4)


def test_a_map_is_cut_to_what_a_browser_follows(administrator_client, db, monkeypatch):
    monkeypatch.setattr(analysis_runs, "DRAWN_ROWS", 2)
    run = TauxRunFactory()
    for position in range(3):
        AnalysisResultFactory(run=run, position=position, unit_kind=UnitKind.CLUSTER, geom=square(0, 0, 10))
    drawn = administrator_client.get(reverse("analysis-map", args=[run.pk]))
    features = json.loads(b"".join(drawn.streaming_content))["features"]
    assert [feature["properties"]["rang"] for feature in features] == [0, 1]
    assert (
        "les 2 premières lignes"
        in administrator_client.get(reverse("analysis", args=[run.pk])).content.decode()
    )


def test_a_surface_is_for_who_reads_the_whole_perimeter(town, partner_client, administrator_client):
    run = TauxRunFactory()
    AnalysisSurface.objects.create(run=run, unit="rapport", geotiff=b"II*")
    url = reverse("analysis-geotiff", args=[run.pk])
    assert administrator_client.get(url).content == b"II*"
    assert partner_client.get(url).status_code == 404


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


def asked(user, **fields) -> AnalysisRequest:
    values = {**YEAR, **fields.pop("parameters", {})}
    return AnalysisRequest.objects.create(
        method="taux",
        author=user,
        parameters=values,
        everything=False,
        communes=list(user.partner.communes.order_by("code").values_list("code", flat=True)),
        **fields,
    )


def test_a_request_is_computed_once_by_a_worker(town, partner_user, partner_client):
    request = asked(partner_user)
    assert "analyse" in compute_request(request.pk)
    assert compute_request(request.pk) == "rien à faire"
    request.refresh_from_db()
    assert request.run.communes == [town.code]
    page = partner_client.get(reverse("analysis-request", args=[request.pk]))
    assert page["Location"] == reverse("analysis", args=[request.run_id])
    again = asked(partner_user)
    compute_request(again.pk)
    again.refresh_from_db()
    assert (again.run_id, again.message[:13]) == (request.run_id, "Cette analyse")


def test_a_request_that_cannot_be_says_why(town, partner_user, partner_client):
    request = asked(partner_user, parameters={"since": "2020-01-01", "until": "2020-02-01"})
    assert compute_request(request.pk) == "refusée"
    page = partner_client.get(reverse("analysis-request", args=[request.pk])).content.decode()
    assert "ucun signalement ne répond" in page


def test_a_request_that_waits_may_be_taken_back(town, partner_user, partner_client, other_partner_client):
    request = asked(partner_user)
    state = partner_client.get(reverse("analysis-request-progress", args=[request.pk])).json()
    assert (state["step"], state["no_worker"], state["over"]) == ("waiting", True, False)
    cancel = reverse("analysis-request-cancel", args=[request.pk])
    assert other_partner_client.post(cancel).status_code == 404
    partner_client.post(cancel)
    request.refresh_from_db()
    assert request.status == AnalysisRequest.Status.CANCELLED
    assert compute_request(request.pk) == "rien à faire"


@pytest.mark.usefixtures("queue")
def test_a_long_analysis_is_queued_computed_by_a_worker_and_found_again(town, partner_client, monkeypatch):
    monkeypatch.setitem(METHODS, "taux", replace(METHODS["taux"], is_long=True))
    answer = partner_client.post(reverse("analysis-launch", args=["taux"]), FORM)
    request = AnalysisRequest.objects.get()
    assert answer["Location"] == reverse("analysis-request", args=[request.pk])
    assert "L’analyse attend son tour" in partner_client.get(answer["Location"]).content.decode()
    run_worker()
    request.refresh_from_db()
    assert (request.status, request.run.title) == (AnalysisRequest.Status.DONE, "Essai")
    assert partner_client.get(answer["Location"])["Location"] == reverse("analysis", args=[request.run_id])


@pytest.mark.usefixtures("queue")
def test_a_wide_perimeter_is_for_a_worker(town, administrator_client, monkeypatch):
    monkeypatch.setattr(analyses, "WIDE", 1)
    answer = administrator_client.post(reverse("analysis-launch", args=["taux"]), FORM)
    assert "/analyses/demandes/" in answer["Location"]
    assert AnalysisRequest.objects.get().everything


def test_a_request_whose_job_was_given_up_is_said_lost(town, partner_user):
    asked(partner_user, status=AnalysisRequest.Status.RUNNING, job=10**9)
    assert end_lost_requests() == 1
    assert AnalysisRequest.objects.get().status == AnalysisRequest.Status.FAILED


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
