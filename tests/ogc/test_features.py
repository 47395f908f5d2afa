"""What the WFS gives: rows by right, filters, projections and their axis order, pages, formats."""

import csv
import io
import math

import pytest

from layers.registry import LAYERS
from tests.factories import (
    ParcelleFactory,
    SignalementFactory,
    ZoneFactory,
    bbox,
    point,
    square,
)
from tests.layer_rows import lay_one_of_each
from tests.ogc.wfs import NAMESPACES, ask, body, collection, exception_of, get_feature, send, tree, values


@pytest.fixture
def one_of_each(commune):
    """One row in each layer, at the origin."""
    lay_one_of_each(commune)


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("paging", [{}, {"count": 5}], ids=["streamed", "paged"])
def test_every_layer_leaves_in_every_format(partner_client, one_of_each, layer, paging):
    published = {*LAYERS[layer].fields}
    gml = tree(ask(partner_client, "GetFeature", typenames=layer, **paging))
    [member] = gml.iterfind(f".//geolhi:{layer}", NAMESPACES)
    names = [element.tag.partition("}")[2] for element in member]
    assert names == ["boundedBy", *LAYERS[layer].fields, "geom"]
    json_ = collection(ask(partner_client, "GetFeature", typenames=layer, outputformat="geojson", **paging))
    [feature] = json_["features"]
    assert feature["properties"].keys() == published
    assert feature["geometry"]["coordinates"]
    text = body(ask(partner_client, "GetFeature", typenames=layer, outputformat="csv", **paging)).decode()
    [row] = csv.DictReader(io.StringIO(text))
    assert row.keys() == {*published, "geom"}
    assert row["geom"].startswith("SRID=4326;")


def test_names_follow_a_relation(partner_client, one_of_each):
    assert values(ask(partner_client, "GetFeature", typenames="iris_taux"), "nom", "iris_taux") == ["Centre"]
    assert values(ask(partner_client, "GetFeature", typenames="adresses"), "voie", "adresses") == [
        "Rue Droite"
    ]


@pytest.mark.parametrize("output", ["", "geojson", "csv"])
def test_a_partner_reads_its_perimeter_only(partner_client, commune, other_commune, output):
    SignalementFactory(commune=commune, reference="ici-même")
    SignalementFactory(commune=other_commune, reference="très-loin", geom=point(5005, 5))
    parameters = {"typenames": "signalements"} | ({"outputformat": output} if output else {})
    content = body(ask(partner_client, "GetFeature", **parameters)).decode()
    assert "ici-même" in content
    assert "très-loin" not in content


def test_counting_without_reading(partner_client, commune, other_commune):
    SignalementFactory.create_batch(3, commune=commune)
    SignalementFactory(commune=other_commune)
    hits = tree(ask(partner_client, "GetFeature", typenames="signalements", resulttype="hits"))
    assert (hits.get("numberMatched"), hits.get("numberReturned")) == ("3", "0")


def test_a_foreign_feature_answers_as_a_missing_one(partner_client, other_commune):
    foreign = SignalementFactory(commune=other_commune).pk
    missing = foreign + 1000
    for parameters in (
        {"resourceid": "signalements.{}"},
        {"storedquery_id": STORED, "id": "signalements.{}"},
    ):
        answers = []
        for pk in (foreign, missing):
            asked = {name: value.format(pk) for name, value in parameters.items()}
            response = ask(partner_client, "GetFeature", typenames="signalements", **asked)
            answers.append((response.status_code, without(body(response), str(pk))))
        assert answers[0] == answers[1]


STORED = "urn:ogc:def:query:OGC-WFS::GetFeatureById"


def without(content: bytes, pk: str) -> list[str]:
    """Give the lines of an answer less the hour and the number that was asked for."""
    lines = content.decode().replace(pk, "N").splitlines()
    return [line.partition("timeStamp")[0] for line in lines]


