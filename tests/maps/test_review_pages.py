"""The queue of positions to check, and the page that places a report."""

import json
import logging
import re
from datetime import date

import pytest
from django.test import Client

from layers.models import Geocoding, PlaceChoice, Signalement
from layers.scope import Scope
from layers.selectors.review import REASONS, reason_counts, reports_to_review
from maps.views.place_texts import MOTIFS, reasons_of
from tests.factories import (
    AddressFactory,
    EpciFactory,
    GeocodingFactory,
    SignalementFactory,
    VoieFactory,
    point,
)

Kind = PlaceChoice.Kind
# Each motif, and a piece of the sentence that the page says for it
SENTENCES = {
    "modifiee": "a changé depuis",
    "introuvable": "n’a pas été trouvée",
    "commune": "seule la commune",
    "voie": "la rue a été trouvée",
    "ailleurs": "n’est pas dans la commune déclarée",
    "rivale": "une autre adresse répond aussi bien",
    "eloignee": "la position déclarée par la source est à",
    "ressemblance": "ressemblance de",
    "lecture": "se lit de plusieurs façons",
}


def to_review(commune, reference="A", geocoding=True, **fields):
    report = SignalementFactory(
        commune=commune, reference=reference, needs_review=True, code_insee=commune.code, **fields
    )
    if geocoding:
        given = geocoding if isinstance(geocoding, dict) else {}
        GeocodingFactory(
            signalement=report, **{"ban_id": f"{commune.code}_0001_00001", "point": point(8, 8)} | given
        )
    return report


@pytest.fixture
def report(commune):
    """Make a report with three answers."""
    commune.epci = EpciFactory()
    commune.save()
    alternatives = [
        {
            "ban_id": f"{commune.code}_000{n}_00012",
            "label": f"12 Rue {n}",
            "kind": "housenumber",
            "score": 0.6,
            "lon": point(40 * n, 60).x,
            "lat": point(40 * n, 60).y,
        }
        for n in (2, 3)
    ]
    return to_review(
        commune, adresse="12 r. des Lices", geocoding={"score": 0.65, "alternatives": alternatives}
    )


def page_of(client, report, query="", status=200):
    response = client.get(f"/a-verifier/{report.pk}/{query}")
    assert response.status_code == status
    return response.content.decode()


def version(page):
    return re.search(r'name="version" value="(\w+)"', page)[1]


def choose(client, report, query="", **fields):
    fields = {"version": version(page_of(client, report)), "action": "choisir"} | fields
    return client.post(f"/a-verifier/{report.pk}/choix/{query}", fields)


def state(report):
    report.refresh_from_db()
    return report.precision, report.needs_review


