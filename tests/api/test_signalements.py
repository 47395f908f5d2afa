"""``/api/v1/signalements/``: who sees what, filters, pages, and one report whole."""

from datetime import date

import pytest

from layers.models import Anchor, Signalement
from tests.factories import (
    AnchorFactory,
    DesordreFactory,
    EpciFactory,
    GeocodingFactory,
    SignalementFactory,
    ZoneFactory,
    bbox,
    point,
    square,
)

URL = "/api/v1/signalements/"


def references(response) -> list[str]:
    assert response.status_code == 200, response.content
    return [feature["properties"]["reference"] for feature in response.json()["features"]]


def test_a_report_is_a_geojson_feature_with_the_fields_of_the_layer(partner_client, commune):
    report = SignalementFactory(commune=commune, reference="2026-1", geom=point(5, 5))
    response = partner_client.get(URL)
    assert response["Content-Type"] == "application/geo+json"
    assert response.json() == {
        "type": "FeatureCollection",
        "numberMatched": 1,
        "numberReturned": 1,
        "next": None,
        "previous": None,
        "features": [
            {
                "type": "Feature",
                "id": report.pk,
                "geometry": {"type": "Point", "coordinates": [3.0000652, 46.500045]},
                "properties": {
                    "id": report.pk,
                    "reference": "2026-1",
                    "statut": "ACTIVE",
                    "depose_le": "2026-03-15",
                    "ferme_le": None,
                    "commune": commune.code,
                    "precision": "numero",
                    "a_verifier": False,
                    "criticite": 10.0,
                },
            }
        ],
    }


def test_a_partner_sees_its_perimeter_and_the_administrator_sees_all(
    partner_client, other_partner_client, administrator_client, commune, other_commune
):
    SignalementFactory(commune=commune, reference="ici")
    SignalementFactory(commune=other_commune, reference="ailleurs", geom=point(5005, 5))
    assert references(partner_client.get(URL)) == ["ici"]
    assert references(other_partner_client.get(URL)) == ["ailleurs"]
    assert references(administrator_client.get(URL)) == ["ici", "ailleurs"]


def test_an_excluded_zone_is_cut_out_of_the_perimeter(partner_client, partner_user, commune):
    partner_user.partner.excluded_zones.add(ZoneFactory(geom=square(0, 0, 100)))
    SignalementFactory(commune=commune, reference="in-the-zone", geom=point(50, 50))
    SignalementFactory(commune=commune, reference="beside", geom=point(150, 50))
    assert references(partner_client.get(URL)) == ["beside"]


def test_a_user_without_a_partner_sees_no_report(signed_in, user_without_partner, commune):
    SignalementFactory(commune=commune)
    assert references(signed_in(user_without_partner).get(URL)) == []


def test_filters_add_up(partner_client, commune):
    def report(reference, day, status="ACTIVE", x=5):
        SignalementFactory(
            commune=commune, reference=reference, received_on=day, status=status, geom=point(x, 5)
        )

    report("wanted", date(2026, 2, 1))
    report("too-early", date(2026, 1, 31))
    report("too-late", date(2026, 3, 1))
    report("refused", date(2026, 2, 1), status="REFUSED")
    report("closed", date(2026, 2, 28), status="CLOSED")
    report("elsewhere", date(2026, 2, 1), x=900)
    parameters = {
        "du": "2026-02-01",
        "au": "2026-02-28",
        "statut": "ACTIVE,CLOSED",
        "bbox": bbox(0, 0, 100, 100),
    }
    assert references(partner_client.get(URL, parameters)) == ["wanted", "closed"]


def test_a_territory_is_a_commune_an_epci_or_an_iris(administrator_client, commune, other_commune):
    commune.epci = EpciFactory(code="200000001")
    commune.save()
    here = SignalementFactory(commune=commune, reference="ici")
    SignalementFactory(commune=other_commune, reference="ailleurs")
    from tests.factories import IrisFactory

    iris = IrisFactory(commune=commune, code="010990101")
    AnchorFactory(signalement=here, kind=Anchor.Kind.IRIS, place_code=iris.code)
    for code in (commune.code, "200000001", iris.code):
        assert references(administrator_client.get(URL, {"territoire": code})) == ["ici"], code


def test_pages_cover_all_reports_once(partner_client, commune):
    expected = [SignalementFactory(commune=commune).reference for _ in range(7)]
    url, seen = f"{URL}?limit=3", []
    while url:
        page = partner_client.get(url)
        seen += references(page)
        assert page.json()["numberMatched"] == 7
        url = page.json()["next"]
    assert seen == expected