AXES = {
    "urn:ogc:def:crs:EPSG::4326": (46.500045, 3.0000652),  # the standard: latitude first
    "http://www.opengis.net/def/crs/EPSG/0/4326": (46.500045, 3.0000652),
    "EPSG:4326": (3.0000652, 46.500045),  # the old notation: longitude first
    "urn:ogc:def:crs:EPSG::2154": (700_005.0, 6_600_005.0),
    "urn:ogc:def:crs:EPSG::3857": (
        6_378_137 * math.radians(3.0000652),
        6_378_137 * math.asinh(math.tan(math.radians(46.500045))),
    ),
}


@pytest.mark.parametrize(("srs", "expected"), AXES.items(), ids=AXES)
def test_coordinates_come_in_the_order_of_their_projection(partner_client, commune, srs, expected):
    SignalementFactory(commune=commune, geom=point(5, 5))
    answer = tree(ask(partner_client, "GetFeature", typenames="signalements", srsname=srs))
    [position] = answer.iterfind(".//geolhi:geom//gml:pos", NAMESPACES)
    tolerance = 1e-6 if expected[0] < 90 else 0.5
    assert [float(number) for number in position.text.split()] == pytest.approx(expected, abs=tolerance)


@pytest.mark.parametrize(
    "box",
    [
        "46.4999,2.9999,46.5002,3.0002",
        "46.4999,2.9999,46.5002,3.0002,urn:ogc:def:crs:EPSG::4326",
        "2.9999,46.4999,3.0002,46.5002,EPSG:4326",
        "699990,6599990,700020,6600020,urn:ogc:def:crs:EPSG::2154",
    ],
)
def test_an_extent_is_read_in_the_order_of_its_projection(partner_client, commune, box):
    SignalementFactory(commune=commune, reference="in", geom=point(5, 5))
    SignalementFactory(commune=commune, reference="out", geom=point(500, 500))
    found = values(ask(partner_client, "GetFeature", typenames="signalements", bbox=box), "reference")
    assert found == ["in"]


FILTERS = {
    "<fes:PropertyIsEqualTo><fes:ValueReference>statut</fes:ValueReference>"
    "<fes:Literal>CLOSED</fes:Literal></fes:PropertyIsEqualTo>": ["closed"],
    "<fes:PropertyIsLike wildCard='*' singleChar='?' escapeChar='!'><fes:ValueReference>reference"
    "</fes:ValueReference><fes:Literal>o*</fes:Literal></fes:PropertyIsLike>": ["open"],
    "<fes:PropertyIsGreaterThan><fes:ValueReference>depose_le</fes:ValueReference>"
    "<fes:Literal>2026-02-01</fes:Literal></fes:PropertyIsGreaterThan>": ["open"],
    "<fes:Not><fes:PropertyIsEqualTo><fes:ValueReference>geolhi:statut</fes:ValueReference>"
    "<fes:Literal>CLOSED</fes:Literal></fes:PropertyIsEqualTo></fes:Not>": ["open"],
}


@pytest.mark.parametrize(("filter_", "expected"), FILTERS.items(), ids=["equal", "like", "greater", "not"])
def test_filters_by_address_and_by_document(partner_client, commune, filter_, expected):
    SignalementFactory(commune=commune, reference="open", received_on="2026-03-01")
    SignalementFactory(commune=commune, reference="closed", status="CLOSED", received_on="2026-01-01")
    document = f"<fes:Filter xmlns:fes='{NAMESPACES['fes']}'>{filter_}</fes:Filter>"
    by_address = ask(partner_client, "GetFeature", typenames="signalements", filter=document)
    by_document = send(partner_client, get_feature(f"<fes:Filter>{filter_}</fes:Filter>"))
    assert values(by_address, "reference") == values(by_document, "reference") == expected


def test_pages_cover_all_rows_once_in_both_formats(partner_client, commune):
    expected = [SignalementFactory(commune=commune).reference for _ in range(11)]
    for output in ({}, {"outputformat": "geojson"}):
        seen = []
        for start in range(0, 12, 3):
            page = ask(
                partner_client, "GetFeature", typenames="signalements", count=3, startindex=start, **output
            )
            if output:
                seen += [feature["properties"]["reference"] for feature in collection(page)["features"]]
            else:
                seen += values(page, "reference")
        assert seen == expected


