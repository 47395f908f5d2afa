"""The pages of priorities: weights sent, a ranking read and explained, a partner's part, a round of visits."""

import re
from datetime import date

import pytest
from django.urls import reverse

from layers.models import AnalysisRun, Anchor, Arrete
from maps.services.methods.priorites import METHOD
from tests.factories import (
    AddressFactory,
    AnchorFactory,
    ArreteFactory,
    IrisFactory,
    ParcelleFactory,
    SignalementFactory,
    VoieFactory,
    point,
    square,
)

FORM = {"unit": "parcelle", "since": "2026-01-01", "until": "2026-12-31", "top": "2", "concentration": "50"}
WEIGHTS = {p.name: "0" for p in METHOD.parameters if p.name.startswith("poids_")}
FORM |= WEIGHTS | {"poids_gravite": "3", "poids_arrete_echu": "1", "poids_perimetre": "1", "perimetre": ""}


@pytest.fixture
def street(commune, other_commune):
    """Four parcelles reported here, more gravely eastward; one there."""
    parcelles = [ParcelleFactory(commune=commune, geom=square(100 * n, 0, 10)) for n in range(4)]
    parcelles.append(ParcelleFactory(commune=other_commune, geom=square(5_000, 0, 10)))
    for n, parcelle in enumerate(parcelles):
        report = SignalementFactory(commune=parcelle.commune, criticite=10.0 * (n + 1))
        AnchorFactory(signalement=report, kind=Anchor.Kind.PARCELLE, place_code=parcelle.idu)
    return parcelles


@pytest.fixture
def ranking(street, partner_client):
    ArreteFactory(idu=street[0].idu, commune=street[0].commune, taken_on=date(2026, 1, 5))
    answer = partner_client.post(reverse("priorities"), FORM | {"titre": "Comité d’essai"})
    assert answer.status_code == 302
    return AnalysisRun.objects.unscoped("essai").get(method="priorites")


def ranked(page: str) -> list[str]:
    return re.findall(r"Parcelle (\w{14})</p>", page)


def test_the_form_offers_each_weight_and_says_what_it_is_worth(partner_client, street):
    page = partner_client.get(reverse("priorities")).content.decode()
    for name in WEIGHTS:
        assert f'name="{name}"' in page
    assert page.count('type="range"') == len(WEIGHTS)


def test_the_weights_are_kept_with_the_run_and_given_back(ranking, partner_client):
    assert ranking.parameters["poids_gravite"] == 3
    assert ranking.title == "Comité d’essai"
    page = partner_client.get(reverse("priorities"), {"depuis": ranking.pk}).content.decode()
    assert re.search(r'name="poids_gravite"[^>]*value="3"', page)
    assert re.search(r'name="poids_enfants"[^>]*value="0"', page)
    assert "Comité d’essai" in page


def test_the_perimeter_is_given_back_with_the_weights(street, commune, administrator_client):
    answer = administrator_client.post(reverse("priorities"), FORM | {"perimetre": commune.code})
    run = AnalysisRun.objects.unscoped("essai").get(method="priorites")
    assert answer["Location"] == reverse("priority-run", args=[run.pk])
    page = administrator_client.get(reverse("priorities"), {"depuis": run.pk}).content.decode()
    assert f'<option value="{commune.code}" selected>' in page


def test_the_list_is_in_order_and_says_why(ranking, street, partner_client):
    page = partner_client.get(reverse("priority-run", args=[ranking.pk])).content.decode()
    # gravity is worth 75 points, an order 25: the least grave one has the order, 18.75 points
    assert ranked(page) == [street[n].idu for n in (3, 2, 0, 1)]
    assert "criticité 40" in page
    assert "échu depuis 330 jours au moins" in page
    assert "du rang" in page
    assert reverse("place-file", args=["parcelle", street[3].idu]) in page


def test_a_partner_s_list_holds_its_places_only(ranking, street, partner_client):
    url = reverse("priority-run", args=[ranking.pk])
    page = partner_client.get(url, {"partenaire": "ARS"}).content.decode()
    assert ranked(page) == [street[0].idu]
    assert "Le partenaire reste juge" in page
    assert partner_client.get(url, {"partenaire": "ADIL"}).status_code == 400


