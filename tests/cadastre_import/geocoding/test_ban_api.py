"""The client of the BAN geocoding API against a service that speaks the protocol, well or badly."""

import logging
import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from cadastre_import.geocoding import transport
from cadastre_import.geocoding.ban_api import COMMUNE_ONLY, BanApiGeocoder
from cadastre_import.geocoding.provider import Query
from cadastre_import.geocoding.transport import LONGEST_PAUSE_SECONDS, REST_SECONDS, TRIES, GeocodingService
from layers.errors import GeocoderUnavailable
from tests.cadastre_import.geocoding.ban_server import Misbehaviour, ban_server, feature

ASKED = "12 rue neuve 93140 bondy"
NEUVE = Query("12, rue Neuve", "93140", "93010", "Bondy")
HOUSE = feature("12 Rue Neuve 93140 Bondy", "93010_0001_00012")


class Clock:
    """Time that passes only when someone waits."""

    def __init__(self):
        self.now, self.pauses = 0.0, []

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def _no_memory_of_failures():
    transport._resting_until.clear()


@pytest.fixture
def server():
    with ban_server() as service:
        service.places[ASKED] = [HOUSE]
        yield service


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def geocoder(server, clock):
    return BanApiGeocoder(server.url, GeocodingService(server.url, clock=clock))


def test_a_batch_goes_in_one_file(server, geocoder):
    server.places["4 av du parc 93140 bondy"] = [feature("4 Avenue du Parc", "93010_0002_00004", lon=2.5)]
    park = Query("4 av. du Parc bât B", "93140", "", "Bondy")
    first, second, third = geocoder.search_many([NEUVE, park, NEUVE])
    assert first == third
    assert (first.ban_id, first.kind, first.score) == ("93010_0001_00012", "housenumber", 0.95)
    assert (first.lon, first.lat, first.label) == (2.48, 48.9, "12 Rue Neuve 93140 Bondy")
    assert (first.citycode, first.provider) == ("93010", "127.0.0.1")
    assert (second.ban_id, second.lon) == ("93010_0002_00004", 2.5)
    assert server.asked == [("/search/csv", {"columns": "adresse", "citycode": "commune"})]


def test_the_cleaned_line_is_what_is_asked(server, geocoder):
    (answer,) = geocoder.search_many(
        [Query("  n°12 rueNeuve  (fond de cour), Bât. B", "93140", "93010", "BONDY")]
    )
    assert answer.ban_id == "93010_0001_00012"


def test_a_doubtful_answer_is_asked_again_for_its_alternatives(server, geocoder):
    doubtful = feature("12 Rue Neuve 93140 Bondy", "93010_0001_00012", score=0.5)
    other = feature("12 Rue Neuville 93140 Bondy", "93010_0009_00012", score=0.45)
    server.places[ASKED] = [doubtful, other]
    (answer,) = geocoder.search_many([NEUVE])
    assert (answer.ban_id, answer.score) == ("93010_0001_00012", 0.5)
    assert [alternative["ban_id"] for alternative in answer.alternatives] == ["93010_0009_00012"]
    route, parameters = server.asked[-1]
    assert (route, parameters["citycode"], parameters["limit"]) == ("/search", "93010", "6")


def test_an_address_not_found_in_its_commune_is_looked_for_elsewhere_then_its_commune_is_given(
    server, geocoder
):
    server.places["bondy"] = [feature("Bondy", "93010", score=0.9, kind="municipality")]
    lost = Query("99 rue perdue", "93140", "93010", "Bondy")
    answers = geocoder.search_many([lost, lost])
    assert [(a.kind, a.ban_id, a.score) for a in answers] == [("municipality", "93010", COMMUNE_ONLY)] * 2
    assert server.routes() == ["/search/csv", "/search", "/search", "/search"]
    assert "citycode" not in server.asked[1][1]
    assert server.asked[2][1] == {"q": "bondy", "type": "municipality", "limit": "1", "citycode": "93010"}


def test_nothing_to_ask_is_not_asked(server, geocoder):
    assert geocoder.search_many([]) == []
    assert geocoder.search_many([Query("")]) == [None]
    assert server.routes() == ["/search/csv"]


