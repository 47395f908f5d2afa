"""``/api/v1/indicateurs/``: the figures of the IRIS, which are the same for whoever is signed in."""

import pytest

from tests.factories import CommuneFactory, EpciFactory, IndicatorFactory, IrisFactory, bbox, square

URL = "/api/v1/indicateurs/"


@pytest.fixture
def iris(db):
    """Two IRIS of two communes of one EPCI, of 100 and of 40 dwellings, 5 km apart."""
    epci = EpciFactory(code="200000001")
    for code, x, dwellings in (("010010001", 0, 100), ("010020001", 5000, 40)):
        IrisFactory(
            code=code,
            commune=CommuneFactory(code=code[:5], epci=epci, geom=square(x, 0, 1000)),
            geom=square(x, 0, 1000),
        )
        IndicatorFactory(territoire_code=code, value=dwellings)


def asked(client, **query) -> dict[str, float]:
    response = client.get(URL, query)
    assert response.status_code == 200, response.content
    return {found["id"]: found["properties"]["LOG"] for found in response.json()["features"]}


def test_each_iris_has_its_figures_under_their_own_codes(partner_client, iris):
    assert asked(partner_client) == {"010010001": 100, "010020001": 40}


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ({"territoire": "01001"}, {"010010001"}),
        ({"territoire": "010020001"}, {"010020001"}),
        ({"territoire": "200000001"}, {"010010001", "010020001"}),
        ({"bbox": bbox(5100, 100, 10, 10)}, {"010020001"}),
    ],
)
def test_a_place_keeps_its_iris(partner_client, iris, query, codes):
    assert set(asked(partner_client, **query)) == codes


def test_the_number_of_queries_does_not_follow_the_rows(partner_client, iris, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        assert asked(partner_client)
    for n in range(3, 9):
        IrisFactory(code=f"01001000{n}")
    with django_assert_max_num_queries(6):
        assert len(asked(partner_client)) == 8
