"""Nothing about people is read without a scope, and a scope shows its perimeter and nothing else."""

import pytest

from geo_lhi.accounts.scopes import scope_of
from layers.errors import UnscopedRead
from layers.models import Affectation, Parcelle, Signalement, Visit
from layers.scope import Scope
from tests.factories import (
    AffectationFactory,
    CommuneFactory,
    EpciFactory,
    ParcelleFactory,
    PartnerFactory,
    SignalementFactory,
    UserFactory,
    VisitFactory,
    ZoneFactory,
)
from tests.factories.geometry import point, square

pytestmark = pytest.mark.django_db


@pytest.fixture
def reports():
    here = CommuneFactory(code="60901")
    there = CommuneFactory(code="60902", geom=square(2000, 0, 1000))
    SignalementFactory(reference="ici", commune=here, geom=point(10, 10))
    SignalementFactory(reference="ici-exclu", commune=here, geom=point(510, 510))
    SignalementFactory(reference="ailleurs", commune=there, geom=point(2010, 10))
    SignalementFactory(reference="ailleurs-zone", commune=there, geom=point(2510, 510))
    SignalementFactory(reference="nulle-part", commune=None, geom=None)


def seen(scope: Scope) -> set[str]:
    return set(Signalement.objects.visible_to(scope).values_list("reference", flat=True))


@pytest.mark.parametrize(
    "read",
    [
        list,
        lambda rows: rows.count(),
        lambda rows: rows.exists(),
        lambda rows: rows.first(),
        lambda rows: rows.get(pk=1),
        lambda rows: list(rows.iterator()),
        lambda rows: rows.aggregate(),
        lambda rows: rows.update(reference="x"),
        lambda rows: rows.delete(),
        lambda rows: list(rows.filter(reference="ici").values_list("pk")),
        lambda rows: list(rows.order_by("pk")[:1]),
        lambda rows: rows.in_bulk(),
        lambda rows: rows.latest("pk"),
    ],
)
def test_a_read_without_a_scope_is_a_bug(reports, read):
    with pytest.raises(UnscopedRead):
        read(Signalement.objects.all())


def test_related_reports_need_a_scope_too(reports):
    commune = CommuneFactory(code="60903")
    with pytest.raises(UnscopedRead):
        list(commune.signalements.all())


def test_a_reason_opens_all_to_a_computation(reports):
    assert Signalement.objects.unscoped("geocoding reads every report").count() == 5
    with pytest.raises(UnscopedRead):
        Signalement.objects.unscoped("")


def test_nobody_sees_nothing(reports):
    assert seen(Scope.nobody()) == set()
    assert seen(Scope(signed_in=True)) == set()


def test_an_administrator_sees_everything(reports):
    assert len(seen(Scope.whole())) == 5


def test_a_perimeter_is_communes_and_zones_less_excluded_zones(reports):
    zone = ZoneFactory(geom=square(2500, 500, 100))
    excluded = ZoneFactory(geom=square(500, 500, 100))
    scope = Scope(
        signed_in=True,
        communes=frozenset({"60901"}),
        zones=frozenset({zone.pk}),
        excluded_zones=frozenset({excluded.pk}),
    )
    assert seen(scope) == {"ici", "ailleurs-zone"}


def test_two_excluded_zones_both_exclude(reports):
    zones = [ZoneFactory(geom=square(500, 500, 100)), ZoneFactory(geom=square(0, 0, 100))]
    scope = Scope(
        signed_in=True, communes=frozenset({"60901"}), excluded_zones=frozenset(zone.pk for zone in zones)
    )
    assert seen(scope) == set()


def test_open_data_is_for_whoever_is_signed_in():
    ParcelleFactory()
    assert Parcelle.objects.visible_to(Scope.nobody()).count() == 0
    assert Parcelle.objects.visible_to(Scope(signed_in=True)).count() == 1


def test_scope_follows_the_partner():
    epci = EpciFactory()
    inside = CommuneFactory(code="60901", epci=epci)
    alone = CommuneFactory(code="60902")
    partner = PartnerFactory(communes=[alone])
    partner.epcis.add(epci)
    assert scope_of(UserFactory(partner=partner)).communes == {inside.code, alone.code}


def test_a_partner_without_perimeter_sees_no_report(reports):
    scope = scope_of(UserFactory(partner=PartnerFactory(communes=[])))
    assert scope.signed_in
    assert seen(scope) == set()


def test_an_ended_partnership_closes_the_reports(reports):
    from datetime import date

    partner = PartnerFactory(communes=["60901"], ends_on=date(2020, 1, 1))
    assert seen(scope_of(UserFactory(partner=partner))) == set()


def test_a_disabled_account_sees_nothing():
    user = UserFactory(is_superuser=True, is_active=False)
    assert scope_of(user) == Scope.nobody()


def test_readers_with_the_same_rights_share_a_cache_key():
    one = Scope(signed_in=True, communes=frozenset({"60901", "60902"}))
    same = Scope(signed_in=True, communes=frozenset({"60902", "60901"}))
    other = Scope(signed_in=True, communes=frozenset({"60901"}))
    assert one.version == same.version
    assert one.version != other.version


@pytest.mark.parametrize(("model", "make"), [(Visit, VisitFactory), (Affectation, AffectationFactory)])
def test_what_hangs_on_a_report_is_for_who_may_read_the_report(reports, model, make):
    for reference in ("ici", "ailleurs"):
        make(signalement=Signalement.objects.unscoped("le test").get(reference=reference), partner=reference)
    with pytest.raises(UnscopedRead):
        list(model.objects.all())
    names = {
        row.partner for row in model.objects.visible_to(Scope(signed_in=True, communes=frozenset({"60901"})))
    }
    assert names == {"ici"}
    assert not model.objects.visible_to(Scope.nobody()).exists()
    assert model.objects.visible_to(Scope.whole()).count() == 2
