"""``/api/v1/agregats/``: the figures of each unit, inside the perimeter of who asks."""

from datetime import date

import pytest
from shapely.geometry import shape

from layers.models import Anchor
from tests.factories import (
    AddressFactory,
    AnchorFactory,
    CommuneFactory,
    DesordreFactory,
    IndicatorFactory,
    IrisFactory,
    SectionFactory,
    SignalementFactory,
    VoieFactory,
    ZoneFactory,
    point,
    rectangle,
    square,
)

URL = "/api/v1/agregats/"
WEST, EAST, ELSEWHERE = "010010001", "010010002", "020010001"


@pytest.fixture
def town(commune):
    """Cut the partner's commune in two IRIS of 100 and 300 dwellings; beside it another commune with its own IRIS.

    In the west two reports of one dwelling and one of another; in the east one, of a later year; elsewhere one.
    """
    commune.geom = square(0, 0, 1000)
    commune.save()
    other = CommuneFactory(code="02001", nom="Ailleurs", geom=square(3000, 0, 1000))
    for place, code, x, width, dwellings in (
        (commune, WEST, 0, 500, 100),
        (commune, EAST, 500, 500, 300),
        (other, ELSEWHERE, 3000, 1000, 50),
    ):
        IrisFactory(commune=place, code=code, geom=rectangle(x, 0, width, 1000))
        IndicatorFactory(territoire_code=code, value=dwellings)
        AddressFactory(voie=VoieFactory(commune=place), geom=point(x + 50, 100))
    for place, iris, building, x, day in (
        (commune, WEST, "B1", 50, date(2024, 3, 1)),
        (commune, WEST, "B1", 50, date(2024, 6, 1)),
        (commune, WEST, "B2", 60, date(2024, 6, 1)),
        (commune, EAST, "B3", 550, date(2025, 6, 1)),
        (other, ELSEWHERE, "B4", 3050, date(2019, 6, 1)),
    ):
        report = SignalementFactory(commune=place, geom=point(x, 100), received_on=day)
        AnchorFactory(signalement=report, place_code=iris)
        AnchorFactory(signalement=report, kind=Anchor.Kind.BATIMENT, place_code=building)
        if building == "B2":
            DesordreFactory(signalement=report, label="Moisissures, humidité")
    return commune


def asked(client, **query) -> dict[str, tuple]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    names = ("signalements", "logements_signales", "logements", "taux_pour_1000")
    return {
        feature["id"]: tuple(feature["properties"][name] for name in names)
        for feature in response.json()["features"]
    }


def test_an_iris_has_its_reports_its_dwellings_and_its_rate(partner_client, town):
    assert asked(partner_client, unite="iris") == {WEST: (3, 2, 100, 20), EAST: (1, 1, 300, 3.33)}


def test_a_commune_is_the_sum_and_nothing_of_the_others(partner_client, administrator_client, town):
    assert asked(partner_client, unite="commune") == {town.code: (4, 3, 400, 7.5)}
    assert asked(administrator_client, unite="commune") == {
        town.code: (4, 3, 400, 7.5),
        "02001": (1, 1, 50, 20),
    }


@pytest.mark.parametrize(
    ("filters", "counted"),
    [
        ({"du": "2024-06-01"}, (3, 3)),
        ({"au": "2024-05-31"}, (1, 1)),
        ({"statut": "CLOSED"}, (0, 0)),
        ({"famille": "humidite"}, (1, 1)),
    ],
)
def test_the_filters_choose_the_reports_and_leave_the_dwellings(partner_client, town, filters, counted):
    [figures] = asked(partner_client, unite="commune", **filters).values()
    assert figures[:3] == (*counted, 400)


def test_every_kind_of_unit_is_answered_with_its_outline(partner_client, town):
    ZoneFactory(code="QN1", geom=rectangle(0, 0, 1000, 200))
    ZoneFactory(code="OP1", type="OPAH", geom=rectangle(0, 0, 1000, 300))
    SectionFactory(commune=town, code=f"{town.code}000AB", geom=square(0, 0, 1000))
    areas = {"iris": WEST, "commune": town.code, "zone": "QN1", "section": f"{town.code}000AB"}
    for unit, code in areas.items():
        found = {
            feature["id"]: feature for feature in partner_client.get(URL, {"unite": unit}).json()["features"]
        }
        assert shape(found[code]["geometry"]).is_valid, unit
        west, south, *_ = shape(found[code]["geometry"]).bounds
        assert (west, south) == pytest.approx((point(0, 0).x, point(0, 0).y), abs=1e-6), unit
    squares = partner_client.get(URL, {"unite": "carreau"}).json()["features"]
    assert sum(found["properties"]["signalements"] for found in squares) == 4
    assert set(asked(partner_client, unite="zone", type_perimetre="OPAH")) == {"OP1"}


def test_pages_follow_each_other_and_tell_the_same(partner_client, town):
    first = partner_client.get(URL, {"unite": "iris", "limit": 1, "geometrie": "non"}).json()
    second = partner_client.get(first["next"]).json()
    assert (first["numberMatched"], second["next"]) == (2, None)
    assert [page["features"][0]["id"] for page in (first, second)] == [WEST, EAST]
    assert first["features"][0]["geometry"] is None
    assert second["features"][0]["properties"]["logements"] == 300


def test_a_territory_keeps_its_units(administrator_client, town):
    assert set(asked(administrator_client, unite="iris", territoire="02001")) == {ELSEWHERE}


def test_outside_any_perimeter_there_is_nothing(signed_in, user_without_partner, partner_client, town):
    assert asked(signed_in(user_without_partner), unite="iris") == {}
    response = partner_client.get(URL, {"unite": "iris", "territoire": "02001"})
    assert (response.status_code, response.json()["detail"]) == (
        400,
        "ce territoire est hors de votre périmètre",
    )


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"unite": "lune"},
        {"unite": "iris", "type_perimetre": "QPV"},
        {"unite": "zone", "type_perimetre": "lac"},
        {"unite": "iris", "famille": "or"},
        {"unite": "iris", "geometrie": "peut-être"},
        {"unite": "iris", "du": "hier"},
        {"unite": "iris", "bbox": "1,2,3,4"},
    ],
)
def test_what_is_not_understood_is_refused_in_french(partner_client, town, query):
    response = partner_client.get(URL, query)
    assert response.status_code == 400
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]


def test_a_second_reading_is_not_sent_again(partner_client, town):
    first = partner_client.get(URL, {"unite": "iris"})
    again = partner_client.get(URL, {"unite": "iris"}, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_number_of_queries_does_not_follow_the_units(partner_client, town, django_assert_max_num_queries):
    for n in range(3, 9):
        IrisFactory(commune=town, code=f"01001000{n}", geom=rectangle(0, 1000 * n, 500, 500))
    with django_assert_max_num_queries(16):
        assert len(asked(partner_client, unite="iris")) == 8
