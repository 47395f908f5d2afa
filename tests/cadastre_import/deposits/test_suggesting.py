"""A file whose name says nothing is recognised by what it holds; one that is nothing of ours is not."""

import json

import pytest

from cadastre_import.deposits.suggesting import suggested_source
from tests.cadastre_import.official_files import export_row, parcelle, polygon, write_csv, write_features


@pytest.fixture
def folder(tmp_path):
    """Give the folder of one file."""
    (tmp_path / "dossier").mkdir()
    return tmp_path / "dossier"


def test_parcelles_and_reports_are_told_by_their_content(folder):
    path = write_features(folder / "données.gz", [parcelle("60999000AB0001")])
    assert suggested_source(path) == "parcelles"
    path.unlink()
    assert suggested_source(write_csv(folder / "liste.csv", [export_row("2025-1")])) == "signal-logement"


def test_a_perimeter_is_told_from_a_quartier_prioritaire(folder):
    shape = polygon(0, 0, 10)
    for properties, source in (
        ({"type": "OPAH", "nom": "Centre"}, "perimetres"),
        ({"code_qp": "QN06001M", "lib_qp": "La Noue"}, "qpv"),
    ):
        feature = {"type": "Feature", "properties": properties, "geometry": shape}
        path = folder / "zone.json"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
        assert suggested_source(path) == source


def test_the_official_name_comes_first(folder):
    assert suggested_source(write_csv(folder / "adresses-60.csv", [export_row("2025-1")])) == "ban"


@pytest.mark.parametrize("content", ["a;b\n1;2\n", '{"a": 1}', "du texte\n", "[]"])
def test_nothing_of_ours_is_nothing(folder, content):
    path = folder / "autre.txt"
    path.write_text(content)
    assert suggested_source(path) == ""
