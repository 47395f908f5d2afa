"""From official files to a rate on the map, on a small invented town whose truth is known."""

import csv
import io
import json

import pytest
from django.core.management import CommandError, call_command

from cadastre_import.demo import generate
from geo_lhi.accounts.models import User
from geo_lhi.accounts.scopes import scope_of
from layers.models import AnalysisRun, Anchor, Geocoding, ImportRun, IrisResult, Signalement
from layers.registry import IRIS_RATES

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    """Give the folder of an invented town of ten IRIS."""
    folder = tmp_path_factory.mktemp("town")
    generate(folder, communes=1)
    return folder


def say(command: str, *arguments: object, **options: object) -> str:
    """Run a command and give what it wrote."""
    out = io.StringIO()
    call_command(command, *arguments, stdout=out, **options)
    return out.getvalue()


def everything(folder) -> str:
    """Run the whole chain and give what it said."""
    said = say("import_folder", folder, "--millesime", "2026-10-01")
    for command in ("geocode_signalements", "anchor_signalements", "run_analyses"):
        said += say(command)
    return said


def state() -> list[object]:
    """Give all that the chain writes, in a stable order."""
    return [
        list(Signalement.objects.unscoped("test").order_by("pk").values()),
        list(Geocoding.objects.order_by("pk").values()),
        list(Anchor.objects.order_by("signalement_id", "kind", "place_code").values()),
        list(IrisResult.objects.unscoped("test").order_by("pk").values()),
    ]


def test_reports_come_in_as_addresses_and_leave_as_places(town):
    everything(town)
    with (town / "verite_adresses.csv").open(encoding="utf-8-sig") as stream:
        truth = {row["reference"]: row for row in csv.DictReader(stream)}
    reports = {report.pk: report for report in Signalement.objects.unscoped("test")}
    assert {report.reference for report in reports.values()} == set(truth)

    found = {kind: {} for kind in Anchor.Kind.values}
    for anchor in Anchor.objects.filter(is_best=True):
        found[anchor.kind][reports[anchor.signalement_id].reference] = anchor.place_code
    placed = [r for r in reports.values() if r.precision == Signalement.Precision.NUMERO]
    right = {
        name: sum(found[kind].get(reference) == row[name] for reference, row in truth.items()) / len(truth)
        for kind, name in ((Anchor.Kind.ADDRESS, "ban_id"), (Anchor.Kind.PARCELLE, "idu"), (Anchor.Kind.IRIS, "iris"))
    }  # fmt: skip
    print(f"\n{len(reports)} signalements : {len(placed) / len(reports):.1%} au numéro ; justes : {right}")
    assert len(placed) / len(reports) > 0.85
    assert right["ban_id"] > 0.85
    assert right["idu"] > 0.85
    assert right["iris"] > 0.93
    assert not [r for r in reports.values() if r.geom is None], "a low score never erases a position"

    run = AnalysisRun.objects.unscoped("essai").get(method=IRIS_RATES)
    results = IrisResult.objects.unscoped("test")
    assert results.count() == run.summary["iris"] == 10
    assert all(r.low_per_1000 <= r.rate_per_1000 <= r.high_per_1000 for r in results if r.dwellings)
    planted = json.loads((town / "verite.json").read_text())["foyers"][0]["iris"][0]
    highest = results.exclude(dwellings=None).order_by("-exceedance").values_list("iris_id", flat=True)[:2]
    assert planted in highest


def test_run_again_it_changes_nothing(town):
    everything(town)
    before, imports = state(), ImportRun.objects.count()
    runs = AnalysisRun.objects.unscoped("essai").count()
    assert runs > 3
    said = everything(town)
    assert state() == before
    assert ImportRun.objects.count() == imports
    assert said.count("déjà importé") == imports
    assert AnalysisRun.objects.unscoped("essai").count() == runs


def test_demo_accounts_read_their_perimeter_and_no_more(town):
    say("import_folder", town)
    siren = json.loads((town / "cog/epci.json").read_text())[0]["code"]
    assert "epci" in say("create_demo_accounts", epci=siren)
    say("create_demo_accounts", epci=siren)
    accounts = {user.username: scope_of(user) for user in User.objects.all()}
    assert set(accounts) == {"epci", "commune", "admin"}
    assert accounts["admin"].everything
    assert len(accounts["commune"].communes) == 1
    assert accounts["commune"].communes <= accounts["epci"].communes


def test_demo_accounts_are_refused_on_a_public_site(settings):
    settings.HTTPS = True
    with pytest.raises(CommandError, match="HTTPS"):
        say("create_demo_accounts", epci="243699907")


def test_a_folder_without_official_names_is_told(tmp_path):
    (tmp_path / "photo.jpg").write_bytes(b"")
    with pytest.raises(CommandError, match="aucun fichier au nom officiel"):
        say("import_folder", tmp_path)


def test_analysing_an_empty_base_says_what_to_import():
    with pytest.raises(CommandError, match="importez"):
        say("run_analyses")
