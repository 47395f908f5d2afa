"""What the WFS says of itself, and of the types it serves."""

import pytest

from layers.registry import CRS_LIST, LAYERS
from tests.ogc.wfs import NAMESPACES, ask, tree

WFS = NAMESPACES["wfs"]


@pytest.fixture
def capabilities(partner_client):
    return tree(ask(partner_client, "GetCapabilities"))


def test_every_layer_of_the_register_is_a_type_with_its_french_title(capabilities):
    types = {
        found.findtext("wfs:Name", namespaces=NAMESPACES): found.findtext("wfs:Title", namespaces=NAMESPACES)
        for found in capabilities.iterfind(".//wfs:FeatureType", NAMESPACES)
    }
    assert types == {f"geolhi:{layer.id}": layer.title for layer in LAYERS.values()}


def test_every_type_offers_the_projections_of_the_register(capabilities):
    for found in capabilities.iterfind(".//wfs:FeatureType", NAMESPACES):
        default = found.findtext("wfs:DefaultCRS", namespaces=NAMESPACES)
        others = [other.text for other in found.iterfind("wfs:OtherCRS", NAMESPACES)]
        assert [default, *others] == [f"urn:ogc:def:crs:EPSG::{srid}" for srid in CRS_LIST]


def test_no_extent_is_given_away(capabilities):
    assert capabilities.find(".//ows:WGS84BoundingBox", NAMESPACES) is None


def test_the_service_is_described_with_a_contact(capabilities):
    assert capabilities.findtext(".//ows:ServiceIdentification/ows:Title", namespaces=NAMESPACES) == "geo_lhi"
    assert capabilities.find(".//ows:ServiceContact/ows:IndividualName", NAMESPACES).text


def test_the_same_types_for_every_reader(
    partner_client, administrator_client, signed_in, user_without_partner
):
    answers = {
        ask(client, "GetCapabilities").content
        for client in (partner_client, administrator_client, signed_in(user_without_partner))
    }
    assert len(answers) == 1


def test_a_type_has_the_fields_of_its_layer_and_the_geometry(partner_client):
    schema = tree(ask(partner_client, "DescribeFeatureType"))
    xsd = "{http://www.w3.org/2001/XMLSchema}"
    for layer in LAYERS.values():
        [definition] = [
            found
            for found in schema.iter(f"{xsd}complexType")
            if found.get("name") == layer.id.capitalize() + "Type"
        ]
        fields = [element.get("name") for element in definition.iter(f"{xsd}element")]
        assert fields == [*layer.fields, "geom"]


def test_the_bare_address_leads_to_the_capabilities(partner_client):
    response = partner_client.get("/wfs/", follow=True)
    assert response.redirect_chain == [("/wfs/?SERVICE=WFS&REQUEST=GetCapabilities", 302)]
    assert response.status_code == 200


def test_stored_queries_are_listed(partner_client):
    listed = tree(ask(partner_client, "ListStoredQueries"))
    assert [query.get("id") for query in listed.iterfind("wfs:StoredQuery", NAMESPACES)] == [
        "urn:ogc:def:query:OGC-WFS::GetFeatureById"
    ]


def test_each_type_leads_to_its_description(capabilities):
    links = {
        found.findtext("wfs:Name", namespaces=NAMESPACES).partition(":")[2]: found.find(
            "wfs:MetadataURL", NAMESPACES
        ).get("{http://www.w3.org/1999/xlink}href")
        for found in capabilities.iterfind(".//wfs:FeatureType", NAMESPACES)
    }
    assert links == {layer: f"http://testserver/ogc/collections/{layer}" for layer in LAYERS}


def test_every_type_says_what_it_is_in_french(capabilities):
    for found in capabilities.iterfind(".//wfs:FeatureType", NAMESPACES):
        assert len(found.findtext("wfs:Abstract", namespaces=NAMESPACES)) > 20
        assert found.find("ows:Keywords/ows:Keyword", NAMESPACES).text
