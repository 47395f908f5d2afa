"""Anchoring where a person placed the report: the chosen address, the parcelle pointed at, not the rest."""

import pytest

from cadastre_import.anchoring import anchor_signalements
from layers.models import Anchor, PlaceChoice
from layers.scope import Scope
from layers.services.placing import Wish, choose_place, undo_choice, version_of
from tests.factories import (
    AddressFactory,
    AddressParcelleFactory,
    CommuneFactory,
    GeocodingFactory,
    IrisFactory,
    ParcelleFactory,
    SignalementFactory,
    UserFactory,
    VoieFactory,
    point,
    square,
)

pytestmark = pytest.mark.django_db
Kind = PlaceChoice.Kind


@pytest.fixture
def commune():
    return CommuneFactory(code="01001", geom=square(0, 0, 1000))


@pytest.fixture
def report(commune):
    """Make a report that the geocoder put at 1, the source on parcelle 9 of another IRIS."""
    voie = VoieFactory(commune=commune, code="01001_0001")
    for numero, x in ((1, 5), (2, 105)):
        address = AddressFactory(voie=voie, numero=numero, geom=point(x, 0))
        plot = ParcelleFactory(commune=commune, idu=f"01001000AB000{numero}", geom=square(x - 5, 0, 10))
        AddressParcelleFactory(address=address, idu=plot.idu)
    ParcelleFactory(commune=commune, idu="01001000AB0009", geom=square(500, 500, 10))
    IrisFactory(commune=commune, code="010010101", geom=square(0, 0, 400))
    IrisFactory(commune=commune, code="010010102", geom=square(400, 400, 400))
    made = SignalementFactory(
        commune=commune,
        code_insee="01001",
        geom=point(5, 0),
        declared_idu="01001000AB0009",
        declared_iris="010010102",
        needs_review=True,
    )
    GeocodingFactory(signalement=made, ban_id="01001_0001_00001")
    anchor_signalements()
    return made


def choose(report, wish):
    report.refresh_from_db()
    user = UserFactory(is_superuser=True)
    choice = choose_place(report.pk, wish, version_of(report), Scope.whole(), user.pk)
    anchor_signalements()
    return choice


def links(report, kind):
    anchors = Anchor.objects.filter(signalement=report, kind=kind).order_by("place_code")
    return list(anchors.values_list("place_code", "method", "score"))


def test_the_chosen_address_brings_its_parcelle_whatever_the_source_declared(report):
    assert links(report, "parcelle") == [("01001000AB0009", "declared", 1)]
    choose(report, Wish(Kind.CANDIDATE, ban_id="01001_0001_00002"))
    assert links(report, "address") == [("01001_0001_00002", "chosen", 1)]
    assert links(report, "parcelle") == [("01001000AB0002", "cad_parcelles", 0.95)]
    assert links(report, "iris") == [("010010101", "contains", 1)]


def test_the_parcelle_pointed_at_is_retained(report):
    at = point(500, 499)
    choose(report, Wish(Kind.POINT, lon=at.x, lat=at.y, idu="01001000AB0009"))
    assert links(report, "parcelle") == [("01001000AB0009", "chosen", 1)]
    assert links(report, "address") == []
    assert links(report, "iris") == [("010010102", "contains", 1)]


def test_another_parcelle_at_the_same_point_is_anchored_again(report):
    at = point(505, 505)
    choose(report, Wish(Kind.POINT, lon=at.x, lat=at.y, idu="01001000AB0009"))
    ParcelleFactory(commune=report.commune, idu="01001000AB0010", geom=square(510, 500, 10))
    choose(report, Wish(Kind.POINT, lon=at.x, lat=at.y, idu="01001000AB0010"))
    assert links(report, "parcelle") == [("01001000AB0010", "chosen", 1)]


def test_a_chosen_street_brings_neither_address_nor_parcelle(report):
    choose(report, Wish(Kind.CANDIDATE, ban_id="01001_0001"))
    assert links(report, "address") == links(report, "parcelle") == []
    assert links(report, "iris") == [("010010101", "contains", 1)]


def test_a_report_placed_in_another_commune_is_of_that_commune(report):
    CommuneFactory(code="01002", geom=square(2000, 0, 1000))
    at = point(2500, 500)
    choose(report, Wish(Kind.POINT, lon=at.x, lat=at.y))
    assert links(report, "commune") == [("01002", "contains", 0.95)]


def test_a_refused_position_keeps_its_declared_commune_only(report):
    choose(report, Wish(Kind.REJECTED, reason="essai"))
    kinds = Anchor.objects.filter(signalement=report).values_list("kind", "method")
    assert list(kinds) == [("commune", "declared")]


def test_undoing_brings_back_the_links_of_before(report):
    before = {kind: links(report, kind) for kind in Anchor.Kind}
    choice = choose(report, Wish(Kind.REJECTED, reason="essai"))
    undo_choice(choice.pk, Scope.whole(), choice.chosen_by_id)
    anchor_signalements()
    assert {kind: links(report, kind) for kind in Anchor.Kind} == before


def test_a_chosen_address_that_enters_the_register_later_is_linked(report, commune):
    choose(report, Wish(Kind.CANDIDATE, ban_id="01001_0001_00002"))
    Anchor.objects.filter(signalement=report).delete()
    address = commune.address_set.get(numero=2)
    address.type_position = "parcelle"
    address.save()
    anchor_signalements()
    assert links(report, "address") == [("01001_0001_00002", "chosen", 1)]
