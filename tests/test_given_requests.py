"""The corpus of hostile requests, held against each address of ours that it makes sense for.

Its files were written for no application in particular: ``/API/reports/`` is each of our lists, a search is each text
that a form sends. ``tests/ogc/test_given_files.py`` holds the same files against the WFS.
"""

import json
import re
import time
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from layers.models import Signalement
from layers.models.publications import PUBLIC as PUBLIC_DATABASE
from tests.factories import SignalementFactory, point
from tests.leaks import text_of

FOLDER = Path(settings.REAL_DATA_DIR).parents[1] / "badinputs" / "http"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"corpus not found in {FOLDER}")
CANARY = "2026-ailleurs"
FRENCH = re.compile(
    r"\b(?:le|la|les|un|une|des?|du|au|est|pas|attend|inconnue?|où|pour|vous|votre)\b|[àéèê’]"
)
SECONDS = 1  # of processor: the manifest's max_seconds

LISTS = ("/api/v1/signalements/", "/ogc/collections/signalements/items", "/ogc/collections/parcelles/items")
BY_EXTENT = (
    *LISTS,
    "/ogc/collections/arretes/items",
    "/ogc/collections/signalements/items?f=html",
    "/telecharger/signalements.geojson",
    "/telecharger/parcelles.csv",
    "/signalements/",
    "/?partiel=1",
    "/lieu/?zoom=16",
)
FILTERED = (
    "/ogc/collections/signalements/items?filter={}",
    "/ogc/collections/signalements/items?filter-lang=cql2-json&filter={}",
    "/ogc/collections/signalements/items?sortby={}",
    "/ogc/collections/signalements/items?properties={}",
    "/ogc/collections/signalements/items?reference={}",
    "/ogc/collections/signalements/items/{}",
    "/api/v1/signalements/?territoire={}",
    "/telecharger/signalements.csv?territoire={}",
    "/tiles/signalements/14/8328/5795.mvt?territoire={}",
    "/signalements/?territoire={}",
    "/a-verifier/?motif={}",
)
SEARCHES = (
    *FILTERED,
    "/ogc/collections/signalements/items?filter=reference LIKE '{}'",
    "/ogc/collections/adresses/items?voie={}",
    "/territoires/{}/",
    "/api/v1/lieux/adresse/{}/",
    "/catalogue/{}/",
    "/analyses/lancer/{}/",
    "/?statut={}",
)
OPEN_TO_TOKENS = ("/api/v1/signalements/", "/ogc/", "/ogc/collections/signalements/items", "/wfs/")
OPEN_TO_TOKENS += ("/tiles/signalements/14/8328/5795.mvt", "/tiles/signalements.json")
OPEN_TO_TOKENS += ("/telecharger/signalements.csv", "/catalogue.jsonld", "/comite/carte.html")
PUBLIC = (
    "/public/ogc/collections/chiffres_commune/items",
    "/public/tiles/chiffres_commune.json",
    "/public/wfs/",
)


def requests_of(name: str) -> list[dict]:
    found = sorted(FOLDER.glob(f"*_{name}.json"))
    return [asked for path in found for asked in json.loads(path.read_text())["requests"]]


def values_of(name: str, parameter: str) -> list[tuple[str, list[int]]]:
    """Give the values that the requests of a file have for a parameter, and the answers that each may have."""
    found = []
    for asked in requests_of(name):
        query = urlsplit(asked["path"].replace("#", "%23")).query
        for key, value in parse_qsl(query, keep_blank_values=True):
            if key == parameter:
                found.append((value, asked["expect_status"]))
    return found


@pytest.fixture(autouse=True)
def other(commune, other_commune) -> Signalement:
    """Give the report of the others; there is one here too."""
    SignalementFactory(commune=commune, reference="2026-ici", geom=point(5, 5), needs_review=True)
    return SignalementFactory(commune=other_commune, reference=CANARY, geom=point(5005, 5))


@pytest.fixture
def client(partner_client) -> Client:
    partner_client.raise_request_exception = False
    return partner_client


def asked(client: Client, address: str, value: str, parameter: str = ""):
    """Ask an address with a value in its place, or as a parameter more, and check what holds for all of them."""
    text = quote(value, safe="")
    more = f"{'&' if '?' in address else '?'}{parameter}={text}"
    return checked(client.get, address + more if parameter else address.format(text))


def checked(ask, *how, **more):
    start = time.thread_time()
    response = ask(*how, **more)
    assert time.thread_time() - start < SECONDS, how
    assert response.status_code < 500, how
    said = text_of(response)
    assert CANARY not in said, how
    assert "Traceback" not in said
    assert "psycopg" not in said
    kind = response.headers.get("Content-Type", "")
    if response.status_code >= 400 and kind.startswith("application/problem+json"):
        assert FRENCH.search(response.json()["detail"]), (how, response.json())
    return response


