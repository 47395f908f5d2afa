"""What a register that nobody foresaw leaves among its rejects, and how it comes back."""

import json
from pathlib import Path

import pytest
from django.core.management import call_command

from cadastre_import.readers.delimited import REASON
from layers.models import ImportReject, ImportRun, Indicator, Signalement
from tests.cadastre_import.official_files import write_csv, write_features
from tests.factories import CommuneFactory, point

REPORTS = """
cible = "signalements"
nom = "hygiene-ici"
[colonnes]
"Référence" = "N°"
"Déposé le" = "Date"
"Adresse" = ["Rue"]
[constantes]
"Statut" = "en cours"
"Code INSEE" = "60999"
"""
INDICATORS = """
cible = "indicateurs"
nom = "vacance-ici"
[colonnes]
code = "IRIS"
[constantes]
millesime = 2024
[indicateurs]
VACANTS = "vacants"
"""


@pytest.fixture(autouse=True)
def _ici(db):
    CommuneFactory(code="60999", geom=None)


def imported(tmp_path: Path, path: Path, text: str) -> ImportRun:
    mapping = tmp_path / "carte.toml"
    mapping.write_text(text)
    call_command("import_table", str(path), "--map", str(mapping))
    return ImportRun.objects.latest("pk")


def row(number: str, day: str) -> dict[str, str]:
    return {"N°": number, "Date": day, "Rue": "12 rue du Moulin", "Occupant": "DUPONT"}


def test_the_columns_that_are_read_are_kept_and_come_back_corrected(tmp_path):
    path = write_csv(tmp_path / "registre.csv", [row("1", "03/02/2025"), row("2", "31/02/2025")])
    run = imported(tmp_path, path, REPORTS)
    (reject,) = ImportReject.objects.all()
    assert json.loads(reject.content) == {"N°": "2", "Date": "31/02/2025", "Rue": "12 rue du Moulin"}
    given_back = tmp_path / "rejets.csv"
    call_command("rejects", str(run.pk), output=given_back)
    assert "DUPONT" not in given_back.read_text()
    given_back.write_text(given_back.read_text().replace("31/02/2025", "28/02/2025"))
    run = imported(tmp_path, given_back, REPORTS)
    assert (run.added, run.rejected) == (1, 0)
    assert Signalement.objects.unscoped("test").count() == 2


def test_of_a_feature_its_place_and_what_is_read_are_kept(tmp_path):
    place = point(3, 4)
    geometry = {"type": "Point", "coordinates": [place.x, place.y]}
    feature = {"type": "Feature", "geometry": geometry, "properties": row("2", "31/02/2025")}
    path = write_features(tmp_path / "registre.geojson", [feature], compress=False)
    run = imported(tmp_path, path, REPORTS)
    (reject,) = ImportReject.objects.all()
    told = {"N°": "2", "Date": "31/02/2025", "Rue": "12 rue du Moulin"}
    assert json.loads(reject.content) == {"properties": told, "geometry": geometry}
    given_back = tmp_path / "rejets.geojson"
    call_command("rejects", str(run.pk), output=given_back)
    assert REASON in given_back.read_text()
    given_back.write_text(given_back.read_text().replace("31/02/2025", "28/02/2025"))
    assert imported(tmp_path, given_back, REPORTS).added == 1
    assert Signalement.objects.unscoped("test").get().declared_geom.coords == pytest.approx(place.coords)


def test_indicators_are_read_from_features_too(tmp_path):
    place = point(3, 4)
    feature = {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [place.x, place.y]},
        "properties": {"IRIS": "609990101", "vacants": 12},
    }
    run = imported(tmp_path, write_features(tmp_path / "v.geojson", [feature], compress=False), INDICATORS)
    assert (run.added, run.rejected) == (1, 0)
    assert Indicator.objects.get().value == 12
