"""OGC API Features Part 1, abstract tests on features: pages, limits, rectangles, dates, fields."""

from datetime import datetime

import orjson

from api.ogc import items
from layers.models import Signalement
from layers.registry import LAYERS
from tests.factories import SignalementFactory, bbox, point
from tests.ogc.features_api import (
    ROOT,
    ask,
    assert_valid,
    body,
    every_page,
    ids,
    link,
    refused,
    rels,
    with_schemas,
)

ITEMS = "/collections/signalements/items"


def reports(reader) -> list[dict]:
    return ask(reader, ITEMS)["features"]


@with_schemas
def test_features_are_geojson(reader):  # fc-op, fc-response, f-op, f-success, /conf/geojson
    for name, layer in LAYERS.items():
        page = ask(reader, f"/collections/{name}/items")
        assert_valid(page, "featureCollectionGeoJSON")
        assert page["features"]
        assert {"self", "alternate", "collection"} <= rels(page)
        one = page["features"][0]
        alone = ask(reader, f"/collections/{name}/items/{one['id']}")
        assert_valid(alone, "featureGeoJSON")
        assert {"self", "alternate", "collection"} <= rels(alone)
        assert {key: alone[key] for key in one} == one
        assert set(one["properties"]) == set(layer.fields)


def test_the_media_types_are_geojson(reader):
    one = ids(ask(reader, ITEMS))[0]
    for path in (ITEMS, f"{ITEMS}/{one}"):
        assert reader.get(f"{ROOT}{path}")["Content-Type"] == "application/geo+json"


def test_a_page_says_when_it_was_made_and_how_many_there_are(
    reader,
):  # fc-timeStamp, -numberMatched, -numberReturned
    page = ask(reader, ITEMS, limit=3)
    assert datetime.fromisoformat(page["timeStamp"]).tzinfo
    assert (page["numberMatched"], page["numberReturned"], len(page["features"])) == (7, 3, 3)


def test_too_many_to_count_is_left_unsaid(reader, monkeypatch):
    asked = {"filter": "criticite >= 0"}  # what no count kept can say
    monkeypatch.setattr(items, "MOST_COUNTED", 6)
    assert "numberMatched" not in ask(reader, ITEMS, **asked)
    monkeypatch.setattr(items, "MOST_COUNTED", 7)
    assert ask(reader, ITEMS, **asked)["numberMatched"] == 7


def test_pages_follow_each_other_without_gap_or_repeat(reader):  # fc-links, fc-limit-response
    everything = ids(ask(reader, ITEMS))
    assert len(set(everything)) == 7
    for limit in (1, 3, 7, 8):
        pages = every_page(reader, ITEMS, limit=limit)
        assert [key for page in pages for key in ids(page)] == everything
        assert len(pages) == -(-7 // limit)
        assert pages[0]["numberMatched"] == 7
        assert all("numberMatched" not in page for page in pages[1:])  # counted once


def test_a_row_that_comes_or_goes_moves_no_other_page(reader, commune):
    first = ask(reader, ITEMS, limit=3)
    Signalement.objects.unscoped("un signalement lu disparaît").filter(pk=ids(first)[0]).delete()
    SignalementFactory(commune=commune, geom=point(1, 1))
    second = ask(reader, link(first, "next"))
    assert not set(ids(first)) & set(ids(second))
    assert ids(second)[0] == ids(first)[-1] + 1


def test_a_stream_is_the_page_in_one_piece(reader, monkeypatch):
    whole = ask(reader, ITEMS, limit=5)
    for chunk in (1, 2, 3, 7):
        monkeypatch.setattr(items, "CHUNK", chunk)
        streamed = reader.get(f"{ROOT}{ITEMS}?limit=5&f=json")
        assert streamed.streaming is (chunk < 5)
        again = orjson.loads(body(streamed))
        assert again["features"] == whole["features"]
        assert (again["numberReturned"], rels(again)) == (5, rels(whole))


def test_a_limit_that_is_none_is_refused(reader):  # query-param-invalid
    for limit in ("0", "-1", "abc", "", "1.5", "1e3", "٣", "9" * 30, "+5"):
        assert "limit" in refused(reader, ITEMS, limit=limit)


def test_a_limit_over_the_most_gives_the_most(reader, monkeypatch):
    monkeypatch.setattr(items, "MOST", 4)
    page = ask(reader, ITEMS, limit=100_000)
    assert page["numberReturned"] == 4
    assert "next" in rels(page)


def test_a_page_after_nothing_is_refused(reader):
    for after in ("abc", "1.5", "", "9" * 40):
        assert "start-after" in refused(reader, ITEMS, **{"start-after": after})


def test_a_rectangle_keeps_what_touches_it(reader):  # fc-bbox-response
    inside = ask(reader, ITEMS, bbox=bbox(-50, -50, 280, 280))
    assert ids(inside) == ids(ask(reader, ITEMS))[:3]
    west, south, east, north = bbox(-50, -50, 280, 280).split(",")
    with_heights = ask(reader, ITEMS, bbox=f"{west},{south},-10,{east},{north},9000")
    assert ids(with_heights) == ids(inside)
    nobody = ask(reader, ITEMS, bbox="10,10,11,11")
    assert (nobody["features"], nobody["numberMatched"], nobody["numberReturned"]) == ([], 0, 0)


def test_a_rectangle_may_cross_the_antimeridian_be_a_point_or_pass_the_poles(reader):
    lon, lat = reports(reader)[2]["geometry"]["coordinates"]
    assert len(ids(ask(reader, ITEMS, bbox="170,-90,90,90"))) == 7  # all the way round to 90° E
    assert ids(ask(reader, ITEMS, bbox="170,-90,-170,90")) == []
    assert len(ids(ask(reader, ITEMS, bbox="-190,-95,190,95"))) == 7
    around = f"{lon - 1e-6},{lat - 1e-6},{lon + 1e-6},{lat + 1e-6}"
    assert len(ids(ask(reader, ITEMS, bbox=around))) == 1
    assert ask(reader, ITEMS, bbox="3,46,3,46")["numberMatched"] == 0
    assert ask(reader, "/collections/communes/items", bbox="3.001,46.501,3.001,46.501")["numberMatched"] == 1
    assert ask(reader, "/collections/communes/items", bbox="3.001,46.4,3.001,46.6")["numberMatched"] == 1


def test_a_rectangle_that_is_none_is_refused(reader):  # fc-bbox-definition, query-param-invalid
    wrong = ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "0,0,inf,1", "1,5,2,4", "٠,0,1,1", "1 2 3 4"]
    for text in wrong:
        assert "bbox" in refused(reader, ITEMS, bbox=text)


