"""OWSLib, the Python client of OGC services, reads both services over the network of the machine."""

import json

import pytest
from owslib.etree import etree
from owslib.fes2 import FilterRequest, PropertyIsEqualTo
from owslib.ogcapi.features import Features
from owslib.util import Authentication, ServiceException
from owslib.wfs import WebFeatureService

from geo_lhi.accounts.models import TokenScope
from layers.registry import CRS_LIST, LAYERS
from tests.factories import SignalementFactory, point, token_of
from tests.ogc.traffic import assert_refused

pytestmark = [pytest.mark.clients, pytest.mark.django_db(transaction=True)]
REPORTS = "geolhi:signalements"
EPSG_4326 = "urn:ogc:def:crs:EPSG::4326"


@pytest.fixture
def connect(live_server):
    """Give the function that opens the service with a token."""

    def with_token(token: str) -> WebFeatureService:
        authentication = Authentication(username="jeton", password=token)
        return WebFeatureService(f"{live_server.url}/wfs/", version="2.0.0", auth=authentication, timeout=30)

    return with_token


@pytest.fixture
def service(connect, partner_user, commune, other_commune):
    """The service for ``partner_user``, over two reports of his and one of another's."""
    SignalementFactory(commune=commune, reference="ouvert", status="ACTIVE", geom=point(5, 5))
    SignalementFactory(commune=commune, reference="fermé", status="CLOSED", geom=point(500, 500))
    SignalementFactory(commune=other_commune, reference="ailleurs", geom=point(5005, 5))
    return connect(token_of(partner_user, TokenScope.WFS))


def references(service: WebFeatureService, **asked: object) -> list[str]:
    answer = service.getfeature(typename=[REPORTS], outputFormat="geojson", **asked)
    return sorted(feature["properties"]["reference"] for feature in json.loads(answer.read())["features"])


def test_the_layers_have_their_words_their_projections_and_their_metadata(service):
    assert list(service.contents) == [f"geolhi:{layer}" for layer in LAYERS]
    found = service.contents[REPORTS]
    layer = LAYERS["signalements"]
    assert (found.title, found.abstract, found.keywords) == (
        layer.title,
        layer.abstract,
        list(layer.keywords),
    )
    assert [crs.code for crs in found.crsOptions] == list(CRS_LIST)
    records = [link["url"].rpartition("/catalogue/")[2] for link in found.metadataUrls]
    assert "signalements.xml" in records
    assert any(url.endswith("/ogc/collections/signalements") for url in records)


def test_the_schema_names_the_fields(service):
    schema = service.get_schema(REPORTS)
    assert list(schema["properties"]) == list(LAYERS["signalements"].fields)


def test_the_rows_are_those_of_the_perimeter(service):
    assert references(service) == ["fermé", "ouvert"]


def test_an_extent_and_a_condition_are_asked_of_the_server(service):
    lon, lat = point(0, 0).coords
    box = (lon - 1e-4, lat - 1e-4, lon + 1e-3, lat + 1e-3, EPSG_4326)  # OWSLib turns the axes as it must
    assert references(service, bbox=box) == ["ouvert"]
    condition = FilterRequest().setConstraint(PropertyIsEqualTo(propertyname="statut", literal="CLOSED"))
    # OWSLib sends filters by document only, and asks for GML there
    asked = {"typename": [REPORTS], "filter": etree.tostring(condition).decode(), "method": "Post"}
    answer = service.getfeature(**asked).read().decode()
    assert "fermé" in answer
    assert "ouvert" not in answer


def test_pages_follow_each_other(service):
    pages = [references(service, maxfeatures=1, startindex=start) for start in (0, 1, 2)]
    assert sorted(reference for page in pages for reference in page) == ["fermé", "ouvert"]
    assert pages[2] == []


@pytest.mark.parametrize("token", ["", "geo_faux"], ids=["anonymous", "wrong token"])
def test_without_a_right_token_nothing_opens(connect, db, traffic, token):
    with pytest.raises(ServiceException, match="ExceptionReport"):
        connect(token)
    assert_refused(traffic, "Basic")


@pytest.fixture
def collections(live_server, partner_user, service):
    """The same rows by OGC API Features, with the token in the header that programs send."""
    token = token_of(partner_user, TokenScope.OGC)
    return Features(f"{live_server.url}/ogc/", headers={"Authorization": f"Bearer {token}"})


def test_the_collections_are_those_of_the_register(collections):
    assert collections.feature_collections() == list(LAYERS)
    assert "http://www.opengis.net/spec/cql2/1.0/conf/basic-cql2" in collections.conformance()["conformsTo"]
    asked = set(collections.collection_queryables("signalements")["properties"])
    assert asked == {*LAYERS["signalements"].fields, "geom"}


def test_features_are_paged_and_filtered_by_the_server(collections, traffic):
    def references_of(**asked: object) -> list[str]:
        features = collections.collection_items("signalements", **asked)["features"]
        return sorted(feature["properties"]["reference"] for feature in features)

    lon, lat = point(0, 0).coords
    assert references_of() == ["fermé", "ouvert"]
    assert references_of(bbox=[lon - 1e-4, lat - 1e-4, lon + 1e-3, lat + 1e-3]) == ["ouvert"]
    assert references_of(filter="statut = 'CLOSED'") == ["fermé"]
    as_json = {"op": "=", "args": [{"property": "statut"}, "ACTIVE"]}
    asked = {"filter": json.dumps(as_json), "filter-lang": "cql2-json"}
    assert references_of(**asked) == ["ouvert"]
    assert len(references_of(limit=1)) == 1
    assert {"BBOX", "FILTER", "LIMIT"} <= {name for one in traffic for name in one.parameters}
    one = collections.collection_items("signalements", limit=1)["features"][0]
    assert collections.collection_item("signalements", one["id"])["properties"] == one["properties"]


def test_nothing_can_be_written(collections, traffic):
    [one] = collections.collection_items("signalements", limit=1)["features"]
    for write in (
        lambda: collections.collection_item_delete("signalements", one["id"]),
        lambda: collections.collection_item_create("signalements", json.dumps(one)),
        lambda: collections.collection_item_update("signalements", one["id"], json.dumps(one)),
    ):
        with pytest.raises((RuntimeError, ValueError)):
            write()
    assert [exchange.answer.status_code for exchange in traffic[-3:]] == [405] * 3
