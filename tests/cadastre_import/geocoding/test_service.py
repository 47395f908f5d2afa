"""Geocoding the reports: which are taken, what is written, what is left alone."""

from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from cadastre_import.geocoding import service
from cadastre_import.geocoding.provider import Answer
from cadastre_import.geocoding.service import geocode_signalements
from layers.errors import GeocoderUnavailable
from layers.models import Geocoding, Signalement
from tests.cadastre_import.geocoding.ban_server import Misbehaviour, ban_server
from tests.factories import CommuneFactory, SignalementFactory, VoieFactory, point, square
from tests.factories.cadastre import AddressFactory

pytestmark = pytest.mark.django_db

HOUSE = Answer(
    0.9, "housenumber", "1 Rue Neuve", "01001_0001_00001", *point(10, 0).coords, "01001", provider="essai"
)
HOUSE_COORDS = (HOUSE.lon, HOUSE.lat)
STREET = replace(HOUSE, kind="street", ban_id="01001_0001", label="Rue Neuve")


class Answering:
    """A geocoder that gives the same answer to all, and remembers what it was asked."""

    accepted_score = 0.7

    def __init__(self, answer=HOUSE, fails_after=None):
        self.answer, self.fails_after, self.batches = answer, fails_after, []

    def search_many(self, queries):
        if self.fails_after is not None and len(self.batches) >= self.fails_after:
            raise GeocoderUnavailable("le service ne répond pas")
        self.batches.append(list(queries))
        return [self.answer] * len(queries)


@pytest.fixture
def commune():
    return CommuneFactory(code="01001", nom="Ville-Haute", codes_postaux=["01000"], geom=square(0, 0, 1000))


@pytest.fixture
def report(commune):
    return declared()


def declared(**fields):
    values = {"adresse": "1 rue Neuve", "code_postal": "01000", "ville": "Ville-Haute", "code_insee": "01001"}
    unplaced = {"commune": None, "geom": None, "precision": Signalement.Precision.INCONNUE}
    return SignalementFactory(**values | unplaced | fields)


def state(report):
    report.refresh_from_db()
    return report.precision, report.needs_review, report.commune_id, report.geom and report.geom.coords


def test_a_report_gets_a_position_and_keeps_the_whole_answer(report):
    alternative = {"label": "1 Rue Neuville", "kind": "housenumber", "score": 0.5, "ban_id": "x"}
    outcome = geocode_signalements(geocoder=Answering(replace(HOUSE, alternatives=(alternative,))))
    assert state(report) == ("numero", False, "01001", HOUSE_COORDS)
    kept = report.geocoding
    assert (kept.query, kept.provider, kept.kind) == (
        "1 rue Neuve, 01000, Ville-Haute, 01001",
        "essai",
        "housenumber",
    )
    assert (kept.score, kept.label, kept.ban_id) == (0.9, "1 Rue Neuve", "01001_0001_00001")
    assert kept.alternatives == [alternative]
    assert str(outcome) == "1 géocodés (numéro dans la voie : 1), 0 à vérifier"


def test_running_again_asks_nothing_and_changes_nothing(report):
    geocode_signalements(geocoder=Answering())
    before = Geocoding.objects.get().geocoded_at
    again = Answering(STREET)
    assert str(geocode_signalements(geocoder=again)) == "aucun signalement à géocoder"
    assert again.batches == []
    assert Geocoding.objects.get().geocoded_at == before


def test_asking_again_for_the_same_answer_writes_nothing(report):
    geocode_signalements(geocoder=Answering())
    before = Geocoding.objects.get().geocoded_at
    assert geocode_signalements(geocoder=Answering(), again=True).geocoded == 1
    assert Geocoding.objects.get().geocoded_at == before


@pytest.mark.parametrize("field", ["adresse", "code_postal", "ville", "code_insee"])
def test_a_declared_address_that_changed_is_asked_again(report, field):
    geocode_signalements(geocoder=Answering())
    setattr(report, field, "01002")
    report.save(update_fields=[field])
    geocode_signalements(geocoder=Answering(STREET))
    assert Geocoding.objects.get().kind == "street"


def test_only_the_given_reports_are_taken(report):
    other = declared(adresse="2 rue Neuve")
    geocode_signalements([other.pk], geocoder=Answering())
    assert list(Geocoding.objects.values_list("pk", flat=True)) == [other.pk]


def test_a_low_score_keeps_a_position_and_asks_for_a_look(report):
    geocode_signalements(geocoder=Answering(replace(HOUSE, score=0.2)))
    assert state(report) == ("voie", True, "01001", HOUSE_COORDS)
    assert report.geocoding.score == 0.2


