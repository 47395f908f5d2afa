"""``/api/v1/iris/``: the rates of the newest run, inside the reader's communes."""

import pytest

from tests.factories import (
    AnalysisRunFactory,
    EpciFactory,
    IrisFactory,
    IrisResultFactory,
    bbox,
    square,
)

URL = "/api/v1/iris/"


@pytest.fixture
def iris(commune):
    return IrisFactory(commune=commune, code="010000101", nom="Centre", geom=square(0, 0, 500))


def test_an_iris_carries_its_rate_and_its_uncertainty(partner_client, iris):
    result = IrisResultFactory(iris=iris)
    [feature] = partner_client.get(URL).json()["features"]
    assert feature["id"] == "010000101"
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert feature["properties"] == {
        "code": "010000101",
        "nom": "Centre",
        "commune": iris.commune_id,
        "analyse": result.run_id,
        "signalements": 12,
        "logements": 1000.0,
        "taux": 12.0,
        "taux_lisse": 10.5,
        "borne_basse": 6.2,
        "borne_haute": 20.9,
        "probabilite": 0.7,
        "z": 0.4,
        "p": 0.69,
        "q": 0.9,
        "classe": "non_significatif",
    }


def test_only_the_newest_run_counts(partner_client, iris):
    IrisResultFactory(iris=iris, cases=1)
    newest = IrisResultFactory(iris=iris, cases=2)
    AnalysisRunFactory(method="another")
    features = partner_client.get(URL).json()["features"]
    assert [feature["properties"]["analyse"] for feature in features] == [newest.run_id]


def test_a_partner_reads_the_rates_of_its_communes_only(partner_client, other_commune, iris):
    run = IrisResultFactory(iris=iris).run
    IrisResultFactory(iris=IrisFactory(commune=other_commune), run=run)
    assert [feature["id"] for feature in partner_client.get(URL).json()["features"]] == ["010000101"]


def test_an_iris_without_dwellings_has_no_rate_and_not_zero(partner_client, iris):
    IrisResultFactory(
        iris=iris, dwellings=None, rate_per_1000=None, smoothed_per_1000=None, hotspot="non_teste"
    )
    [feature] = partner_client.get(URL).json()["features"]
    assert feature["properties"]["taux"] is None
    assert feature["properties"]["classe"] == "non_teste"


def test_before_the_first_analysis_the_list_is_empty(partner_client, iris):
    page = partner_client.get(URL).json()
    assert (page["numberMatched"], page["features"]) == (0, [])


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"territoire": "010000101"}, 1),
        ({"territoire": "200000001"}, 2),
        ({"bbox": bbox(600, 600, 10, 10)}, 1),
        ({"bbox": bbox(600, 600, 10, 10), "territoire": "010000101"}, 0),
    ],
)
def test_place_filters(partner_client, commune, iris, parameters, expected):
    commune.epci = EpciFactory(code="200000001")
    commune.save()
    run = IrisResultFactory(iris=iris).run
    IrisResultFactory(iris=IrisFactory(commune=commune, geom=square(500, 500, 500)), run=run)
    assert partner_client.get(URL, parameters).json()["numberMatched"] == expected


def test_a_page_costs_the_same_however_many_iris(partner_client, commune, django_assert_num_queries):
    run = AnalysisRunFactory()
    for _ in range(2):
        for _ in range(5):
            IrisResultFactory(run=run, iris__commune=commune)
        with django_assert_num_queries(3):  # who reads, count, page
            partner_client.get(URL)


@pytest.mark.parametrize(
    ("query", "status"), [("territoire=nulle-part", 404), ("bbox=nan,0,1,1", 400), ("statut=ACTIVE", 400)]
)
def test_a_bad_parameter_is_refused(partner_client, query, status):
    assert partner_client.get(f"{URL}?{query}").status_code == status
