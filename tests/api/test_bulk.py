"""Large pages of the services enter the record of exports; what someone looks at, and open data, do not."""

import pytest

from api import bulk
from geo_lhi.accounts.models import Export
from tests.factories import (
    AnalysisResultFactory,
    IrisFactory,
    ParcelleFactory,
    SignalementFactory,
    TauxRunFactory,
)
from tests.ogc.wfs import ask, body

OGC = "/ogc/collections/signalements/items?f=json"
API = "/api/v1/signalements/"


@pytest.fixture(autouse=True)
def reports(monkeypatch, commune, other_commune):
    """Three reports of the reader, one of another; three make a large page."""
    monkeypatch.setattr(bulk, "LARGE", 3)
    SignalementFactory(commune=other_commune)
    return SignalementFactory.create_batch(3, commune=commune)


def recorded() -> list[tuple]:
    return list(Export.objects.order_by("pk").values_list("account", "what", "source", "rows"))


@pytest.mark.parametrize("more", [{}, {"count": 4}, {"outputformat": "csv"}, {"outputformat": "geojson"}])
def test_a_large_answer_of_the_wfs_is_recorded(partner_client, more):
    body(ask(partner_client, "GetFeature", typenames="signalements", **more))
    assert recorded() == [("ici", "page de couche (WFS)", "signalements", 3)]


def test_a_large_page_of_the_other_services_is_recorded(partner_client):
    body(partner_client.get(OGC))
    partner_client.get(API)
    assert recorded() == [
        ("ici", "page de couche (OGC API)", "signalements", 3),
        ("ici", "page de couche (GeoJSON)", "signalements", 3),
    ]


def test_what_someone_looks_at_is_not_recorded(partner_client, reports):
    body(ask(partner_client, "GetFeature", typenames="signalements", count=2))
    body(ask(partner_client, "GetFeature", typenames="signalements", resulttype="hits"))
    body(ask(partner_client, "GetFeature", typenames="signalements", startindex=1))
    body(partner_client.get(f"{OGC}&limit=2"))
    body(partner_client.get(f"{OGC}&after={reports[0].pk}"))
    partner_client.get(f"{API}?limit=2&page=2")
    assert recorded() == []


def test_the_rows_of_an_analysis_are_no_open_data(partner_client, commune):
    run = TauxRunFactory()
    for _ in range(3):
        AnalysisResultFactory(run=run, unit_code=IrisFactory(commune=commune).code, communes=[commune.code])
    body(ask(partner_client, "GetFeature", typenames="analyse_taux"))
    assert recorded() == [("ici", "page de couche (WFS)", "analyse_taux", 3)]


def test_open_data_is_not_recorded(partner_client, commune):
    ParcelleFactory.create_batch(3, commune=commune)
    body(ask(partner_client, "GetFeature", typenames="parcelles"))
    body(partner_client.get("/ogc/collections/parcelles/items?f=json"))
    assert recorded() == []
