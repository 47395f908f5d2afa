"""A producer's server for each test, no proxy from the machine, and waits that are noted instead of slept."""

import pytest

from cadastre_import.fetching import contents
from cadastre_import.fetching.download import Remote
from cadastre_import.fetching.web import Web
from tests.cadastre_import.fetching.large_file import CONTENT, PATH
from tests.cadastre_import.fetching.official_server import OfficialServer, serving

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def official():
    """Give a server without files."""
    with serving(OfficialServer()) as server:
        yield server


@pytest.fixture
def waits() -> list[float]:
    """Give the list where the waits of ``web`` are noted."""
    return []


@pytest.fixture
def web(official, waits) -> Web:
    """Give a network that knows the server alone and never sleeps."""
    return Web([official.url], timeout_s=5, sleep=waits.append)


@pytest.fixture
def remote(official, tmp_path) -> Remote:
    """Give the large file, not downloaded yet."""
    official.files[PATH] = CONTENT
    return Remote(
        "parcelles 60999", official.url + PATH, tmp_path / "60999" / "parcelles.json.gz", contents.geojson
    )
