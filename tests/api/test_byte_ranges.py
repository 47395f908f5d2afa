"""Archives of tiles read by ranges of bytes, as the standard of HTTP says."""

import os
import tracemalloc

import pytest

from api.byte_ranges import BLOCK
from api.tiles.archives import path_of
from geo_lhi.accounts.models import TokenScope
from tests.factories import token_of
from tests.ogc.wfs import body


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.TILE_ARCHIVES_DIR = tmp_path / "tuiles"
    return settings.TILE_ARCHIVES_DIR


@pytest.fixture
def archive(folder, settings) -> bytes:
    """A file to be read by ranges: what is in it does not matter here."""
    folder.mkdir()
    content = bytes(range(256)) * 1200
    path_of("parcelles").write_bytes(content)
    return content


URL = "/tiles/parcelles.pmtiles"


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("0-126", 0, 127), ("0-0", 0, 1), ("300000-", 300_000, None), ("-100", -100, None),
     ("307199-307199", -1, None), ("300000-999999999999", 300_000, None), ("-99999999", 0, None),
     ("1000-306000", 1000, 306_001)],
)  # fmt: skip
def test_a_range_is_answered_by_its_bytes(partner_client, archive, asked, start, stop):
    response = partner_client.get(URL, headers={"Range": f"bytes={asked}", "Accept-Encoding": "gzip"})
    wanted = archive[start:stop]
    assert (response.status_code, body(response)) == (206, wanted)
    first = len(archive) + start if start < 0 else start
    assert response["Content-Range"] == f"bytes {first}-{first + len(wanted) - 1}/{len(archive)}"
    assert response["Content-Length"] == str(len(wanted))
    assert "Content-Encoding" not in response.headers
    assert response["Content-Type"] == "application/vnd.pmtiles"


@pytest.mark.parametrize("asked", ["bytes=307200-", "bytes=-0", "bytes=999999999999999999999-"])
def test_a_range_past_the_end_is_416(partner_client, archive, asked):
    response = partner_client.get(URL, headers={"Range": asked})
    assert (response.status_code, response["Content-Range"]) == (416, f"bytes */{len(archive)}")


@pytest.mark.parametrize(
    "asked",
    ["", "bytes=", "bytes=-", "bytes=5-2", "octets=0-1", "bytes=0-1,4-5", "bytes=a-b", "0-5", f"bytes={'9' * 6000}-"],
)  # fmt: skip
def test_what_is_no_range_that_we_know_is_ignored(partner_client, archive, asked):
    response = partner_client.get(URL, headers={"Range": asked})
    assert (response.status_code, body(response)) == (200, archive)
    assert response["Accept-Ranges"] == "bytes"


def test_head_gives_the_size_and_no_content(partner_client, archive):
    response = partner_client.head(URL, headers={"Range": "bytes=0-5"})
    assert (response.status_code, response["Content-Length"]) == (200, str(len(archive)))
    assert response.content == b""


def test_a_range_of_another_file_is_never_sent(partner_client, archive):
    first = partner_client.head(URL)
    for same in (first["ETag"], first["Last-Modified"]):
        response = partner_client.get(URL, headers={"Range": "bytes=0-9", "If-Range": same})
        assert (response.status_code, body(response)) == (206, archive[:10])
    for other in ('"other"', f"W/{first['ETag']}", "Wed, 01 Jan 2020 00:00:00 GMT", "nonsense"):
        response = partner_client.get(URL, headers={"Range": "bytes=0-9", "If-Range": other})
        assert (response.status_code, body(response)) == (200, archive), other
    assert partner_client.get(URL, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert partner_client.get(URL, headers={"If-Match": '"other"', "Range": "bytes=0-9"}).status_code == 412
    path_of("parcelles").write_bytes(archive + b"x")
    response = partner_client.get(URL, headers={"Range": "bytes=0-9", "If-Range": first["ETag"]})
    assert (response.status_code, body(response)) == (200, archive + b"x")


def test_memory_is_flat_whatever_the_archive_weighs(partner_client, folder):
    folder.mkdir()
    with path_of("parcelles").open("wb") as file:
        file.truncate(200_000_000)
    for headers in ({}, {"Range": "bytes=5-"}):
        response = partner_client.get(URL, headers=headers)
        tracemalloc.start()
        read = sum(len(piece) for piece in response.streaming_content)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert read >= 199_999_995
        assert peak < 4 * BLOCK


def test_an_answer_that_nobody_reads_closes_its_file(partner_client, archive):
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        response = partner_client.get(URL, headers={"Range": "bytes=0-"})
        for (
            close
        ) in response._resource_closers:  # what a server does; close() would also end the test's connection
            close()
    assert len(os.listdir("/proc/self/fd")) == before


def test_an_archive_needs_someone(client, archive, partner_user):
    assert client.get(URL).status_code == 401
    assert client.get("/tiles/archives.json").status_code == 401
    token = token_of(partner_user, TokenScope.TILES)
    assert body(client.get(URL, headers={"Authorization": f"Bearer {token}"})) == archive
    assert (
        client.get("/tiles/sections.pmtiles", headers={"Authorization": f"Bearer {token}"}).status_code == 404
    )