def test_the_page_has_the_text_the_answers_and_the_reasons(partner_client, report):
    page = page_of(partner_client, report)
    for said in (
        "12 r. des Lices",
        "1er</sup>",
        "Ressemblance de 0,65",
        "12 Rue 2",
        "12 Rue 3",
        "réponse retenue",
    ):
        assert said in page.replace("<sup>er", "er</sup>"), said
    assert page.count('name="candidat"') == 4
    config = json.loads(re.search(r'<script id="map-config"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert config["position"] == pytest.approx(list(report.geom.coords))
    assert (config["declared"], config["ortho"], config["basemap"]) == (None, None, None)


def test_aerial_pictures_only_if_a_setting_names_them(partner_client, report, settings):
    settings.ORTHO_URL = "https://pictures.example/{z}/{x}/{y}"
    page = page_of(partner_client, report)
    assert "photo aérienne" in page
    assert "pictures.example" in page


def test_answers_older_than_the_stored_position_are_looked_up_in_the_register(partner_client, commune):
    voie = VoieFactory(commune=commune, code=f"{commune.code}_0001")
    address = AddressFactory(voie=voie, numero=1, ban_id=f"{commune.code}_0001_00001", geom=point(70, 70))
    report = to_review(commune, geocoding={"point": None, "alternatives": [{"label": "rien"}, {}]})
    page = page_of(partner_client, report)
    assert f'data-lon="{address.geom.x}"' in page
    assert page.count('name="candidat"') == 2


def test_a_choice_goes_to_the_next_report_with_the_filters(partner_client, report, commune):
    after = to_review(commune, "B", received_on=date(2026, 4, 1))
    response = choose(
        partner_client, report, f"?territoire={commune.code}", candidat=f"{commune.code}_0002_00012"
    )
    assert response.status_code == 303
    assert response["Location"] == f"/a-verifier/{after.pk}/?territoire={commune.code}"
    assert state(report) == ("manuelle", False)
    last = page_of(partner_client, after)
    assert "Votre dernier choix" in last
    assert "12 Rue 2" in last


def test_the_last_report_of_the_queue_gives_the_queue_back(partner_client, report):
    assert choose(partner_client, report, action="confirmer")["Location"] == "/a-verifier/"
    assert "Aucune position à vérifier" in partner_client.get("/a-verifier/").content.decode()


@pytest.mark.parametrize(
    ("fields", "precision"),
    [
        ({"candidat": "point", "lon": "3,0005", "lat": " 46.5005 "}, "manuelle"),
        ({"action": "confirmer"}, "manuelle"),
        ({"action": "rejeter", "motif_rejet": "adresse trop vague", "precision": "un quartier"}, "inconnue"),
    ],
)
def test_each_action_of_the_form(partner_client, report, fields, precision):
    assert choose(partner_client, report, **fields).status_code == 303
    assert state(report) == (precision, False)
    choice = PlaceChoice.objects.unscoped("essai").get()
    if precision == "inconnue":
        assert choice.reason == "adresse trop vague : un quartier"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "Choisissez une adresse ou posez un point"),
        ({"candidat": "point", "lon": "là", "lat": ""}, "Longitude et une latitude"),
        ({"candidat": "01999_0001"}, "N’est plus dans la Base adresse"),
        ({"action": "rejeter"}, "Dites pourquoi"),
    ],
)
def test_what_is_missing_is_told_on_the_page_and_what_was_typed_is_kept(
    partner_client, report, fields, sentence
):
    response = choose(partner_client, report, **fields | {"precision": "ce que j’ai écrit"})
    page = response.content.decode()
    assert response.status_code == 400
    assert sentence.lower() in page.lower()
    assert "ce que j’ai écrit" in page
    assert state(report) == ("numero", True)


def test_of_two_persons_the_second_is_told_and_keeps_what_was_typed(partner_client, report):
    seen = version(page_of(partner_client, report))
    choose(partner_client, report, action="confirmer")
    late = choose(
        partner_client,
        report,
        version=seen,
        action="rejeter",
        motif_rejet="autre raison",
        precision="ma note",
    )
    page = late.content.decode()
    assert late.status_code == 409
    assert "Ici a fait un choix pour ce signalement" in page
    assert "ma note" in page
    assert state(report) == ("manuelle", False)


def test_a_choice_is_undone_from_the_next_page(partner_client, report, commune):
    after = to_review(commune, "B")
    choose(partner_client, report, action="rejeter", motif_rejet="autre raison")
    page = page_of(partner_client, after)
    choice = re.search(r'name="choix" value="(\d+)"', page)[1]
    response = partner_client.post("/a-verifier/annuler/?motif=voie", {"choix": choice})
    assert response["Location"] == f"/a-verifier/{report.pk}/?motif=voie"
    assert state(report) == ("numero", True)
    page = page_of(partner_client, report)
    assert "Votre dernier choix" not in page
    assert "choix annulé" in page


def test_a_choice_that_another_one_followed_cannot_be_undone(partner_client, report):
    choose(partner_client, report, action="confirmer")
    first = PlaceChoice.objects.unscoped("essai").get()
    choose(partner_client, report, action="rejeter", motif_rejet="autre raison")
    response = partner_client.post("/a-verifier/annuler/", {"choix": first.pk})
    assert response.status_code == 409
    assert "a fait un choix" in response.content.decode()


