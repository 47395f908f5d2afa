"""What a reader could take from the answers of the application: every format unpacked, every list read back."""

import gzip
import html
import json
import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from io import BytesIO
from zipfile import ZipFile

import python_calamine
from django.contrib.gis.geos import Point
from django.test import Client
from django.urls import reverse

from tests.factories import bbox
from tests.mvt import decode, tile_at
from tests.ogc.wfs import body
from tests.probes import Address, addresses, probe
from tests.world import STEP_M, World

ADDRESSES = [
    address for address in addresses() if address.namespace != "admin" and address.name != "sign-out"
]
SPACES = re.compile("[ \u00a0\u202f]")  # the thousands separators of figures written in French
EVERYWHERE = bbox(-1000, -1000, STEP_M + 3000, 3000)
# Secrets of one answer, and its instant
CHANGING = re.compile(
    r'''(?:csrfmiddlewaretoken" value|nonce|(?:timeStamp|updatedUntil)"?) ?[=:] ?"[^"]*"'''
    r"""|"seconds": \d+|'nonce-[^']*'|[\d-]{10} \d\d\.\d\d\.\d\d"""
)
PAGES = ("signalements", "explorer", "review-queue")
WFS = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature"}


def client_of(world: World, role: str) -> Client:
    """Give a client signed in as a role."""
    client = Client(headers={"Accept-Encoding": "gzip"})
    user = world.readers[role]
    if user.is_authenticated:
        client.force_login(user)
    return client


def text_of(response) -> str:
    """Give what a reader could take from an answer: bytes unpacked, tiles decoded, entities resolved."""
    text = content_of(response, body(response))
    return f"{text}\n{html.unescape(text)}\n{response.headers}"


def content_of(response, content: bytes) -> str:
    """Give the text of the bytes of an answer."""
    content = plain(response, content)
    if response.headers.get("Content-Type", "").startswith("application/vnd.mapbox-vector-tile"):
        return repr(decode(content))
    return unpacked(content)


def plain(response, content: bytes) -> bytes:
    """Give the bytes of an answer as they were before they were compressed on the way."""
    return gzip.decompress(content) if response.headers.get("Content-Encoding") == "gzip" else content


def unpacked(content: bytes) -> str:
    """Give the text in a file: archives are opened (GeoPackages, workbooks and archives inside them too)."""
    if content.startswith(b"\x1f\x8b"):
        return unpacked(gzip.decompress(content))
    if content.startswith(b"PK\x03\x04"):
        with ZipFile(BytesIO(content)) as archive:
            return "\n".join(f"{name}\n{unpacked(archive.read(name))}" for name in archive.namelist())
    if content.startswith(b"SQLite format 3"):
        return "\n".join(repr(row) for row in sqlite_rows(content))
    return content.decode("utf-8", errors="replace")


def sqlite_rows(content: bytes) -> Iterable[tuple]:
    """Give every row of every table, the pages that nothing refers to any more as one row at the end."""
    with closing(sqlite3.connect(":memory:")) as file:
        file.deserialize(content)
        tables = file.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'rtree%'"
        )
        for (table,) in tables.fetchall():
            yield from file.execute(f'SELECT * FROM "{table}"')
    yield (content.decode("latin-1"),)


def leaks(
    world: World, role: str, asked_of: list[Address] = ADDRESSES, client: Client | None = None
) -> list[str]:
    """Ask everything as ``role``; give the URLs whose answer betrays what is kept from it."""
    client = client or client_of(world, role)
    urls = [url for address in asked_of for url in probe(address, world)]
    return [url for url in urls if betrays(client, url, *world.kept_from(role))]


def betrays(client: Client, url: str, tokens: set[str], figures: set[str]) -> set[str]:
    """Ask a URL; give the tokens and the figures that its answer holds."""
    return heard(client, url, tokens, figures)[1]


def heard(client: Client, url: str, tokens: set[str], figures: set[str]) -> tuple[str, set[str]]:
    """Ask a URL; give what is answered, less what changes from one request to the next, and the secrets it holds.

    Of files that hold the instant of their writing (archives, GeoPackages) the first is empty.
    """
    response = client.get(url)
    assert response.status_code < 500, url
    content = body(response)
    said = content_of(response, content)
    text = f"{said}\n{html.unescape(said)}\n{response.headers}".replace(url, "")
    digits = SPACES.sub("", text)
    # an answer may repeat the question
    found = {token for token in tokens if token in text and token not in url}
    found |= {figure for figure in figures if figure in digits}
    is_dated = plain(response, content).startswith((b"PK", b"SQLite"))
    return "" if is_dated else f"{response.status_code} {CHANGING.sub('', said)}", found


