"""Paris, Lyon and Marseille: reports are counted in the commune, whose arrondissements are a part of it."""

import pytest

from geo_lhi.accounts.scopes import scope_of
from layers.arrondissements import ARRONDISSEMENTS, same_commune, with_arrondissements
from layers.models import Iris, Signalement
from layers.scope import Scope
from layers.selectors.territories import Coverage, coverage, find_territory
from tests.factories import (
    CommuneFactory,
    EpciFactory,
    IrisFactory,
    PartnerFactory,
    SignalementFactory,
    UserFactory,
)


def test_an_arrondissement_is_its_commune():
    assert same_commune("75111", "75056")
    assert same_commune("13201", "13216")
    assert not same_commune("75056", "13055")
    assert {commune: len(codes) for commune, codes in ARRONDISSEMENTS.items()} == {
        "75056": 20,
        "69123": 9,
        "13055": 16,
    }


def test_the_arrondissements_come_after_their_commune():
    assert with_arrondissements(["60901", "69123"]) == [
        "60901",
        "69123",
        *(str(n) for n in range(69381, 69390)),
    ]


@pytest.fixture
def marseille(db):
    epci = EpciFactory(nom="Métropole d’ici")
    commune = CommuneFactory(code="13055", nom="Marseille", epci=epci)
    first = CommuneFactory(code="13201", nom="Marseille 1er", epci=None)
    IrisFactory(code="132010101", commune=first)
    SignalementFactory(reference="du premier", commune=commune, arrondissement="13201")
    SignalementFactory(reference="de la ville", commune=commune)
    return commune


def test_the_territory_of_the_commune_holds_the_iris_of_its_arrondissements(marseille):
    for code in ("13055", marseille.epci.code):
        territory = find_territory(code)
        assert territory.communes == {"13055": "Marseille", "13201": "Marseille 1er"}
        assert Iris.objects.filter(territory.places(iris="code")).count() == 1


@pytest.mark.parametrize("by_epci", [True, False])
def test_who_may_read_the_commune_may_read_its_arrondissements(marseille, by_epci):
    partner = PartnerFactory()
    if by_epci:
        partner.epcis.add(marseille.epci)
    else:
        partner.communes.add(marseille)
    scope = scope_of(UserFactory(partner=partner))
    assert "13201" in scope.communes
    assert coverage(find_territory("13055"), scope) is Coverage.FULL
    assert Signalement.objects.visible_to(scope).count() == 2


def test_who_may_read_one_arrondissement_reads_its_reports_only(marseille):
    scope = Scope(signed_in=True, communes=frozenset({"13201"}))
    assert [report.reference for report in Signalement.objects.visible_to(scope)] == ["du premier"]
    assert coverage(find_territory("13055"), scope) is Coverage.PARTIAL
