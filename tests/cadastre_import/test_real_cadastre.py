"""The cadastre of other places and years as published: Paris 18e, a village of Normandy whose fields are few."""

import gzip
import json
import shutil
from pathlib import Path

import geopandas
import pyogrio
import pytest
import shapely
from django.conf import settings
from django.contrib.gis.geos import MultiPolygon, Polygon
from pyproj import CRS

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Batiment, Indicator, Parcelle, Section
from tests.factories import CommuneFactory

REAL = Path(settings.REAL_DATA_DIR)
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not REAL.is_dir(), reason=f"les fichiers réels ne sont pas dans {REAL} (réglage GEO_LHI_REAL_DATA)"
    ),
]
FILES = [
    ("parcelles", "paris/cadastre-75118-parcelles.json.gz", "75118", Parcelle),
    ("parcelles", "terresdebord_27412/parcelles.geojson.gz", "27412", Parcelle),
    ("sections", "terresdebord_27412/sections.geojson.gz", "27412", Section),
    ("batiments", "terresdebord_27412/batiments.geojson.gz", "27412", Batiment),
]


@pytest.mark.parametrize(("source", "name", "commune", "model"), FILES)
def test_counts_are_those_of_the_file_less_the_rejects(source, name, commune, model):
    features = json.loads(gzip.decompress((REAL / name).read_bytes()))["features"]
    CommuneFactory(code=commune, geom=None)
    report = run_import(SOURCES[source], REAL / name)
    print(f"\n{name} : {report}", *{reason for _, reason, _ in report.rejects}, sep="\n  ")
    assert report.read == len(features)
    assert model.objects.filter(commune=commune).count() == len(features) - len(report.rejects)
    assert len(report.rejects) <= len(features) // 1000


def test_buildings_of_the_cadastre_as_a_geopackage_in_lambert_93():
    path = REAL / "bati/cadastre_bati_95430.gpkg"
    info = pyogrio.read_info(path)
    CommuneFactory(code="95430", geom=None)
    report = run_import(SOURCES["batiments"], path)
    print(f"\n{path.name} : {report}", *{reason for _, reason, _ in report.rejects}, sep="\n  ")
    assert report.read == info["features"] == 1921
    assert Batiment.objects.current().filter(commune="95430").count() == 1921 - len(report.rejects)


def test_parcelles_as_the_zipped_shapefile_of_the_same_producer(tmp_path):
    """The Shapefile has no ``arpente``; the rest is the same row, so importing it after the GeoJSON adds nothing."""
    path = REAL / "terresdebord_27412/parcelles.geojson.gz"
    CommuneFactory(code="27412", geom=None)
    run_import(SOURCES["parcelles"], path)
    (tmp_path / "shp").mkdir()
    geopandas.read_file(f"/vsigzip/{path}").to_file(tmp_path / "shp/parcelles.shp")
    archive = shutil.make_archive(str(tmp_path / "cadastre-27-parcelles-shp"), "zip", tmp_path / "shp")
    report = run_import(SOURCES["parcelles"], Path(archive))
    print(f"\nShapefile : {report}")
    assert (report.read, report.added, report.closed, report.rejects) == (1990, 0, 0, [])


@pytest.mark.parametrize(
    ("name", "commune"),
    [("bati/bati_95430.gpkg", "95430"), ("bondy_93010/bati/bdtopo_bati_bondy_prir129.geojson", "93010")],
)
def test_selections_of_the_bd_topo_by_others(name, commune):
    info = pyogrio.read_info(REAL / name)
    extent = shapely.buffer(shapely.box(*info["total_bounds"]), 1e-9)
    outline = MultiPolygon(
        Polygon.from_bbox(extent.bounds), srid=CRS.from_user_input(info["crs"]).to_epsg(70)
    )
    outline.transform(4326)
    CommuneFactory(code=commune, geom=outline)
    report = run_import(SOURCES["bdtopo-batiments"], REAL / name)
    print(f"\n{name} : {report}", *{reason for _, reason, _ in report.rejects}, sep="\n  ")
    assert report.read == info["features"]
    assert Batiment.objects.filter(commune=commune).count() == info["features"] - len(report.rejects)


def test_income_of_the_iris_of_paris_from_a_table_of_the_insee():
    path = REAL / "paris/insee_iris_paris_2017.csv"
    lines = len(path.read_text().splitlines()) - 1
    report = run_import(SOURCES["filosofi"], path)
    poverty = Indicator.objects.filter(code="DISP_TP60", millesime=2017)
    print(f"\n{path.name} : {report} ; {poverty.filter(value=None).count()} sans valeur, motif dit")
    assert poverty.count() == lines == 871
    assert not poverty.filter(value=None, secret="").exists()
