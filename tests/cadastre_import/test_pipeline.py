"""An import changes what the file changes, lists what it refuses, and leaves the previous state when it fails."""

import gzip
from datetime import date

import pytest
from django.db import connection

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import ImportReject, ImportRun, Parcelle
from tests.cadastre_import.official_files import parcelle, polygon, write_features
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db

PARCELLES = SOURCES["parcelles"]


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="60999")


def idu(number: int) -> str:
    return f"60999000AB{number:04d}"


def row_versions() -> dict[str, int]:
    """Give the database's own version of each parcelle: it moves when the row is written, changed or not."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT idu, xmin::text || ctid::text FROM layers_parcelle")
        return dict(cursor.fetchall())


def test_rows_enter_with_their_edition(tmp_path):
    path = write_features(tmp_path / "parcelles.json.gz", [parcelle(idu(1)), parcelle(idu(2))])
    report = run_import(PARCELLES, path, millesime=date(2025, 1, 1))
    assert (report.read, report.added, report.rejects) == (2, 2, [])
    assert set(Parcelle.objects.values_list("idu", "contenance", "millesime", "commune_id")) == {
        (idu(1), 100, date(2025, 1, 1), "60999"),
        (idu(2), 100, date(2025, 1, 1), "60999"),
    }


def test_the_same_file_is_not_read_twice(tmp_path):
    path = write_features(tmp_path / "parcelles.json.gz", [parcelle(idu(1))])
    run_import(PARCELLES, path)
    before = row_versions()
    report = run_import(PARCELLES, path)
    assert report.already_imported_on is not None
    assert row_versions() == before
    assert ImportRun.objects.count() == 1


def test_a_file_is_read_again_after_another_changed_its_commune(tmp_path):
    first = write_features(tmp_path / "a.json.gz", [parcelle(idu(1), contenance=100)])
    second = write_features(tmp_path / "b.json.gz", [parcelle(idu(1), contenance=200)])
    for path in (first, second, first):
        run_import(PARCELLES, path, millesime=date(2025, 1, 1))
    assert Parcelle.objects.get().contenance == 100


def test_only_what_changed_is_written(tmp_path):
    rows = [parcelle(idu(n), polygon(n * 20, 0, 10)) for n in range(1, 6)]
    run_import(PARCELLES, write_features(tmp_path / "a.json.gz", rows), millesime=date(2024, 1, 1))
    before = row_versions()
    rows[2]["properties"]["contenance"] = 999
    report = run_import(PARCELLES, write_features(tmp_path / "b.json.gz", rows), millesime=date(2025, 1, 1))
    after = row_versions()
    assert {name for name in after if after[name] != before[name]} == {idu(3)}
    assert (report.added, report.changed, report.unchanged) == (0, 1, 4)
    assert Parcelle.objects.get(pk=idu(3)).millesime == date(2025, 1, 1)
    assert Parcelle.objects.get(pk=idu(1)).millesime == date(2024, 1, 1)


def test_what_left_the_register_is_closed_and_comes_back(tmp_path):
    both = write_features(tmp_path / "a.json.gz", [parcelle(idu(1)), parcelle(idu(2))])
    one = write_features(tmp_path / "b.json.gz", [parcelle(idu(1))])
    again = write_features(tmp_path / "c.json.gz", [parcelle(idu(2)), parcelle(idu(1))])
    run_import(PARCELLES, both, millesime=date(2023, 1, 1))
    assert run_import(PARCELLES, one, millesime=date(2024, 1, 1)).closed == 1
    assert Parcelle.objects.get(pk=idu(2)).closed_on == date(2024, 1, 1)
    run_import(PARCELLES, again, millesime=date(2025, 1, 1))
    assert Parcelle.objects.get(pk=idu(2)).closed_on is None


def test_other_communes_are_not_closed(tmp_path):
    CommuneFactory(code="60998")
    here = write_features(tmp_path / "here.json.gz", [parcelle(idu(1))])
    there = write_features(tmp_path / "there.json.gz", [parcelle("60998000AB0001")])
    run_import(PARCELLES, here)
    assert run_import(PARCELLES, there).closed == 0


def test_a_file_that_drops_a_fifth_of_the_register_is_not_believed(tmp_path):
    rows = [parcelle(idu(n)) for n in range(1, 101)]
    run_import(PARCELLES, write_features(tmp_path / "a.json.gz", rows))
    with pytest.raises(UnreadableFile, match="sortir 30 lignes sur 100"):
        run_import(PARCELLES, write_features(tmp_path / "b.json.gz", rows[:70]))
    assert Parcelle.objects.filter(closed_on=None).count() == 100


def test_new_rows_do_not_hide_those_that_a_file_drops(tmp_path):
    run_import(PARCELLES, write_features(tmp_path / "a.json.gz", [parcelle(idu(n)) for n in range(1, 101)]))
    other = [parcelle(idu(n)) for n in range(71, 501)]
    with pytest.raises(UnreadableFile, match="sortir 70 lignes sur 100"):
        run_import(PARCELLES, write_features(tmp_path / "b.json.gz", other))


def test_an_older_edition_is_refused(tmp_path):
    run_import(
        PARCELLES, write_features(tmp_path / "a.json.gz", [parcelle(idu(1))]), millesime=date(2025, 1, 1)
    )
    older = write_features(tmp_path / "b.json.gz", [parcelle(idu(2))])
    with pytest.raises(UnreadableFile, match="plus ancienne que celle en place"):
        run_import(PARCELLES, older, millesime=date(2022, 1, 1))
    assert list(Parcelle.objects.values_list("idu", flat=True)) == [idu(1)]


BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[3, 46.5], [3.001, 46.501], [3.001, 46.5], [3, 46.501], [3, 46.5]]],
}


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (parcelle(idu(9), BOW_TIE), "géométrie invalide"),
        (parcelle(idu(9), updated="2024-02-31"), "updated : date impossible"),
        (parcelle(idu(9), contenance="beaucoup"), "contenance : nombre attendu"),
        (parcelle(idu(9), {"type": "Point", "coordinates": [3, 46.5]}), "un polygone est attendu"),
        (parcelle(idu(9), {"type": "Polygon", "coordinates": []}), "géométrie"),
        (parcelle(idu(9), polygon(0, 0, 10) | {"coordinates": [[[7e5, 6e6], [7e5, 7e6], [8e5, 6e6], [7e5, 6e6]]]}),
         "hors du globe"),
        (parcelle("609990000AB01"), "id : code invalide"),
        (parcelle("01004000AB0001"), "commune 01004 inconnue"),
        (parcelle(idu(1)), "doublon de la ligne 2"),
        ({"type": "Feature", "properties": None, "geometry": None}, "géométrie absente"),
    ],
)  # fmt: skip
def test_a_bad_record_costs_only_itself(tmp_path, bad, reason):
    path = write_features(tmp_path / "parcelles.json.gz", [parcelle(idu(1)), bad, parcelle(idu(2))])
    report = run_import(PARCELLES, path)
    assert set(Parcelle.objects.values_list("idu", flat=True)) == {idu(1), idu(2)}
    assert [(line, reason in why) for line, why, _ in report.rejects] == [(3, True)], report.rejects
    reject = ImportReject.objects.get()
    assert reject.line == 3
    assert "Feature" in reject.content


def test_a_line_that_is_not_json_is_a_reject(tmp_path):
    path = write_features(tmp_path / "parcelles.json", [parcelle(idu(1)), parcelle(idu(2))], compress=False)
    path.write_text(path.read_text().replace('"contenance":100', '"contenance":NaN', 1))
    report = run_import(PARCELLES, path)
    assert report.added == 1
    assert "JSON" in report.rejects[0][1]


def test_a_slightly_broken_outline_is_repaired_and_told(tmp_path):
    spike = polygon(0, 0, 100)
    ring = spike["coordinates"][0]
    ring.insert(1, ring[0])
    ring.insert(2, [ring[0][0] + 1e-9, ring[0][1] + 1e-4])
    ring.insert(3, ring[0])
    report = run_import(PARCELLES, write_features(tmp_path / "a.json.gz", [parcelle(idu(1), spike)]))
    assert report.repaired == 1
    assert Parcelle.objects.get().is_repaired
    assert Parcelle.objects.get().geom.valid


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "fichier vide"),
        (b"<html>erreur 500</html>", "format inattendu"),
        (b'{"type":"FeatureCollection","features":[\n]}', "aucun enregistrement"),
        (b'{"type":"Topology","objects":{}}', "FeatureCollection est attendue"),
        (b'{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"http://127.0.0.1/x"}},"features":[]}',
         "projection non acceptée"),
    ],
)  # fmt: skip
def test_an_unreadable_file_changes_nothing(tmp_path, content, reason):
    run_import(PARCELLES, write_features(tmp_path / "good.json.gz", [parcelle(idu(1))]))
    before = row_versions()
    bad = tmp_path / "bad.json"
    bad.write_bytes(content)
    with pytest.raises(UnreadableFile, match=reason):
        run_import(PARCELLES, bad)
    assert row_versions() == before
    run = ImportRun.objects.order_by("-pk").first()
    assert run.status == ImportRun.Status.FAILED
    assert "bad.json" in run.message


def test_a_truncated_gzip_changes_nothing(tmp_path):
    whole = write_features(tmp_path / "a.json.gz", [parcelle(idu(n)) for n in range(1, 200)])
    cut = tmp_path / "cut.json.gz"
    cut.write_bytes(whole.read_bytes()[: len(whole.read_bytes()) // 2])
    with pytest.raises(UnreadableFile, match="gzip tronquée"):
        run_import(PARCELLES, cut)
    assert not Parcelle.objects.exists()


def test_gzip_is_known_by_its_content_not_its_name(tmp_path):
    path = write_features(tmp_path / "parcelles.json", [parcelle(idu(1))])
    assert path.read_bytes()[:2] == b"\x1f\x8b"
    assert run_import(PARCELLES, path).added == 1


def test_a_collection_cut_between_two_lines_is_refused(tmp_path):
    path = write_features(tmp_path / "a.json", [parcelle(idu(1)), parcelle(idu(2))], compress=False)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(gzip.compress(b"".join(lines[:2])))
    with pytest.raises(UnreadableFile, match="n’est pas fermée"):
        run_import(PARCELLES, path)
    assert not Parcelle.objects.exists()


def test_lambert_coordinates_are_converted_when_the_file_says_so(tmp_path):
    ring = [[700000, 6600000], [700010, 6600000], [700010, 6600010], [700000, 6600010], [700000, 6600000]]
    feature = parcelle(idu(1), {"type": "Polygon", "coordinates": [ring]})
    path = write_features(tmp_path / "a.json", [feature], compress=False)
    crs = '"crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::2154"}},"features"'
    path.write_text(path.read_text().replace('"features"', crs, 1))
    assert run_import(PARCELLES, path).added == 1
    west, south, _, _ = Parcelle.objects.get().geom.extent
    assert (round(west, 6), round(south, 6)) == (3.0, 46.5)


def test_a_run_that_was_killed_is_said_to_be(tmp_path):
    ImportRun.objects.create(source="parcelles", file_name="tué.json.gz", sha256="0" * 64)
    run_import(PARCELLES, write_features(tmp_path / "a.json.gz", [parcelle(idu(1))]))
    killed, done = ImportRun.objects.order_by("pk")
    assert (killed.status, done.status) == (ImportRun.Status.FAILED, ImportRun.Status.DONE)
    assert "interrompu" in killed.message
