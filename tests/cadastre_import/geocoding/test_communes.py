"""Which communes a declared code, postcode and name may mean."""

import pytest

from cadastre_import.geocoding.communes import CONFLICTING, ELSEWHERE, CommuneDirectory

DIRECTORY = CommuneDirectory.of(
    [
        ("93010", "Bondy", ["93140"]),
        ("93053", "Noisy-le-Sec", ["93130"]),
        ("93066", "Saint-Denis", ["93200", "93210"]),
        ("97411", "Saint-Denis", ["97400"]),
        ("97409", "Saint-André", ["97440"]),
        ("97209", "Saint-Andre-des-Pitons", ["97200"]),
        ("97801", "Saint-Martin", ["97150"]),
        ("2A004", "Ajaccio", ["20000", "20090"]),
        ("01033", "Valserhône", ["01200"]),
        ("01033", "Bellegarde-sur-Valserine", ["01200"]),
        ("75056", "Paris", ["75001", "75011"]),
        ("75101", "Paris 1er Arrondissement", ["75001"]),
        ("75111", "Paris 11e Arrondissement", ["75011"]),
    ]
)


@pytest.mark.parametrize(
    ("code_insee", "code_postal", "ville", "meant"),
    [
        ("93010", "93130", "noisy le sec", {"93010": 1.0}),
        ("", "93140", "bondy", {"93010": 1.0}),
        ("", "93140", "", {"93010": 1.0}),
        ("", "", "bondy", {"93010": 1.0}),
        ("99999", "93140", "bondy", {"93010": 1.0}),
        ("", "97400", "saint denis", {"97411": 1.0}),
        ("", "", "saint denis", {"93066": 1.0, "97411": 1.0}),
        ("", "93130", "bondy", {"93010": CONFLICTING, "93053": CONFLICTING}),
        ("", "", "bellegarde sur valserine", {"01033": 1.0}),
        ("", "93140", "bondi", {"93010": 1.0}),
        ("", "93147", "bondy", {"93010": 1.0}),
        ("75056", "75011", "paris", {"75111": 1.0}),
        ("", "75011", "paris", {"75111": 1.0}),
        ("", "75011", "paris 11", {"75111": 1.0}),
        ("75056", "", "paris", {"75056": 1.0, "75101": 1.0, "75111": 1.0}),
        ("", "97448", "saint andr", {"97409": 1.0}),
        ("", "97299", "saint andre des piton", {"97209": 1.0}),
        ("", "97199", "saint martim", {"97801": 1.0}),
        ("", "20099", "ajacio", {"2A004": 1.0}),
        ("", "", "ailleurs", {}),
    ],
)
def test_the_communes_meant(code_insee, code_postal, ville, meant):
    assert DIRECTORY.meant(code_insee, code_postal, ville) == meant


def test_when_the_code_finds_nothing_postcode_and_name_are_followed_with_doubt():
    assert DIRECTORY.elsewhere("93010", "93130", "noisy le sec") == {"93053": ELSEWHERE}
    assert DIRECTORY.elsewhere("93010", "93140", "bondy") == {}


@pytest.mark.django_db
def test_the_directory_is_read_from_the_registers(django_assert_num_queries):
    from tests.factories import CommuneFactory, VoieFactory

    commune = CommuneFactory(code="01033", nom="Valserhône", codes_postaux=["01200"])
    VoieFactory(commune=commune, code_postal="01201", ancienne_commune="Bellegarde-sur-Valserine")
    with django_assert_num_queries(1):
        directory = CommuneDirectory.load()
    for declared in (
        ("01033", "", ""),
        ("", "01200", ""),
        ("", "01201", ""),
        ("", "", "bellegarde sur valserine"),
    ):
        assert directory.meant(*declared) == {"01033": 1.0}
