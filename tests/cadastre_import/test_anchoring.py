"""Address, parcelles, buildings: each step of the cascade, and what makes it give way to the next."""

import pytest

from cadastre_import.anchoring import anchor_signalements
from layers.models import Anchor
from tests.cadastre_import.anchoring_street import CODE, LEFT, RIGHT, address, links, report
from tests.factories import (
    AddressParcelleFactory,
    BatimentAddressFactory,
    BatimentFactory,
    BatimentParcelleFactory,
    CommuneFactory,
    ParcelleFactory,
    VoieFactory,
    rectangle,
    square,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def commune():
    return CommuneFactory(code=CODE, geom=square(0, 0, 1000))


@pytest.fixture
def voie(commune):
    return VoieFactory(commune=commune, code=f"{CODE}_0001", nom="Rue Neuve")


@pytest.fixture
def parcelles(commune):
    """Two parcelles that share the edge x = 10; the street is south of y = 0."""
    ParcelleFactory(commune=commune, idu=LEFT, geom=square(0, 0, 10))
    ParcelleFactory(commune=commune, idu=RIGHT, geom=square(10, 0, 10))


def test_the_address_is_the_one_the_geocoder_named(voie):
    address(voie, 1, 5, -2)
    named = address(voie, 3, 15, -2)
    signalement = report(15, -2, found=named.ban_id)
    anchor_signalements()
    assert links(signalement, "address") == [(named.ban_id, "geocoder", 0, True)]


@pytest.mark.parametrize(("distance", "expected"), [(29.5, 1), (31, 0)])
def test_else_it_is_the_nearest_within_30_m(voie, distance, expected):
    nearest = address(voie, 1, 0, -5)
    address(voie, 3, -80, -5)
    signalement = report(distance, -5, "declaree")
    anchor_signalements()
    assert links(signalement, "address") == [(nearest.ban_id, "nearest", distance, True)][:expected]


@pytest.mark.parametrize("gone", ["closed", "unknown"])
def test_a_named_address_that_left_the_register_is_replaced_by_the_nearest(voie, gone):
    left = address(voie, 1, 0, -5)
    left.closed_on = "2026-05-01"
    left.save()
    near = address(voie, 3, 8, -5)
    signalement = report(0, -5, found=left.ban_id if gone == "closed" else "01001_9999_00001")
    anchor_signalements()
    assert links(signalement, "address") == [(near.ban_id, "nearest", 8, True)]


def test_metres_are_metres_in_both_directions(voie):
    """An equal number of degrees is a third less metres eastwards: the nearest in degrees is not the nearest."""
    east, north = address(voie, 1, 20, 0), address(voie, 3, 0, 22)
    assert abs(east.geom.x - 3.0) > abs(north.geom.y - 46.5)
    signalement = report(0, 0, "declaree")
    anchor_signalements()
    assert links(signalement, "address") == [(east.ban_id, "nearest", 20, True)]


def test_the_parcelles_declared_for_the_address_come_first(voie, parcelles):
    named = address(voie, 1, 5, -2)
    AddressParcelleFactory(address=named, idu=RIGHT)
    AddressParcelleFactory(address=named, idu=f"{CODE}000AA9999")
    signalement = report(5, -2, found=named.ban_id)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(RIGHT, "cad_parcelles", 5.4, True)]


def test_an_address_on_two_parcelles_keeps_both_and_retains_the_nearer(voie, parcelles):
    named = address(voie, 1, 12, -2)
    for idu in (LEFT, RIGHT):
        AddressParcelleFactory(address=named, idu=idu)
    signalement = report(12, -2, found=named.ban_id)
    anchor_signalements()
    assert links(signalement, "parcelle") == [
        (RIGHT, "cad_parcelles", 2, True),
        (LEFT, "cad_parcelles", 2.8, False),
    ]


def test_else_the_parcelle_is_the_one_under_the_point(parcelles):
    signalement = report(4, 4)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(LEFT, "contains", 0, True)]


def test_a_point_on_a_shared_edge_is_in_both_parcelles(parcelles):
    signalement = report(10, 5)
    anchor_signalements()
    found = links(signalement, "parcelle")
    assert sorted(idu for idu, *_ in found) == [LEFT, RIGHT]
    assert [retained for *_, retained in found] == [True, False]
    assert set(Anchor.objects.filter(kind="parcelle").values_list("score", flat=True)) == {0.45}


@pytest.mark.parametrize(("y", "expected"), [(-14.5, 1), (-16, 0)])
def test_else_it_is_the_nearest_within_15_m(parcelles, y, expected):
    signalement = report(15, y)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(RIGHT, "nearest", -y, True)][:expected]


