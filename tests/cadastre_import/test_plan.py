"""Sheets of the plan, and the prefixes that name absorbed communes."""

from datetime import date

import pytest

from cadastre_import.geocoding.communes import CommuneDirectory
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Feuille, PrefixeSection
from tests.cadastre_import.official_files import polygon, write_features
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db


def feature(**properties: str) -> dict:
    return {"type": "Feature", "geometry": polygon(0, 0, 10), "properties": properties}


@pytest.fixture(autouse=True)
def _annecy():
    CommuneFactory(code="74010", nom="Annecy")


def test_sheets_follow_the_editions_of_the_plan(tmp_path):
    sheets = [
        feature(id="74010000AB01", commune="74010", qualite="Plan régulier", echelle="500"),
        feature(id="74010000AB02", commune="74010"),
        feature(id="74010000AB", commune="74010"),
    ]
    report = run_import(
        SOURCES["feuilles"], write_features(tmp_path / "f.json.gz", sheets), millesime=date(2025, 1, 1)
    )
    assert [reason for _, reason, _ in report.rejects] == ["id : code invalide '74010000AB'"]
    first = Feuille.objects.get(pk="74010000AB01")
    assert (first.commune_id, first.echelle, first.qualite) == ("74010", "500", "Plan régulier")
    path = write_features(tmp_path / "g.json.gz", sheets[:1])
    assert run_import(SOURCES["feuilles"], path, millesime=date(2025, 7, 1)).closed == 1
    assert [sheet.pk for sheet in Feuille.objects.current()] == ["74010000AB01"]


@pytest.mark.parametrize(("ancienne", "code"), [("74011", "74011"), ("011", "74011"), ("", ""), ("x", "")])
def test_a_prefix_names_the_commune_that_was_absorbed(tmp_path, ancienne, code):
    prefix = feature(id="74010011", commune="74010", prefixe="011", ancienne=ancienne, nom="ANNECY-LE-VIEUX")
    run_import(SOURCES["prefixes-sections"], write_features(tmp_path / "p.json.gz", [prefix]))
    kept = PrefixeSection.objects.get()
    assert (kept.pk, kept.commune_id, kept.ancienne, kept.nom) == (
        "74010011",
        "74010",
        code,
        "ANNECY-LE-VIEUX",
    )
    # and an address that still names it is looked for in the commune of today
    assert set(CommuneDirectory.load().meant("", "", "annecy le vieux")) == {"74010"}
