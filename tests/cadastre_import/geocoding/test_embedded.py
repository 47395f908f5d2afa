"""The embedded geocoder on a town that fits in the head: two communes, a few streets."""

import pytest

from cadastre_import.geocoding.embedded import (
    ACCEPTED,
    COMMUNE_ONLY,
    HOMONYM,
    ITS_HOMONYM,
    NUMBER_ABSENT,
    OTHER_INDEX,
    EmbeddedGeocoder,
)
from cadastre_import.geocoding.normalisation import normalise_street
from cadastre_import.geocoding.placing import is_ambiguous
from cadastre_import.geocoding.provider import Query
from tests.factories import AddressFactory, CommuneFactory, VoieFactory, point, square
from tests.factories.cadastre import MILLESIME

pytestmark = pytest.mark.django_db


def street(commune, nom, *numbers, y=0, **fields):
    """Give a street along ``y`` with one address each 10 m of its number; "4bis" is at 4."""
    voie = VoieFactory(commune=commune, nom=nom, norm=normalise_street(nom), geom=point(500, y), **fields)
    for written in numbers:
        numero = int(written.rstrip("abcdefghijklmnopqrstuvwxyz"))
        AddressFactory(
            voie=voie,
            numero=numero,
            rep=written[len(str(numero)) :],
            code_postal=voie.code_postal,
            ban_id=f"{voie.code}_{numero:05d}{'_' * (written != str(numero))}{written[len(str(numero)) :]}",
            geom=point(10 * numero, y),
        )
    return voie


@pytest.fixture
def town():
    return CommuneFactory(code="01001", nom="Ville-Haute", codes_postaux=["01000"], geom=square(0, 0, 1000))


@pytest.fixture
def neighbour():
    return CommuneFactory(
        code="01002", nom="Ville-Basse", codes_postaux=["01010"], geom=square(2000, 0, 1000)
    )


@pytest.fixture
def lilas(town):
    return street(town, "Rue des Lilas", "1", "2", "4", "4bis", "7", "12")


def ask(text, code_postal="", code_insee="01001", ville=""):
    (answer,) = EmbeddedGeocoder().search_many([Query(text, code_postal, code_insee, ville)])
    return answer


@pytest.mark.parametrize(
    "written",
    ["4 rue des Lilas", "4, R. DES LILAS", "4 ruedes lilas", "4-6 rue des lilas bât B", "rue des Lilas 4"],
)
def test_a_house_number_is_found_however_it_is_written(lilas, written):
    answer = ask(written)
    assert (answer.kind, answer.ban_id, answer.score) == ("housenumber", f"{lilas.code}_00004", 1.0)
    assert (answer.lon, answer.lat) == point(40, 0).coords
    assert answer.label == "4 Rue des Lilas 01000 Ville-Haute"
    assert (answer.citycode, answer.millesime) == ("01001", MILLESIME)


def test_a_typing_mistake_lowers_the_score_and_finds_the_address(lilas):
    answer = ask("4 rue des Lillas")
    assert answer.ban_id == f"{lilas.code}_00004"
    assert ACCEPTED <= answer.score < 1


def test_an_index_is_found_in_both_spellings(lilas):
    assert ask("4bis rue des Lilas").ban_id == ask("4 B rue des Lilas").ban_id == f"{lilas.code}_00004_bis"


def test_a_number_without_its_index_is_less_sure(lilas):
    answer = ask("12 ter rue des Lilas")
    assert (answer.ban_id, answer.score) == (f"{lilas.code}_00012", OTHER_INDEX)


def test_a_number_that_the_street_lacks_gives_the_street_beside_its_nearest_number(lilas):
    answer = ask("9 rue des Lilas")
    assert (answer.kind, answer.ban_id, answer.score) == ("street", lilas.code, NUMBER_ABSENT)
    assert (answer.lon, answer.lat) == point(70, 0).coords


def test_a_street_without_a_number_is_given_as_a_street(lilas):
    answer = ask("rue des Lilas")
    assert (answer.kind, answer.ban_id, answer.score) == ("street", lilas.code, 1.0)
    assert (answer.lon, answer.lat) == point(500, 0).coords


def test_a_named_place_without_house_numbers_is_a_locality(town):
    hamlet = street(town, "Le Bourg")
    assert (ask("le Bourg").kind, ask("le Bourg").ban_id) == ("locality", hamlet.code)


def test_an_address_that_left_the_register_is_not_given(lilas):
    lilas.addresses.filter(numero=4).update(closed_on="2026-05-01")
    assert ask("4 rue des Lilas").kind == "street"


def test_an_unknown_street_gives_the_middle_of_the_commune(town, lilas):
    answer = ask("4 chemin du Zouave")
    assert (answer.kind, answer.ban_id, answer.score) == ("municipality", "01001", COMMUNE_ONLY)
    assert (answer.lon, answer.lat) == pytest.approx(point(500, 500).coords, abs=1e-3)


def test_a_commune_alone_is_a_sure_answer(lilas):
    assert (ask("").kind, ask("").score) == ("municipality", 1.0)


def test_a_commune_without_a_contour_is_where_its_streets_are(town, lilas):
    town.geom = None
    town.save()
    assert (ask("").lon, ask("").lat) == point(500, 0).coords


