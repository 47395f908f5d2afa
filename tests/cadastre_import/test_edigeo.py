"""Sheets of the plan in EDIGEO beside the GeoJSON of the same commune, and the zip of a département."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
import shapely
from django.conf import settings

from cadastre_import.pipeline import run_import
from cadastre_import.readers import ogr, sheets
from cadastre_import.readers.archives import extracted_tar
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import Batiment, Parcelle
from tests.cadastre_import.official_files import write_features
from tests.factories import CommuneFactory

SHEETS = Path(settings.REAL_DATA_DIR) / "edigeo/25354"
SHEET = SHEETS / "edigeo-25354000AK01.tar.bz2"
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not SHEETS.is_dir(), reason=f"les feuilles réelles ne sont pas là : {SHEETS}"),
]
AS_PUBLISHED = (("AB01", 14, 0), ("AK01", 142, 134), ("ZB01", 68, 33))


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="25354", geom=None)


def bundle(path: Path, *, more: dict[str, bytes] | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for sheet, _, _ in AS_PUBLISHED:
            name = f"edigeo-25354000{sheet}.tar.bz2"
            archive.write(SHEETS / name, f"25/25354/{name}")
        for name, content in (more or {}).items():
            archive.writestr(name, content)
    return path


def geojson_of_the_sheet(path: Path) -> Path:
    """Write the buildings of the sheet as Etalab would, in degrees: drawn otherwise, by a few centimetres."""
    from pyproj import Transformer

    to_degrees = Transformer.from_crs(2154, 4326, always_xy=True).transform
    with extracted_tar(SHEET) as folder:
        lot = next(folder.rglob("*.THF"))
        shapes = [one["geometry"] for _, one in ogr.features(lot, "EDIGEO", layer="BATIMENT_id")]
    features = []
    for shape in shapes:
        degrees = shapely.transform(shape, to_degrees, interleaved=False)
        geometry = shapely.geometry.mapping(shapely.set_precision(degrees, 1e-7))
        features.append(
            {"type": "Feature", "geometry": geometry, "properties": {"commune": "25354", "type": "01"}}
        )
    return write_features(path, features)


def standing() -> int:
    return Batiment.objects.current().filter(commune="25354").count()


def test_the_geojson_of_a_commune_takes_the_place_of_its_sheets(tmp_path):
    run_import(SOURCES["edigeo-batiments"], SHEET, millesime=date(2025, 1, 1))
    drawn = standing()
    assert drawn > 100
    report = run_import(
        SOURCES["batiments"], geojson_of_the_sheet(tmp_path / "b.json.gz"), millesime=date(2025, 7, 1)
    )
    print(f"\nEDIGEO puis GeoJSON : {drawn} puis {standing()} bâtiments")
    assert standing() == report.added
    assert abs(standing() - drawn) <= 2  # what repair splits or drops
    assert Batiment.objects.filter(closed_on=date(2025, 7, 1)).count() == drawn


def test_a_sheet_adds_no_building_that_the_geojson_draws_already(tmp_path):
    path = geojson_of_the_sheet(tmp_path / "b.json.gz")
    run_import(SOURCES["batiments"], path)
    before = standing()
    report = run_import(SOURCES["edigeo-batiments"], SHEET)
    print(f"\nGeoJSON puis EDIGEO : {before} puis {standing()} bâtiments ; {report.notices}")
    assert standing() == before + report.added
    assert report.added <= 2
    assert "déjà dessinés" in report.notices[0]


def test_the_zip_of_a_departement_is_read_sheet_by_sheet(tmp_path):
    path = bundle(tmp_path / "dep25.zip", more={"LISEZMOI.txt": b"notice"})
    report = run_import(SOURCES["edigeo-parcelles"], path, millesime=date(2025, 7, 1))
    assert report.read == sum(parcelles for _, parcelles, _ in AS_PUBLISHED)
    assert Parcelle.objects.count() == report.read - len(report.rejects)
    assert {idu[:8] for idu in Parcelle.objects.values_list("idu", flat=True)} == {"25354000"}
    report = run_import(SOURCES["edigeo-batiments"], path)
    assert report.read == sum(batiments for _, _, batiments in AS_PUBLISHED)
    again = run_import(SOURCES["edigeo-batiments"], path, force=True)
    assert (again.added, again.changed, again.closed) == (0, 0, 0)


def test_a_damaged_sheet_of_a_zip_costs_only_itself(tmp_path):
    damaged = SHEET.read_bytes()[: SHEET.stat().st_size // 2]
    path = bundle(tmp_path / "dep25.zip", more={"edigeo-25354000AZ01.tar.bz2": damaged})
    report = run_import(SOURCES["edigeo-parcelles"], path)
    assert Parcelle.objects.count() == 14 + 142 + 68
    assert [reason for _, reason, _ in report.rejects if "edigeo-25354000AZ01.tar.bz2" in reason]
    assert len(report.rejects) == 1


def test_empty_sheets_are_left_out(tmp_path):
    path = bundle(tmp_path / "dep25.zip", more={"edigeo-25354000AZ01.tar.bz2": b"x" * 1000})
    assert run_import(SOURCES["edigeo-parcelles"], path).rejects == []


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"a.txt": b""}, "aucune feuille EDIGEO"),
        ({"../edigeo-2535.tar.bz2": b"x" * 5000}, "aucune feuille EDIGEO"),
    ],
)
def test_a_zip_without_sheets_is_told(tmp_path, members, said):
    path = tmp_path / "dep25.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(UnreadableFile, match=said):
        run_import(SOURCES["edigeo-parcelles"], path)


def test_a_sheet_that_inflates_without_end_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(sheets, "MAX_SHEET", 100_000)
    path = tmp_path / "dep25.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("edigeo-25354000AZ01.tar.bz2", b"0" * 1_000_000)
    with pytest.raises(UnreadableFile, match="décompressé"):
        run_import(SOURCES["edigeo-parcelles"], path)
