"""Hostile archives and files that claim to be others: refused whole or feature by feature, as their manifest says."""

from pathlib import Path

import pytest

from cadastre_import import fields
from cadastre_import.readers.vector import read_vector
from cadastre_import.source import Column, Source
from cadastre_import.sources import SOURCES
from cadastre_import.sources.cadastre import feature_parts
from layers.models import Voie, Zone
from tests.cadastre_import.hostile_files import FOLDER, NEEDED, hostile, imported, refused
from tests.factories import CommuneFactory

pytestmark = [pytest.mark.django_db, NEEDED]

ENTRIES = hostile("archive")
PERIMETRES = SOURCES["perimetres"]


def parse_point(feature):
    properties, geometry = feature_parts(feature)
    name = fields.required(properties.get("NOM") or properties.get("nom"), "nom")
    return [name, name, name, geometry]


# The files hold points: a layer of points, read as the perimeters are
POINTS = Source(
    name="points",
    title="Points d’un fichier quelconque",
    producer="",
    licence="",
    url="",
    read=read_vector,
    parse=parse_point,
    table="layers_voie",
    columns=(Column("code"), Column("nom"), Column("norm"), Column("geom", "geometry(Point,4326)")),
    key=("code",),
    point="geom",
    constants={"commune_id": "'60999'", "code_postal": "''", "ancienne_commune": "''"},
)
REFUSED = {
    "01_missing_dbf.zip": "il manque le fichier .dbf",
    "04_zip_slip.zip": "chemin interdit",
    "05_zip_absolute_and_backslash.zip": "chemin interdit",
    "07_zip_bomb_nested.zip": "archive dans l’archive",
    "08_zip_overlap_many_entries.zip": "200 au plus",
    "16_vrt_as_geojson.geojson": "format inattendu",
}
READ = {"00_good_shapefile.zip", "10_shp_truncated_and_lying_header.zip", "12_gpkg_bad_blobs.gpkg"}
EDIGEO = "15_edigeo_missing_members.tar.bz2"


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="60999", geom=None)


def test_every_hostile_file_is_held_to_its_manifest():
    assert set(ENTRIES) == {*REFUSED, *READ, EDIGEO}


@pytest.mark.parametrize("name", REFUSED)
def test_an_archive_that_is_not_to_be_trusted_is_refused_whole(name):
    assert ENTRIES[name]["must"] == "reject_file"
    assert REFUSED[name] in refused(PERIMETRES, ENTRIES[name])
    assert not Zone.objects.exists()
    assert not Path("/tmp/geo_lhi_pwned.txt").exists()


def test_a_shapefile_in_lambert_93_and_windows_1252_enters():
    assert imported(POINTS, ENTRIES["00_good_shapefile.zip"]).rejects == []
    assert set(Voie.objects.values_list("nom", flat=True)) == {"Périmètre é", "OPAH"}
    assert (round(Voie.objects.get(pk="OPAH").geom.x, 2), round(Voie.objects.get(pk="OPAH").geom.y, 2)) == (
        5.37,
        43.3,
    )


@pytest.mark.parametrize(
    ("name", "kept", "lines"),
    [
        ("10_shp_truncated_and_lying_header.zip", "Périmètre é", [2]),  # the manifest's alternative: 1/1
        ("12_gpkg_bad_blobs.gpkg", "ok", [2, 3]),
    ],
)
def test_a_damaged_geometry_costs_only_itself(name, kept, lines):
    report = imported(POINTS, ENTRIES[name])
    assert [(line, reason) for line, reason, _ in report.rejects] == [
        (line, "géométrie absente") for line in lines
    ]
    assert list(Voie.objects.values_list("nom", flat=True)) == [kept]


def test_a_sheet_without_its_files_is_refused_whole(tmp_path):
    sheet = tmp_path / "edigeo-609990000A01.tar.bz2"
    sheet.write_bytes((FOLDER / ENTRIES[EDIGEO]["file"]).read_bytes())
    assert "il manque des fichiers EDIGEO (.THF" in refused(SOURCES["edigeo-parcelles"], {"file": sheet})
    assert "le nom officiel est attendu" in refused(SOURCES["edigeo-parcelles"], ENTRIES[EDIGEO])