def test_the_next_answers_are_kept_best_first(town, lilas):
    street(town, "Rue des Lilas Blancs", "4")
    answer = ask("4 rue des Lilas Bleus")
    others = [(other["label"], other["kind"]) for other in answer.alternatives]
    assert answer.label == "4 Rue des Lilas Blancs 01000 Ville-Haute"
    assert others == [("4 Rue des Lilas 01000 Ville-Haute", "housenumber"), ("Ville-Haute", "municipality")]
    assert answer.score > answer.alternatives[0]["score"] > answer.alternatives[1]["score"]


def test_the_same_street_of_another_commune_is_not_given(lilas, neighbour):
    other = street(neighbour, "Rue des Lilas", "4")
    assert ask("4 rue des Lilas", code_insee="01002").ban_id == f"{other.code}_00004"
    assert ask("4 rue des Lilas", code_insee="", code_postal="01010").ban_id == f"{other.code}_00004"
    assert ask("4 rue des Lilas", code_insee="", ville="ville basse").ban_id == f"{other.code}_00004"
    assert ask("4 rue des Lilas, Ville-Basse", code_insee="").ban_id == f"{other.code}_00004"


def test_a_mistaken_code_is_overruled_by_postcode_and_name_with_doubt(lilas, neighbour):
    answer = ask("4 rue des Lilas", code_insee="01002", code_postal="01000", ville="Ville-Haute")
    assert (answer.ban_id, answer.citycode) == (f"{lilas.code}_00004", "01001")
    assert answer.score < 1


def test_a_former_commune_is_known_by_its_name(town):
    voie = street(town, "Rue de la Source", "4", ancienne_commune="Saint-Vieux")
    assert ask("4 rue de la Source", code_insee="", ville="St Vieux").ban_id == f"{voie.code}_00004"


def test_two_streets_of_one_name_are_told_apart_by_the_former_commune_or_the_postcode(town):
    kept, other = (
        street(town, "Rue de l’Église", "4", ancienne_commune=former, code_postal=code)
        for former, code in (("Saint-Vieux", "01000"), ("Saint-Neuf", "01005"))
    )
    for declared in ({"ville": "St-Vieux"}, {"code_postal": "01000", "ville": "Ville-Haute"}):
        answer = ask("4 rue de l'église", **declared)
        assert answer.ban_id == f"{kept.code}_00004"
        assert answer.alternatives[0]["ban_id"] == f"{other.code}_00004"
        assert not is_ambiguous(answer)
    assert is_ambiguous(ask("4 rue de l'église"))


def test_without_any_commune_the_whole_register_is_searched(lilas):
    assert ask("4 rue des Lilas", code_insee="").ban_id == f"{lilas.code}_00004"


def test_of_several_communes_of_one_name_the_most_populated_is_given_and_the_others_told(town):
    namesake = CommuneFactory(code="02001", nom="Ville-Haute", population=90_000)
    answer = ask("", code_insee="", ville="Ville-Haute")
    assert (answer.kind, answer.citycode, answer.score) == ("municipality", namesake.code, 0.5)
    assert [other["citycode"] for other in answer.alternatives] == [town.code]


def test_nothing_known_gives_no_answer(lilas):
    assert ask("zzz", code_insee="") is None


def test_answers_come_in_the_order_of_the_queries_in_as_many_statements_for_many(
    lilas, django_assert_max_num_queries
):
    numbers = [2, 99, 1, 7, 12, 4] * 10
    geocoder = EmbeddedGeocoder()
    with django_assert_max_num_queries(12):
        answers = geocoder.search_many([Query(f"{n} rue des Lilas", code_insee="01001") for n in numbers])
    found = [answer.ban_id for answer in answers]
    assert found == [lilas.code if n == 99 else f"{lilas.code}_{n:05d}" for n in numbers]


def test_the_same_number_in_a_street_of_another_type_comes_just_behind(town):
    avenue = street(town, "Avenue Carnot", "12", "14", y=0)
    villa = street(town, "Villa Carnot", "12", y=300)
    street(town, "Avenue Sadi Carnot", "12", y=600)
    answer = ask("12 avenue Carnot")
    assert (answer.ban_id, answer.score) == (f"{avenue.code}_00012", HOMONYM)
    assert answer.score >= ACCEPTED
    rival = answer.alternatives[0]
    assert (rival["ban_id"], rival["score"]) == (f"{villa.code}_00012", round(HOMONYM * ITS_HOMONYM, 4))
    assert is_ambiguous(answer)
    near, far = (answer.lon, answer.lat), (rival["lon"], rival["lat"])
    assert not is_ambiguous(answer, near)
    assert is_ambiguous(answer, far)
    assert ask("14 avenue Carnot").score == 1
    assert not is_ambiguous(ask("14 avenue Carnot"))


def test_a_mistake_and_a_homonym_together_are_told_too(town):
    street(town, "Avenue du Moulin", "12")
    street(town, "Impasse du Moulin", "12", y=300)
    answer = ask("12 avenue du Molin")
    assert answer.label.startswith("12 Avenue du Moulin")
    assert is_ambiguous(answer)
    street(town, "Avenue du Molins", "12", y=600)
    closer = ask("12 avenue du Molin")
    assert closer.label.startswith("12 Avenue du Molins")
    assert not is_ambiguous(closer)
    assert ask("avenue du Moulin").score == 1