def test_a_foreign_report_is_a_missing_one_for_each_verb(other_partner_client, partner_client, report):
    choose(partner_client, report, action="confirmer")
    choice = PlaceChoice.objects.unscoped("essai").get()
    for pk in (report.pk, 10**9):
        assert other_partner_client.get(f"/a-verifier/{pk}/").status_code == 404
        for route in ("choix", "adresses"):
            answer = other_partner_client.post(f"/a-verifier/{pk}/{route}/", {"action": "confirmer"})
            assert answer.status_code == 404
    for asked in (choice.pk, 10**9, "x", ""):
        assert other_partner_client.post("/a-verifier/annuler/", {"choix": asked}).status_code == 404
    assert state(report) == ("manuelle", False)


def test_writing_takes_a_token_and_a_post(partner_user, report):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(partner_user)
    for url in (
        f"/a-verifier/{report.pk}/choix/",
        f"/a-verifier/{report.pk}/adresses/",
        "/a-verifier/annuler/",
    ):
        assert strict.post(url, {"action": "confirmer"}).status_code == 403
        assert strict.get(url).status_code == 405
    assert state(report) == ("numero", True)


@pytest.fixture
def register(commune):
    """Make a few streets in the commune of the report."""
    for n, nom in enumerate(("Rue des Lices", "Avenue du Général Leclerc", "Impasse des Lilas")):
        voie = VoieFactory(
            commune=commune,
            nom=nom,
            norm=nom.lower().replace("é", "e").replace("des ", "").replace("du ", ""),
            code=f"{commune.code}_1{n:03d}",
        )
        for numero, rep in ((10, ""), (12, ""), (12, "bis")):
            ban_id = f"{voie.code}_{numero:05d}{'_bis' if rep else ''}"
            AddressFactory(voie=voie, numero=numero, rep=rep, ban_id=ban_id, geom=point(numero, 10 * n))


def labels(response):
    return [
        text.strip()
        for text in re.findall(r'candidate__text">([^<]+)<', response.content.decode())
        if text.strip()
    ]


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("12 av gal leclerc", "12 Avenue du Général Leclerc"),
        ("12bis rue des lices", "12bis Rue des Lices"),
        ("11 impasse des lilas", "10 Impasse des Lilas"),
        ("rue des lisses", "Rue des Lices"),
        ("LÉCLERC", "Avenue du Général Leclerc"),
    ],
)
def test_another_address_is_looked_for(partner_client, report, register, asked, first):
    response = partner_client.post(f"/a-verifier/{report.pk}/adresses/?partiel=1", {"adresse": asked})
    assert labels(response)[0].startswith(first)
    whole = partner_client.post(f"/a-verifier/{report.pk}/adresses/", {"adresse": asked})
    assert first in whole.content.decode()


@pytest.mark.parametrize("asked", ["", "12", "???", "zzzzqqq", "\x00", "%", "'; DROP", "x" * 5_000])
def test_a_search_that_finds_nothing_says_so(partner_client, report, register, asked):
    response = partner_client.post(f"/a-verifier/{report.pk}/adresses/", {"adresse": asked})
    assert response.status_code == 200
    assert "Aucune autre adresse ne ressemble" in response.content.decode()


def test_an_address_found_by_search_is_chosen(partner_client, report, register, commune):
    choose(partner_client, report, candidat=f"{commune.code}_1001_00012")
    report.refresh_from_db()
    assert report.geom.coords == point(12, 10).coords


def test_what_is_looked_for_is_in_no_log_and_no_address(partner_client, report, register, caplog):
    with caplog.at_level(logging.DEBUG):
        response = partner_client.post(
            f"/a-verifier/{report.pk}/adresses/?partiel=1", {"adresse": "rue des lices"}
        )
        choose(partner_client, report, candidat="inconnu")
    logged = "\n".join(
        record.getMessage() for record in caplog.records if record.name != "django.db.backends"
    )
    assert "lices" not in logged.lower()
    assert "lices" not in str(response.headers).lower()


