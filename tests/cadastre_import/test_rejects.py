"""The file of rejects has what was refused and why; corrected, its source takes it back."""

import csv
import io
import json
from datetime import date

import pytest
import shapely
from django.core.management import CommandError, call_command

from cadastre_import.pipeline import run_import
from cadastre_import.readers.delimited import REASON
from cadastre_import.rejects import LINE, RejectFile
from cadastre_import.rows import UNREADABLE, content_of
from cadastre_import.source import LONGEST_UNREAD, Unread
from cadastre_import.sources import SOURCES
from cadastre_import.sources.arretes import REQUIRED
from layers.models import Arrete, Commune, ImportReject, ImportRun, Parcelle, Signalement, Zone
from tests.cadastre_import.official_files import export_row, parcelle, polygon, write_csv, write_features
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="60999")


def rejects_of(source: str) -> RejectFile:
    return RejectFile(ImportRun.objects.latest("pk"), SOURCES[source])


def written(file: RejectFile) -> bytes:
    return b"".join(file.write())


def rows_of(file: RejectFile) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(file).decode("utf-8-sig")), delimiter=";"))


def imported(source: str, path, content: bytes):
    path.write_bytes(content)
    return run_import(SOURCES[source], path)


def test_reports_come_back_corrected(tmp_path):
    rows = [export_row("2025-1"), export_row("2025-2", Déposé_le="31/02/2025", Description="=1+1")]
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", rows))
    file = rejects_of("signal-logement")
    assert (file.kind, file.needs_original, file.left_out()) == ("csv", False, 0)
    assert file.name == f"export-rejets-{file.run.pk}.csv"
    (row,) = rows_of(file)
    assert row[REASON].startswith("Déposé le : date impossible")
    assert row[LINE] == "3"
    assert row["Description"] == "'=1+1"  # a spreadsheet must not run it…
    corrected = written(file).replace(b"31/02/2025", b"28/02/2025")
    report = imported("signal-logement", tmp_path / file.name, corrected)
    assert (report.added, report.rejects) == (1, [])
    again = Signalement.objects.unscoped("test").get(reference="2025-2")
    assert (again.received_on, again.description) == (
        date(2025, 2, 28),
        "=1+1",
    )  # …and it comes back as it was