def test_a_committee_ranks_for_one_type_of_partner_with_weights_of_its_own(ranking, street, partner_client):
    url = reverse("priorities")
    page = partner_client.get(
        reverse("priority-run", args=[ranking.pk]), {"partenaire": "ARS"}
    ).content.decode()
    assert f"{url}?depuis={ranking.pk}&amp;pour=ARS" in page
    filled = partner_client.get(url, {"depuis": ranking.pk, "pour": "ARS"}).content.decode()
    assert '<option value="ARS" selected>' in filled
    assert re.search(r'name="poids_gravite"[^>]*value="3"', filled)  # nothing was ranked for it yet
    answer = partner_client.post(
        url, FORM | {"partner_type": "ARS", "poids_gravite": "0", "poids_arrete_echu": "7"}
    )
    page = partner_client.get(answer["Location"]).content.decode()
    assert ranked(page) == [street[0].idu]
    assert "type de partenaire : ARS" in page
    again = partner_client.get(url, {"depuis": ranking.pk, "pour": "ARS"}).content.decode()
    assert re.search(r'name="poids_arrete_echu"[^>]*value="7"', again)
    assert "pour ARS" in again
    refused = partner_client.post(url, FORM | {"partner_type": "ADIL"})
    assert refused.status_code == 422
    assert "aucun lieu n’est pour ce type" in refused.content.decode().lower()


def test_a_round_visits_the_first_places_in_a_short_order(ranking, street, partner_client):
    url = reverse("priority-round", args=[ranking.pk])
    page = partner_client.get(url, {"arrets": 3, "par_jour": 2}).content.decode()
    # ranked 4th, 3rd, 1st of the street: it leaves from the first of the list and comes back westward
    found = [page.index(street[n].idu + "</span>") for n in (3, 2, 0)]
    assert found == sorted(found)
    assert "Jour 2" in page
    assert "Jour 3" not in page
    assert street[1].idu not in page


@pytest.mark.parametrize(
    "wrong", [{"arrets": "0"}, {"arrets": "101"}, {"par_jour": "deux"}, {"partenaire": "X"}]
)
def test_a_wrong_round_is_refused_in_words(ranking, partner_client, wrong):
    answer = partner_client.get(reverse("priority-round", args=[ranking.pk]), wrong)
    assert answer.status_code == 400


@pytest.fixture
def office(commune):
    """An address at the west end of the street, 500 m before its first parcelle."""
    street = VoieFactory(
        commune=commune, nom="Rue de la Mairie", norm="rue de la mairie", geom=point(-500, 0)
    )
    return AddressFactory(voie=street, commune=commune, numero=1, rep="", geom=point(-500, 0))


def visits(page: str, parcelles) -> list[int]:
    """Give the parcelles of a round, in its order."""
    found = {n: page.find(parcelle.idu + "</span>") for n, parcelle in enumerate(parcelles)}
    return sorted((n for n in found if found[n] >= 0), key=found.get)


def lengths(page: str) -> list[str]:
    return re.findall(r"([\d,]+ k?m) à vol d’oiseau", page)


def test_a_round_leaves_from_an_address_and_comes_back_to_it(ranking, street, office, partner_client):
    url = reverse("priority-round", args=[ranking.pk])
    asked = {"arrets": 4, "depart": office.ban_id}
    page = partner_client.get(url, asked).content.decode()
    assert visits(page, street[:4]) == [0, 1, 2, 3]
    assert "part de : <strong>1 Rue de la Mairie" in page
    assert lengths(page) == ["805 m"]
    page = partner_client.get(url, asked | {"retour": "1"}).content.decode()
    assert "et y revient" in page
    assert lengths(page) == ["1,6 km"]


def test_a_round_leaves_from_a_point_of_the_map(ranking, street, partner_client):
    at = point(-200, 0)
    asked = {"arrets": 4, "depart": f"{at.x:.5f},{at.y:.5f}"}
    page = partner_client.get(reverse("priority-round", args=[ranking.pk]), asked).content.decode()
    assert visits(page, street[:4]) == [0, 1, 2, 3]
    assert "un point de la carte" in page


def test_the_start_is_kept_until_the_end_of_the_session(ranking, street, office, partner_client):
    url = reverse("priority-round", args=[ranking.pk])
    partner_client.get(url, {"depart": office.ban_id})
    assert "Rue de la Mairie" in partner_client.get(url).content.decode()
    assert "du lieu le mieux classé." in partner_client.get(url, {"depart": "premier"}).content.decode()
    assert "Rue de la Mairie" not in partner_client.get(url).content.decode()