def test_the_nearest_parcelle_is_the_nearest_in_metres(commune):
    """Ten metres east are more degrees than twelve metres north."""
    ParcelleFactory(commune=commune, idu=LEFT, geom=square(10, 0, 10))
    ParcelleFactory(commune=commune, idu=RIGHT, geom=square(0, 12, 5))
    signalement = report(0, 0)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(LEFT, "nearest", 10, True)]


def test_parcelles_at_the_same_distance_are_all_told(parcelles):
    signalement = report(10, -3)
    anchor_signalements()
    assert [(idu, round(d, 1)) for idu, _, d, _ in links(signalement, "parcelle")] == [(LEFT, 3), (RIGHT, 3)]
    assert [retained for *_, retained in links(signalement, "parcelle")] == [True, False]


def test_the_further_a_link_the_lower_its_score(parcelles):
    signalements = [report(15, y) for y in (5, -1, -5, -14)]
    anchor_signalements()
    scores = [Anchor.objects.get(signalement=s, kind="parcelle").score for s in signalements]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= 1 for score in scores)


def test_a_parcelle_that_left_the_cadastre_is_not_linked(commune, parcelles):
    ParcelleFactory(commune=commune, geom=square(0, -12, 10), closed_on="2026-01-01")
    signalement = report(5, -3)
    anchor_signalements()
    assert links(signalement, "parcelle") == [(LEFT, "nearest", 3, True)]


def test_the_buildings_that_the_rnb_links_to_the_address_come_first(commune, voie, parcelles):
    named = address(voie, 1, 5, -2)
    near, far = (BatimentFactory(commune=commune, geom=square(x, 2, 5)) for x in (12, 100))
    BatimentFactory(commune=commune, geom=square(2, 2, 5))
    for batiment in (near, far):
        BatimentAddressFactory(batiment=batiment, ban_id=named.ban_id)
    signalement = report(5, -2, found=named.ban_id)
    anchor_signalements()
    found = links(signalement, "batiment")
    assert [(code, method, best) for code, method, _, best in found] == [
        (near.code, "rnb", True),
        (far.code, "rnb", False),
    ]


def test_else_the_building_is_the_one_the_point_stands_in(commune, parcelles):
    stood_in = BatimentFactory(commune=commune, geom=square(2, 2, 5))
    BatimentFactory(commune=commune, geom=square(7, 7, 2))
    signalement = report(4, 4, "declaree")
    anchor_signalements()
    assert links(signalement, "batiment") == [(stood_in.code, "contains", 0, True)]


def test_else_the_rnb_names_the_buildings_of_the_parcelle(commune, parcelles):
    main, shared = (BatimentFactory(commune=commune, geom=square(100, 100 + y, 5)) for y in (0, 20))
    BatimentParcelleFactory(batiment=main, idu=LEFT, cover_ratio=1.0)
    BatimentParcelleFactory(batiment=shared, idu=LEFT, cover_ratio=0.4)
    sliver = BatimentFactory(commune=commune)
    BatimentParcelleFactory(batiment=sliver, idu=LEFT, cover_ratio=0.02)
    signalement = report(5, 1)
    anchor_signalements()
    assert [(code, method, best) for code, method, _, best in links(signalement, "batiment")] == [
        (main.code, "rnb", True),
        (shared.code, "rnb", False),
    ]


def test_else_buildings_are_those_that_stand_on_the_parcelle_by_their_share_of_it(commune, parcelles):
    whole = BatimentFactory(commune=commune, rnb_id=None, geom=square(1, 5, 4))
    straddling = BatimentFactory(commune=commune, rnb_id=None, geom=rectangle(6, 5, 8, 4))
    BatimentFactory(commune=commune, rnb_id=None, geom=rectangle(9.8, 0, 8, 4))
    shed = BatimentFactory(commune=commune, rnb_id=None, type="02", geom=square(1, 1, 2))
    BatimentFactory(commune=commune, rnb_id=None, geom=square(1, 5, 4), closed_on="2026-01-01")
    signalement = report(5, 2)
    anchor_signalements()
    scores = dict(
        Anchor.objects.filter(kind="batiment", signalement=signalement).values_list("place_code", "score")
    )
    assert scores == pytest.approx({whole.code: 0.9, straddling.code: 0.45, shed.code: 0.45}, abs=0.002)
    assert (links(signalement, "batiment")[0][0], links(signalement, "batiment")[0][3]) == (whole.code, True)


def test_of_two_whole_buildings_the_one_nearest_to_the_point_is_retained(commune, parcelles):
    back = BatimentFactory(commune=commune, code="A", geom=square(2, 7, 2))
    front = BatimentFactory(commune=commune, code="B", geom=square(2, 3, 2))
    signalement = report(3, 1)
    anchor_signalements()
    assert [(code, best) for code, *_, best in links(signalement, "batiment")] == [
        (front.code, True),
        (back.code, False),
    ]
