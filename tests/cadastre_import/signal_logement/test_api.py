"""What is kept of a report of the API, and on which row."""

from datetime import date, timedelta

import orjson
import pytest
from django.utils import timezone

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from cadastre_import.synchronisation import sync_signal_logement
from layers.models import Affectation, Desordre, ImportReject, Signalement, SyncMark, Visit
from tests.cadastre_import.official_files import export_row, write_csv
from tests.cadastre_import.signal_logement.service import (
    affectation,
    report,
    visit,
)
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db


def kept() -> set[str]:
    return set(Signalement.objects.unscoped("le test").values_list("reference", flat=True))


def only() -> Signalement:
    return Signalement.objects.unscoped("le test").get()


def rows(model) -> list:
    return list(model.objects.unscoped("le test").order_by("uuid"))


def numbered(first: int, last: int) -> list[dict]:
    return [report(number) for number in range(first, last + 1)]


def test_a_report_is_kept_with_its_identifiers_its_visits_and_its_partners(service, api):
    service.reports = [report(1, visites=[visit(1), visit(2, statut="PLANNED", conclusions=[])])]
    done = sync_signal_logement(api)
    assert (done.read, done.added, done.rejected) == (1, 1, 0)
    one = only()
    assert (one.departement, one.reference, str(one.uuid)[-4:]) == ("60", "2025-1", "0001")
    assert (one.status, one.received_on, one.parc) == ("ACTIVE", date(2025, 3, 1), "prive")
    assert (one.adresse, one.cle_ban, one.rnb_id) == ("1 rue du Moulin", "60999_0001_00001", "AAAABBBBCCCC")
    assert (one.criticite, one.superficie_m2, one.etage, one.appartement) == (12.5, 42.5, "2", "12")
    assert [d.label for d in one.desordres.all()] == ["Le logement est humide"]
    first, second = rows(Visit)
    # half past midnight in France
    assert (first.visited_on, first.status, first.partner) == (date(2025, 4, 3), "TERMINEE", "SCHS d’Ici")
    assert (first.conclusions, first.is_occupant_present, first.is_owner_present) == (
        ["INSALUBRITE", "RSD"],
        True,
        False,
    )
    assert second.status == "CONCLUSION_A_RENSEIGNER"
    assert (one.nb_visites, one.visited_on) == (2, date(2025, 4, 3))
    assert one.conclusion_visite == "insalubrité, infraction RSD"
    (given,) = rows(Affectation)
    assert (given.partner, given.status, given.affected_on) == ("Ville d’Ici", "EN_COURS", date(2025, 3, 2))


def test_no_identity_is_kept_not_even_with_a_reject(service, api):
    service.reports = [report(1, visites=[visit(1)]), report(2, statut="INCONNU")]
    done = sync_signal_logement(api)
    assert (done.added, done.rejected) == (1, 1)
    told = [
        *Signalement.objects.unscoped("le test").values(),
        *Visit.objects.unscoped("le test").values(),
        *Affectation.objects.unscoped("le test").values(),
        *ImportReject.objects.values(),
        *Desordre.objects.values(),
    ]
    assert "2025-2" in str(told)
    assert "DUPONT" not in str(told)
    assert "06123" not in str(told)


def test_the_export_and_the_api_meet_on_the_same_row(service, api, tmp_path):
    values = {
        "Référence": "2025-1", "Déposé le": "01/03/2025", "Statut": "nouveau", "Code INSEE": "60999",
        "Étiquettes": "urgent", "Dernière MAJ le": "05/03/2025", "Type occupant": "Locataire",
    }  # fmt: skip
    path = write_csv(tmp_path / "signalements.csv", [export_row("2025-1") | values])
    run_import(SOURCES["signal-logement"], path)
    service.reports = [report(1)]
    done = sync_signal_logement(api)
    assert (done.added, done.changed) == (0, 1)
    one = only()
    assert (one.status, one.updated_on, one.type_occupant) == ("ACTIVE", date(2025, 3, 5), "Locataire")
    # and the export after it leaves what only the API tells
    run_import(SOURCES["signal-logement"], path, force=True)
    one = only()
    assert (one.status, str(one.uuid)[-4:], one.cle_ban) == ("NEED_VALIDATION", "0001", "60999_0001_00001")


