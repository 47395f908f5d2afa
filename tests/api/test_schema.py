"""The OpenAPI document says what the API does, and its page needs nothing inline."""

import re

import pytest
from django.urls import reverse

from layers.registry import LAYERS
from tests.factories import AnalysisRunFactory, IrisResultFactory, SignalementFactory

JSON = {"Accept": "application/vnd.oai.openapi+json"}


@pytest.fixture
def document(partner_client):
    return partner_client.get(reverse("schema"), headers=JSON).json()


def test_every_address_of_the_api_is_described_in_french(document):
    described = {path for path in document["paths"] if path.startswith("/api/v1/")}
    assert described == set(document["paths"])
    assert len(described) == 10
    for path in document["paths"].values():
        assert path.keys() == {"get"}
        operation = path["get"]
        assert operation["summary"]
        assert "description" not in operation
        assert "401" in operation["responses"]
        assert {"jeton": []} in operation["security"]


@pytest.mark.parametrize(
    ("path", "layer"), [("/api/v1/signalements/", "signalements"), ("/api/v1/iris/", "iris_taux")]
)
def test_the_properties_of_a_list_are_those_of_its_layer(document, path, layer):
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/geo+json"]["schema"]
    feature = schema["properties"]["features"]["items"]
    assert list(feature["properties"]["properties"]["properties"]) == list(LAYERS[layer].fields)


@pytest.mark.parametrize("path", ["signalements", "iris", "territoires", "analyses"])
def test_an_answer_has_the_described_members(partner_client, commune, document, path):
    report = SignalementFactory(commune=commune)
    IrisResultFactory(iris__commune=commune)
    AnalysisRunFactory()
    content = document["paths"][f"/api/v1/{path}/"]["get"]["responses"]["200"]["content"]
    schema = resolved(document, next(iter(content.values()))["schema"])
    answer = partner_client.get(f"/api/v1/{path}/").json()
    assert answer.keys() == schema["properties"].keys()
    detail = resolved(
        document,
        document["paths"]["/api/v1/signalements/{id}/"]["get"]["responses"]["200"]["content"][
            "application/geo+json"
        ]["schema"],
    )
    feature = partner_client.get(f"/api/v1/signalements/{report.pk}/").json()
    assert feature.keys() == detail["properties"].keys()


def resolved(document: dict, schema: dict) -> dict:
    if "$ref" in schema:
        return document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def test_the_page_has_no_inline_script_or_style(partner_client):
    page = partner_client.get(reverse("api-docs"))
    html = page.content.decode()
    assert '<html lang="fr">' in html
    assert "<style" not in html
    assert " style=" not in html
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"(?:src|href)=\"https?:", html)
    assert "'unsafe-inline'" not in page["Content-Security-Policy"]


def test_the_script_of_the_page_names_the_document(partner_client):
    [script] = re.findall(
        r'<script src="([^"]*script=)"', partner_client.get(reverse("api-docs")).content.decode()
    )
    response = partner_client.get(script)
    assert response["Content-Type"] == "application/javascript"
    assert reverse("schema") in response.content.decode().replace("\\u002D", "-")
