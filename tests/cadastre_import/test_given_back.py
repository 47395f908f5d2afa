"""Rejects that say nothing alone are read with their original: the end is that of a file right from the start."""

import csv
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from cadastre_import.delivery import file_digest
from cadastre_import.deposits import spool
from cadastre_import.pipeline import run_import
from cadastre_import.readers.delimited import LINE
from cadastre_import.rejects import RejectFile
from cadastre_import.rows import UNREADABLE
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import ImportReject, ImportRun, MutationParcelle, Parcelle, Upload
from tests.cadastre_import.official_files import write_csv
from tests.cadastre_import.register_files import bdnb_tables, dwelling, sale, write_bdnb
from tests.factories import CommuneFactory, IrisFactory, UserFactory

Row = dict[str, str]
SHEET = Path(settings.REAL_DATA_DIR) / "edigeo/25354/edigeo-25354000AK01.tar.bz2"
SALES = [
    sale(),
    sale(type_local="Dépendance", surface_reelle_bati="20", nombre_pieces_principales=""),
    sale(id_parcelle="60999000AB0002"),
    sale(id_mutation="2024-2", id_parcelle="60999000AB0003", valeur_fonciere="90000"),
]
DWELLINGS = [dwelling(DPEENERGIE=label) for label in "DEF"] + [dwelling(NUMVOIE="14")]
COUNTED = [
    {"DEPCOM": "60999", "MILLESIME": "2024", "PLG_IRIS2021": iris} for iris in ("0101", "0101", "0102")
]
VACANT = [{"CODGEO_23": "60999", "pp_vacant_22": "40", "pp_vacant_23": "52", "pp_total_23": "600"}]
CENSUS = [{"IRIS": "609990101", "P21_LOG": "400,5", "P21_LOGVAC": "31"}]
INCOMES = [{"IRIS": "609990101", "DISP_MED21": "17850", "DISP_TP6021": "31,5"}]
# The source, the rows, the one that is wrong, and what is wrong in it
CASES = [
    ("dvf", SALES, 1, {"surface_reelle_bati": "vingt"}),
    ("dvf", SALES, 3, {"valeur_fonciere": "=90000"}),
    ("rpls-adresses", DWELLINGS, 2, {"CONSTRUCT": "mil neuf cents"}),
    ("rpls", COUNTED, 1, {"PLG_IRIS2021": "?"}),
    ("lovac", VACANT, 0, {"pp_vacant_23": "beaucoup"}),
    ("logement", CENSUS, 0, {"P21_LOGVAC": "beaucoup"}),
    ("filosofi", INCOMES, 0, {"DISP_TP6021": "trop"}),
]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ici():
    commune = CommuneFactory(code="60999", geom=None)
    for code in ("609990101", "609990102"):
        IrisFactory(code=code, commune=commune)


def emptied(source: str) -> None:
    """Forget what a source imported."""
    ImportRun.objects.all().delete()
    connection.check_constraints()
    for table in (SOURCES[source].table, *SOURCES[source].also_writes):
        with connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")


def standing(source: str) -> list[str]:
    """Give the rows of the tables of a source, without their numbers."""
    rows = []
    for table in (SOURCES[source].table, *SOURCES[source].also_writes):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT (to_jsonb(t) - 'id' - 'written_at')::text FROM {table} t")
            rows += [row for (row,) in cursor.fetchall()]
    return sorted(rows)


def rejects_file(folder: Path) -> Path:
    """Write the rejects of the last import."""
    run = ImportRun.objects.latest("pk")
    file = RejectFile(run, SOURCES[run.source])
    assert (file.needs_original, file.left_out()) == (True, 0)
    path = folder / file.name
    path.write_bytes(b"".join(file.write()))
    return path


def corrected(path: Path, correct: Callable[[Row], Row]) -> Path:
    """Put rows of a table of rejects right."""
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=";"))
    return write_csv(path, [correct(row) for row in rows])


def kept(*paths: Path) -> Callable[[str], Path | None]:
    return {file_digest(path): path for path in paths}.get


