"""The page of a report, and the queue of positions to check."""

import json
import re
from datetime import date

import pytest

from layers.models import Anchor, Geocoding, Signalement
from maps.views.place_texts import METHOD, PRECISION, confidence, review_reasons
from tests.factories import (
    AddressFactory,
    AffectationFactory,
    AnchorFactory,
    ArreteFactory,
    BatimentFactory,
    DesordreFactory,
    GeocodingFactory,
    IrisFactory,
    SignalementFactory,
    VisitFactory,
    ZoneFactory,
    point,
)


@pytest.fixture
def report(commune):
    """Make a report with everything that a page can show."""
    report = SignalementFactory(
        commune=commune,
        reference="2026-00042",
        adresse="12 bis r. des lices",
        etage="2",
        description="Moisissures\npartout",
        superficie_m2=31.5,
        nb_occupants=4,
        nb_enfants=2,
        criticite=12.34,
        etiquettes=["urgent", "enfant"],
        motif_cloture="",
        geom=point(5, 5),
    )
    DesordreFactory(signalement=report, label="Humidité")
    GeocodingFactory(
        signalement=report,
        label="12B Rue des Lices",
        score=0.87,
        ban_id=f"{commune.code}_0001_00012_bis",
        alternatives=[{"label": "12 Rue des Lisses", "score": 0.8}, {}],
    )
    iris = IrisFactory(commune=commune, nom="Les Halles")
    address = AddressFactory(voie__commune=commune, voie__nom="Rue des Lices", numero=12, rep="bis")
    zone = ZoneFactory(nom="Cœur de ville")
    batiment = BatimentFactory(commune=commune, rnb_id="PG46YY6YWCX8")
    parcelle = f"{commune.code}000AB0012"
    for kind, code, method, score, distance in (
        (Anchor.Kind.ADDRESS, address.ban_id, Anchor.Method.GEOCODER, 0.97, None),
        (Anchor.Kind.BATIMENT, batiment.code, Anchor.Method.RNB, 0.95, 2.0),
        (Anchor.Kind.PARCELLE, parcelle, Anchor.Method.CAD_PARCELLES, 0.95, 0.0),
        (Anchor.Kind.IRIS, iris.code, Anchor.Method.CONTAINS, 1.0, 0.0),
        (Anchor.Kind.ZONE, zone.code, Anchor.Method.CONTAINS, 1.0, 0.0),
        (Anchor.Kind.COMMUNE, commune.code, Anchor.Method.DECLARED, 1.0, None),
    ):
        AnchorFactory(
            signalement=report, kind=kind, place_code=code, method=method, score=score, distance_m=distance
        )
    AnchorFactory(
        signalement=report,
        kind=Anchor.Kind.PARCELLE,
        place_code=f"{commune.code}000AB0013",
        method=Anchor.Method.NEAREST,
        score=0.4,
        distance_m=12.5,
        is_best=False,
    )
    ArreteFactory(commune=commune, idu=parcelle, taken_on=date(2025, 6, 1))
    ArreteFactory(commune=commune, taken_on=date(2024, 6, 1))
    return report