def test_the_previous_link_leads_back(partner_client, commune):
    SignalementFactory.create_batch(5, commune=commune)
    first = partner_client.get(f"{URL}?limit=2").json()
    second = partner_client.get(first["next"]).json()
    third = partner_client.get(second["next"]).json()
    assert third["next"] is None
    assert partner_client.get(third["previous"]).json() == second
    assert partner_client.get(second["previous"]).json() == first


def test_a_page_costs_the_same_however_many_reports(partner_client, commune, django_assert_num_queries):
    # session, user, partner, perimeter (communes, zones, excluded zones), count, page
    for _ in range(2):
        SignalementFactory.create_batch(20, commune=commune)
        with django_assert_num_queries(3):
            partner_client.get(URL)


def test_a_later_page_costs_one_query_more(partner_client, commune, django_assert_num_queries):
    SignalementFactory.create_batch(6, commune=commune)
    with django_assert_num_queries(4):
        partner_client.get(URL, {"limit": 2, "page": 3})


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("page=0", 400, "page attend un nombre entier"),
        ("page=-1", 400, "page attend un nombre entier"),
        ("page=deux", 400, "page attend un nombre entier"),
        ("page=٣", 400, "page attend un nombre entier"),
        ("page=9999999999999999999999", 400, "page attend un nombre entier"),
        ("page=2", 404, "la dernière est la 1"),
        ("limit=0", 400, "limit attend un nombre entier"),
        ("limit=1001", 400, "limit va de 1 à 1000"),
        ("limit=1e3", 400, "limit attend un nombre entier"),
        ("du=hier", 400, "du attend une date"),
        ("au=2026-02-30", 400, "au attend une date"),
        ("statut=OUVERT", 400, "statut inconnu"),
        ("territoire=99999", 404, "aucun territoire importé"),
        ("territoire=%00", 400, "caractère de contrôle"),
        ("statuts=ACTIVE", 400, "paramètre inconnu : 'statuts'"),
        ("statut=ACTIVE&statut=CLOSED", 400, "statut est donné 2 fois"),
    ],
)
def test_a_bad_parameter_is_told_in_french(partner_client, query, status, sentence):
    response = partner_client.get(f"{URL}?{query}")
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert sentence in response.json()["detail"]


def test_the_detail_tells_the_place_and_how_it_was_found(partner_client, commune):
    report = SignalementFactory(commune=commune, description="Moisissures dans la chambre")
    GeocodingFactory(signalement=report, score=0.91)
    DesordreFactory(signalement=report, label="Humidité")
    AnchorFactory(
        signalement=report,
        kind=Anchor.Kind.PARCELLE,
        place_code="01000000AB0001",
        distance_m=3.2,
        millesime="2026-04-01",
    )
    feature = partner_client.get(f"{URL}{report.pk}/").json()
    assert feature["id"] == report.pk
    assert feature["geometry"]["coordinates"] == [3.0000652, 46.500045]
    properties = feature["properties"]
    assert properties["description"] == "Moisissures dans la chambre"
    assert properties["desordres"] == ["Humidité"]
    assert properties["geocodage"]["nature"] == "housenumber"
    assert properties["geocodage"]["score"] == 0.91
    assert properties["ancrages"] == [
        {
            "type": "parcelle",
            "code": "01000000AB0001",
            "methode": "contains",
            "score": 1.0,
            "distance_m": 3.2,
            "millesime": "2026-04-01",
            "retenu": True,
        }
    ]


def test_the_list_and_the_detail_agree(partner_client, commune):
    report = SignalementFactory(commune=commune, closed_on=date(2026, 4, 1), status="CLOSED")
    [listed] = partner_client.get(URL).json()["features"]
    detail = partner_client.get(f"{URL}{report.pk}/").json()
    assert listed["properties"].items() <= detail["properties"].items()
    assert (listed["id"], listed["geometry"]) == (detail["id"], detail["geometry"])


def test_a_report_never_geocoded_has_a_detail(partner_client, commune):
    report = SignalementFactory(commune=commune, geom=None, precision=Signalement.Precision.INCONNUE)
    feature = partner_client.get(f"{URL}{report.pk}/").json()
    assert feature["geometry"] is None
    assert feature["properties"]["geocodage"] is None


def test_a_foreign_report_answers_as_a_missing_one(partner_client, other_commune):
    foreign = SignalementFactory(commune=other_commune)
    answers = {
        (response.status_code, response.content)
        for response in (partner_client.get(f"{URL}{pk}/") for pk in (foreign.pk, 10**9, 10**30))
    }
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_the_detail_asks_three_queries_of_its_own(partner_client, commune, django_assert_num_queries):
    report = SignalementFactory(commune=commune)
    DesordreFactory.create_batch(5, signalement=report)
    with django_assert_num_queries(4):  # the reader, then report, désordres, anchors
        partner_client.get(f"{URL}{report.pk}/")
