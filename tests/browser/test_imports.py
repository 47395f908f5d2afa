"""A file is given, followed to its end, its rejects read, corrected and given again, by someone with a browser."""

import csv
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from playwright.sync_api import Page, expect

from layers.models import Signalement
from tests.browser.test_pages import SMALL
from tests.browser.town import Town
from tests.cadastre_import.official_files import export_row, write_csv
from tests.queue import worker_process

PATIENT_MS = 60_000  # a worker has to start
PREVIOUS = 17  # reports of the town


@pytest.fixture
def importing_page(signed_page: Page, town: Town, queue, settings, tmp_path) -> Page:
    """Give a page of someone who may import, and a spool."""
    settings.SPOOL_DIR = tmp_path / "spool"
    town.user.user_permissions.add(Permission.objects.get(codename="import_files"))
    return signed_page


@pytest.fixture
def export(tmp_path, town: Town) -> Path:
    """Give an export of four reports, the second and the third wrong."""
    here = {"Code_INSEE": town.commune, "Code_postal": "01000"}
    rows = [
        export_row("2026-1", **here),
        export_row("2026-2", **here | {"Déposé_le": "31/02/2026"}),
        export_row("2026-3", **here | {"Statut": "perdu de vue"}),
        export_row("2026-4", **here),
    ]
    return write_csv(tmp_path / "export-signalements.csv", rows)


def give(page: Page, path: Path) -> None:
    page.goto("/imports/")
    page.get_by_label("Fichier tel que le producteur le publie").set_input_files(path)
    page.get_by_role("button", name="Déposer").click()
    page.wait_for_url("**/imports/depots/*/")


def hold_reports(held: bool) -> None:
    """Hold the table of the reports, or let go: an import waits inside its transaction."""
    with connection.cursor() as cursor:
        name = "pg_advisory_lock" if held else "pg_advisory_unlock"
        cursor.execute(f"SELECT {name}(hashtext('layers_signalement'))")


def reports() -> int:
    return Signalement.objects.unscoped("test").count()


def test_a_file_is_followed_to_its_end(importing_page: Page, export: Path, tmp_path):
    page = importing_page
    give(page, export)
    expect(page.get_by_label("Source")).to_have_value("signal-logement")
    page.get_by_role("button", name="Importer", exact=True).click()
    expect(page.get_by_role("heading", name="L’import attend son tour")).to_be_visible()
    expect(page.get_by_text("Aucun processus de traitement n’est en marche")).to_be_visible()

    hold_reports(True)
    with worker_process(SPOOL_DIR=str(tmp_path / "spool")):
        expect(page.get_by_role("heading", name="Import en cours")).to_be_visible(timeout=PATIENT_MS)
        page.reload()
        expect(page.get_by_role("heading", name="Import en cours")).to_be_visible()
        expect(page.get_by_role("button", name="Annuler l’import")).to_be_hidden()
        assert reports() == PREVIOUS
        hold_reports(False)
        expect(page.get_by_text("4 enregistrements lus, 2 ajoutés")).to_be_visible(timeout=PATIENT_MS)
        assert reports() == PREVIOUS + 2

        page.get_by_role("link", name="Voir le compte rendu et 2 rejets").click()
        expect(page.get_by_role("heading", name="Date impossible")).to_be_visible()
        page.get_by_label("Chercher dans les rejets").fill("perdu de vue")
        page.get_by_role("button", name="Chercher").click()
        expect(page.get_by_text("1 rejet pour « perdu de vue »")).to_be_visible()
        page.get_by_role("link", name="Tout voir").click()

        with page.expect_download() as download:
            page.get_by_role("link", name="Télécharger les rejets").click()
        give(page, _corrected(Path(download.value.path()), tmp_path / download.value.suggested_filename))
        page.get_by_label("Source").select_option("signal-logement")
        page.get_by_role("button", name="Importer", exact=True).click()
        expect(page.get_by_text("2 enregistrements lus, 2 ajoutés")).to_be_visible(timeout=PATIENT_MS)
    assert reports() == PREVIOUS + 4


def _corrected(rejects: Path, target: Path) -> Path:
    with rejects.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream, delimiter=";"))
    assert [row["Référence"] for row in rows] == ["2026-2", "2026-3"]
    rows[0]["Déposé le"], rows[1]["Statut"] = "28/02/2026", "en cours"
    return write_csv(target, rows)


def test_an_import_that_waits_is_cancelled(importing_page: Page, export: Path):
    page = importing_page
    give(page, export)
    page.get_by_role("button", name="Importer", exact=True).click()
    page.get_by_role("button", name="Annuler l’import").click()
    expect(page.get_by_text("L’import a été annulé avant de commencer")).to_be_visible()
    page.get_by_role("button", name="Retirer le fichier du serveur").click()
    expect(page.get_by_role("row", name="export-signalements.csv")).to_contain_text("annulé")
    assert reports() == PREVIOUS


def test_a_refusal_is_said_beside_the_form(importing_page: Page, tmp_path, forgiven):
    forgiven.append("422 (Unprocessable")
    page = importing_page
    wrong = tmp_path / "arrêté.pdf"
    wrong.write_bytes(b"%PDF-1.7")
    page.goto("/imports/")
    page.get_by_label("Fichier tel que le producteur le publie").set_input_files(wrong)
    page.get_by_role("button", name="Déposer").click()
    expect(page.get_by_role("alert")).to_have_text("arrêté.pdf : c’est un PDF, pas un fichier de données")
    expect(page.get_by_role("button", name="Déposer")).to_be_enabled()


@pytest.mark.parametrize("size", [SMALL, {"width": 1440, "height": 900}], ids=["small", "wide"])
def test_no_page_of_an_import_scrolls_sideways(importing_page: Page, export: Path, size):
    page = importing_page
    give(page, export)
    upload = page.url
    page.get_by_role("button", name="Importer", exact=True).click()
    page.set_viewport_size(size)
    for path in ("/imports/", upload, "/imports/journal/"):
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], path
