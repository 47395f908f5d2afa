"""The corpus of hostile requests, as its manifest says: the documents, then the addresses that name the WFS."""

import json
import time
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from django.conf import settings

from layers.models import Signalement
from tests.factories import SignalementFactory
from tests.ogc.wfs import NAMESPACES, body, exception_of, send, tree

CORPUS = Path(settings.REAL_DATA_DIR).parents[1] / "badinputs"
PLACES = {
    "APP_NAMESPACE": NAMESPACES["geolhi"],
    "TYPENAME": "signalements",
    "HIDDENFIELD": "description",
    "FIELD": "reference",
    "GEOM": "geom",
}
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason=f"corpus not found in {CORPUS}")


def documents() -> list[dict]:
    manifest = CORPUS / "manifest.json"
    files = json.loads(manifest.read_text())["files"] if manifest.exists() else []
    return [entry for entry in files if entry["kind"] == "wfs_xml"]


def addresses() -> list[dict]:
    folder = CORPUS / "http"
    requests = [
        asked for path in sorted(folder.glob("*.json")) for asked in json.loads(path.read_text())["requests"]
    ]
    return [asked for asked in requests if asked["path"].startswith("/WFS")]


def filled(text: str) -> str:
    for place, value in PLACES.items():
        text = text.replace(place, value)
    return text


@pytest.fixture(autouse=True)
def _report(commune):
    SignalementFactory(commune=commune, reference="2026-1")


@pytest.mark.parametrize("entry", documents(), ids=lambda entry: entry["file"])
def test_each_document_is_answered_as_its_manifest_says(partner_client, entry):
    content = (CORPUS / entry["file"]).read_bytes()
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    document = filled(content.decode(encoding)).encode(encoding)
    start = time.thread_time()
    response = send(partner_client, document)
    assert time.thread_time() - start < entry.get("max_seconds", 1)
    if entry["http_status"] == 400:
        assert exception_of(response)
        assert b"2026-1" not in body(response)
    else:
        assert tree(response).get("numberReturned") == "0"
    assert Signalement.objects.unscoped("what the request may have touched").count() == 1


@pytest.mark.parametrize("asked", addresses(), ids=lambda asked: asked["path"][-60:])
def test_each_address_is_answered_as_its_file_says(partner_client, asked):
    address = urlsplit(filled(asked["path"]))
    path = address.path.replace("/WFS", "/wfs/")
    start = time.thread_time()
    response = partner_client.generic(
        asked["method"],
        path,
        QUERY_STRING=quote(address.query, safe="=&%"),
        content_type=asked.get("headers", {}).get("Content-Type", "text/xml"),
    )
    assert time.thread_time() - start < 1
    assert response.status_code in asked["expect_status"], body(response)
    assert b"description" not in body(response) or response.status_code == 400


def test_the_corpus_is_read():
    assert len(documents()) >= 10
    assert len(addresses()) >= 10