DAYS = {
    "2024-01-03": [2],
    "2024-01-03T12:00:00Z": [2],
    "2024-01-03T23:30:00Z": [3],  # already the 4th in Paris
    "2024-01-03/2024-01-05": [2, 3, 4],
    "2024-01-06/..": [5, 6],
    "2024-01-06T00:00:00+01:00/": [5, 6],
    "../2024-01-02": [0, 1],
    "/2024-01-02T10:00:00.5Z": [0, 1],
    "2031-01-01/..": [],
}


def test_a_period_keeps_what_is_of_then(reader):  # fc-time-response
    everything = ids(ask(reader, ITEMS))
    for period, expected in DAYS.items():
        assert ids(ask(reader, ITEMS, datetime=period)) == [everything[n] for n in expected], period


def test_a_perimeter_is_kept_while_it_lasts(reader):
    items_of = "/collections/perimetres/items"
    first, second = ids(ask(reader, items_of))
    assert ids(ask(reader, items_of, datetime="2021-06-01")) == [first]
    assert ids(ask(reader, items_of, datetime="2024-06-01")) == [second]
    assert ids(ask(reader, items_of, datetime="2022-06-01/2023-06-01")) == [first, second]
    assert ids(ask(reader, items_of, datetime="../2019-01-01")) == []


def test_a_layer_without_a_date_has_nothing_of_then(reader):
    assert ask(reader, "/collections/parcelles/items", datetime="2024-01-01")["numberMatched"] == 0


NO_PERIODS = (
    *("", "hier", "2024", "2024-13-01", "2024-02-30", "20240101", "2024-01-01T00:00:00", "../..", "/", "a/b"),
    *("2024-01-02/2024-01-01", "2024-01-01/2024-01-02/2024-01-03"),
    *("9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"),
)


def test_a_period_that_is_none_is_refused(reader):  # fc-time-definition, query-param-invalid
    for text in NO_PERIODS:
        assert "datetime" in refused(reader, ITEMS, datetime=text)


def test_fields_filter(reader, commune):  # /rec/core/fc-filters
    one = reports(reader)[3]["properties"]
    for name in ("id", "reference", "depose_le", "criticite"):
        found = ask(reader, ITEMS, **{name: one[name]})
        assert [feature["properties"]["id"] for feature in found["features"]] == [one["id"]], name
    assert ask(reader, ITEMS, commune=commune.code)["numberMatched"] == 7
    assert ask(reader, ITEMS, a_verifier="true")["numberMatched"] == 0
    assert ask(reader, ITEMS, statut="ACTIVE", a_verifier="false", limit=1)["numberMatched"] == 7
    assert ask(reader, ITEMS, reference="' OR 1=1 --")["numberMatched"] == 0


NO_VALUES = [("id", "abc"), ("id", "1.5"), ("depose_le", "hier"), ("criticite", "nan"), ("a_verifier", "oui")]


def test_a_field_that_cannot_have_the_value_refuses(reader):
    for name, value in NO_VALUES:
        assert name in refused(reader, ITEMS, **{name: value})


def test_a_page_costs_the_same_queries_whatever_its_size(reader, django_assert_num_queries):
    ask(reader, ITEMS)
    for limit in (1, 5):
        with django_assert_num_queries(3):  # who reads what, then the count and the page
            ask(reader, ITEMS, limit=limit)
