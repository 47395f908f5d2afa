"""``/api/v1/lieux/``: one object, the same facts as the page."""

import pytest
from django.urls import reverse

from tests.factories import (
    AnchorFactory,
    ArreteFactory,
    ParcelleFactory,
    SignalementFactory,
    VisitFactory,
    square,
)

IDU = "01001000AB0012"


@pytest.fixture
def report(commune):
    ParcelleFactory(commune=commune, idu=IDU, geom=square(0, 0, 10))
    report = SignalementFactory(commune=commune, reference="2026-00042")
    AnchorFactory(signalement=report, kind="parcelle", place_code=IDU)
    VisitFactory(signalement=report)
    ArreteFactory(commune=commune, idu=IDU)
    return report


def test_a_place_is_a_feature_with_its_timeline(partner_client, report):
    answer = partner_client.get(reverse("api-lieu", args=["parcelle", IDU]))
    assert answer.headers["Content-Type"] == "application/geo+json"
    feature = answer.json()
    assert (feature["type"], feature["id"], feature["geometry"]["type"]) == ("Feature", IDU, "MultiPolygon")
    properties = feature["properties"]
    assert [event["nature"] for event in properties["evenements"]] == ["signalement", "arrete", "visite"]
    assert properties["evenements"][0]["signalement"] == report.pk
    assert properties["chiffres"]["arretes_10_ans_sans_mainlevee"] == 1


def test_the_answer_has_the_described_members(partner_client, report):
    document = partner_client.get(
        reverse("schema"), headers={"Accept": "application/vnd.oai.openapi+json"}
    ).json()
    described = document["paths"]["/api/v1/lieux/{kind}/{code}/"]["get"]["responses"]["200"]["content"]
    schema = described["application/geo+json"]["schema"]["properties"]["properties"]["properties"]
    properties = partner_client.get(reverse("api-lieu", args=["parcelle", IDU])).json()["properties"]
    assert properties.keys() == schema.keys()
    for name in ("evenements", "faits"):
        assert properties[name][0].keys() == schema[name]["items"]["properties"].keys()
    assert properties["chiffres"].keys() == schema["chiffres"]["properties"].keys()


@pytest.mark.parametrize("path", [("parcelle", "nulle-part"), ("lac", IDU)])
def test_an_unknown_place_is_a_problem(partner_client, report, path):
    answer = partner_client.get(reverse("api-lieu", args=path))
    assert (answer.status_code, answer.json()["type"]) == (404, "UnknownPlace")


def test_what_the_reader_may_not_see_is_neither_there_nor_counted(signed_in, other_partner_user, report):
    answer = signed_in(other_partner_user).get(reverse("api-lieu", args=["parcelle", IDU]))
    properties = answer.json()["properties"]
    assert (properties["evenements"], properties["voisins"]) == ([], [])
    assert set(properties["chiffres"].values()) == {0}
