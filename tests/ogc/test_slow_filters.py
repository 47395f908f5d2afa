"""A filter that takes PostgreSQL too long is given up, told to its author, and leaves the connection as it was."""

import pytest
from django.db import connection

from tests.factories import SignalementFactory
from tests.ogc.wfs import ask, exception_report, get_feature, send

pytestmark = pytest.mark.django_db(transaction=True)
# Tens of milliseconds over three thousand rows
SLOW_CQL = " OR ".join(f"reference LIKE '%{'a%' * 30}{n}'" for n in range(40))
SLOW_FES = "".join(
    f"<fes:PropertyIsLike wildCard='%' singleChar='_' escapeChar='!'><fes:ValueReference>reference"
    f"</fes:ValueReference><fes:Literal>%{'a%' * 30}{n}</fes:Literal></fes:PropertyIsLike>"
    for n in range(40)
)
SLOW_FES = f"<fes:Filter xmlns:fes='http://www.opengis.net/fes/2.0'><fes:Or>{SLOW_FES}</fes:Or></fes:Filter>"
ITEMS = "/ogc/collections/signalements/items"


@pytest.fixture(autouse=True)
def _reports(commune, settings):
    settings.FILTER_TIMEOUT_MS = 2
    reports = [SignalementFactory.build(commune=commune, reference=f"{n}" + "a" * 35) for n in range(3_000)]
    SignalementFactory._meta.model.objects.bulk_create(reports)


def timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("way", ["KVP", "document", "OGC API", "page"])
def test_it_is_told_and_the_next_request_is_not_shortened(partner_client, way):
    before = timeout()
    response = {
        "KVP": lambda: ask(partner_client, "GetFeature", typenames="signalements", filter=SLOW_FES),
        "document": lambda: send(partner_client, get_feature(SLOW_FES)),
        "OGC API": lambda: partner_client.get(ITEMS, {"filter": SLOW_CQL}),
        "page": lambda: partner_client.get(ITEMS, {"filter": SLOW_CQL, "f": "html"}),
    }[way]()
    assert response.status_code == 503
    if way in ("KVP", "document"):
        assert "calcul trop long" in exception_report(response)
    else:
        assert "calcul trop long" in response.json()["detail"]
        assert response["Retry-After"] == "30"
    assert timeout() == before
    quick = partner_client.get(ITEMS, {"limit": "1"})
    assert quick.json()["numberMatched"] == 3_000


def test_a_quick_filter_is_answered(partner_client, settings):
    settings.FILTER_TIMEOUT_MS = 5_000
    found = partner_client.get(ITEMS, {"filter": f"reference = '7{'a' * 35}'"}).json()
    assert found["numberMatched"] == 1
