"""Other official files as published: EDIGEO, BD TOPO, Filosofi, QPV, IRIS of Paris and of La Réunion."""

import gzip
import json
import zipfile
from datetime import date
from pathlib import Path

import pyogrio
import pytest
from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Polygon

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import Batiment, Commune, Indicator, Iris, Parcelle, Section, Zone
from tests.factories import CommuneFactory

REAL = Path(settings.REAL_DATA_DIR)
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"les fichiers réels ne sont pas dans {REAL} (réglage GEO_LHI_REAL_DATA)"
    ),
]

# Sheet: parcelles, buildings that it holds
SHEETS = {
    "13029/edigeo-130290000A01": (389, 239),
    "25354/edigeo-25354000AB01": (14, 0),
    "25354/edigeo-25354000AK01": (142, 134),
    "25354/edigeo-25354000ZB01": (68, 33),
    "25354/edigeo-25354000ZC01": (78, 24),
    "25354/edigeo-25354000ZD01": (22, 1),
    "25354/edigeo-25354000ZE01": (61, 4),
    "25354/edigeo-25354000ZH01": (80, 40),
    "25354/edigeo-25354000ZI01": (46, 16),
    "74024/edigeo-740240000A01": (404, 81),
}


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_of_the_plan_cadastral(sheet):
    commune = sheet[:5]
    CommuneFactory(code=commune, geom=None)
    path = REAL / "edigeo" / f"{sheet}.tar.bz2"
    parcelles, batiments = SHEETS[sheet]
    report = run_import(SOURCES["edigeo-parcelles"], path, millesime=date(2025, 7, 1))
    assert report.read == parcelles
    assert Parcelle.objects.count() == parcelles - len(report.rejects)
    assert len(report.rejects) <= 2, report.rejects
    first = Parcelle.objects.order_by("pk").first()
    assert (first.commune_id, len(first.idu), first.millesime) == (commune, 14, date(2025, 7, 1))
    assert first.contenance > 0
    # one section a sheet
    run_import(SOURCES["edigeo-sections"], path)
    assert Section.objects.get().geom.covers(first.geom.point_on_surface)
    if batiments:
        report = run_import(SOURCES["edigeo-batiments"], path)
        assert report.read == batiments
        assert Batiment.objects.count() == batiments - len(report.rejects)
    else:
        with pytest.raises(UnreadableFile, match="BATIMENT_id"):
            run_import(SOURCES["edigeo-batiments"], path)


def test_communes_keep_the_codes_of_those_merged_into_them():
    run_import(SOURCES["communes"], REAL / "admin/cog2026/communes.json.gz")
    assert "74011" in Commune.objects.get(pk="74010").anciens_codes
    # 75010 until 1968: a postcode of Paris in the wrong column must not become Bondy
    assert Commune.objects.get(pk="93010").anciens_codes == []


def test_sheets_of_a_commune_add_up():
    CommuneFactory(code="25354", geom=None)
    for sheet in ("AB01", "AK01"):
        path = REAL / "edigeo/25354" / f"edigeo-25354000{sheet}.tar.bz2"
        assert run_import(SOURCES["edigeo-parcelles"], path).closed == 0
    assert Parcelle.objects.current().count() == 14 + 142


def test_buildings_of_the_bd_topo_that_the_cadastre_does_not_draw():
    extent = MultiPolygon(Polygon.from_bbox((661_900, 6_357_900, 666_100, 6_362_600)), srid=2154)
    extent.transform(4326)
    CommuneFactory(code="12174", geom=extent)
    path = REAL / "bati/bdtopo_v3_12174_BATIMENT.shp.zip"
    report = run_import(SOURCES["bdtopo-batiments"], path)
    assert report.read == 2273
    assert Batiment.objects.count() == 2273 - len(report.rejects)
    assert {reason for _, reason, _ in report.rejects} == {
        "état : 'En construction', le bâtiment n’est pas en service"
    }
    assert Batiment.objects.filter(commune="12174", type="02").exists()

    drawn = Batiment.objects.order_by("pk").first()
    Batiment.objects.exclude(pk=drawn.pk).delete()
    Batiment.objects.filter(pk=drawn.pk).update(code="12174-cadastre")
    again = run_import(SOURCES["bdtopo-batiments"], path, force=True)
    assert again.notices == ["1 bâtiment(s) que le cadastre dessine déjà, non ajoutés"]
    assert not Batiment.objects.filter(pk=drawn.pk).exists()


