"""The same perimeter in each format that collectivités send; its projection is read, asked for, or refused."""

import zipfile
from datetime import date

import numpy as np
import pyogrio
import pytest
import shapely
from django.core.management import call_command

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import Commune, ImportRun, Zone
from tests.cadastre_import.official_files import write_csv
from tests.cadastre_import.vector_files import KML, LAMBERT, SQUARE, shapefile, written

pytestmark = pytest.mark.django_db

PERIMETRES = SOURCES["perimetres"]


def the_zone() -> tuple:
    zone = Zone.objects.get()
    west, south, _, _ = zone.geom.extent
    return zone.nom, zone.type, zone.starts_on, round(west, 5), round(south, 5)


EXPECTED = ("Cœur de ville", "OPAH_RU", date(2024, 1, 31), 3.0, 46.5)


@pytest.mark.parametrize("crs", ["EPSG:2154", "EPSG:4326"])
@pytest.mark.parametrize(("driver", "name"), [("GPKG", "zone.gpkg"), ("GeoJSON", "zone.geojson")])
def test_a_file_of_one_layer_enters_in_its_projection(tmp_path, driver, name, crs):
    run_import(PERIMETRES, written(tmp_path / name, driver, crs))
    assert the_zone() == EXPECTED


@pytest.mark.parametrize("encoding", ["UTF-8", "CP1252"])
@pytest.mark.parametrize("keep_cpg", [True, False])
def test_a_zipped_shapefile_enters_whatever_its_encoding(tmp_path, encoding, keep_cpg):
    run_import(PERIMETRES, shapefile(tmp_path, encoding=encoding, without=() if keep_cpg else (".cpg",)))
    assert the_zone() == EXPECTED


def test_a_shapefile_without_prj_is_refused_and_enters_when_told(tmp_path):
    path = shapefile(tmp_path, without=(".prj",))
    with pytest.raises(UnreadableFile, match=r"pas de \.prj.*--srid 2154"):
        run_import(PERIMETRES, path)
    call_command("import_source", "perimetres", path, srid=2154)
    assert the_zone() == EXPECTED
    assert ImportRun.objects.latest("pk").message == "projection imposée : EPSG:2154"


def test_a_wrong_projection_puts_the_coordinates_off_the_globe(tmp_path):
    report = run_import(PERIMETRES, shapefile(tmp_path, without=(".prj",)), srid=4326)
    assert "hors du globe" in report.rejects[0][1]


def test_a_projection_outside_the_list_is_refused(tmp_path):
    with pytest.raises(UnreadableFile, match="projection 27572 non acceptée"):
        run_import(PERIMETRES, shapefile(tmp_path), srid=27572)
    with pytest.raises(UnreadableFile, match="projection non acceptée « WGS 84 / UTM zone 31N »"):
        run_import(PERIMETRES, written(tmp_path / "utm.gpkg", "GPKG", "EPSG:32631"))


def test_kml_enters_with_its_extended_data(tmp_path):
    path = tmp_path / "zone.kml"
    path.write_text(KML, encoding="utf-8")
    run_import(PERIMETRES, path)
    assert the_zone() == EXPECTED


@pytest.mark.parametrize("prefix", ["SRID=2154;", ""])
def test_wkt_in_csv_says_its_projection_or_is_asked_for_it(tmp_path, prefix):
    row = {"Type": "OPAH-RU", "Nom": "Cœur de ville", "date_debut": "2024-01-31", "WKT": prefix + LAMBERT.wkt}
    path = write_csv(tmp_path / "zone.csv", [row])
    if not prefix:
        with pytest.raises(UnreadableFile, match=r"un CSV ne dit pas sa projection ; relancez.*--srid"):
            run_import(PERIMETRES, path)
    run_import(PERIMETRES, path, srid=None if prefix else 2154)
    assert the_zone() == EXPECTED


def test_a_row_of_another_projection_is_not_placed(tmp_path):
    rows = [
        {"type": "OPAH", "nom": "Ici", "geom": f"SRID=4326;{SQUARE.wkt}"},
        {"type": "OPAH", "nom": "Là", "geom": f"SRID=2154;{LAMBERT.wkt}"},
    ]
    report = run_import(PERIMETRES, write_csv(tmp_path / "zones.csv", rows))
    assert [(line, reason) for line, reason, _ in report.rejects] == [(3, "géométrie absente")]


def add_layer(path, name, **values):
    pyogrio.raw.write(
        path, np.array([SQUARE.wkb], dtype=object), [np.array([v], dtype=object) for v in values.values()],
        np.array(list(values)), layer=name, driver="GPKG", geometry_type="Polygon", crs="EPSG:4326", append=True,
    )  # fmt: skip


def test_several_layers_are_not_guessed_among(tmp_path):
    path = written(tmp_path / "zone.gpkg", "GPKG", "EPSG:4326")
    add_layer(path, "autre", nom="x")
    with pytest.raises(UnreadableFile, match="2 couches"):
        run_import(PERIMETRES, path)


def test_the_layer_that_the_producer_names_is_read_among_others(tmp_path):
    path = written(tmp_path / "ADMIN_EXPRESS.gpkg", "GPKG", "EPSG:4326")
    add_layer(path, "COMMUNE", INSEE_COM="60999", NOM_COM="Ici")
    report = run_import(SOURCES["contours-communes"], path)
    assert (report.read, report.rejects) == (1, [])
    assert Commune.objects.get(pk="60999").nom == "Ici"


def test_the_shapefile_that_the_producer_names_is_read_among_others(tmp_path):
    archive = shapefile(tmp_path)
    commune = written(
        tmp_path / "COMMUNE.shp",
        "ESRI Shapefile",
        "EPSG:2154",
        values={"INSEE_COM": "60999", "NOM_COM": "Ici"},
    )
    with zipfile.ZipFile(archive, "a") as parts:
        for part in tmp_path.glob(f"{commune.stem}.*"):
            parts.write(part, f"ADE/{part.name}")
    assert run_import(SOURCES["contours-communes"], archive).added == 1
    with pytest.raises(UnreadableFile, match="2 Shapefile dans l’archive"):
        run_import(PERIMETRES, archive)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"SQLite format 3\x00 et rien d'autre", "abîmé"),
        (b"PK\x03\x04 et rien d'autre", "archive zip abîmée"),
        (b"<kml><Document>", "abîmé"),
        (b"<html></html>", "format inattendu"),
        (b"a;b\n1;2\n", "aucune colonne de géométrie"),
    ],
)
def test_a_file_that_only_begins_well_is_refused(tmp_path, content, reason):
    path = tmp_path / "zone.dat"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile, match=reason):
        run_import(PERIMETRES, path)


def test_a_bomb_is_stopped_by_the_bytes_that_come_out(tmp_path, monkeypatch):
    monkeypatch.setattr("cadastre_import.readers.archives.MAX_INFLATED", 100)
    with pytest.raises(UnreadableFile, match="une fois décompressé"):
        run_import(PERIMETRES, shapefile(tmp_path))


def test_the_fixture_square_is_the_same_in_both_projections():
    assert shapely.area(LAMBERT) == pytest.approx(1_000_000)