def given_back(source: str, wrong: Path, right: Path, correct: Callable[[Row], Row], folder: Path) -> None:
    """Import a file with a reject, give it back corrected, and hold the end to that of the right file."""
    edition = date(2024, 5, 1)
    run_import(SOURCES[source], right, millesime=edition)
    expected = standing(source)
    emptied(source)
    report = run_import(SOURCES[source], wrong, millesime=edition)
    assert len(report.rejects) == 1
    assert standing(source) != expected
    back = corrected(rejects_file(folder), correct)
    assert run_import(SOURCES[source], back, originals=kept(wrong)).rejects == []
    assert standing(source) == expected
    assert ImportRun.objects.latest("pk").millesime == edition
    assert run_import(SOURCES[source], back, originals=kept(wrong)).already_imported_on


@pytest.mark.parametrize(("source", "rows", "index", "mistake"), CASES)
def test_a_value_put_right(tmp_path, source, rows, index, mistake):
    ((name, value),) = mistake.items()
    wrong = [row | mistake if n == index else row for n, row in enumerate(rows)]

    def correct(row: Row) -> Row:
        where = name if name in row else "value"
        assert row[where].removeprefix("'") == value
        return row | {where: rows[index][name]}

    files = write_csv(tmp_path / "faux.csv", wrong), write_csv(tmp_path / "juste.csv", rows)
    given_back(source, *files, correct, tmp_path)


@pytest.mark.parametrize(("source", "rows", "index", "_mistake"), CASES)
def test_a_row_of_a_wrong_number_of_fields_put_right(tmp_path, source, rows, index, _mistake):
    right, wrong = write_csv(tmp_path / "juste.csv", rows), tmp_path / "faux.csv"
    lines = right.read_bytes().split(b"\r\n")
    lines[index + 1] += b";de trop"
    wrong.write_bytes(b"\r\n".join(lines))
    given_back(source, wrong, right, lambda row: row | {UNREADABLE: ""}, tmp_path)


def test_a_table_of_the_bdnb_put_right(tmp_path):
    tables = bdnb_tables()
    right = write_bdnb(tmp_path / "juste.zip", tables)
    tables["batiment_groupe_ffo_bat"] = [
        tables["batiment_groupe_ffo_bat"][0] | {"annee_construction": "jadis"}
    ]
    wrong = write_bdnb(tmp_path / "faux.zip", tables)
    given_back("bdnb", wrong, right, lambda row: row | {"annee_construction": "1890"}, tmp_path)


def test_a_file_corrected_in_two_goes(tmp_path):
    rows = [
        SALES[0],
        sale(surface_reelle_bati="?"),
        sale(id_parcelle="60999000AB0002", valeur_fonciere="?"),
        SALES[3],
    ]
    original = write_csv(tmp_path / "a.csv", rows)
    assert len(run_import(SOURCES["dvf"], original).rejects) == 2
    first = corrected(
        rejects_file(tmp_path), lambda r: r | {"surface_reelle_bati": "20"} if r[LINE] == "3" else r
    )
    assert len(run_import(SOURCES["dvf"], first, originals=kept(original)).rejects) == 1
    second = corrected(rejects_file(tmp_path), lambda r: r | {"valeur_fonciere": "150000"})
    with pytest.raises(UnreadableFile, match=f"« {first.name} », qui n’est plus gardé"):
        run_import(SOURCES["dvf"], second, originals=kept(original))
    assert run_import(SOURCES["dvf"], second, originals=kept(first, original)).rejects == []
    assert MutationParcelle.objects.count() == 3
    assert MutationParcelle.objects.get(idu="60999000AB0001").surface_bati_m2 == 100


