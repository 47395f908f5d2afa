"""The records against the constraints of DCAT-AP 3 (its SHACL shapes, told again here for what we publish)."""

from collections.abc import Iterator
from datetime import date

import pytest

from layers.provenance import PRODUCERS
from layers.registry import LAYERS
from tests.factories import ImportRunFactory

PREFIXES = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "prov": "http://www.w3.org/ns/prov#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "gsp": "http://www.opengis.net/ont/geosparql#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
}
NEEDED = {
    "dcat:Catalog": {"dct:title", "dct:description", "dct:publisher", "dcat:dataset"},
    "dcat:Dataset": {"dct:title", "dct:description"},
    "dcat:Distribution": {"dcat:accessURL"},
    "foaf:Agent": {"foaf:name"},
    "skos:Concept": {"skos:prefLabel"},
}
RANGES = {
    "dct:publisher": "foaf:Agent",
    "dct:language": "dct:LinguisticSystem",
    "dct:license": "dct:LicenseDocument",
    "dct:accessRights": "dct:RightsStatement",
    "dct:conformsTo": "dct:Standard",
    "dct:spatial": "dct:Location",
    "dcat:theme": "skos:Concept",
    "dcat:contactPoint": "vcard:Kind",
    "dcat:dataset": "dcat:Dataset",
    "dcat:distribution": "dcat:Distribution",
    "dcat:accessURL": "rdfs:Resource",
    "dcat:mediaType": "dct:MediaType",
}
ONCE = {
    "dct:publisher",
    "dct:license",
    "dct:accessRights",
    "dct:modified",
    "dct:issued",
    "dcat:mediaType",
    "dcat:bbox",
}
TEXTS = {"dct:title", "dct:description", "dcat:keyword", "foaf:name", "skos:prefLabel"}
DAYS = {"dct:modified", "dct:issued"}
OTHERS = {"dct:identifier", "vcard:fn", "prov:wasDerivedFrom"}


def values(found: object) -> list:
    return found if isinstance(found, list) else [found]


def nodes(node: dict) -> Iterator[dict]:
    """Give a node and all those in it, literals left out."""
    if "@value" in node:
        return
    yield node
    for name, found in node.items():
        if not name.startswith("@"):
            for value in values(found):
                if isinstance(value, dict):
                    yield from nodes(value)


def wrong_of(node: dict) -> list[str]:
    """Say what DCAT-AP would refuse of a node."""
    kinds = values(node.get("@type", []))
    wrong = [f"without {name}" for kind in kinds for name in NEEDED.get(kind, set()) - node.keys()]
    for name, found in node.items():
        if name.startswith("@"):
            continue
        given = values(found)
        if name in ONCE and len(given) != 1:
            wrong.append(f"{len(given)} {name}")
        if name in RANGES:
            wrong += [f"{name} {value}" for value in given if RANGES[name] not in values(value.get("@type"))]
        elif name in TEXTS:
            languages = [value["@language"] for value in given]
            wrong += [f"{name} empty" for value in given if not value["@value"].strip()]
            wrong += [
                f"{name} twice"
                for _ in languages
                if name != "dcat:keyword" and len(set(languages)) < len(given)
            ]
        elif name in DAYS:
            wrong += [f"{name} {value}" for value in given if value["@type"] != "xsd:date" or not day(value)]
        elif name not in OTHERS | {"dcat:bbox"}:
            wrong.append(f"{name} is not known here")
    return [f"{kinds}: {text}" for text in wrong]


def day(value: dict) -> date:
    return date.fromisoformat(value["@value"])


@pytest.fixture
def all_imported(db):
    """Every source was imported once: each layer tells all those it may come from."""
    for producers in PRODUCERS.values():
        for producer in producers:
            ImportRunFactory(source=producer.source, millesime=date(2026, 4, 1))


def test_the_catalogue_keeps_the_constraints(all_imported, partner_client):
    catalogue = partner_client.get("/catalogue.jsonld").json()
    context = catalogue.pop("@context")
    assert context == PREFIXES
    found = list(nodes(catalogue))
    assert {dataset["dct:identifier"] for dataset in catalogue["dcat:dataset"]} == LAYERS.keys()
    assert sum("dcat:Distribution" in values(node["@type"]) for node in found) == 5 * len(LAYERS)
    assert [text for node in found for text in wrong_of(node)] == []


def test_a_layer_of_two_licences_tells_both_in_one(all_imported, partner_client):
    told = partner_client.get("/catalogue/perimetres.jsonld").json()
    licences = {source["dct:license"].get("@id", "other") for source in told["prov:wasDerivedFrom"]}
    assert len(licences) > 1
    for way in told["dcat:distribution"]:
        assert way["dct:license"]["dct:title"]["@value"].startswith("Licence Ouverte 2.0 ; ")


def test_the_addresses_of_a_vocabulary_are_absolute(all_imported, partner_client):
    for node in nodes(partner_client.get("/catalogue.jsonld").json()):
        assert node.get("@id", "http://").startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "spoilt",
    [
        {"@type": "dcat:Dataset", "dct:title": {"@language": "fr", "@value": "x"}},
        {"@type": "dcat:Distribution", "dcat:accessURL": {"@id": "http://x"}},
        {
            "@type": "foaf:Agent",
            "foaf:name": [{"@language": "fr", "@value": "x"}, {"@language": "fr", "@value": "y"}],
        },
        {"@type": "dct:Location", "dct:license": [{"@type": "dct:LicenseDocument"}] * 2},
    ],
)
def test_the_constraints_can_be_broken(spoilt):
    assert wrong_of(spoilt)
