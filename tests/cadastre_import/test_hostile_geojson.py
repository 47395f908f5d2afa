"""Damaged and hostile GeoJSON files: what enters, what is refused and why, as their manifest says."""

import socket

import pytest

from cadastre_import.sources import SOURCES
from layers.models import ImportRun, Parcelle
from tests.cadastre_import.hostile_files import FOLDER, NEEDED, hostile, imported, refused
from tests.factories import CommuneFactory

pytestmark = [pytest.mark.django_db, NEEDED]

PARCELLES = SOURCES["parcelles"]
ENTRIES = hostile("geojson")

# file: (parcelles kept, lines refused with words of the reason)
DAMAGED = {
    "00_good.geojson": (3, {}),
    "01_bowtie.geojson": (1, {2: "contour qui se croise"}),  # the manifest's alternative: nobody's parcelle
    "08_lambert93_coords_no_crs.geojson": (0, {1: "hors du globe"}),
    "09_old_crs_member_2154.geojson": (1, {}),
    "12_huge_coords.geojson": (1, {1: "un polygone est attendu", 2: "un polygone est attendu"}),
    "13_3d_and_m.geojson": (2, {}),
    "14_wrong_type_mix.geojson": (1, {2: "un polygone est attendu", 3: "un polygone est attendu"}),
    "15_clockwise_and_hole_outside.geojson": (1, {2: "trou hors du contour"}),  # the alternative again
    "16_400k_vertices.geojson.gz": (0, {1: "50000 sommets"}),
}
REFUSED = {
    "03_nan.geojson": "JSON illisible",
    "06_nested_geometrycollection.geojson": "JSON illisible",
    "10_crs_ssrf.geojson": "définition extérieure",
    "18_crc_error.geojson.gz": "tronquée ou abîmée",
}


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="13055", geom=None)


def test_every_hostile_file_is_held_to_its_manifest():
    assert set(ENTRIES) == {*DAMAGED, *REFUSED}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_feature_costs_only_itself(name):
    kept, lines = DAMAGED[name]
    entry = ENTRIES[name]
    assert (entry["accepted"], entry["rejected"]) == (kept, len(lines)) or "1/1" in entry["alternatives"]
    report = imported(PARCELLES, entry)
    told = {line: reason for line, reason, _ in report.rejects}
    assert set(told) == set(lines), told
    assert [line for line in lines if lines[line] not in told[line]] == [], told
    assert Parcelle.objects.count() == kept
    assert all(not parcelle.geom.hasz and parcelle.geom.valid for parcelle in Parcelle.objects.all())


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_refused_whole_leaves_what_was_there(name):
    imported(PARCELLES, ENTRIES["00_good.geojson"])
    assert REFUSED[name] in refused(PARCELLES, ENTRIES[name])
    assert Parcelle.objects.count() == 3


def test_a_projection_is_converted_and_told():
    assert imported(PARCELLES, ENTRIES["09_old_crs_member_2154.geojson"]).notices == [
        "coordonnées EPSG:2154 converties en WGS 84"
    ]
    west, south, _, _ = Parcelle.objects.get().geom.extent
    assert (round(west, 3), round(south, 3)) == (5.37, 43.296)
    assert "EPSG:2154" in ImportRun.objects.earliest("pk").message


def test_a_link_to_a_projection_is_never_followed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.5)
        port = canary.getsockname()[1]
        source = (FOLDER / ENTRIES["10_crs_ssrf.geojson"]["file"]).read_text()
        assert "http://127.0.0.1:9/" in source
        path = tmp_path / "ssrf.geojson"
        path.write_text(source.replace("127.0.0.1:9/", f"127.0.0.1:{port}/"))
        refused(PARCELLES, {"file": path})
        with pytest.raises(TimeoutError):
            canary.accept()