def test_the_same_declared_address_is_offered_together(partner_client, report, commune):
    twin = to_review(commune, "B", adresse="12, R. DES LICES")
    page = page_of(partner_client, report)
    assert "l’autre signalement à vérifier qui déclare cette adresse" in " ".join(page.split())
    response = choose(partner_client, report, action="confirmer", meme_adresse="on")
    assert response["Location"] == "/a-verifier/"
    assert state(twin) == ("manuelle", False)


def reports_of_each_reason(commune):
    """Make one report at least for each reason, and one with several."""
    rival = {"label": "autre", "kind": "housenumber", "score": 0.97, "ban_id": "x"}
    to_review(commune, "introuvable", geocoding=False)
    to_review(commune, "commune", geocoding={"kind": "municipality", "score": 0.3, "ban_id": commune.code})
    to_review(commune, "voie", geocoding={"kind": "street"})
    to_review(commune, "ailleurs", geocoding={"ban_id": "99999_0001_00001"})
    to_review(commune, "rivale", geocoding={"alternatives": [{}, rival]})
    to_review(commune, "pas-rivale", geocoding={"alternatives": [rival | {"score": 0.9}]})
    to_review(commune, "eloignee", geom=point(5, 5), declared_geom=point(505, 5))
    to_review(commune, "lecture", geom=point(5, 5), declared_geom=point(6, 5))
    changed = to_review(commune, "modifiee", geocoding=False)
    PlaceChoice.objects.create(
        signalement=changed, address_key="autre", kind=Kind.POINT, precision="manuelle",
        previous_precision="voie", previous_needs_review=True,
    )  # fmt: skip


def test_the_reasons_of_the_filter_are_those_that_the_page_tells(partner_client, commune):
    reports_of_each_reason(commune)
    everyone = Scope.whole()
    assert set(SENTENCES) == set(MOTIFS) == {*REASONS, "lecture"}
    told = {report.reference: " ; ".join(reasons_of(report)) for report in reports_to_review({}, everyone)}
    counts = reason_counts({}, everyone)
    for motif, sentence in SENTENCES.items():
        expected = {reference for reference, reasons in told.items() if sentence in reasons}
        found = {report.reference for report in reports_to_review({"motif": motif}, everyone)}
        assert found == expected, motif
        assert counts[motif] == len(expected) > 0, motif


def test_the_queue_is_filtered_and_keeps_its_filters(partner_client, commune):
    reports_of_each_reason(commune)
    response = partner_client.get(f"/a-verifier/?motif=voie&territoire={commune.code}&du=2026-01-01")
    page = response.content.decode()
    assert re.findall(r'<th scope="row"><a href="[^"]*">([^<]+)', page) == ["voie"]
    report = Signalement.objects.unscoped("essai").get(reference="voie")
    kept = f"/a-verifier/{report.pk}/?territoire={commune.code}&amp;motif=voie&amp;du=2026-01-01"
    assert page.count(kept) == 2
    assert 'value="voie" selected' in page
    assert partner_client.get("/a-verifier/?motif=autre").status_code == 400


def test_the_page_takes_a_fixed_number_of_queries(
    partner_client, report, commune, django_assert_max_num_queries
):
    with django_assert_max_num_queries(14) as few:
        page_of(partner_client, report)
    for n in range(20):
        to_review(commune, f"Z{n}")
    answer = report.geocoding.alternatives[0]
    more = [answer | {"ban_id": f"{answer['ban_id']}_{n}"} for n in range(5)]
    Geocoding.objects.filter(pk=report.pk).update(alternatives=more)
    with django_assert_max_num_queries(len(few.captured_queries)):
        page_of(partner_client, report)