def test_the_declared_point_is_used_when_only_the_street_is_found(commune):
    report = declared(declared_geom=point(300, 0))
    geocode_signalements(geocoder=Answering(STREET))
    assert state(report) == ("declaree", True, "01001", point(300, 0).coords)
    assert report.geocoding.kind == "street"


def test_a_declared_point_that_moves_moves_the_report(commune):
    report = declared(declared_geom=point(300, 0))
    geocode_signalements(geocoder=Answering(STREET))
    report.declared_geom = point(350, 0)
    report.save(update_fields=["declared_geom"])
    geocode_signalements(geocoder=Answering(STREET))
    assert state(report)[3] == point(350, 0).coords
    assert geocode_signalements(geocoder=Answering(STREET)).geocoded == 0


def test_a_declared_point_far_from_its_commune_is_not_used(commune):
    report = declared(declared_geom=point(30_000, 0))
    geocode_signalements(geocoder=Answering(STREET))
    assert state(report) == ("voie", True, "01001", HOUSE_COORDS)


def test_a_report_that_had_a_point_keeps_it_when_nothing_is_found(report):
    geocode_signalements(geocoder=Answering())
    report.adresse = "ailleurs"
    report.save(update_fields=["adresse"])
    outcome = geocode_signalements(geocoder=Answering(None))
    assert state(report) == ("numero", True, "01001", HOUSE_COORDS)
    assert not Geocoding.objects.exists()
    assert outcome.to_review == 1


@pytest.mark.parametrize(
    ("code_insee", "citycode", "expected"),
    [
        ("01001", "01002", "01001"),
        ("", "01002", "01002"),
        ("99999", "01002", "01002"),
        ("", "13201", "13055"),
        ("", "99999", "01001"),
        ("", "", "01001"),
    ],
)
def test_the_commune_is_the_declared_one_else_the_found_one_else_that_of_the_point(
    commune, code_insee, citycode, expected
):
    for code in ("01002", "13055"):
        CommuneFactory(code=code, geom=square(5000, 0, 1000))
    report = declared(code_insee=code_insee)
    geocode_signalements(geocoder=Answering(replace(HOUSE, citycode=citycode)))
    assert state(report)[2] == expected


def test_without_a_service_named_the_imported_addresses_answer(commune):
    voie = VoieFactory(commune=commune, nom="Rue Neuve", norm="rue neuve")
    AddressFactory(voie=voie, numero=1, geom=point(10, 0))
    report = declared(adresse="1, RUE NEUVE")
    call_command("geocode_signalements", verbosity=0)
    assert state(report) == ("numero", False, "01001", point(10, 0).coords)


def test_the_service_that_the_settings_name_is_asked(commune, settings, capsys):
    declared()
    with ban_server() as server:
        settings.GEOCODER_URL = server.url
        server.misbehaviours = [Misbehaviour(400)]
        with pytest.raises(CommandError, match=r"refuse la demande .*restant à géocoder : 1, relancez"):
            call_command("geocode_signalements", verbosity=0)
    assert server.routes() == ["/search/csv"]


def test_what_was_answered_before_a_failure_is_kept_and_the_rest_is_taken_next_time(commune, monkeypatch):
    monkeypatch.setattr(service, "BATCH", 2)
    for number in range(5):
        declared(adresse=f"{number} rue Neuve")
    with pytest.raises(GeocoderUnavailable, match=r"ne répond pas .signalements restant à géocoder : 3"):
        geocode_signalements(geocoder=Answering(fails_after=1))
    assert Geocoding.objects.count() == 2
    assert geocode_signalements(geocoder=Answering()).geocoded == 3


def test_writing_a_batch_takes_the_same_statements_for_one_report_or_many(commune, django_assert_num_queries):
    declared()
    with django_assert_num_queries(10):
        geocode_signalements(geocoder=Answering())
    for number in range(2, 30):
        declared(adresse=f"{number} rue Neuve")
    with django_assert_num_queries(10):
        assert geocode_signalements(geocoder=Answering()).geocoded == 28


@pytest.mark.django_db(transaction=True)
def test_nothing_is_asked_inside_a_transaction():
    CommuneFactory(code="01001")
    declared()
    held = []

    class Watching(Answering):
        def search_many(self, queries):
            held.append(connection.in_atomic_block)
            return super().search_many(queries)

    geocode_signalements(geocoder=Watching())
    assert held == [False]