@pytest.mark.parametrize("value", ["=cmd|' /C calc'!A0", "+33 1 23 45", "-1,5", "@SUM(A1)", "\tx", "\rx"])
def test_no_cell_begins_as_a_formula(tmp_path, value):
    rows = [export_row("2025-2", Déposé_le="31/02/2025", Adresse=value)]
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", rows))
    for row in rows_of(rejects_of("signal-logement")):
        assert [cell for cell in row.values() if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []


def test_identities_are_in_no_reject(tmp_path):
    known = export_row("2025-2", Déposé_le="31/02/2025", Adresse="12 rue du Moulin")
    row = known | {"Nom occupant": "DUPONT", "Tél. occupant": "0611223344", "E-mail occupant": "d@example.fr"}
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", [row]))
    reject = ImportReject.objects.get()
    assert "12 rue du Moulin" in reject.content
    for identity in ("DUPONT", "0611223344", "d@example.fr", "occupant"):
        assert identity not in reject.content
        assert identity.encode() not in written(rejects_of("signal-logement"))


def test_identities_of_the_api_are_in_no_reject(tmp_path):
    report = {
        "reference": "2025-1",
        "statut": "?",
        "adresse": {"adresse": "12 rue du Moulin"},
        "nomOccupant": "DUPONT",
    }
    imported("signal-logement-api", tmp_path / "api.json", json.dumps([report]).encode())
    content = ImportReject.objects.get().content
    assert "12 rue du Moulin" in content
    assert "DUPONT" not in content
    assert rejects_of("signal-logement-api").kind == "json"


def test_the_help_line_of_the_model_of_orders_is_there(tmp_path):
    order = dict.fromkeys(REQUIRED, "") | {
        "classification arrêté": "Mise en sécurité procédure ordinaire",
        "date arrêté": "31/02/2025",
        "identifiant parcellaire": "60999000AB0001",
    }
    path = write_csv(tmp_path / "arretes.csv", [order], encoding="utf-8")
    path.write_bytes(b"aide;;\r\n" + path.read_bytes())
    run_import(SOURCES["arretes"], path)
    file = rejects_of("arretes")
    corrected = written(file).replace(b"31/02/2025", b"28/02/2025")
    report = imported("arretes", tmp_path / file.name, corrected)
    assert (report.read, report.added, report.rejects) == (1, 1, [])
    assert Arrete.objects.unscoped("test").count() == 1


def test_parcelles_come_back_corrected(tmp_path):
    rows = [parcelle("60999000AB0001"), parcelle("60999000AB0002", contenance="beaucoup")]
    run_import(SOURCES["parcelles"], write_features(tmp_path / "parcelles.json.gz", rows))
    file = rejects_of("parcelles")
    assert file.name == f"parcelles-rejets-{file.run.pk}.geojson"
    collection = json.loads(written(file))
    assert collection["features"][0]["properties"][REASON] == "contenance : nombre attendu, reçu 'beaucoup'"
    assert "crs" not in collection
    collection["features"][0]["properties"]["contenance"] = 120
    whole = [*rows[:1], *collection["features"]]
    report = run_import(SOURCES["parcelles"], write_features(tmp_path / "b.json", whole, compress=False))
    assert (report.added, report.rejects) == (1, [])
    assert Parcelle.objects.get(pk="60999000AB0002").contenance == 120


@pytest.mark.parametrize("mend", ["the text", "the feature"])
def test_a_broken_line_is_kept_as_text_and_comes_back_corrected(tmp_path, mend):
    rows = [parcelle("60999000AB0001"), parcelle("60999000AB0002"), parcelle("60999000AB0003")]
    path = write_features(tmp_path / "parcelles.json", rows, compress=False)
    good = json.dumps(rows[1], separators=(",", ":"))
    lines = path.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "AB0002" in line)
    lines[at] = lines[at].replace('"contenance"', 'contenance"', 1)
    path.write_text("".join(lines))
    report = run_import(SOURCES["parcelles"], path, millesime=date(2025, 1, 1))
    ((line, reason, content),) = report.rejects
    assert (report.added, line, "illisible" in reason) == (2, at + 1, True)
    assert json.loads(content) == {UNREADABLE: lines[at].rstrip().rstrip(",").removesuffix("]}")}
    file = rejects_of("parcelles")
    assert (file.kind, file.left_out()) == ("geojson", 0)
    collection = json.loads(written(file))
    broken = collection["features"][0]["properties"]
    same = imported("parcelles", tmp_path / file.name, written(file))
    assert [reason for _, reason, _ in same.rejects] == [reason], (
        "given back as it was, it is refused as it was"
    )
    assert same.closed == 0
    if mend == "the text":
        broken[UNREADABLE] = broken[UNREADABLE].replace('contenance"', '"contenance"', 1)
    else:
        collection["features"][0] = json.loads(good) | {"properties": rows[1]["properties"] | {REASON: ""}}
    report = imported("parcelles", tmp_path / "b.json", json.dumps(collection).encode())
    assert (report.added, report.closed, report.rejects) == (1, 0, [])
    assert Parcelle.objects.current().count() == 3


def test_of_a_broken_line_only_the_beginning_is_kept(tmp_path):
    path = write_features(tmp_path / "parcelles.json", [parcelle("60999000AB0001")], compress=False)
    long = '{"type":"Feature","properties":{"id":"' + "é" * LONGEST_UNREAD + "\n"
    path.write_text(path.read_text().replace('{"type":"Feature"', long + '{"type":"Feature"', 1))
    run_import(SOURCES["parcelles"], path)
    kept = json.loads(ImportReject.objects.get().content)[UNREADABLE]
    assert 0.9 * LONGEST_UNREAD < len(kept.encode()) <= LONGEST_UNREAD + 2
    assert kept.startswith('{"type":"Feature","properties":{"id":"é')