@pytest.mark.parametrize("address", BY_EXTENT)
def test_an_extent_that_is_none_is_refused_wherever_one_is_read(client, address):
    for value, allowed in values_of("bbox", "bbox"):
        assert asked(client, address, value, "bbox").status_code in allowed, value


@pytest.mark.parametrize("address", FILTERED)
def test_no_filter_becomes_sql(client, address):
    values = [
        value
        for name in (
            "cql_filter",
            "filter",
            "sortby",
            "propertyname",
            "viewparams",
            "resourceid",
            "featureid",
        )
        for value, _ in values_of("cql_injection", name)
    ]
    assert len(values) > 6
    for value in values:
        assert asked(client, address, value).status_code in (200, 204, 400, 404), value
    assert Signalement.objects.unscoped("nothing was dropped").count() == 2


@pytest.mark.parametrize("address", SEARCHES)
def test_a_search_costs_no_more_than_any_other(client, address):
    values = values_of("redos_search", "search")
    assert len(values) > 5
    for value, _ in values:
        assert asked(client, address, value).status_code in (200, 204, 400, 404, 414), value[:40]


@pytest.mark.parametrize("file", ["redos_search", "geocode_proxy_ssrf"])
def test_an_address_that_is_looked_for_is_a_text_and_nothing_else(client, file):
    """No request leaves: the network is closed to the tests, and these texts are searched in the register."""
    mine = Signalement.objects.unscoped("the one here").get(reference="2026-ici")
    search, choice = (reverse(name, args=[mine.pk]) for name in ("review-search", "review-choice"))
    for value, _ in values_of(file, "search") + values_of(file, "q"):
        assert checked(client.post, search, {"adresse": value}).status_code in (200, 400)
        for field in ("candidat", "version", "motif_rejet", "lon", "idu"):
            form = {"action": "", "candidat": "point", "lat": "46", field: value}
            assert checked(client.post, choice, form).status_code in (400, 409)


def test_what_is_another_partners_is_neither_opened_nor_listed(client, other):
    """The addresses of the file are those of another application: these are ours for the same things."""
    for asked_of in requests_of("idor"):
        assert asked_of["expect_status"] == [403, 404]
    pk = other.pk
    for path in (
        f"/signalements/{pk}/",
        f"/api/v1/signalements/{pk}/",
        f"/ogc/collections/signalements/items/{pk}",
        f"/a-verifier/{pk}/",
        "/imports/journal/1/rejets/",
        "/telecharger/demandes/1/fichier/",
    ):
        assert checked(client.get, path).status_code in (403, 404), path
    for address in LISTS[:2]:
        for parameter in ("id", "assigned_to"):
            found = asked(client, address, str(pk), parameter)
            assert found.status_code == 400 or found.json()["numberMatched"] == 0


def test_no_extent_and_no_criterion_makes_a_public_count_smaller(client):
    """Counts leave in whole territories: a filter of the file is unknown, or cuts no territory in two."""
    for asked_of in requests_of("oracle_aggregates"):
        query = quote(urlsplit(asked_of["path"]).query, safe="=&,")
        for address in (*LISTS[:1], "/api/v1/iris/", "/api/v1/territoires/"):
            response = checked(client.get, f"{address}?{query}")
            assert response.status_code in asked_of["expect_status"], query
            if response.status_code == 200:  # an extent alone: lists of one's own reports, or of territories
                assert "bbox=" in query


@pytest.mark.django_db(transaction=True, databases=["default", PUBLIC_DATABASE])
@pytest.mark.parametrize("address", [*OPEN_TO_TOKENS, "/", "/analyses/", "/gestion/", *PUBLIC])
def test_headers_that_lie_open_nothing(address):
    anonymous = Client(raise_request_exception=False)
    for asked_of in requests_of("headers_and_methods"):
        headers, method = dict(asked_of.get("headers", {})), asked_of["method"]
        if method == "POST":
            continue  # the body of a WFS request, below
        cookie = headers.pop("Cookie", "")
        if cookie:
            anonymous.cookies[settings.SESSION_COOKIE_NAME] = cookie.partition("=")[2]
        response = checked(anonymous.generic, method, address, headers=headers)
        status = response.status_code
        if headers.get("Host"):
            assert status == 400
        elif method == "TRACE":
            assert status == 405
        elif not address.startswith("/public/"):
            assert status in (301, 302, 401, 403, 404), (headers, status)
        assert "evil.example" not in text_of(response)


def test_a_body_that_is_not_what_it_says_is_refused(client):
    for body in ("{}", "[" * 50_000, "\0", '{"typenames": "signalements"}'):
        for address in ("/wfs/", "/ogc/", "/api/v1/signalements/", "/tiles/signalements.json"):
            response = checked(client.post, address, body, content_type="application/json")
            assert response.status_code in (400, 405, 415), address


def test_the_corpus_is_read():
    assert len(values_of("bbox", "bbox")) == 12
    assert len(list(FOLDER.glob("*.json"))) == 7