def test_pages_sorted_by_a_shared_value_are_stable(partner_client, commune):
    expected = [SignalementFactory(commune=commune, status="ACTIVE").reference for _ in range(9)]
    seen = []
    for start in (0, 3, 6):
        page = ask(
            partner_client,
            "GetFeature",
            typenames="signalements",
            count=3,
            startindex=start,
            sortby="statut",
        )
        seen += values(page, "reference")
    assert seen == expected


def test_a_page_says_where_the_next_is(partner_client, commune):
    SignalementFactory.create_batch(5, commune=commune)
    first = tree(ask(partner_client, "GetFeature", typenames="signalements", count=2))
    assert (first.get("numberMatched"), first.get("numberReturned")) == ("5", "2")
    second = tree(partner_client.get(first.get("next")))
    assert (second.get("numberReturned"), bool(second.get("previous"))) == ("2", True)


def test_a_page_never_exceeds_its_limit(partner_client, commune, monkeypatch):
    monkeypatch.setattr("api.wfs.views.LayersWFS.max_page_size", 3)
    SignalementFactory.create_batch(5, commune=commune)
    answer = tree(ask(partner_client, "GetFeature", typenames="signalements", count=1_000_000))
    assert answer.get("numberReturned") == "3"


def test_only_the_asked_property_leaves(partner_client, commune):
    SignalementFactory(commune=commune, reference="2026-7")
    answer = tree(
        ask(partner_client, "GetPropertyValue", typenames="signalements", valuereference="reference")
    )
    assert [element.text for element in answer.iter(f"{{{NAMESPACES['geolhi']}}}reference")] == ["2026-7"]
    assert exception_of(
        ask(partner_client, "GetPropertyValue", typenames="signalements", valuereference="description")
    )


@pytest.mark.parametrize(
    "hidden", ["description", "adresse", "commune__nom", "geocoding/label", "uuid", "pk"]
)
def test_a_field_that_is_not_published_cannot_be_asked_by_any_door(partner_client, commune, hidden):
    SignalementFactory(commune=commune, description="secret")
    equal = (
        f"<fes:Filter><fes:PropertyIsEqualTo><fes:ValueReference>{hidden}</fes:ValueReference>"
        "<fes:Literal>secret</fes:Literal></fes:PropertyIsEqualTo></fes:Filter>"
    )
    layer = {"typenames": "signalements"}
    assert exception_of(send(partner_client, get_feature(equal)))
    assert exception_of(ask(partner_client, "GetFeature", **layer, propertyname=hidden))
    assert exception_of(ask(partner_client, "GetFeature", **layer, sortby=hidden))
    assert exception_of(ask(partner_client, "GetPropertyValue", **layer, valuereference=hidden))


def test_an_extent_is_read_with_the_index_of_the_table(
    partner_client, commune, django_assert_max_num_queries
):
    ParcelleFactory.create_batch(30, commune=commune)
    box = bbox(0, 0, 5, 5).split(",")
    latitude_first = ",".join((box[1], box[0], box[3], box[2]))
    with django_assert_max_num_queries(9):
        ask(partner_client, "GetFeature", typenames="parcelles", bbox=latitude_first, count=10)


@pytest.mark.parametrize("text", ["=1+1", "+33", "-2", "@SUM(A1)"])
def test_no_text_of_a_csv_is_a_formula(partner_client, commune, text):
    ZoneFactory(code="QN1", nom=text, geom=square(0, 0, 10))
    answer = body(ask(partner_client, "GetFeature", typenames="perimetres", outputformat="csv")).decode()
    [row] = csv.DictReader(io.StringIO(answer))
    assert (row["nom"], row["geom"][:5]) == (f"'{text}", "SRID=")
