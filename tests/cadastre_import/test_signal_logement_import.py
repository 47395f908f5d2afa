"""The old import file of Signal Logement: other headers, the same reports as the export."""

from datetime import date

import pytest

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Desordre, Signalement
from tests.cadastre_import.official_files import export_row, write_csv
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db

SOURCE = SOURCES["signal-logement-import"]


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="60999", geom=None)


def old_row(**values: str) -> dict[str, str]:
    return {
        "Ref signalement": "12",
        "Date de creation signalement": "2021/03/31",
        "Date cloture": "",
        "motif_cloture": "",
        "details": "Humidité",
        "adresse occupant": "12 rue du Moulin",
        "Code postal occupant": "60999",
        "ville occupant": "Ici",
        "code insee occupant": "60999",
        "date visite": "",
        "Logement social": "N",
        "Nom propriétaire": "Jeanne Propriétaire",
        "statut": "ouverture",
        "Signalement - Confort logement 1": "Le logement est humide - grave",
        "Signalement - Etat batiment 1": "NSP",
    } | values


def the_report() -> Signalement:
    return Signalement.objects.unscoped("test").get()


def test_a_report_enters_as_the_export_would_bring_it(tmp_path):
    report = run_import(SOURCE, write_csv(tmp_path / "a.csv", [old_row()]))
    assert report.rejects == []
    entered = the_report()
    assert (entered.departement, entered.reference, entered.status) == ("60", "2021-12", "ACTIVE")
    assert (entered.received_on, entered.parc) == (date(2021, 3, 31), "prive")
    assert list(Desordre.objects.values_list("label", flat=True)) == ["Le logement est humide"]


@pytest.mark.parametrize(("social", "kept"), [("O", "Jeanne Propriétaire"), ("N", ""), ("NSP", ""), ("", "")])
def test_the_name_of_an_owner_is_kept_for_social_stock_alone(tmp_path, social, kept):
    run_import(SOURCE, write_csv(tmp_path / "a.csv", [old_row(**{"Logement social": social})]))
    assert the_report().bailleur == kept


@pytest.mark.parametrize(
    ("written", "status", "closed_on"),
    [("fermeture", "CLOSED", date(2021, 5, 2)), ("En cours", "ACTIVE", None), ("nouveau", "NEED_VALIDATION", None)],
)  # fmt: skip
def test_statuses_and_short_dates(tmp_path, written, status, closed_on):
    closed = closed_on.strftime("%d/%m/%y") if closed_on else ""
    row = old_row(**{"statut": written, "Date cloture": closed})
    run_import(SOURCE, write_csv(tmp_path / "a.csv", [row]))
    assert (the_report().status, the_report().closed_on) == (status, closed_on)


def test_what_the_file_does_not_say_is_left_as_the_export_said_it(tmp_path):
    exported = export_row("2021-12", Nb_personnes="3", Superficie="40", Étiquettes="Suroccupation")
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "a.csv", [exported]))
    run_import(SOURCE, write_csv(tmp_path / "b.csv", [old_row()]))
    merged = the_report()
    assert (merged.nb_occupants, merged.superficie_m2, merged.etiquettes) == (3, 40, ["Suroccupation"])
    assert merged.description == "Humidité"


def test_a_refusal_is_said_under_the_headers_of_the_file(tmp_path):
    rows = [
        old_row(**{"Ref signalement": ""}),
        old_row(**{"Ref signalement": "13", "Date de creation signalement": "31/02/2021"}),
        old_row(**{"Ref signalement": "14", "code insee occupant": "999"}),
    ]
    report = run_import(SOURCE, write_csv(tmp_path / "a.csv", rows))
    assert [reason.partition(" : ")[0] for _, reason, _ in report.rejects] == [
        "Ref signalement",
        "Date de creation signalement",
        "code insee occupant",
    ]
