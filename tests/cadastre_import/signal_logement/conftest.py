"""The API of Signal Logement on the loopback, and the commune of its reports."""

import pytest

from cadastre_import.fetching.signal_logement import SignalLogementApi
from tests.cadastre_import.signal_logement.service import TOKEN, signal_logement
from tests.factories import CommuneFactory


@pytest.fixture
def service():
    CommuneFactory(code="60999", geom=None)
    with signal_logement() as service:
        yield service


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def api(service, waits) -> SignalLogementApi:
    return SignalLogementApi(service.url, TOKEN, sleep=waits.append)
