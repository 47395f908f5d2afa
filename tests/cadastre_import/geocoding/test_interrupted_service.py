"""A service that fails in the middle of a run: what it answered is kept, the next run asks for the rest only."""

import subprocess
import sys
import time
from pathlib import Path
from socket import create_connection, create_server

import pytest
from django.conf import settings

from cadastre_import.geocoding import service, transport
from cadastre_import.geocoding.ban_api import BanApiGeocoder
from cadastre_import.geocoding.service import geocode_signalements
from cadastre_import.geocoding.transport import TRIES, GeocodingService
from layers.errors import GeocoderUnavailable
from layers.models import Geocoding
from tests.cadastre_import.geocoding.ban_server import Misbehaviour, ban_server, feature
from tests.cadastre_import.geocoding.test_ban_api import Clock
from tests.cadastre_import.geocoding.test_service import declared
from tests.factories import CommuneFactory, square

pytestmark = pytest.mark.django_db
PROXY = Path(settings.REAL_DATA_DIR).parents[1] / "tools/faultproxy.py"


@pytest.fixture
def server(monkeypatch):
    """Make six reports, asked two by two, and the service that knows them."""
    monkeypatch.setattr(service, "BATCH", 2)
    transport._resting_until.clear()
    CommuneFactory(code="01001", nom="Ville-Haute", codes_postaux=["01000"], geom=square(0, 0, 1000))
    with ban_server() as opened:
        for number in range(1, 7):
            declared(adresse=f"{number} rue Neuve")
            found = feature(f"{number} Rue Neuve", f"01001_0001_0000{number}", lon=3)
            opened.places[f"{number} rue neuve 01000 ville haute"] = [found]
        yield opened


def rows(content: bytes) -> list[str]:
    return [line.split(",")[1] for line in content.decode().splitlines()[1:]]


def test_the_next_run_asks_for_the_rest_only(server):
    clock = Clock()
    geocoder = BanApiGeocoder(server.url, GeocodingService(server.url, clock=clock))

    def fail_from_now_on(text: str) -> str:
        server.misbehaviours = [Misbehaviour(503)] * TRIES
        return text

    server.edit_csv = fail_from_now_on
    with pytest.raises(GeocoderUnavailable, match=r"erreur 503.*restant à géocoder : 4, relancez"):
        geocode_signalements(geocoder=geocoder)
    assert Geocoding.objects.count() == 2
    server.edit_csv, server.files = str, []
    clock.now += 3_600
    assert geocode_signalements(geocoder=geocoder).geocoded == 4
    assert [rows(content) for content in server.files] == [
        ["3 rue neuve 01000 ville haute", "4 rue neuve 01000 ville haute"],
        ["5 rue neuve 01000 ville haute", "6 rue neuve 01000 ville haute"],
    ]
    assert set(Geocoding.objects.values_list("kind", "millesime")) == {("housenumber", None)}


@pytest.mark.skipif(not PROXY.is_file(), reason="le mandataire de pannes n’est pas sur cette machine")
def test_a_line_that_is_cut_in_the_middle_of_answers_loses_nothing(server):
    port, control = free_port(), free_port()
    upstream = server.url.removeprefix("http://")
    proxy = subprocess.Popen([sys.executable, PROXY, str(port), upstream, str(control)])
    try:
        fault(control, "reset_after=700")
        clock = Clock()
        geocoder = BanApiGeocoder(
            f"http://127.0.0.1:{port}", GeocodingService(f"http://127.0.0.1:{port}", clock=clock)
        )
        with pytest.raises(GeocoderUnavailable, match="connexion interrompue"):
            geocode_signalements(geocoder=geocoder)
        kept = Geocoding.objects.count()
        fault(control, "reset_after=0 latency=20")
        clock.now += 3_600
        assert geocode_signalements(geocoder=geocoder).geocoded == 6 - kept
        assert Geocoding.objects.count() == 6
    finally:
        proxy.terminate()
        proxy.wait()


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as opened:
        return opened.getsockname()[1]


def fault(control: int, settings_text: str) -> None:
    for _ in range(100):
        try:
            with create_connection(("127.0.0.1", control)) as line:
                line.sendall(f"{settings_text}\n".encode())
                line.recv(1_000)
                return
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("the proxy did not start")
