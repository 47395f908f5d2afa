"""Excel workbooks: the same reports as in CSV, and files that are made to hurt."""

import csv
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from cadastre_import.pipeline import run_import
from cadastre_import.readers import workbook
from cadastre_import.readers.workbook import read_table
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import Arrete, Signalement
from tests.cadastre_import.official_files import export_row, write_csv
from tests.cadastre_import.workbooks import Day, Formula, write_rows, write_workbook
from tests.factories import CommuneFactory, ParcelleFactory

HEADERS = Path(settings.REAL_DATA_DIR).parent / "signal_logement" / "export_header.csv"
SOURCE = SOURCES["signal-logement"]


def reports() -> list[dict]:
    rows = Signalement.objects.unscoped("le test").order_by("reference").values()
    given = {"id", "written_at"}
    return [{name: value for name, value in row.items() if name not in given} for row in rows]


def rows_of(path: Path, *required: str, **options) -> list:
    return list(read_table(path, required=required, **options).rows)


@pytest.mark.django_db
def test_a_workbook_gives_the_same_reports_as_the_csv(tmp_path):
    CommuneFactory(code="60999", geom=None)
    rows = [
        export_row(
            "2025-1", Superficie="42,5", Fermé_le="31/03/2025", Code_INSEE="60999", Description="l’eau\ncoule"
        ),
        export_row("2025-2", Logement_social="Oui", Nb_personnes="3", Étiquettes="péril|humide"),
    ]
    run_import(SOURCE, write_csv(tmp_path / "signalements.csv", rows))
    expected = reports()
    Signalement.objects.unscoped("le test").delete()
    # as a spreadsheet types them: numbers, days of Excel shown as dates or bare, booleans
    rows[0] |= {"Superficie": 42.5, "Fermé le": Day(45747), "Déposé le": 45691, "Code INSEE": 60999}
    rows[1] |= {"Logement social": True, "Nb personnes": 3, "Déposé le": Day(45691)}
    report = run_import(SOURCE, write_rows(tmp_path / "signalements.xlsx", rows))
    assert (report.read, report.added, report.rejects) == (2, 2, [])
    assert reports() == expected
    assert (expected[0]["received_on"], expected[0]["closed_on"]) == (date(2025, 2, 3), date(2025, 3, 31))
    assert run_import(SOURCE, write_csv(tmp_path / "again.csv", [export_row("2025-1")])).changed == 1


@pytest.mark.django_db
@pytest.mark.skipif(not HEADERS.is_file(), reason=f"l’en-tête de Signal Logement n’est pas là : {HEADERS}")
def test_the_seventy_columns_of_the_export_in_any_subset(tmp_path):
    with HEADERS.open(encoding="utf-8-sig", newline="") as stream:
        headers = next(csv.reader(stream, delimiter=";"))
    print(f"\nen-tête de l’export : {len(headers)} colonnes")
    required = ("Référence", "Déposé le", "Statut", "Code postal")
    values = export_row("2025-1") | {"Nom occupant": "DUPONT", "Criticité au dépôt": "12.5 %"}
    whole = {header: values.get(header, "") for header in headers}
    assert len(whole) == len(headers) >= 69
    for n, kept in enumerate((headers, headers[::-1], headers[::2], [])):
        subset = {header: value for header, value in whole.items() if header in (*required, *kept)}
        reference = {"Référence": f"2025-{n}"}
        report = run_import(SOURCE, write_rows(tmp_path / f"{n}.xlsx", [subset | reference]))
        assert (report.added, report.rejects) == (1, [])
    assert "DUPONT" not in str(reports())


@pytest.mark.django_db
def test_the_template_of_orders_with_its_line_of_hints(tmp_path):
    ParcelleFactory(idu="60999000AB0001", commune=CommuneFactory(code="60999"))
    header = ["date arrêté", "classification arrêté", "date arrêté main levée", "numéro de voie", "nom de la voie",
              "code postal", "commune", "dénomination syndic", "identifiant parcellaire"]  # fmt: skip
    row = [
        Day(45691),
        "Mise en sécurité procédure urgente",
        None,
        12,
        "rue du Moulin",
        60999,
        "Ici",
        "",
        "60999000AB0001",
    ]
    for n, hints in enumerate(([[None, None, "(format dd/mm/aaaa)"]], [])):
        path = write_workbook(tmp_path / f"arretes{n}.xlsx", {"Feuil1": [*hints, header, row]})
        run_import(SOURCES["arretes"], path)
        order = Arrete.objects.unscoped("le test").get()
        assert (order.taken_on, order.mainlevee_on, order.adresse) == (
            date(2025, 2, 3),
            None,
            "12 rue du Moulin",
        )


def test_rows_are_numbered_as_in_the_sheet_and_empty_ones_left_out(tmp_path):
    rows = [["a", "b"], ["1", None], [None, None], [None, "2"]]
    path = write_workbook(tmp_path / "t.xlsx", {"Feuil1": rows}, first_row=3)
    assert rows_of(path, "a") == [(4, {"a": "1", "b": ""}), (6, {"a": "", "b": "2"})]


