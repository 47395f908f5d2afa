"""No answer, to anyone, by any URL, holds what is not theirs; and what is theirs is all there.

Every URL is asked in every role; tiles and compressed answers are read. The lists are compared with an oracle that
knows the world and nothing of the code.
"""

import gzip
import html
import json
import re
import sqlite3
from contextlib import closing
from io import BytesIO
from zipfile import ZipFile

import pytest
import python_calamine
from django.db.models import Q
from django.test import Client
from django.urls import resolve, reverse

from geo_lhi.accounts.access import token_use_of
from layers.models import Signalement
from layers.models.analyses import AnalysisRunQuerySet
from layers.models.analysis_results import AnalysisResultQuerySet
from layers.models.visibility import GuardedQuerySet, PlacedQuerySet
from tests.factories import bbox, point, token_of
from tests.mvt import decode, tile_at
from tests.ogc.wfs import body
from tests.probes import MISSING, Address, addresses, probe, sides
from tests.world import STEP_M, World, build_world

ADDRESSES = [
    address for address in addresses() if address.namespace != "admin" and address.name != "sign-out"
]
ROLES = ("anonymous", "without partner", "here", "there", "administrator")
SPACES = re.compile("[ \u00a0\u202f]")  # the thousands separators of figures written in French


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.EXPORT_FILES_DIR = tmp_path
    return build_world()


def client_of(world: World, role: str) -> Client:
    client = Client(headers={"Accept-Encoding": "gzip"})
    user = world.readers[role]
    if user.is_authenticated:
        client.force_login(user)
    return client


def text_of(response) -> str:
    """Give what a reader could take from an answer: bytes unpacked, tiles decoded, entities resolved."""
    content = body(response)
    if response.headers.get("Content-Encoding") == "gzip":
        content = gzip.decompress(content)
    if response.headers.get("Content-Type", "").startswith("application/vnd.mapbox-vector-tile"):
        return repr(decode(content))
    if content.startswith(b"PK"):
        with ZipFile(BytesIO(content)) as archive:
            content = b"\n".join(archive.read(name) for name in archive.namelist())
    text = content.decode("utf-8", errors="replace")
    return f"{text}\n{html.unescape(text)}\n{response.headers}"


def leaks(
    world: World, role: str, asked_of: list[Address] = ADDRESSES, client: Client | None = None
) -> list[str]:
    """Ask everything as ``role``; give the URLs whose answer betrays a side that is hidden from it."""
    client = client or client_of(world, role)
    tokens = {token for side in world.hidden_from(role) for token in side.tokens}
    figures = {figure for side in world.hidden_from(role) for figure in side.figures}
    found = []
    for address in asked_of:
        for url in probe(address, world):
            response = client.get(url)
            assert response.status_code < 500, (url, role)
            text = text_of(response).replace(url, "")
            asked = {token for token in tokens if token in url}  # an answer may repeat the question
            digits = SPACES.sub("", text)
            if any(token in text for token in tokens - asked) or any(figure in digits for figure in figures):
                found.append(url)
    return found


@pytest.mark.parametrize("role", ROLES)
def test_no_url_betrays_the_other_side(world, role):
    assert leaks(world, role) == []


def test_the_tokens_do_reach_who_may_read_them(world):
    """Without this, a suite that reads nothing would pass."""
    client = client_of(world, "here")
    texts = [text_of(client.get(url)) for address in ADDRESSES for url in probe(address, world)]
    for token in world.here.tokens:
        assert any(token in text for text in texts)
    assert any(figure in SPACES.sub("", text) for figure in world.here.figures for text in texts)


def ids(features: list[dict]) -> set:
    return {feature["properties"]["id"] for feature in features}


def exported_reports(client: Client, format_: str) -> set[int]:
    """Give the ids of a file of reports, none where the layer is closed."""
    url = reverse("export-layer", args=["signalements", format_])
    response = client.get(url, headers={"Accept-Encoding": ""})
    content = body(response)
    if response.status_code == 404:
        return set()
    assert response.status_code == 200
    if content.startswith(b"PK"):
        head, *rows = python_calamine.load_workbook(BytesIO(content)).get_sheet_by_index(0).to_python()
        return {int(row[head.index("id")]) for row in rows}
    if content.startswith(b"SQLite"):
        with closing(sqlite3.connect(":memory:")) as file:
            file.deserialize(content)
            return {pk for (pk,) in file.execute("SELECT id FROM signalements")}
    return {int(line.partition(";")[0]) for line in content.decode("utf-8-sig").splitlines()[1:]}


EVERYWHERE = bbox(-1000, -1000, STEP_M + 3000, 3000)


PAGES = ("signalements", "explorer", "review-queue")