def test_income_of_the_iris_of_46_communes():
    path = REAL / "iris/iris_46communes_filosofi2019.gpkg"
    _, _, _, (codes, rates) = pyogrio.raw.read(path, columns=["CODE_IRIS", "DEC_TP6019"], read_geometry=False)
    report = run_import(SOURCES["filosofi"], path)
    assert report.rejects == []
    poverty = Indicator.objects.filter(code="DEC_TP60", millesime=2019)
    assert poverty.count() == len(set(codes)) == 1284
    silent = poverty.filter(value=None)
    assert silent.count() == 150
    assert set(silent.values_list("secret", flat=True)) == {"non diffusé"}
    shown = dict(poverty.exclude(value=None).values_list("territoire_code", "value"))
    assert shown == {code: rate for code, rate in zip(codes, rates, strict=True) if rate == rate}
    assert not Indicator.objects.filter(code__contains="NOTE").exists()


def test_income_in_the_insee_csv_says_why_a_figure_is_absent(tmp_path):
    path = tmp_path / "BASE_TD_FILO_DEC_IRIS_2020.csv"
    path.write_text(
        "IRIS;DEC_PIMP20;DEC_TP6020;DEC_NOTE20\n930100101;41,5;32,1;0\n930100102;ns;nd;1\n93010010;1;1;0\n"
    )
    report = run_import(SOURCES["filosofi"], path)
    assert set(Indicator.objects.values_list("territoire_code", "code", "millesime", "value", "secret")) == {
        ("930100101", "DEC_PIMP", 2020, 41.5, ""),
        ("930100101", "DEC_TP60", 2020, 32.1, ""),
        ("930100102", "DEC_PIMP", 2020, None, "non significatif"),
        ("930100102", "DEC_TP60", 2020, None, "non disponible"),
    }
    assert {line for line, _, _ in report.rejects} == {4}


def test_qpv_of_occitanie():
    report = run_import(SOURCES["qpv"], REAL / "qpv/occitanie_qp.geojson")
    assert report.read == 105
    assert Zone.objects.filter(type="QPV").count() == 105 - len(report.rejects)
    assert len(report.rejects) <= 2, report.rejects
    with pytest.raises(UnreadableFile, match="aucune colonne de géométrie"):
        run_import(SOURCES["qpv"], REAL / "qpv/occitanie_qp.csv")


def test_iris_of_paris_whose_projection_has_no_name():
    path = REAL / "paris/iris_75.shp.zip"
    for number in range(75101, 75121):
        CommuneFactory(code=str(number), geom=None)
    with zipfile.ZipFile(path) as archive:
        records = int.from_bytes(archive.read("iris_75.dbf")[4:8], "little")
    report = run_import(SOURCES["iris"], path, srid=2154)
    assert report.read == records == 992
    assert Iris.objects.count() == 992 - len(report.rejects)
    west, south, east, north = Iris.objects.get(pk="751010101").geom.extent
    assert 2.2 < west < east < 2.5
    assert 48.8 < south < north < 48.95


def test_iris_of_la_reunion_as_opendatasoft_exports_them():
    path = REAL / "outremer/iris_reunion_ods.json.gz"
    records = json.loads(gzip.decompress(path.read_bytes()))
    for code in {record["com_code"][0] for record in records}:
        CommuneFactory(code=code, departement="974", geom=None)
    report = run_import(SOURCES["iris"], path)
    assert Iris.objects.count() == len(records) - len(report.rejects) == 344
    iris = Iris.objects.get(pk="974020103")
    assert (iris.nom, iris.type, iris.commune_id) == ("Les Hauts de la Rivière du Mât", "H", "97402")