def page_of(client, report) -> str:
    response = client.get(f"/signalements/{report.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_everything_known(partner_client, report):
    page = page_of(partner_client, report).replace("\u00a0", " ")
    for said in (
        "Signalement 2026-00042",
        "En cours",
        "15 mars 2026",
        "12 bis r. des lices",
        "étage 2",
        "12B Rue des Lices",
        "0,87 sur 1 (probable)",
        "Numéro dans la voie",
        "12 Rue des Lisses",
        "12bis Rue des Lices",
        "identifiée par le géocodeur",
        "déclarée par la Base adresse nationale",
        "à 12,5 m, incertain (0,40)",
        "retenu",
        "bâti dur, RNB PG46YY6YWCX8",
        "Les Halles",
        "Cœur de ville (quartier prioritaire (QPV))",
        "code écrit dans le signalement",
        "Humidité",
        "Moisissures<br>partout",
        "31,5 m²",
        "4, dont 2 enfants",
        "12,3 sur 100",
        "urgent, enfant",
        "pris le 1er juin 2025",
    ):
        assert said in page, said
    assert "2024" not in page


def test_places_go_from_the_door_to_the_commune(partner_client, report):
    page = page_of(partner_client, report)
    kinds = re.findall(r"<h3>([^<]+)</h3>", page)
    assert kinds == ["Adresse", "Bâtiment", "Parcelle", "IRIS", "Périmètre", "Commune"]


def test_the_map_gets_the_point_and_the_retained_parcelle(partner_client, report, commune):
    page = page_of(partner_client, report)
    config = json.loads(re.search(r'<script id="map-config"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert config["point"] == pytest.approx([report.geom.x, report.geom.y])
    assert config["parcelles"] == [f"{commune.code}000AB0012"]
    assert f"#carte=17/{report.geom.y}/{report.geom.x}" in page


def test_a_report_without_a_position_has_no_map(partner_client, commune):
    report = SignalementFactory(commune=commune, geom=None, precision=Signalement.Precision.INCONNUE)
    page = page_of(partner_client, report)
    assert "maplibre" not in page
    assert "n’est pas sur la carte" in page


def test_a_bare_report_has_its_page(partner_client, commune):
    report = SignalementFactory(
        commune=commune, adresse="", ville="", code_postal="", criticite=None, description=""
    )
    page = page_of(partner_client, report)
    assert "non renseignée" in page
    assert "Aucun lieu" in page


def test_what_may_not_be_seen_is_what_does_not_exist(other_partner_client, partner_client, report):
    hidden = other_partner_client.get(f"/signalements/{report.pk}/")
    missing = other_partner_client.get(f"/signalements/{report.pk + 10_000}/")
    assert (hidden.status_code, missing.status_code) == (404, 404)

    def body(response):
        return re.sub(rb'(nonce|csrfmiddlewaretoken"? value)="[^"]*"', b"", response.content)

    assert body(hidden) == body(missing)
    assert partner_client.get(f"/signalements/{report.pk}/").status_code == 200


def test_the_page_tells_the_visits_the_partners_and_the_orders_of_the_address(
    partner_client, report, commune
):
    VisitFactory(
        signalement=report,
        partner="SCHS de test",
        conclusions=["INSALUBRITE", "RSD"],
        visited_on=date(2025, 4, 3),
    )
    VisitFactory(partner="ailleurs")
    AffectationFactory(signalement=report, partner="Ville de test", affected_on=date(2025, 3, 2))
    AnchorFactory(signalement=report, kind=Anchor.Kind.ADDRESS, place_code="36901_0099_00012")
    ArreteFactory(commune=commune, idu="", adresse="12 rue de l’Arrêté", ban_id="36901_0099_00012")
    page = page_of(partner_client, report)
    for told in (
        "SCHS de test",
        "3 avril 2025",
        "insalubrité, infraction RSD",
        "terminée",
        "Ville de test",
        "2 mars 2025",
    ):
        assert told in page
    assert "12 rue de l’Arrêté" in page
    assert "ailleurs" not in page


def test_the_page_takes_a_fixed_number_of_queries(
    partner_client, report, commune, django_assert_max_num_queries
):
    with django_assert_max_num_queries(18) as few:
        page_of(partner_client, report)
    for n in range(10):
        AnchorFactory(signalement=report, kind=Anchor.Kind.ZONE, place_code=ZoneFactory().code)
        DesordreFactory(signalement=report)
        VisitFactory(signalement=report)
        AffectationFactory(signalement=report)
        ArreteFactory(commune=commune, idu=f"{commune.code}000AB0012", taken_on=date(2020, 1, n + 1))
    with django_assert_max_num_queries(len(few.captured_queries)):
        page_of(partner_client, report)


def test_the_queue_has_the_positions_to_check_oldest_first(partner_client, commune):
    new = SignalementFactory(commune=commune, reference="new", needs_review=True)
    old = SignalementFactory(
        commune=commune, reference="old", needs_review=True, received_on=date(2024, 1, 1)
    )
    SignalementFactory(commune=commune, reference="sure")
    GeocodingFactory(signalement=new, kind=Geocoding.Kind.STREET, score=0.61, label="Rue des Lices")
    page = partner_client.get("/a-verifier/").content.decode()
    assert re.findall(rf'href="/a-verifier/(?:{old.pk}|{new.pk})/">(\w+)', page) == ["old", "new"]
    assert "sure</a>" not in page
    assert "2 signalements à vérifier" in page
    assert "0,61" in page
    assert "La rue a été trouvée, pas le numéro" in page
    assert "L’adresse déclarée n’a pas été trouvée" in page


def test_the_queue_is_paged_and_keeps_to_the_perimeter(
    partner_client, other_partner_client, commune, django_assert_max_num_queries
):
    for _ in range(51):
        GeocodingFactory(signalement=SignalementFactory(commune=commune, needs_review=True))
    with django_assert_max_num_queries(11):
        page = partner_client.get("/a-verifier/?page=2").content.decode()
    assert page.count('<th scope="row">') == 1
    assert "Page 2 sur 2" in page
    assert "Aucune position à vérifier" in other_partner_client.get("/a-verifier/").content.decode()


def test_a_report_out_of_the_declared_commune_says_so():
    report = SignalementFactory.build(commune=None, code_insee="36901", needs_review=True)
    geocoding = GeocodingFactory.build(signalement=report, ban_id="36902_0001_00001", score=0.95)
    assert review_reasons(report, geocoding) == ["l’adresse trouvée n’est pas dans la commune déclarée"]


def test_a_rival_as_good_is_named():
    report = SignalementFactory.build(commune=None, needs_review=True)
    rival = {"label": "22 Rue du Moulin", "score": 0.98, "kind": "housenumber", "ban_id": "b"}
    found = {"score": 1.0, "ban_id": "a", "signalement": report}
    geocoding = GeocodingFactory.build(alternatives=[rival], **found)
    assert review_reasons(report, geocoding) == ["une autre adresse répond aussi bien : 22 Rue du Moulin"]
    weaker = GeocodingFactory.build(alternatives=[rival | {"score": 0.9}], **found)
    assert "aussi bien" not in review_reasons(report, weaker)[0]


def test_a_declared_point_far_from_the_one_kept_is_told(partner_client, commune):
    report = SignalementFactory(
        commune=commune, needs_review=True, geom=point(5, 5), declared_geom=point(505, 5)
    )
    GeocodingFactory(signalement=report, score=1.0)
    page = partner_client.get("/a-verifier/").content.decode()
    told = re.compile(r"a position déclarée par la source est à (49|50)\d m")
    assert told.search(page)
    assert told.search(page_of(partner_client, report))


def test_there_is_always_a_reason():
    report = SignalementFactory.build(commune=None, needs_review=True)
    assert review_reasons(report, GeocodingFactory.build(signalement=report, score=0.99))
    assert review_reasons(report, None)


def test_each_method_and_precision_has_its_sentence():
    assert set(METHOD) == set(Anchor.Method)
    assert set(PRECISION) == set(Signalement.Precision)
    assert [confidence(score) for score in (1, 0.9, 0.89, 0.6, 0.59, 0)] == [
        "sûr", "sûr", "probable", "probable", "incertain", "incertain",
    ]  # fmt: skip


def test_a_link_tells_the_edition_of_its_place(partner_client, report):
    Anchor.objects.filter(kind=Anchor.Kind.PARCELLE, is_best=True).update(millesime="2026-04-01")
    assert "édition du 01/04/2026" in page_of(partner_client, report)
