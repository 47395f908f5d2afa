"""The Insee's own files of the COG: the communes, and what became of those of the past."""

import pytest

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Commune, Signalement
from tests.cadastre_import.official_files import export_row, write_csv
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db


def movement(before: str, after: str, day: str, mod: str = "32", kind: str = "COM") -> dict[str, str]:
    """Give a row of v_mvt_commune."""
    return {
        "MOD": mod, "DATE_EFF": day,
        "TYPECOM_AV": "COM", "COM_AV": before, "TNCC_AV": "0", "NCC_AV": "A", "NCCENR_AV": "A", "LIBELLE_AV": "A",
        "TYPECOM_AP": kind, "COM_AP": after, "TNCC_AP": "0", "NCC_AP": "B", "NCCENR_AP": "B", "LIBELLE_AP": "B",
    }  # fmt: skip


def commune(code: str, kind: str = "COM", parent: str = "") -> dict[str, str]:
    """Give a row of v_commune."""
    departement = code[:2] if kind in ("COM", "ARM") else ""
    return {
        "TYPECOM": kind, "COM": code, "REG": "32", "DEP": departement, "CTCD": "60D", "ARR": "601", "TNCC": "0",
        "NCC": "ICI", "NCCENR": "Ici", "LIBELLE": f"L’Ici {code}", "CAN": "6001", "COMPARENT": parent,
    }  # fmt: skip


def former(code: str) -> list[str]:
    return Commune.objects.get(pk=code).anciens_codes


@pytest.fixture
def movements(tmp_path):
    """Import rows of movements."""

    def write(*rows):
        return run_import(
            SOURCES["mouvements-communes"], write_csv(tmp_path / "v_mvt_commune_2026.csv", rows)
        )

    return write


def test_the_communes_of_the_insee_leave_what_another_file_told(tmp_path):
    CommuneFactory(code="60001", nom="Avant", anciens_codes=["60002"], codes_postaux=["60000"], population=12)
    rows = [
        commune("60001"),
        commune("60002", "COMD", "60001"),
        commune("75056"),
        commune("75101", "ARM", "75056"),
    ]
    report = run_import(SOURCES["communes"], write_csv(tmp_path / "v_commune_2026.csv", rows))
    assert (report.read, report.added, report.changed, report.rejects) == (3, 2, 1, [])
    first, city, arrondissement = Commune.objects.order_by("code")
    assert (first.nom, first.anciens_codes, first.codes_postaux, first.population) == (
        "L’Ici 60001", ["60002"], ["60000"], 12,
    )  # fmt: skip
    assert (city.departement, arrondissement.code, arrondissement.codes_postaux) == ("75", "75101", [])


def test_a_code_is_followed_to_the_commune_of_today(movements):
    for code in ("60001", "60005", "60006"):
        CommuneFactory(code=code, geom=None)
    report = movements(
        movement("60002", "60003", "1972-01-01", "33"),
        movement("60003", "60001", "2019-01-01"),
        movement("60003", "60003", "2019-01-01", kind="COMD"),
        movement("60004", "60005", "1974-01-01"),  # then born again, and divided in two
        movement("60005", "60004", "1990-01-01", "21"),
        movement("60004", "60005", "2000-01-01"),
        movement("60004", "60006", "2000-01-01"),
        movement("75010", "93010", "1968-01-01", "41"),
        movement("60007", "60008", "2001-01-01"),  # towards a commune that is not here
        movement("60008", "60007", "2001-01-01"),
    )
    assert report.rejects == []
    assert "1 commune(s) ont reçu des codes d’avant" in report.notices
    assert [former(code) for code in ("60001", "60005", "60006")] == [["60002", "60003"], [], []]


def test_a_commune_born_again_is_the_past_of_nobody(movements):
    for code in ("60001", "60002"):
        CommuneFactory(code=code, geom=None)
    movements(movement("60002", "60001", "1973-01-01"), movement("60001", "60002", "1985-01-01", "21"))
    assert [former("60001"), former("60002")] == [[], []]


def test_it_is_read_twice_without_a_change_and_a_later_edition_of_the_communes_keeps_it(movements, tmp_path):
    CommuneFactory(code="60001", geom=None)
    movements(movement("60002", "60001", "2019-01-01"))
    assert movements(movement("60002", "60001", "2019-01-01"), movement("x", "y", "?")).notices == []
    path = tmp_path / "communes.json"
    path.write_text(
        '[{"code":"60001","nom":"Ici","departement":"60","type":"commune-actuelle","anciensCodes":["60009"]}]'
    )
    run_import(SOURCES["communes"], path)
    assert former("60001") == ["60002", "60009"]


def test_a_report_of_a_merged_commune_is_carried_to_that_of_today(movements, tmp_path):
    CommuneFactory(code="60001", geom=None)
    movements(movement("60002", "60001", "2019-01-01"))
    row = export_row("2025-1", Commune="Avant", Code_INSEE="60002")
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", [row]))
    assert Signalement.objects.unscoped("test").get().code_insee == "60001"


def test_a_row_that_cannot_be_read_is_a_reject(movements):
    CommuneFactory(code="60001", geom=None)
    report = movements(movement("60002", "60001", "autrefois"), movement("60?", "60001", "2019-01-01"))
    assert [line for line, _, _ in report.rejects] == [2, 3]
    assert former("60001") == []