def test_a_start_is_looked_for_in_the_register_and_its_words_stay_out_of_addresses(
    ranking, street, office, partner_client
):
    url = reverse("priority-round", args=[ranking.pk])
    page = partner_client.post(f"{url}?arrets=3&par_jour=2", {"adresse": "1 r de la mairie"}).content.decode()
    (link,) = re.findall(rf'href="(\?[^"]*depart={office.ban_id})"', page)
    assert "arrets=3" in link
    assert visits(partner_client.get(url + link.replace("&amp;", "&")).content.decode(), street[:4]) == [
        0,
        2,
        3,
    ]
    assert "adresse=" not in page
    nothing = partner_client.post(url, {"adresse": "zzzz"}).content.decode()
    assert "Aucune adresse ne ressemble" in nothing


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("1,2,3", "deux nombres"),
        ("un,deux", "deux nombres"),
        ("0,0", "hors de France"),
        ("nan,46", "hors de France"),
        ("55.5,-21.1", "à plus de 150 km"),
        ("-61.5,16.2", "à plus de 150 km"),
        ("01001_inconnue", "n’est pas dans la Base adresse"),
    ],
)
def test_a_start_that_is_nowhere_near_is_refused_in_words(ranking, partner_client, wrong, said):
    answer = partner_client.get(reverse("priority-round", args=[ranking.pk]), {"depart": wrong})
    assert answer.status_code == 400
    assert said in answer.content.decode()


def test_another_partner_does_not_read_it_and_ranks_his_own(ranking, street, other_partner_client):
    for name in ("priority-run", "priority-round"):
        assert other_partner_client.get(reverse(name, args=[ranking.pk])).status_code == 404
    answer = other_partner_client.post(reverse("priorities"), FORM, follow=True)
    assert ranked(answer.content.decode()) == [street[4].idu]


def test_the_totals_of_the_whole_base_are_not_told_to_a_partner(street, admin_client, partner_client):
    admin_client.post(reverse("priorities"), FORM)
    run = AnalysisRun.objects.unscoped("essai").get(method="priorites")
    url = reverse("priority-run", args=[run.pk])
    assert "Lieux classés" in admin_client.get(url).content.decode()
    page = partner_client.get(url).content.decode()
    assert "Lieux classés" not in page
    assert "porte sur toute la base" in page
    assert street[4].idu not in page
    assert len(ranked(page)) == 4


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"poids_gravite": "11"}, "de 0 à 10"),
        ({"poids_gravite": "-1"}, "de 0 à 10"),
        ({"poids_gravite": "lourd"}, "un nombre est attendu"),
        ({"poids_gravite": "0", "poids_arrete_echu": "0"}, "critère de besoin"),
        ({"until": "2025-01-01"}, "avant le premier jour"),
        ({"unit": "planete"}, "ce choix n’existe pas"),
        ({"since": "2020-01-01", "until": "2020-12-31"}, "Aucun lieu à classer"),
    ],
)
def test_what_cannot_be_ranked_is_said_and_the_form_stays_filled(street, partner_client, changed, sentence):
    answer = partner_client.post(reverse("priorities"), FORM | changed)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert not AnalysisRun.objects.unscoped("essai").filter(method="priorites").exists()


def test_a_ranking_by_iris_leads_to_territories_and_has_no_round(street, commune, partner_client):
    iris = IrisFactory(commune=commune, geom=square(0, 0, 500))
    for anchor in Anchor.objects.filter(place_code__in=[place.idu for place in street[:4]]):
        AnchorFactory(signalement=anchor.signalement, place_code=iris.code)
    answer = partner_client.post(reverse("priorities"), FORM | {"unit": "iris"}, follow=True)
    page = answer.content.decode()
    assert reverse("territory", args=[iris.code]) in page
    assert "tournée" not in page
    run = AnalysisRun.objects.unscoped("essai").get(method="priorites")
    assert partner_client.get(reverse("priority-round", args=[run.pk])).status_code == 409


def test_a_type_of_order_of_another_police_is_not_counted(street, partner_client):
    ArreteFactory(idu=street[0].idu, commune=street[0].commune, type=Arrete.Type.POLICE_GENERALE)
    answer = partner_client.post(reverse("priorities"), FORM, follow=True)
    assert "échu depuis" not in answer.content.decode()
