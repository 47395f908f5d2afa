"""The page of a run and its files; each reader in his perimeter."""

import csv
import io
import json
import re

import pyogrio
import pytest
from django.urls import reverse

from layers.models import AnalysisRun, AnalysisSurface, UnitKind
from layers.scope import Scope
from maps.exports.result_table import dead
from maps.services.runs import run_analysis
from maps.views import analysis_runs
from maps.views.analysis_runs import tolerance_over
from tests.factories import (
    AnalysisResultFactory,
    EpciFactory,
    TauxRunFactory,
    square,
)
from tests.maps.analyses.town import FORM, YEAR


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


def limits(client, run) -> dict[str, set[float]]:
    page = client.get(reverse("analysis", args=[run.pk])).content.decode()
    config = json.loads(re.search(r'id="analysis-config"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    return {view["id"]: {step["low"] for step in view["steps"]} - {None} for view in config["views"]}


def test_the_class_limits_of_a_map_are_figures_that_its_reader_reads(
    town, partner_client, administrator_client
):
    """Rates of 24 and 6 for 1 000 here, 10 and 2 there: 10 is a limit of whoever reads both."""
    run = run_analysis("taux", Scope.whole(), YEAR).run
    assert limits(administrator_client, run)["rate"] == {2.0, 6.0, 10.0}
    assert limits(partner_client, run)["rate"] == {6.0}
    # those that the method fixes are nobody's figures
    assert limits(partner_client, run)["smr"] == limits(administrator_client, run)["smr"]


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