def listed_reports(client: Client, world: World, pages: tuple[str, ...] = PAGES) -> dict[str, set]:
    """Give the reports that each list of the application shows."""
    wfs = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": "signalements"}
    tiles = {
        f"{reverse('tile', args=['signalements', *map(int, tile_at(z, point(side.x + 5, 5)).split('/'))])}"
        for side in sides(world)
        for z in (14, 16)
    }
    return {
        "api": ids(json.loads(read(client, reverse("api-signalements")))["features"]),
        "api by extent": ids(
            json.loads(read(client, f"{reverse('api-signalements')}?bbox={EVERYWHERE}"))["features"]
        ),
        "ogc": ids(json.loads(read(client, reverse("ogc-items", args=["signalements"])))["features"]),
        "wfs geojson": ids(
            json.loads(read(client, reverse("wfs"), wfs | {"OUTPUTFORMAT": "geojson"}))["features"]
        ),
        "wfs gml": {
            int(pk)
            for pk in re.findall(r'gml:id="signalements\.(\d+)"', read(client, reverse("wfs"), wfs).decode())
        },
        "wfs csv": {
            int(line.partition(",")[0].strip('"'))
            for line in read(client, reverse("wfs"), wfs | {"OUTPUTFORMAT": "csv"}).decode().splitlines()[1:]
        },
        **{f"file {format_}": exported_reports(client, format_) for format_ in ("csv", "gpkg", "xlsx")},
        "tiles": {
            int(report["id"]) for url in tiles for report in decode(read(client, url)).get("signalements", [])
        },
        **{
            f"page {url}": {
                int(pk)
                for pk in re.findall(r"/(?:signalements|a-verifier)/(\d+)/", read(client, url).decode())
            }
            for url in map(reverse, pages)
        },
    }


def read(client: Client, url: str, query: dict | None = None) -> bytes:
    response = client.get(url, query, headers={"Accept-Encoding": ""})
    assert response.status_code in (200, 204), (url, response.status_code)
    return body(response)


@pytest.mark.parametrize("role", ROLES[1:])
def test_every_list_holds_exactly_the_reports_of_the_reader(world, role):
    expected = {report.pk for side in world.visible_to(role) for report in side.reports}
    for name, found in listed_reports(client_of(world, role), world).items():
        assert found == expected, name


@pytest.mark.parametrize("role", ROLES[1:])
def test_every_count_is_that_of_the_reader(world, role):
    client = client_of(world, role)
    expected = sum(len(side.reports) for side in world.visible_to(role))
    wfs = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "RESULTTYPE": "hits"}
    hits = read(client, reverse("wfs"), wfs | {"TYPENAMES": "signalements"}).decode()
    assert f'numberMatched="{expected}"' in hits
    assert json.loads(read(client, reverse("api-signalements")))["numberMatched"] == expected
    ogc = reverse("ogc-items", args=["signalements"])
    assert json.loads(read(client, ogc, {"limit": 1}))["numberMatched"] == expected
    for z in (0, 8, 13):
        urls = {
            reverse("tile", args=["signalements", *map(int, tile_at(z, point(side.x + 5, 5)).split("/"))])
            for side in sides(world)
        }
        clusters = [cluster for url in urls for cluster in decode(read(client, url)).get("signalements", [])]
        assert sum(cluster["nombre"] for cluster in clusters) == expected


@pytest.mark.parametrize("role", ROLES[1:])
def test_rates_and_orders_are_those_of_the_reader(world, role):
    client = client_of(world, role)
    wfs = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "OUTPUTFORMAT": "geojson"}
    orders = ids(json.loads(read(client, reverse("wfs"), wfs | {"TYPENAMES": "arretes"}))["features"])
    assert orders == {order.pk for side in world.visible_to(role) for order in side.orders}
    iris = {side.iris.code for side in world.visible_to(role)}
    rates = json.loads(read(client, reverse("api-iris")))["features"]
    assert {feature["id"] for feature in rates} == iris
    rates = json.loads(read(client, reverse("wfs"), wfs | {"TYPENAMES": "iris_taux"}))["features"]
    assert {feature["properties"]["code"] for feature in rates} == iris


def skeleton(response, pk: int) -> tuple[int, str]:
    """Give an answer less what changes from one request to the next, and less the number asked for."""
    text = body(response).decode().replace(str(pk), "N")
    text = re.sub(r'(name="csrfmiddlewaretoken" value=|nonce=)"[^"]*"', "", text)
    return response.status_code, re.sub(r'timeStamp="[^"]*"', "", text)


def looks_missing(method, name: str, pk: int) -> bool:
    """Say whether a page answers for ``pk`` as it does for what does not exist."""
    status, text = skeleton(method(reverse(name, args=[MISSING])), MISSING)
    # A small number also stands elsewhere in a page: it is taken out of both answers
    return (
        skeleton(method(reverse(name, args=[pk])), pk) == (status, text.replace(str(pk), "N"))
        and status == 404
    )