def test_a_report_whose_commune_was_corrected_keeps_its_row(service, api):
    CommuneFactory(code="02001", geom=None)
    service.reports = [report(1)]
    sync_signal_logement(api)
    before = only().pk
    moved = report(1)["adresse"] | {"codeInsee": "02001", "codePostal": "02000"}
    service.reports = [report(1, adresse=moved)]
    sync_signal_logement(api, everything=True)
    assert (only().pk, only().departement) == (before, "02")


def test_two_reports_under_one_reference_are_not_mixed(service, api):
    service.reports = [report(1), report(2, reference="2025-1")]
    done = sync_signal_logement(api)
    assert (done.added, done.rejected) == (1, 1)
    assert "deux fois, sous deux identifiants" in ImportReject.objects.get().reason
    sync_signal_logement(api, everything=True)
    assert str(only().uuid)[-4:] == "0002"  # the first of the list, again and again


def test_what_a_report_no_longer_has_leaves_and_what_changed_is_written(service, api):
    service.reports = [report(1, visites=[visit(1), visit(2)])]
    sync_signal_logement(api)
    service.reports = [
        report(
            1,
            visites=[visit(2, statut="CANCELED")],
            affectations=[affectation(1, statut="FERME", motifCloture="RSD")],
        )
    ]
    sync_signal_logement(api, everything=True)
    (left,) = rows(Visit)
    assert (str(left.uuid)[-1], left.status) == ("2", "ANNULEE")
    (given,) = rows(Affectation)
    assert (given.status, given.motif_cloture) == ("FERME", "RSD")


def test_reading_again_changes_nothing(service, api):
    service.reports = [report(n, visites=[visit(n)]) for n in range(1, 31)]
    assert sync_signal_logement(api).added == 30
    again = sync_signal_logement(api, everything=True)
    assert (again.read, again.added, again.changed, again.rejected) == (30, 0, 0, 0)


def test_only_what_was_given_since_the_last_reading_is_asked_for(service, api):
    service.reports = numbered(1, 250)
    first = sync_signal_logement(api)
    assert (first.read, first.added) == (250, 250)
    assert "dateAffectationDebut" not in service.asked[0]
    today = timezone.localdate()
    # an old report, given to the partner today: it stands in the middle of the list
    given = affectation(9, dateAffectation=f"{today}T08:00:00+00:00")
    service.reports.append(report(77_000, dateCreation="2024-01-01T00:00:00+00:00", affectations=[given]))
    service.asked.clear()
    second = sync_signal_logement(api)
    assert (second.read, second.added, len(service.asked)) == (1, 1, 1)
    assert service.asked[0]["dateAffectationDebut"] == str(today - timedelta(days=1))
    assert SyncMark.objects.get().complete_until == today


def test_records_of_any_shape_cost_only_themselves(service, api):
    service.page = lambda asked: [
        None,
        7,
        {},
        report(1),
        {"uuid": []},
        report(2, visites="x"),
        report(3, visites={"2": visit(3)}),
    ]
    done = sync_signal_logement(api)
    assert (done.read, done.added, done.rejected) == (7, 2, 5)
    assert rows(Visit)[0].status == "TERMINEE"


def test_a_saved_answer_is_imported_as_a_file(service, tmp_path):
    path = tmp_path / "signalements.json"
    path.write_bytes(orjson.dumps([report(1, visites=[visit(1)])]))
    assert run_import(SOURCES["signal-logement-api"], path).added == 1
    assert len(rows(Visit)) == 1