@pytest.mark.skipif(not SHEET.is_file(), reason=f"la feuille réelle n’est pas là : {SHEET}")
def test_the_objects_of_a_sheet(tmp_path):
    assert run_import(SOURCES["edigeo-parcelles"], SHEET).added == 0
    assert "commune 25354 inconnue" in ImportReject.objects.first().reason
    CommuneFactory(code="25354", geom=None)
    back = rejects_file(tmp_path)
    collection = json.loads(back.read_bytes())
    collection["features"][0]["properties"]["SUPF"] = 12_345
    back.write_text(json.dumps(collection))
    report = run_import(SOURCES["edigeo-parcelles"], back, originals=kept(SHEET))
    assert (report.added, report.rejects) == (142, [])
    assert Parcelle.objects.filter(contenance=12_345).count() == 1


def test_what_cannot_be_given_back_is_told(tmp_path):
    original = write_csv(tmp_path / "a.csv", [*SALES, sale(id_mutation="3", valeur_fonciere="x")])
    run_import(SOURCES["dvf"], original)
    back, before = corrected(rejects_file(tmp_path), lambda r: r | {"valeur_fonciere": "1"}), standing("dvf")
    whole = back.read_bytes()
    for altered, told in [
        (whole, "qui n’est plus gardé ; donnez-le de nouveau"),
        (whole.replace(b";6\r\n", b";7\r\n"), "aucun import de cette source n’a refusé ces lignes"),
        (whole.replace(b";6\r\n", b";six\r\n"), "n’est plus lisible"),
        (whole.replace(b";6\r\n", b"\r\n"), "n’est plus lisible"),
    ]:
        back.write_bytes(altered)
        with pytest.raises(UnreadableFile, match=told):
            run_import(SOURCES["dvf"], back)
    assert standing("dvf") == before
    back.write_bytes(whole)
    with pytest.raises(CommandError, match="donnez-le de nouveau"):
        call_command("import_source", "dvf", str(back), verbosity=0)
    call_command("import_source", "dvf", str(back), "--original", str(original), verbosity=0)
    assert MutationParcelle.objects.count() == 4


def test_a_reason_written_over_is_not_missed(tmp_path):
    """Whoever replaces a word in a whole sheet replaces it there too."""
    original = write_csv(
        tmp_path / "a.csv", [SALES[0], sale(type_local="Garage", surface_reelle_bati="vingt")]
    )
    run_import(SOURCES["dvf"], original)
    back = rejects_file(tmp_path)
    back.write_text(back.read_text("utf-8-sig").replace("vingt", "20"), "utf-8-sig")
    assert run_import(SOURCES["dvf"], back, originals=kept(original)).rejects == []
    assert MutationParcelle.objects.get().surface_bati_m2 == 100


def test_a_file_given_back_as_it_was_under_another_name(tmp_path):
    """Its own import then has the same lines and reasons, and must not be taken for the one that refused them."""
    original = write_csv(
        tmp_path / "a.csv", [SALES[0], sale(type_local="Garage", surface_reelle_bati="vingt")]
    )
    run_import(SOURCES["dvf"], original)
    back = rejects_file(tmp_path).rename(tmp_path / "x.csv")
    for _ in range(2):
        assert len(run_import(SOURCES["dvf"], back, originals=kept(original, back), force=True).rejects) == 1
    right = tmp_path / "y.csv"
    right.write_text(back.read_text("utf-8-sig").replace(";vingt;", ";20;"), "utf-8-sig")
    assert run_import(SOURCES["dvf"], right, originals=kept(original, back)).rejects == []
    assert MutationParcelle.objects.get().surface_bati_m2 == 100


def test_a_deposited_original_is_found_while_it_is_kept(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path / "depots"
    path = settings.SPOOL_DIR / "au-hasard" / "a.csv"
    path.parent.mkdir(parents=True)
    write_csv(path, SALES)
    told: dict[str, Any] = {
        "file_name": "a.csv",
        "sha256": file_digest(path),
        "size": 1,
        "sender": UserFactory(),
    }
    upload = Upload.objects.create(spool="au-hasard", **told)
    assert spool.kept(upload.sha256) == path
    spool.remove(upload)
    upload.save()
    assert spool.kept(upload.sha256) is None