@pytest.mark.parametrize("role", ["without partner", "here", "there"])
def test_a_foreign_report_cannot_be_told_from_a_missing_one(world, role):
    client = client_of(world, role)
    client.defaults.pop("HTTP_ACCEPT_ENCODING")
    wfs = f"{reverse('wfs')}?SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature"
    by_id = f"{wfs}&STOREDQUERY_ID=urn:ogc:def:query:OGC-WFS::GetFeatureById&ID=signalements."
    urls = {
        "page": lambda pk: reverse("signalement", args=[pk]),
        "review page": lambda pk: reverse("review", args=[pk]),
        "api": lambda pk: reverse("api-signalement", args=[pk]),
        "ogc": lambda pk: reverse("ogc-item", args=["signalements", pk]),
        "ogc page": lambda pk: f"{reverse('ogc-item', args=['signalements', pk])}?f=html",
        "wfs": lambda pk: f"{wfs}&RESOURCEID=signalements.{pk}",
        "wfs stored query": lambda pk: f"{by_id}{pk}",
    }
    foreign = [report.pk for side in world.hidden_from(role) for report in side.reports]
    assert foreign
    for name, url in urls.items():
        missing = skeleton(client.get(url(MISSING)), MISSING)
        for pk in foreign:
            status, text = missing
            # A small number also stands elsewhere in a page: it is taken out of both answers
            assert skeleton(client.get(url(pk)), pk) == (status, text.replace(str(pk), "N")), name


def test_a_foreign_upload_cannot_be_told_from_a_missing_one(world):
    client = client_of(world, "here")
    client.defaults.pop("HTTP_ACCEPT_ENCODING")
    for upload in world.there.uploads:
        for name, method in (
            ("upload", client.get),
            ("upload-progress", client.get),
            ("upload-start", client.post),
            ("upload-cancel", client.post),
        ):
            assert looks_missing(method, name, upload.pk), name
        if upload.run_id:
            for name in ("import-run", "import-rejects"):
                assert looks_missing(client.get, name, upload.run_id), name


def test_a_foreign_analysis_cannot_be_told_from_a_missing_one(world):
    client = client_of(world, "here")
    client.defaults.pop("HTTP_ACCEPT_ENCODING")
    own = world.there.runs[0]
    for name in ("analysis", "analysis-csv", "analysis-geopackage", "analysis-geotiff", "analysis-map"):
        assert looks_missing(client.get, name, own.pk), name
    for asked in world.there.requests:
        for name, method in (
            ("analysis-request", client.get),
            ("analysis-request-progress", client.get),
            ("analysis-request-cancel", client.post),
        ):
            assert looks_missing(method, name, asked.pk), name


@pytest.fixture
def token_client(world, settings) -> Client:
    """Give a client that presents a token of the person here for every service, and no session."""
    settings.REQUESTS_PER_MINUTE = settings.TILES_PER_MINUTE = settings.EXPORTS_PER_HOUR = 10_000
    return Client(headers={"Authorization": f"Bearer {token_of(world.here.user)}", "Accept-Encoding": "gzip"})


def takes_tokens(address: Address, world: World) -> bool:
    return token_use_of(resolve(probe(address, world)[0].partition("?")[0])) is not None


def test_a_token_betrays_no_more_than_its_owner_may_read(world, token_client):
    services = [address for address in ADDRESSES if takes_tokens(address, world)]
    assert len(services) > 12
    assert leaks(world, "here", services, token_client) == []


def test_a_token_lists_exactly_the_reports_of_its_owner(world, token_client):
    expected = {report.pk for report in world.here.reports}
    found = listed_reports(token_client, world, pages=())
    assert {name: ids for name, ids in found.items() if ids != expected} == {}


def test_a_foreign_export_cannot_be_told_from_a_missing_one(world):
    client = client_of(world, "here")
    client.defaults.pop("HTTP_ACCEPT_ENCODING")
    for asked in world.there.exports:
        for name, method in (
            ("export", client.get),
            ("export-progress", client.get),
            ("export-file", client.get),
            ("export-cancel", client.post),
        ):
            assert looks_missing(method, name, asked.pk), name


def everyones(self, scope) -> Q:
    return Q(pk__isnull=False)


MUTANTS = {
    "reports are everyone's": (PlacedQuerySet, "perimeter", everyones),
    "no scope is applied": (GuardedQuerySet, "visible_to", lambda self, scope: self._opened()),
}


@pytest.mark.parametrize(("owner", "name", "mutant"), MUTANTS.values(), ids=MUTANTS.keys())
def test_a_forgotten_perimeter_is_caught(world, monkeypatch, owner, name, mutant):
    monkeypatch.setattr(owner, name, mutant)
    betrayed = leaks(world, "here")
    kinds = {url.split("?")[0].split("/")[1] for url in betrayed}
    assert {"api", "ogc", "tiles", "wfs", "signalements", "telecharger"} <= kinds
    assert Signalement.objects.unscoped("the world is still there").count() == 6


@pytest.mark.parametrize(
    ("owner", "expected"),
    # a foreign run that is opened tells its title; its rows are still guarded
    [
        (AnalysisRunQuerySet, {"analyses"}),
        (AnalysisResultQuerySet, {"lignes.csv", "lignes.gpkg", "carte.json"}),
    ],
)
def test_a_forgotten_perimeter_of_analyses_is_caught(world, monkeypatch, owner, expected):
    monkeypatch.setattr(owner, "perimeter", everyones)
    pages = [address for address in ADDRESSES if address.name.startswith("analys")]
    betrayed = {url.split("?")[0].rstrip("/").rsplit("/", 1)[-1] for url in leaks(world, "here", pages)}
    assert expected <= betrayed