def test_a_note_beside_the_table_is_left_out(tmp_path):
    path = write_workbook(tmp_path / "t.xlsx", {"Feuil1": [["a", "b"], ["1", "2", "3"], ["4", "5"]]})
    assert rows_of(path, "a") == [(2, {"a": "1", "b": "2"}), (3, {"a": "4", "b": "5"})]


def test_a_formula_is_the_value_stored_with_it(tmp_path):
    cells = [Formula('WEBSERVICE("http://127.0.0.1/")', "vu"), "=1+1", "+33 6 12", -1]
    path = write_workbook(tmp_path / "t.xlsx", {"Feuil1": [["a", "b", "c", "d"], cells]})
    assert rows_of(path, "a") == [(2, {"a": "vu", "b": "=1+1", "c": "+33 6 12", "d": "-1"})]


def test_the_first_visible_sheet_that_has_the_columns_is_read(tmp_path):
    sheets = {
        "caché": [["a"], ["non"]],
        "Lisez-moi": [["Bonjour"]],
        "Données": [["a"], ["oui"]],
        "Suite": [["a"], ["x"]],
    }
    path = write_workbook(tmp_path / "t.xlsx", sheets, hidden=["caché"])
    assert rows_of(path, "a") == [(2, {"a": "oui"})]


def test_a_bare_number_is_a_day_only_in_a_column_of_dates(tmp_path):
    path = write_workbook(
        tmp_path / "t.xlsx", {"Feuil1": [["jour", "code"], [45691, 45691], [12, 12], ["-", "-"]]}
    )
    days = [row["jour"] for _, row in rows_of(path, "jour", dates=("jour",))]
    assert days == ["03/02/2025", "12", "-"]
    assert rows_of(path, "jour", dates=("jour",))[0][1]["code"] == "45691"


def damaged(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-200])
    return path


def plain_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def far_cell(path: Path) -> Path:
    """Write one cell at the last place of the sheet: a reader that makes room for all before it needs 100 GB."""
    write_workbook(path, {"F": [["a"]]})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    return plain_zip(path, members)


def with_entities(path: Path) -> Path:
    write_workbook(path, {"F": [["b"]]})
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    bomb = b'<!DOCTYPE x [<!ENTITY a "a"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    sheet = members["xl/worksheets/sheet1.xml"].replace(b">b<", b">&b;<")
    return plain_zip(path, members | {"xl/worksheets/sheet1.xml": bomb + sheet})


HOSTILE = {
    "truncated": (lambda p: damaged(write_workbook(p, {"F": [["a"], ["1"]]})), "classeur abîmé"),
    "a zip of something else": (lambda p: plain_zip(p, {"doc.txt": b"a"}), "n’est pas un classeur"),
    "no sheet": (lambda p: plain_zip(p, {"[Content_Types].xml": b"<Types/>"}), "abîmé"),
    "empty": (lambda p: write_workbook(p, {"F": []}), "classeur vide"),
    "column missing": (lambda p: write_workbook(p, {"F": [["b"], ["1"]]}), "il manque la colonne « a »"),
    "column twice": (lambda p: write_workbook(p, {"F": [["a", "A"], ["1", "2"]]}), "colonne en double"),
    "nested archive": (
        lambda p: write_workbook(p, {"F": [["a"]]}, more={"x.zip": b"PK"}),
        "archive dans l’archive",
    ),
    "path out of it": (lambda p: write_workbook(p, {"F": [["a"]]}, more={"../x": b"x"}), "chemin interdit"),
    "thousands of members": (
        lambda p: write_workbook(p, {"F": [["a"]]}, more={f"m{n}": b"" for n in range(300)}),
        "200 au plus",
    ),
    "a billion cells": (far_cell, "trop grand"),
    "entities": (with_entities, "abîmé"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_is_refused_in_french(tmp_path, name):
    make, said = HOSTILE[name]
    path = make(tmp_path / "t.xlsx")
    with pytest.raises(UnreadableFile, match=said) as refusal:
        rows_of(path, "a")
    assert "t.xlsx" in str(refusal.value)


def test_a_bomb_is_refused_before_anything_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_INFLATED", 1024**2)
    bomb = write_workbook(tmp_path / "t.xlsx", {"F": [["a"], ["1"]]}, more={"xl/media/x": b"0" * 2 * 1024**2})
    assert bomb.stat().st_size < 10_000
    monkeypatch.setattr(workbook, "_lines", None)
    with pytest.raises(UnreadableFile, match="une fois décompressé"):
        rows_of(bomb, "a")


def test_a_workbook_named_csv_is_told(tmp_path):
    write_workbook(tmp_path / "t.xlsx", {"F": [["a"], ["1"]]}).rename(tmp_path / "t.csv")
    with pytest.raises(UnreadableFile, match="classeur Excel"):
        rows_of(tmp_path / "t.csv", "a")


def test_an_old_workbook_is_told(tmp_path):
    (tmp_path / "t.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512)
    with pytest.raises(UnreadableFile, match="classeur Excel"):
        rows_of(tmp_path / "t.xls", "a")
