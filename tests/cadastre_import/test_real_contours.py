"""Outlines of communes in the files that are about: a region's, an agency's, France in one feature a line."""

import gzip
import json
from pathlib import Path

import pyogrio
import pytest
from django.conf import settings
from django.core.management import call_command

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Commune, ImportRun, Zone

REAL = Path(settings.REAL_DATA_DIR)
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"les fichiers réels ne sont pas dans {REAL} (réglage GEO_LHI_REAL_DATA)"
    ),
]
FILES = (
    "admin/france-geojson/communes-13-bouches-du-rhone.geojson",
    "admin/france-geojson/communes-59-nord.geojson",
    "admin/france-geojson/communes-76-seine-maritime.geojson",
    "admin/france-geojson/communes-93-seine-saint-denis.geojson",
    "admin/france-geojson/communes-974-la-reunion.geojson",
    "bondy_93010/zonages/communes_est_ensemble.geojson",
    "bondy_93010/zonages/ept_est_ensemble.geojson",
    "qpv/occitanie_communes.geojson",
)


@pytest.mark.parametrize("name", FILES)
def test_each_commune_of_the_file_has_its_outline(name):
    told = pyogrio.read_info(REAL / name)["features"]
    report = run_import(SOURCES["contours-communes"], REAL / name)
    print(f"\n{name} : {report}")
    assert report.read == told
    assert Commune.objects.filter(geom__isnull=False).count() == told - len(report.rejects)
    assert report.rejects == []


def test_communes_and_arrondissements_of_france_one_feature_a_line():
    path = REAL / "admin/communes_france_2026.geojsonl.gz"
    with gzip.open(path) as stream:
        told = sum(1 for line in stream if line.strip())
    report = run_import(SOURCES["contours-communes"], path)
    print(f"\ncommunes de France : {report} ; {report.repaired} réparées")
    assert report.read == told == 34_912
    assert Commune.objects.filter(geom__isnull=False).count() == told
    assert report.rejects == []
    assert Commune.objects.get(pk="97411").departement == "974"
    assert run_import(SOURCES["contours-communes"], path).already_imported_on is not None


def test_an_outline_names_a_new_commune_and_keeps_the_name_of_a_known_one():
    Commune.objects.create(code="93010", nom="Bondy (COG)", departement="93", codes_postaux=[])
    run_import(SOURCES["contours-communes"], REAL / "bondy_93010/zonages/ept_est_ensemble.geojson")
    assert Commune.objects.get(pk="93010").nom == "Bondy (COG)"
    assert Commune.objects.get(pk="93006").nom == "Bagnolet"


def test_the_quartiers_of_marseille_enter_by_a_mapping(tmp_path, capsys):
    path = REAL / "marseille/quartiers_111.geojson.gz"
    told = len(json.loads(gzip.decompress(path.read_bytes()))["features"])
    mapping = tmp_path / "quartiers.toml"
    mapping.write_text(
        'cible = "perimetres"\nnom = "quartiers-marseille"\n'
        '[colonnes]\nnom = "nom_qua"\n[constantes]\ntype = "AUTRE"\n',
        encoding="utf-8",
    )
    call_command("import_table", str(path), "--map", str(mapping))
    print(capsys.readouterr().out)
    run = ImportRun.objects.get()
    assert run.read == told == 111
    assert Zone.objects.filter(type="AUTRE").count() == told - run.rejected
    assert run.rejected <= 1
