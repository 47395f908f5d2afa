"""IRIS, commune, perimeters; and what a second run writes: nothing, or what moved."""

import pytest
from django.core.management import call_command

from cadastre_import.anchoring import anchor_signalements
from layers.models import Anchor, Signalement
from tests.cadastre_import.anchoring_street import CODE, LEFT, RIGHT, address, links, report
from tests.factories import (
    AnchorFactory,
    BatimentFactory,
    CommuneFactory,
    IrisFactory,
    ParcelleFactory,
    VoieFactory,
    ZoneFactory,
    point,
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


def test_the_iris_is_the_one_that_contains_the_point_else_the_nearest_within_50_m(commune):
    west = IrisFactory(commune=commune, geom=square(0, 0, 100))
    IrisFactory(commune=commune, geom=rectangle(100, 0, 100, 100))
    inside, beside, lost = report(50, 50), report(-40, 50), report(-60, 50)
    anchor_signalements()
    assert links(inside, "iris") == [(west.code, "contains", 0, True)]
    assert links(beside, "iris") == [(west.code, "nearest", 40, True)]
    assert links(lost, "iris") == []


def test_an_iris_that_left_the_register_is_not_linked(commune, voie):
    current = IrisFactory(commune=commune, geom=square(0, 0, 100))
    for side in (90, 100):
        IrisFactory(commune=commune, geom=square(0, 0, side), closed_on="2026-01-01")
    address(voie, 1, 50, 50)
    found = [
        report(50, 50),
        report(50, 50, "voie", found=voie.code, kind="street"),
        report(500, 500, "commune"),
    ]
    anchor_signalements()
    assert [[code for code, *_ in links(one, "iris")] for one in found] == [[current.code]] * 3


def test_a_report_known_to_its_street_has_the_iris_and_the_perimeters_that_hold_the_whole_street(
    commune, voie
):
    west = IrisFactory(commune=commune, geom=square(0, 0, 100))
    IrisFactory(commune=commune, geom=rectangle(100, 0, 100, 100))
    around = ZoneFactory(geom=square(0, 0, 150))
    ZoneFactory(geom=square(0, 0, 30))
    address(voie, 1, 10, 50)
    address(voie, 3, 90, 50)
    across = VoieFactory(commune=commune, code=f"{CODE}_0002")
    address(across, 1, 90, 50)
    address(across, 3, 110, 50)
    within = report(50, 50, "voie", found=voie.code, kind="street")
    astride = report(50, 50, "voie", found=across.code, kind="street")
    doubtful = report(10, 50, "voie", found=f"{voie.code}_00001", score=0.4)
    anchor_signalements()
    assert links(within, "iris") == links(doubtful, "iris") == [(west.code, "contains", 0, True)]
    assert links(within, "zone") == [(around.code, "contains", 0, True)]
    assert Anchor.objects.get(signalement=doubtful, kind="iris").score == 0.4
    assert links(astride, "iris") == []


@pytest.mark.parametrize("precision", ["voie", "commune", "inconnue"])
def test_an_imprecise_report_is_linked_to_no_address_parcelle_nor_building(
    commune, voie, parcelles, precision
):
    address(voie, 1, 5, 5)
    BatimentFactory(commune=commune)
    ZoneFactory()
    signalement = report(5, 5, precision, geom=None if precision == "inconnue" else point(5, 5))
    anchor_signalements()
    kinds = set(Anchor.objects.filter(signalement=signalement).values_list("kind", flat=True))
    assert kinds == {"commune"}


@pytest.mark.parametrize("precision", ["numero", "voie", "commune", "inconnue"])
def test_a_commune_that_is_not_divided_is_its_own_iris(commune, precision):
    whole = IrisFactory(commune=commune, code=f"{CODE}0000", geom=square(0, 0, 10))
    signalement = report(500, 500, precision, geom=None if precision == "inconnue" else point(500, 500))
    anchor_signalements()
    assert links(signalement, "iris") == [(whole.code, "contains", None, True)]


def test_the_declared_commune_is_believed_before_the_geometry():
    CommuneFactory(code="01002", geom=square(2000, 0, 1000))
    declared = report(5, 5, code_insee="01002")
    undeclared = report(5, 5, code_insee="")
    named = report(5, 5, code_insee="", geom=None, precision="inconnue")
    anchor_signalements()
    ((code, method, apart_m, _),) = links(declared, "commune")
    assert (code, method, apart_m) == ("01002", "declared", pytest.approx(1995, rel=2e-3))
    assert links(undeclared, "commune") == [(CODE, "contains", 0, True)]
    assert links(named, "commune") == [(CODE, "geocoder", None, True)]


def test_every_perimeter_that_holds_the_point_is_retained():
    zones = {ZoneFactory(geom=square(0, 0, side)).code for side in (10, 20, 30)}
    ZoneFactory(geom=square(20, 20, 10))
    signalement = report(5, 5)
    anchor_signalements()
    assert {(code, best) for code, *_, best in links(signalement, "zone")} == {(code, True) for code in zones}


@pytest.fixture
def town(commune, voie, parcelles):
    """Everything at once, with four reports of all precisions."""
    IrisFactory(commune=commune)
    ZoneFactory()
    BatimentFactory(commune=commune)
    named = address(voie, 1, 5, -2)
    report(5, -2, found=named.ban_id)
    report(10, 5, "declaree")
    report(5, -2, "voie", found=voie.code, kind="street")
    report(500, 500, "commune")


def everything():
    return sorted(
        Anchor.objects.values_list("signalement", "kind", "place_code", "method", "score", "is_best")
    )


def test_exactly_one_link_of_each_kind_is_retained(town):
    anchor_signalements()
    retained = Anchor.objects.filter(is_best=True).exclude(kind="zone").values_list("signalement", "kind")
    assert len(set(retained)) == len(retained)
    assert set(retained) == set(Anchor.objects.exclude(kind="zone").values_list("signalement", "kind"))


def test_anchoring_again_writes_nothing(town):
    first = anchor_signalements()
    keys = set(Anchor.objects.values_list("pk", flat=True))
    before = everything()
    second = anchor_signalements()
    assert first.written == len(keys) > 10
    assert (second.written, second.removed) == (0, 0)
    assert (set(Anchor.objects.values_list("pk", flat=True)), everything()) == (keys, before)


def test_only_what_moved_is_written(town):
    anchor_signalements()
    moved = Signalement.objects.unscoped("test").get(precision="declaree")
    Signalement.objects.unscoped("test").filter(pk=moved.pk).update(geom=point(14, 5))
    outcome = anchor_signalements()
    assert links(moved, "parcelle") == [(RIGHT, "contains", 0, True)]
    assert outcome.removed >= 1
    assert 1 <= outcome.written < Anchor.objects.count() / 2


def test_stale_links_go_away_and_other_reports_are_left_alone(town):
    one, other = Signalement.objects.unscoped("test").order_by("pk")[:2]
    for signalement in (one, other):
        AnchorFactory(signalement=signalement, kind="parcelle", place_code="01001000ZZ0001")
    outcome = anchor_signalements([one.pk])
    assert (outcome.reports, outcome.removed) == (1, 1)
    assert links(other, "parcelle") == [("01001000ZZ0001", "contains", 0, True)]
    assert not Anchor.objects.filter(signalement=one, place_code="01001000ZZ0001").exists()


def test_the_number_of_statements_does_not_depend_on_the_number_of_reports(town, django_assert_num_queries):
    with django_assert_num_queries(25):
        anchor_signalements()
    for x in range(20):
        report(x, 5)
    with django_assert_num_queries(25):
        anchor_signalements()


def test_the_command_says_what_was_linked(town, capsys):
    call_command("anchor_signalements")
    said = capsys.readouterr().out
    assert said.startswith("4 signalements ancrés (adresse 2, parcelle 2, bâtiment 2, IRIS ")
    assert "0 retirés" in said


def test_without_reports_nothing_happens():
    assert anchor_signalements().reports == 0
