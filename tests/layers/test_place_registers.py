"""What the registers of dwellings say of a place: found by each of its codes, and nothing of the place next door."""

from datetime import date

import pytest

from layers.models import Dpe
from layers.scope import Scope
from tests.factories import BatimentFactory
from tests.factories.logements import (
    CoproprieteFactory,
    DpeFactory,
    GroupeBatimentFactory,
    LogementSocialFactory,
    MutationFactory,
    MutationParcelleFactory,
)
from tests.place_registers import PlaceRegisters, registers_at

pytestmark = pytest.mark.django_db

READER = Scope(signed_in=True)
IDU, ADDRESS, RNB = "60999000AB0001", "60999_0001_00012", "RNBAAAAAAAA1"


def test_each_register_answers_to_each_kind_of_code(django_assert_num_queries):
    drawn = BatimentFactory(code="60999-digest", rnb_id=RNB)
    by_address, by_building = DpeFactory(ban_id=ADDRESS), DpeFactory(rnb_id=RNB)
    sale = MutationFactory(parcelles_count=2)
    MutationParcelleFactory(mutation=sale, idu=IDU)
    MutationParcelleFactory(mutation=sale, idu="60999000AB0002")
    sale_at_door = MutationParcelleFactory(idu="60999000AB0003", ban_id=ADDRESS).mutation
    copros = [CoproprieteFactory(idus=["60999000AB0009", IDU]), CoproprieteFactory(ban_id=ADDRESS)]
    social = [LogementSocialFactory(ban_id=ADDRESS), LogementSocialFactory(idu=IDU)]
    groups = [
        GroupeBatimentFactory(rnb_ids=[RNB]),
        GroupeBatimentFactory(idus=[IDU]),
        GroupeBatimentFactory(ban_ids=[ADDRESS]),
    ]
    for factory in (DpeFactory, CoproprieteFactory, LogementSocialFactory, GroupeBatimentFactory):
        factory()  # next door
    MutationParcelleFactory(idu="60999000AB0004")

    with django_assert_num_queries(7):
        found = registers_at(READER, batiments=[drawn.code], idus=[IDU], ban_ids=[ADDRESS])
        parcelles = {m.code: [p.idu for p in m.parcelles.all()] for m in found.mutations}
    assert set(found.dpe) == {by_address, by_building}
    assert parcelles == {sale.code: [IDU, "60999000AB0002"], sale_at_door.code: ["60999000AB0003"]}
    assert set(found.coproprietes) == set(copros)
    assert set(found.logements_sociaux) == set(social)
    assert set(found.groupes) == set(groups)


def test_a_place_without_codes_has_nothing():
    DpeFactory()
    BatimentFactory(code="sans-rnb", rnb_id=None)
    GroupeBatimentFactory()
    found = registers_at(READER, batiments=["sans-rnb"])
    assert found == PlaceRegisters([], [], [], [], [])


def test_open_data_is_not_for_the_anonymous_visitor():
    DpeFactory(ban_id=ADDRESS)
    MutationParcelleFactory(ban_id=ADDRESS)
    found = registers_at(Scope.nobody(), ban_ids=[ADDRESS])
    assert (found.dpe, found.mutations) == ([], [])


def test_a_replaced_or_expired_diagnosis_is_not_in_force():
    old = DpeFactory(classe_energie="G")
    new = DpeFactory(replaces=old.numero)
    DpeFactory(valid_until=date(2025, 1, 1))
    DpeFactory(established_on=date(2026, 1, 1))
    assert set(Dpe.objects.in_force_on(date(2025, 6, 1))) == {new}