def test_a_service_without_files_is_asked_one_by_one(server, geocoder):
    server.has_csv = False
    first, second = geocoder.search_many([NEUVE, NEUVE])
    assert first.ban_id == second.ban_id == "93010_0001_00012"
    geocoder.search_many([NEUVE])
    assert server.routes() == ["/search/csv", "/search", "/search", "/search"]


def test_a_point_has_an_address(server, geocoder):
    server.places["reverse"] = [HOUSE]
    assert geocoder.reverse(2.48, 48.9).ban_id == "93010_0001_00012"
    server.places.clear()
    assert geocoder.reverse(2.48, 48.9) is None


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(server, geocoder, status):
    server.misbehaviours = [Misbehaviour(status), Misbehaviour(cut=True)]
    assert geocoder.search_many([NEUVE])[0].ban_id == "93010_0001_00012"
    assert len(server.asked) == 3


def test_the_pause_that_the_service_asks_is_kept_within_a_bound(server, geocoder, clock):
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=20), usegmt=True)
    server.misbehaviours = [
        Misbehaviour(429, {"Retry-After": "7"}),
        Misbehaviour(503, {"Retry-After": date}),
        Misbehaviour(503, {"Retry-After": "86400"}),
    ]
    geocoder.search_many([NEUVE])
    asked, dated, bounded = clock.pauses
    assert asked == 7
    assert dated == pytest.approx(20, abs=2)
    assert bounded == LONGEST_PAUSE_SECONDS


def test_no_more_than_forty_requests_leave_in_a_second(server, geocoder, clock):
    server.has_csv = False
    geocoder.search_many([NEUVE] * 80)
    assert len(server.asked) == 81
    assert clock.now == pytest.approx(2.0, abs=0.03)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ([Misbehaviour(503)] * TRIES, "ne répond pas"),
        ([Misbehaviour(cut=True)] * TRIES, "ne répond pas"),
        ([Misbehaviour(400)], "refuse la demande"),
        ([Misbehaviour(302, {"Location": "http://192.0.2.1/"})], "renvoie vers une autre adresse"),
        ([Misbehaviour(body=b"\n<!doctype html><title>Portail</title>")], "page web"),
        ([Misbehaviour(body=b"n,adresse\n0,x\n")], "colonnes absentes"),
        ([Misbehaviour(body=b'"n","latitude\n')], "illisible"),
        ([Misbehaviour(body=b"\xff\xfe\x00")], "illisible"),
    ],
)
def test_a_service_that_fails_is_told_in_french_and_nothing_of_the_address_is(
    server, geocoder, caplog, wrong, sentence
):
    server.misbehaviours = list(wrong)
    with caplog.at_level(logging.DEBUG), pytest.raises(GeocoderUnavailable, match=sentence) as raised:
        geocoder.search_many([NEUVE])
    for text in (str(raised.value), caplog.text):
        assert "neuve" not in text.lower()


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda text: text.replace("result_score", "score"), "result_score"),
        (lambda text: "\n".join(text.splitlines()[:-1]), "1 lignes reçues pour 2"),
        (lambda text: text.replace("0.95", "haut"), "score illisible"),
        (lambda text: text.replace("2.48", "248"), "hors limites"),
        (lambda text: text.replace("0.95", "nan"), "hors limites"),
    ],
)
def test_a_file_that_is_not_what_was_asked_is_refused(server, geocoder, edit, sentence):
    server.edit_csv = edit
    with pytest.raises(GeocoderUnavailable, match=sentence):
        geocoder.search_many([NEUVE, NEUVE])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"features": [{}]}',
        b'{"features": [{"geometry": {"coordinates": []}, "properties": {}}]}',
    ],
)
def test_an_answer_that_is_not_geocodejson_is_refused(server, geocoder, body):
    server.has_csv = False
    geocoder.search_many([NEUVE])
    server.misbehaviours = [Misbehaviour(body=body)]
    with pytest.raises(GeocoderUnavailable, match="GeoCodeJSON"):
        geocoder.search_many([NEUVE])