def test_a_line_that_may_hold_identities_is_not_kept():
    assert content_of(Unread('{"nom": "DUPONT'), frozenset({"reference"})) == ""


def test_a_perimeter_in_lambert_93_keeps_its_projection(tmp_path):
    shape = "POLYGON((700000 6600000,700100 6600000,700100 6600100,700000 6600000))"
    path = tmp_path / "opah.csv"
    path.write_text(f'type;nom;acte;wkt\nOPHA;Centre;délib. 1;"SRID=2154;{shape}"\n')
    assert len(run_import(SOURCES["perimetres"], path).rejects) == 1
    file = rejects_of("perimetres")
    content = written(file)
    assert b"EPSG::2154" in content
    report = imported("perimetres", tmp_path / file.name, content.replace(b'"OPHA"', b'"OPAH"'))
    assert (report.added, report.rejects) == (1, [])
    assert Zone.objects.get().geom.centroid.x == pytest.approx(3.0, abs=0.01)


def test_communes_come_back_as_json(tmp_path):
    communes = [
        {"code": "6X999", "nom": "Là", "type": "commune-actuelle", "departement": "60", "region": "32"}
    ]
    communes[0] |= {"codesPostaux": ["60999"], "population": 3}
    imported("communes", tmp_path / "communes.json", json.dumps(communes).encode())
    file = rejects_of("communes")
    assert (file.kind, file.name) == ("json", f"communes-rejets-{file.run.pk}.json")
    report = imported("communes", tmp_path / file.name, written(file).replace(b"6X999", b"60001"))
    assert report.added == 1
    assert Commune.objects.filter(code="60001").exists()


def test_what_has_no_content_is_counted_and_left_out():
    run = ImportRun.objects.create(source="parcelles", file_name="a.json", sha256="0" * 64)
    for content in ("", '{"type":"Feature","properti', json.dumps(parcelle("60999000AB0001"))):
        ImportReject.objects.create(run=run, line=1, reason="motif", content=content)
    file = RejectFile(run, SOURCES["parcelles"])
    assert file.left_out() == 2
    assert len(json.loads(written(file))["features"]) == 1


def test_a_binary_source_says_that_it_takes_them_with_the_original():
    run = ImportRun.objects.create(source="carreaux", file_name="c.gpkg", sha256="0" * 64)
    record = {"properties": {"a": 1}, "geometry": shapely.geometry.shape(polygon(0, 0, 10)).wkt}
    ImportReject.objects.create(run=run, line=1, reason="motif", content=json.dumps(record))
    file = RejectFile(run, SOURCES["carreaux"])
    assert file.needs_original
    assert json.loads(written(file))["features"][0]["geometry"]["type"] == "Polygon"


def test_the_command_writes_a_file_that_the_source_takes_back(tmp_path):
    bad = parcelle("60999000AB0001", updated="2024-02-31")
    path = write_features(tmp_path / "cadastre-60999-parcelles.json.gz", [bad, parcelle("60999000AB0002")])
    run_import(SOURCES["parcelles"], path)
    run, out = ImportRun.objects.latest("pk"), tmp_path / "rejets.json"
    call_command("rejects", str(run.pk), output=out)
    (feature,) = json.loads(out.read_bytes())["features"]
    assert "date impossible" in feature["properties"][REASON]
    with pytest.raises(CommandError, match="existe déjà"):
        call_command("rejects", str(run.pk), output=out)
    out.write_text(out.read_text().replace("2024-02-31", "2024-02-28"))
    report = run_import(SOURCES["parcelles"], out)
    assert (report.added, report.closed) == (1, 0)  # what a file of rejects does not hold has not left
    assert Parcelle.objects.current().count() == 2


def test_the_command_says_what_it_cannot_do():
    with pytest.raises(CommandError, match="import n° 0 inconnu"):
        call_command("rejects", "0")