def ids(features: list[dict]) -> set:
    """Give the identifiers of GeoJSON features."""
    return {feature["properties"]["id"] for feature in features}


def read(client: Client, url: str, query: dict | None = None) -> bytes:
    """Give the bytes of an answer that must be there."""
    response = client.get(url, query, headers={"Accept-Encoding": ""})
    assert response.status_code in (200, 204), (url, response.status_code)
    return body(response)


def exported(client: Client, layer: str, format_: str) -> set[int]:
    """Give the ids of a file of a layer, none where the layer is closed to the reader."""
    url = reverse("export-layer", args=[layer, format_])
    response = client.get(url, headers={"Accept-Encoding": ""})
    content = body(response)
    if response.status_code == 404:
        return set()
    assert response.status_code == 200, content
    if content.startswith(b"PK"):
        head, *rows = python_calamine.load_workbook(BytesIO(content)).get_sheet_by_index(0).to_python()
        return {int(row[head.index("id")]) for row in rows}
    if content.startswith(b"SQLite"):
        with closing(sqlite3.connect(":memory:")) as file:
            file.deserialize(content)
            return {pk for (pk,) in file.execute(f"SELECT id FROM {layer}")}
    return {int(line.partition(";")[0]) for line in content.decode("utf-8-sig").splitlines()[1:]}


def served(client: Client, layer: str, places: Iterable[Point]) -> dict[str, set]:
    """Give the ids of a layer's rows by every protocol; ``places`` are where the tiles are asked."""
    wfs = WFS | {"TYPENAMES": layer}
    gml = read(client, reverse("wfs"), wfs).decode()
    csv = read(client, reverse("wfs"), wfs | {"OUTPUTFORMAT": "csv"}).decode().splitlines()[1:]
    geojson = json.loads(read(client, reverse("wfs"), wfs | {"OUTPUTFORMAT": "geojson"}))
    ogc = json.loads(read(client, reverse("ogc-items", args=[layer])))
    tiles = {
        reverse("tile", args=[layer, *map(int, tile_at(z, place).split("/"))])
        for place in places
        for z in (14, 16)
    }
    return {
        "ogc": ids(ogc["features"]),
        "wfs geojson": ids(geojson["features"]),
        "wfs gml": {int(pk) for pk in re.findall(rf'gml:id="{layer}\.(\d+)"', gml)},
        "wfs csv": {int(line.partition(",")[0].strip('"')) for line in csv},
        **{f"file {format_}": exported(client, layer, format_) for format_ in ("csv", "gpkg", "xlsx")},
        "tiles": {int(row["id"]) for url in tiles for row in decode(read(client, url)).get(layer, [])},
    }


def listed_reports(client: Client, places: Iterable[Point]) -> dict[str, set]:
    """Give the reports that each service lists."""
    api = reverse("api-signalements")
    return {
        "api": ids(json.loads(read(client, api))["features"]),
        "api by extent": ids(json.loads(read(client, f"{api}?bbox={EVERYWHERE}"))["features"]),
        **served(client, "signalements", places),
    }


def paged_reports(client: Client, pages: tuple[str, ...] = PAGES) -> dict[str, set]:
    """Give the reports that each page lists."""
    link = r"/(?:signalements|a-verifier)/(\d+)/"
    return {
        f"page {url}": {int(pk) for pk in re.findall(link, read(client, url).decode())}
        for url in map(reverse, pages)
    }


def skeleton(response, pk: object) -> tuple[int, str, dict[str, str]]:
    """Give an answer less what changes from one request to the next, and less the identifier asked for."""
    text = CHANGING.sub("", body(response).decode()).replace(str(pk), "N")
    headers = {
        name: CHANGING.sub("", value).replace(str(pk), "N")
        for name, value in response.headers.items()
        if name != "Content-Length"  # of the text above, where the identifier counts for its length
    }
    return response.status_code, text, headers


def as_missing(ask, pk: object, missing: object) -> bool:
    """Say whether ``ask(pk)`` gives what it gives for what does not exist: status, text and headers."""
    status, text, headers = skeleton(ask(missing), missing)
    # A small number also stands elsewhere in a page: it is taken out of both answers
    text = text.replace(str(pk), "N")
    headers = {name: value.replace(str(pk), "N") for name, value in headers.items()}
    return skeleton(ask(pk), pk) == (status, text, headers)
