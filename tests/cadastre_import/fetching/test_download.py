"""A file is had whole or not at all, and never asked for twice."""

import gzip
import os
from datetime import date

import pytest

from cadastre_import.fetching import contents
from cadastre_import.fetching.download import Remote, download
from cadastre_import.fetching.errors import DownloadFailed
from cadastre_import.fetching.web import DELAYS_S, Web
from tests.cadastre_import.fetching.large_file import CONTENT, HALF, PATH, collection
from tests.cadastre_import.fetching.official_server import (
    claiming,
    cut_after,
    instead,
    reset_after,
    status,
)


def left_behind(remote: Remote) -> set[str]:
    """Give the names of what lies beside the file, hidden or not."""
    return {path.name for path in remote.path.parent.iterdir()}


def test_a_file_comes_whole_with_its_edition(remote, web, official):
    got = download(remote, web, quiet=True)
    assert remote.path.read_bytes() == CONTENT
    assert (got.received, got.resumed_at, got.millesime) == (len(CONTENT), 0, date(2025, 10, 1))
    assert left_behind(remote) == {"parcelles.json.gz", ".parcelles.json.gz.http.json"}
    assert official.requests[0].headers["User-Agent"] == "geo_lhi"


def test_a_second_run_downloads_nothing(remote, web, official):
    first = download(remote, web, quiet=True)
    again = download(remote, web, quiet=True)
    assert [request.status for request in official.requests] == [200, 304]
    assert official.requests[1].sent == 0
    assert (again.received, again.sha256, again.millesime) == (0, first.sha256, first.millesime)


def test_a_changed_file_replaces_the_former(remote, web, official):
    download(remote, web, quiet=True)
    official.files[PATH] = collection(2)
    assert download(remote, web, quiet=True).received == len(collection(2))
    assert remote.path.read_bytes() == collection(2)


def test_a_file_altered_on_disk_is_asked_again(remote, web):
    download(remote, web, quiet=True)
    remote.path.write_bytes(CONTENT[:-1])
    assert download(remote, web, quiet=True).received == len(CONTENT)
    assert remote.path.read_bytes() == CONTENT


def test_an_edition_once_in_place_is_not_asked_for(remote, web, official):
    dated = Remote(remote.title, remote.url, remote.path, remote.check, fixed=True)
    download(dated, web, quiet=True)
    assert download(dated, web, quiet=True).received == 0
    assert len(official.requests) == 1


def test_the_date_of_the_url_wins_over_the_server_s(official, web, tmp_path):
    path = PATH.replace("latest", "2024-07-01")
    official.files[path] = CONTENT
    remote = Remote("parcelles", official.url + path, tmp_path / "f.json.gz", contents.geojson)
    assert download(remote, web, quiet=True).millesime == date(2024, 7, 1)


def test_a_cut_connection_is_resumed_where_it_stopped(remote, web, official, waits):
    official.faults[PATH] = [cut_after(HALF)]
    got = download(remote, web, quiet=True)
    assert remote.path.read_bytes() == CONTENT
    assert [request.status for request in official.requests] == [200, 206]
    assert [request.sent for request in official.requests] == [HALF, len(CONTENT) - HALF]
    assert official.requests[1].headers["Range"] == f"bytes={HALF}-"
    assert (got.resumed_at, got.received) == (HALF, len(CONTENT) - HALF)
    assert waits == [DELAYS_S[0]]


def test_a_connection_reset_is_resumed_too(remote, web, official):
    official.faults[PATH] = [reset_after(HALF)]
    download(remote, web, quiet=True)
    assert remote.path.read_bytes() == CONTENT
    assert len(official.requests) == 2


def test_a_later_run_resumes_what_the_former_left(remote, web, official, waits):
    official.faults[PATH] = [cut_after(HALF), *[status(503)] * 4]
    with pytest.raises(DownloadFailed, match="relancez la commande"):
        download(remote, web, quiet=True)
    assert not remote.path.exists()
    assert waits == list(DELAYS_S)
    served = official.sent()
    download(remote, Web([official.url]), quiet=True)
    assert official.sent() - served == len(CONTENT) - HALF
    assert remote.path.read_bytes() == CONTENT


def test_a_file_republished_between_two_halves_is_taken_from_the_start(remote, web, official):
    official.faults[PATH] = [cut_after(HALF)]

    def republish(handler, content):
        official.files[PATH] = collection(2)
        handler.serve(collection(2))

    official.faults[PATH].append(republish)
    download(remote, web, quiet=True)
    assert official.requests[1].status == 200
    assert remote.path.read_bytes() == collection(2)


def test_without_validator_nothing_is_resumed(remote, web, official):
    official.without_validators.add(PATH)
    official.faults[PATH] = [cut_after(HALF)]
    download(remote, web, quiet=True)
    assert "Range" not in official.requests[1].headers
    assert remote.path.read_bytes() == CONTENT


def test_two_halves_that_do_not_fit_are_asked_again_whole(remote, web, official):
    """The server claims to resume but sends other bytes under the same validator."""
    official.faults[PATH] = [cut_after(HALF)]

    def other_bytes(handler, content):
        rest = collection(2)[HALF:]
        headers = {"Content-Range": f"bytes {HALF}-{len(CONTENT) - 1}/{len(CONTENT)}"}
        handler.answer(206, rest, headers)

    official.faults[PATH].append(other_bytes)
    download(remote, web, quiet=True)
    assert [request.status for request in official.requests] == [200, 206, 200]
    assert remote.path.read_bytes() == CONTENT


def test_a_refused_range_starts_again(remote, web, official):
    official.faults[PATH] = [cut_after(HALF), status(416)]
    download(remote, web, quiet=True)
    assert [request.status for request in official.requests] == [200, 416, 200]
    assert remote.path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (claiming(len(CONTENT) - 500), "tronquée ou abîmée"),
        (instead(CONTENT[:-9] + b"\x00" + CONTENT[-8:]), "tronquée ou abîmée"),
        (instead(CONTENT + b"et la suite"), "tronquée ou abîmée"),
        (instead(b"<!DOCTYPE html><title>Maintenance</title>"), "page web"),
        (instead(b""), "fichier vide"),
        (instead(gzip.compress(b'{"message":"quota"}')), "FeatureCollection"),
    ],
    ids=["content-length-too-small", "corrupted-gzip", "gzip-with-a-tail", "html", "empty", "other-json"],
)
def test_a_wrong_content_is_refused_and_the_former_stays(remote, web, official, fault, said):
    download(remote, web, quiet=True)
    official.files[PATH] = collection(2)
    official.faults[PATH] = [fault]
    with pytest.raises(DownloadFailed, match=said):
        download(remote, web, quiet=True)
    assert remote.path.read_bytes() == CONTENT
    assert not remote.path.with_name("parcelles.json.gz.part").exists()
    download(remote, web, quiet=True)
    assert remote.path.read_bytes() == collection(2)


def test_a_length_that_never_comes_is_given_up(remote, web, official, waits):
    """A proxy that announces more than it sends: each attempt resumes, then the range is refused."""
    official.without_validators.add(PATH)
    official.faults[PATH] = [
        lambda handler, content: handler.answer(200, content, length=len(content) + 500)
    ] * 5
    with pytest.raises(DownloadFailed, match="connexion coupée à 200 ko sur 201 ko"):
        download(remote, web, quiet=True)
    assert waits == list(DELAYS_S)
    assert not remote.path.exists()


def test_a_full_disk_is_told(remote, web, monkeypatch):
    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DownloadFailed, match="No space left"):
        download(remote, web, quiet=True)