def test_an_answer_without_end_is_cut(server, geocoder, monkeypatch):
    monkeypatch.setattr(transport, "MAX_BYTES", 1_000)
    server.misbehaviours = [Misbehaviour(body=b"x" * 2_000)]
    with pytest.raises(GeocoderUnavailable, match="plus de 1000 octets"):
        geocoder.search_many([NEUVE])


def test_a_service_that_accepts_and_says_nothing_is_left_in_time(clock, monkeypatch):
    monkeypatch.setattr(transport, "READ_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(GeocoderUnavailable, match="délai dépassé"):
            BanApiGeocoder(url, GeocodingService(url, clock=clock)).search_many([NEUVE])


def test_a_service_that_is_not_there_is_told(clock):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    with pytest.raises(GeocoderUnavailable, match="connexion refusée"):
        BanApiGeocoder(url, GeocodingService(url, clock=clock)).search_many([NEUVE])


@pytest.mark.parametrize("url", ["", "geocodage", "file:///etc/passwd", "ftp://example.org"])
def test_only_a_web_address_names_a_service(url):
    with pytest.raises(GeocoderUnavailable, match="GEOCODER_URL"):
        BanApiGeocoder(url)


def test_files_stay_far_under_the_limits_of_the_service(server, geocoder):
    """50 MB and 200 000 rows, with the longest lines that can be declared."""
    longest = Query("𝒶é rue des Œillets " * 30, "93140", "93010", "Bondy" * 40)
    server.places[""] = []
    assert len(geocoder.search_many([longest] * 2_500)) == 2_500
    files = [content.decode() for route, content in zip(server.routes(), server.files, strict=False)]
    assert [len(text.splitlines()) - 1 for text in files] == [1_000, 1_000, 500]
    assert max(len(content) for content in server.files) < 1_000_000


def test_a_service_that_failed_is_left_alone_then_tried_again(server, geocoder, clock):
    server.misbehaviours = [Misbehaviour(503)] * TRIES
    with pytest.raises(GeocoderUnavailable, match="ne répond pas"):
        geocoder.search_many([NEUVE])
    asked = len(server.asked)
    other = BanApiGeocoder(server.url, GeocodingService(server.url, clock=clock))
    with pytest.raises(GeocoderUnavailable, match=r"nouvel essai dans \d+ s"):
        other.search_many([NEUVE])
    assert len(server.asked) == asked
    clock.now += REST_SECONDS
    assert other.search_many([NEUVE])[0].ban_id == "93010_0001_00012"


def test_a_service_that_asks_for_an_hour_gets_it(server, geocoder, clock):
    server.misbehaviours = [Misbehaviour(429, {"Retry-After": "3000"})] * TRIES
    with pytest.raises(GeocoderUnavailable, match="erreur 429"):
        geocoder.search_many([NEUVE])
    clock.now += 2_900
    with pytest.raises(GeocoderUnavailable, match="nouvel essai"):
        geocoder.search_many([NEUVE])
    clock.now += 101
    assert geocoder.search_many([NEUVE])[0]


def test_a_refusal_of_one_request_does_not_close_the_service(server, geocoder):
    server.misbehaviours = [Misbehaviour(400)]
    with pytest.raises(GeocoderUnavailable, match="refuse la demande"):
        geocoder.search_many([NEUVE])
    assert geocoder.search_many([NEUVE])[0].ban_id == "93010_0001_00012"


def test_nothing_leaves_unless_asked_for_and_the_settings_say_what_does():
    """Opt-in: the default is empty, and whoever sets it reads that addresses of complainants leave."""
    root = Path(django_settings.BASE_DIR)
    settings_text = (root / "geo_lhi/settings.py").read_text()
    assert 'GEOCODER_URL = env("GEOCODER_URL", default="")' in settings_text
    example = next(
        line for line in (root / ".env.example").read_text().splitlines() if "GEOCODER_URL" in line
    )
    assert example.startswith("GEOCODER_URL=  ")
    for text in (example, settings_text):
        assert "addresses of complainants" in text
    assert "les adresses des plaignants sortent" in (root / "docs/anchoring.md").read_text()
