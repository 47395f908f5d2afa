"""The demonstration over a base that knows some of its territory in a newer edition."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from cadastre_import.folder import import_files, recognise
from cadastre_import.management.commands import load_demo
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import OlderEdition
from layers.models import Iris, Parcelle
from tests.cadastre_import.official_files import parcelle, polygon, write_features
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db
NEWER = date(2026, 11, 20)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Give the files of the demonstration: one parcelle, one IRIS; the cadastre in place is newer."""
    CommuneFactory(code="60999", geom=None)
    demo = tmp_path / "demo"
    for name in ("cadastre", "iris", "cog"):
        (demo / name).mkdir(parents=True)
    write_features(
        demo / "cadastre/cadastre-60999-parcelles.json", [parcelle("60999000AB0001")], compress=False
    )
    iris = {"code_iris": "609990101", "nom_iris": "Ici", "type_iris": "H"}
    feature = {"type": "Feature", "properties": iris, "geometry": polygon(0, 0, 100)}
    write_features(demo / "iris/iris_2026.geojson", [feature], compress=False)
    (demo / "cog/epci.json").write_text(json.dumps([{"code": "200060999"}]))
    current = write_features(tmp_path / "cadastre-60999-parcelles.json.gz", [parcelle("60999000AB0002")])
    run_import(SOURCES["parcelles"], current, millesime=NEWER)
    return demo


def files_of(folder: Path):
    return [found for found in recognise(folder) if found.source in ("parcelles", "iris")]


def test_the_newer_cadastre_stays_and_the_rest_is_loaded_beside_it(folder, settings, monkeypatch):
    monkeypatch.setattr(load_demo, "recognise", files_of)
    monkeypatch.setattr(load_demo, "_written_version", lambda folder: load_demo._generator_version())
    monkeypatch.setattr(load_demo, "call_command", lambda *arguments, **options: None)
    settings.VAR_DIR = folder.parent
    out = io.StringIO()
    call_command("load_demo", stdout=out, verbosity=0)
    said = [line.strip() for line in out.getvalue().splitlines()]
    assert "cadastre-60999-parcelles.json : une édition plus récente est en place : elle reste" in said
    assert list(Parcelle.objects.current().values_list("pk", "millesime")) == [("60999000AB0002", NEWER)]
    assert Iris.objects.get().pk == "609990101"


def test_a_folder_stops_there_and_says_what_to_do(folder):
    with pytest.raises(OlderEdition, match=r"plus ancienne que celle en place \(20/11/2026\).*--millesime"):
        list(import_files(files_of(folder), millesime=load_demo.DEMO_EDITION))
    with pytest.raises(CommandError, match="plus ancienne"):
        call_command("import_folder", folder / "cadastre", millesime=load_demo.DEMO_EDITION)
