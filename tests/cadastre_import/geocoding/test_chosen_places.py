"""Geocoding beside what persons chose: never moved, and good for the next report of the same address."""

import pytest

from cadastre_import.geocoding.service import geocode_signalements
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Geocoding, PlaceChoice, Signalement
from layers.scope import Scope
from layers.services.placing import Wish, choose_place, undo_choice, version_of
from tests.cadastre_import.geocoding.test_service import Answering, declared, state
from tests.cadastre_import.official_files import export_row, write_csv
from tests.factories import CommuneFactory, UserFactory, point, square

pytestmark = pytest.mark.django_db

AT = point(700, 700)


@pytest.fixture(autouse=True)
def commune():
    return CommuneFactory(code="01001", nom="Ville-Haute", codes_postaux=["01000"], geom=square(0, 0, 1000))


def placed(report):
    """Place a report by hand, and give the choice."""
    user = UserFactory(is_superuser=True)
    report.refresh_from_db()
    wish = Wish(PlaceChoice.Kind.POINT, lon=AT.x, lat=AT.y)
    return choose_place(report.pk, wish, version_of(report), Scope.whole(), user.pk)


CHOSEN = ("manuelle", False, "01001", AT.coords)


def test_a_run_never_moves_what_a_person_chose():
    report = declared()
    geocode_signalements(geocoder=Answering())
    placed(report)
    asked = Answering()
    assert str(geocode_signalements(geocoder=asked)) == "aucun signalement à géocoder"
    assert asked.batches == []
    assert state(report) == CHOSEN


def test_asking_all_anew_refreshes_the_answer_and_leaves_the_position():
    report = declared()
    placed(report)
    outcome = geocode_signalements(geocoder=Answering(), again=True)
    assert state(report) == CHOSEN
    assert report.geocoding.label == "1 Rue Neuve"
    assert str(outcome) == "1 géocodés (laissés où une personne les a placés : 1), 0 à vérifier"


def test_a_choice_made_while_the_geocoder_answers_stands():
    report = declared()

    class Slow(Answering):
        def search_many(self, queries):
            placed(report)
            return super().search_many(queries)

    geocode_signalements(geocoder=Slow())
    assert state(report) == CHOSEN
    assert report.geocoding.label == "1 Rue Neuve"


def test_a_declared_address_that_changes_is_looked_at_again_where_it_was_placed():
    report = declared()
    placed(report)
    report.adresse = "99 rue Neuve"
    report.save(update_fields=["adresse"])
    geocode_signalements(geocoder=Answering())
    assert state(report) == ("manuelle", True, "01001", AT.coords)
    assert geocode_signalements(geocoder=Answering()).geocoded == 0


def test_another_spelling_of_the_same_address_changes_nothing():
    report = declared()
    placed(report)
    report.adresse = "1, RUE NEUVE"
    report.save(update_fields=["adresse"])
    assert geocode_signalements(geocoder=Answering()).geocoded == 0
    assert state(report) == CHOSEN


def test_the_next_import_of_the_same_address_is_placed_and_nobody_is_asked(tmp_path):
    placed(declared())
    rows = [
        export_row(reference, Adresse=adresse, Code_postal="01000", Commune="Ville-Haute", Code_INSEE="01001")
        for reference, adresse in (("2026-1", "1 RUE NEUVE"), ("2026-2", "2 rue Neuve"))
    ]
    run_import(SOURCES["signal-logement"], write_csv(tmp_path / "export.csv", rows))
    asked = Answering()
    outcome = geocode_signalements(geocoder=asked)
    assert [query.text for query in asked.batches[0]] == ["2 rue Neuve"]
    assert str(outcome).endswith(" ; 1 placés comme un signalement de même adresse")
    same = Signalement.objects.unscoped("essai").get(reference="2026-1")
    assert state(same) == CHOSEN
    assert not Geocoding.objects.filter(signalement=same).exists()
    assert geocode_signalements(geocoder=Answering()).geocoded == 0


def test_an_undone_choice_is_geocoded_again():
    choice = placed(declared())
    same = declared(adresse="1, rue Neuve")
    geocode_signalements(geocoder=Answering())
    undo_choice(choice.pk, Scope.whole(), choice.chosen_by_id)
    assert geocode_signalements(geocoder=Answering()).geocoded == 2
    assert state(same)[0] == "numero"
