"""``numberMatched``: always the number of rows, and not one of them read where the counts by cell can say it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from layers.models import Address, Batiment, Parcelle, Signalement
from layers.services.tile_cells import merge_cells
from tests.factories import (
    AddressFactory,
    BatimentFactory,
    ParcelleFactory,
    PartnerFactory,
    SignalementFactory,
    UserFactory,
    ZoneFactory,
    point,
    square,
)
from tests.ogc.features_api import ask, ids
from tests.ogc.wfs import DECLARED, tree
from tests.ogc.wfs import ask as wfs

FILTER = (
    f"<fes:Filter {DECLARED}><fes:PropertyIsGreaterThan><fes:ValueReference>criticite</fes:ValueReference>"
    "<fes:Literal>30</fes:Literal></fes:PropertyIsGreaterThan></fes:Filter>"
)


def matched(client, layer: str, **asked) -> int:
    """Ask the first page of one feature; its count is held against the rows that all pages give."""
    number = ask(client, f"/collections/{layer}/items", limit=1, **asked)["numberMatched"]
    assert number == len(ids(ask(client, f"/collections/{layer}/items", limit=1000, **asked)))
    return number


@pytest.mark.parametrize(
    ("layer", "model", "make"),
    [
        ("parcelles", Parcelle, lambda c: ParcelleFactory(commune=c, geom=square(30, 30, 10))),
        ("batiments", Batiment, lambda c: BatimentFactory(commune=c, geom=square(30, 30, 10))),
        ("adresses", Address, lambda c: AddressFactory(voie__commune=c, commune=c, geom=point(30, 30))),
    ],
)
def test_registers_are_counted_whatever_is_done_to_them(reader, commune, layer, model, make):
    before = matched(reader, layer)
    rows = [make(commune) for _ in range(4)]
    assert matched(reader, layer) == before + 4
    model.objects.filter(pk=rows[0].pk).update(closed_on="2026-01-01")
    model.objects.filter(pk=rows[1].pk).delete()
    model.objects.filter(pk=rows[2].pk).update(geom=rows[3].geom)
    assert matched(reader, layer) == before + 2
    merge_cells()
    assert matched(reader, layer) == before + 2
    assert matched(reader, layer, commune=commune.code) <= before + 2
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
    assert matched(reader, layer) == 0


def test_reports_are_counted_inside_the_rights_of_the_reader(
    reader, commune, other_partner_client, administrator_client, signed_in
):
    assert matched(reader, "signalements") == 7
    assert matched(other_partner_client, "signalements") == 2
    assert matched(administrator_client, "signalements") == 9
    zone = ZoneFactory(geom=square(0, 0, 250))
    assert matched(signed_in(UserFactory(partner=PartnerFactory(zones=[zone]))), "signalements") == 3
    Signalement.objects.unscoped("le test écrit").filter(commune=commune).update(geom=None)
    assert matched(reader, "signalements") == 0


def test_filters_count_what_they_keep(reader):
    assert matched(reader, "signalements", criticite="30") == 1
    assert matched(reader, "signalements", filter="criticite > 30") == 3
    assert matched(reader, "signalements", datetime="2024-01-01/2024-01-02") == 2
    assert matched(reader, "signalements", updated_since="1970-01-01T00:00:00Z") == 7
    assert matched(reader, "signalements", crs="http://www.opengis.net/def/crs/EPSG/0/2154") == 7


@pytest.mark.parametrize("layer", ["parcelles", "batiments", "adresses", "signalements"])
def test_no_row_is_counted_one_by_one(reader, layer):
    with CaptureQueriesContext(connection) as queries:
        ask(reader, f"/collections/{layer}/items", limit=5)
    counting = [query["sql"] for query in queries if "COUNT(" in query["sql"] or "SUM(" in query["sql"]]
    assert len(counting) == 1
    assert "cell" in counting[0]


def test_many_reports_are_counted_too(reader, commune):
    SignalementFactory.create_batch(20, commune=commune, geom=point(3, 3))
    assert matched(reader, "signalements") == 27


@pytest.mark.parametrize("layer", ["parcelles", "signalements"])
def test_a_page_of_the_wfs_is_counted_without_reading_the_rows(reader, commune, layer):
    ParcelleFactory.create_batch(3, commune=commune, geom=square(30, 30, 10))
    every = tree(wfs(reader, "GetFeature", typenames=layer)).get("numberReturned")
    with CaptureQueriesContext(connection) as queries:
        page = tree(wfs(reader, "GetFeature", typenames=layer, count=2))
    assert page.get("numberMatched") == every
    assert not [query["sql"] for query in queries if "COUNT(" in query["sql"]]
    assert any("cell" in query["sql"] for query in queries)


@pytest.mark.parametrize(
    "asked",
    [
        {"filter": FILTER},
        {"bbox": "46.49,2.99,46.501,3.0021,urn:ogc:def:crs:EPSG::4326"},
        {"sortby": "criticite"},
    ],
    ids=["filter", "bbox", "sortby"],
)
def test_a_filter_of_the_wfs_counts_what_it_keeps(reader, asked):
    every = tree(wfs(reader, "GetFeature", typenames="signalements", **asked)).get("numberReturned")
    assert 1 < int(every) <= 7
    page = tree(wfs(reader, "GetFeature", typenames="signalements", count=1, **asked))
    assert page.get("numberMatched") == every
