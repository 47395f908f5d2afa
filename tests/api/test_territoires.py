"""``/api/v1/territoires/``: communes, EPCI and IRIS in one list."""

from datetime import date

import pytest
from shapely.geometry import shape

from tests.factories import CommuneFactory, EpciFactory, IrisFactory, bbox, square

URL = "/api/v1/territoires/"


@pytest.fixture
def territory(db):
    """Two communes side by side in one EPCI, an IRIS in the first, and a commune far away alone."""
    epci = EpciFactory(code="200000001", nom="Pays d’ici")
    west = CommuneFactory(code="01001", nom="Ouest", epci=epci, geom=square(0, 0, 1000))
    CommuneFactory(code="01002", nom="Est", epci=epci, geom=square(1000, 0, 1000))
    CommuneFactory(code="01003", nom="Loin", geom=square(50_000, 0, 1000))
    IrisFactory(code="010010101", nom="Centre", commune=west, geom=square(0, 0, 500))
    EpciFactory(code="200000009", nom="Sans commune importée")


def codes(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [feature["id"] for feature in response.json()["features"]]


def test_the_three_kinds_come_in_a_stable_order(partner_client, territory, commune):
    listed = codes(partner_client.get(URL))
    assert listed == ["01001", "01002", "01003", commune.code, "200000001", "010010101"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("commune", ["01001", "01002", "01003"]), ("epci", ["200000001"]), ("iris", ["010010101"])],
)
def test_one_kind_alone(administrator_client, territory, kind, expected):
    assert codes(administrator_client.get(URL, {"type": kind})) == expected


def test_the_extent_keeps_what_it_touches(administrator_client, territory):
    assert codes(administrator_client.get(URL, {"bbox": bbox(1100, 0, 50, 50)})) == ["01002", "200000001"]


def test_pages_run_across_the_kinds(administrator_client, territory):
    first = administrator_client.get(URL, {"limit": 4})
    second = administrator_client.get(first.json()["next"])
    assert first.json()["numberMatched"] == 5
    assert codes(first) == ["01001", "01002", "01003", "200000001"]
    assert codes(second) == ["010010101"]


def test_a_commune_has_its_epci_and_its_outline(administrator_client, territory):
    feature = administrator_client.get(f"{URL}01001/").json()
    assert feature["properties"] == {
        "code": "01001",
        "nom": "Ouest",
        "departement": "01",
        "epci": "200000001",
        "population": 1000,
        "type": "commune",
    }
    assert feature["geometry"]["type"] == "MultiPolygon"


def test_an_epci_is_drawn_by_its_communes(administrator_client, territory):
    feature = administrator_client.get(f"{URL}200000001/").json()
    assert feature["properties"]["type"] == "epci"
    outline = shape(feature["geometry"])
    parts = [
        shape(administrator_client.get(f"{URL}{code}/").json()["geometry"]) for code in ("01001", "01002")
    ]
    assert outline.area == pytest.approx(sum(part.area for part in parts), rel=1e-6)
    assert all(outline.buffer(1e-6).covers(part) for part in parts)


def test_the_list_and_the_detail_agree(administrator_client, territory):
    for feature in administrator_client.get(URL).json()["features"]:
        assert administrator_client.get(f"{URL}{feature['id']}/").json() == feature


def test_a_page_costs_a_query_a_kind(administrator_client, territory, django_assert_num_queries):
    CommuneFactory.create_batch(10)
    with django_assert_num_queries(6):  # who reads, count, references, communes, EPCI, IRIS
        administrator_client.get(URL)


def test_an_iris_that_left_the_register_is_in_no_list(administrator_client, territory):
    IrisFactory(code="010010199", commune__code="01004", closed_on=date(2026, 1, 1))
    assert "010010199" not in codes(administrator_client.get(URL, {"type": "iris"}))


@pytest.mark.parametrize(
    ("path", "status", "sentence"),
    [
        ("?type=departement", 400, "type inconnu"),
        ("?bbox=1,2,3", 400, "quatre nombres"),
        ("?territoire=01001", 400, "paramètre inconnu"),
        ("99999/", 404, "aucun territoire importé"),
        ("01001/?type=commune", 400, "paramètre inconnu"),
    ],
)
def test_a_bad_request_is_told_in_french(administrator_client, territory, path, status, sentence):
    response = administrator_client.get(f"{URL}{path}")
    assert response.status_code == status
    assert sentence in response.json()["detail"]
