"""What the WFS says of itself, and of the types it serves."""

import xml.etree.ElementTree as ET

import pytest

from layers.registry import CRS_LIST, LAYERS
from tests.ogc.wfs import NAMESPACES, ask, body, tree

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


def test_the_greatest_page_is_a_number_of_the_standard(capabilities):
    constraint = capabilities.find(".//ows:Constraint[@name='DefaultMaxFeatures']", NAMESPACES)
    assert constraint.findtext(".//ows:Value", namespaces=NAMESPACES) == "5000"


@pytest.mark.parametrize(
    ("operation", "query", "sentence"),
    [
        ("GetFeature", {"typenames": "nulle_part"}, "Valeur refusée (typeNames) : "),
        ("GetFeature", {"typenames": "communes", "srsname": "EPSG:27572"}, "Valeur refusée (srsName) : "),
        ("GetFeature", {"typenames": "communes", "count": "deux"}, "COUNT attend un nombre entier."),
        ("GetFeature", {}, "Un paramètre manque (typeNames) : "),
        ("Transaction", {}, "Cette opération n’est pas offerte (request) : "),
        (
            "GetFeature",
            {"storedquery_id": "urn:ogc:def:query:OGC-WFS::GetFeatureById", "id": "communes.00000"},
            "Aucun objet n’a cet identifiant, ou il n’est pas ouvert à vous.",
        ),
    ],
)
def test_a_refusal_is_said_in_french(partner_client, operation, query, sentence):
    refused = ask(partner_client, operation, **query)
    report = ET.fromstring(body(refused))
    assert report.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert report.findtext(".//ows:ExceptionText", namespaces=NAMESPACES).strip().startswith(sentence)


def test_whoever_is_not_known_is_told_in_french(client):
    report = ET.fromstring(body(ask(client, "GetCapabilities")))
    assert report.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert "jeton d’accès" in report.findtext(".//ows:ExceptionText", namespaces=NAMESPACES)
