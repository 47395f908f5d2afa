"""Servers are asked politely, through the proxies of the machine, and nowhere else than the settings say."""

from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import pytest

from cadastre_import.fetching import contents
from cadastre_import.fetching.download import Remote, download
from cadastre_import.fetching.errors import DownloadFailed, FileMissing
from cadastre_import.fetching.web import DELAYS_S, Web
from tests.cadastre_import.fetching.large_file import CONTENT, PATH
from tests.cadastre_import.fetching.official_server import (
    OfficialServer,
    redirect,
    serving,
    status,
)


def test_a_missing_file_is_told_at_once(remote, web, official, waits):
    del official.files[PATH]
    with pytest.raises(FileMissing, match="404"):
        download(remote, web, quiet=True)
    assert (len(official.requests), waits) == (1, [])


def test_a_refusal_is_not_insisted_upon(remote, web, official, waits):
    official.faults[PATH] = [status(403)]
    with pytest.raises(DownloadFailed, match="403"):
        download(remote, web, quiet=True)
    assert waits == []


def test_a_failing_server_gets_another_chance(remote, web, official, waits):
    official.faults[PATH] = [status(500), status(502)]
    download(remote, web, quiet=True)
    assert [request.status for request in official.requests] == [500, 502, 200]
    assert waits == list(DELAYS_S[:2])


def test_a_silent_host_is_asked_once_for_the_next_file(remote, web, official, waits):
    official.faults[PATH] = [status(503)] * 6
    for _ in range(2):
        with pytest.raises(DownloadFailed, match="503"):
            download(remote, web, quiet=True)
    assert len(official.requests) == 6


@pytest.mark.parametrize("as_date", [False, True])
def test_the_wait_that_a_server_asks_for_is_respected(remote, web, official, waits, as_date):
    asked = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True) if as_date else "59"
    official.faults[PATH] = [status(429, Retry_After=asked)]
    download(remote, web, quiet=True)
    assert len(waits) == 1
    assert 57 < waits[0] <= 60


def test_too_long_a_wait_is_left_to_the_person(remote, web, official, waits):
    official.faults[PATH] = [status(429, Retry_After="3600")]
    with pytest.raises(DownloadFailed, match="3600 s"):
        download(remote, web, quiet=True)
    assert waits == []


def test_a_redirection_inside_the_host_is_followed_and_dates_the_file(remote, web, official):
    dated = PATH.replace("latest", "2025-07-01")
    official.files[dated] = CONTENT
    official.faults[PATH] = [redirect(dated)]
    assert download(remote, web, quiet=True).millesime == date(2025, 7, 1)


def test_a_redirection_to_another_host_is_refused(remote, web, official):
    with serving(OfficialServer(files={PATH: CONTENT})) as elsewhere:
        official.faults[PATH] = [redirect(elsewhere.url + PATH)]
        with pytest.raises(DownloadFailed, match="redirection refusée"):
            download(remote, web, quiet=True)
        assert elsewhere.requests == []
    assert not remote.path.exists()


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/f"])
def test_a_redirection_out_of_http_is_refused(remote, web, official, target):
    official.faults[PATH] = [redirect(target)]
    with pytest.raises(DownloadFailed):
        download(remote, web, quiet=True)


def test_a_server_that_hangs_is_left(remote, official, waits):
    official.faults[PATH] = [lambda handler, content: handler.connection.recv(1)] * 2
    impatient = Web([official.url], timeout_s=0.2, delays_s=(0.0,), sleep=waits.append)
    with pytest.raises(DownloadFailed, match="ne répond pas à temps"):
        download(remote, impatient, quiet=True)


def test_no_server_at_all_is_told(tmp_path, waits):
    with serving(OfficialServer()) as gone:
        url = gone.url
    remote = Remote("f", f"{url}/f", tmp_path / "f", contents.answer)
    with pytest.raises(DownloadFailed, match="connexion impossible"):
        download(remote, Web([url], sleep=waits.append), quiet=True)


def test_the_http_proxy_of_the_environment_is_used(official, tmp_path, monkeypatch):
    official.files[PATH] = CONTENT
    monkeypatch.setenv("http_proxy", official.url)
    base = "http://cadastre.example.org"
    remote = Remote("parcelles", base + PATH, tmp_path / "f.json.gz", contents.geojson)
    download(remote, Web([base]), quiet=True)
    assert official.requests[0].headers["Host"] == "cadastre.example.org"


def test_the_https_proxy_of_the_environment_is_used(official, tmp_path, monkeypatch):
    monkeypatch.setenv("https_proxy", official.url)
    base = "https://cadastre.example.org"
    remote = Remote("parcelles", base + PATH, tmp_path / "f.json.gz", contents.geojson)
    with pytest.raises(DownloadFailed, match="502"):
        download(remote, Web([base], delays_s=()), quiet=True)
    assert official.tunnels == ["cadastre.example.org:443"]


@pytest.mark.parametrize("base", ["", "cadastre.data.gouv.fr", "file:///srv/miroir", "ftp://x/y"])
def test_a_base_that_is_not_http_is_refused(base):
    with pytest.raises(DownloadFailed, match="http"):
        Web([base])
