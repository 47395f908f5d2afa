"""The outlines of EPCI and départements follow their communes, whoever writes them."""

import pytest

from layers.models import Commune, Outline
from layers.registry import LAYERS
from layers.scope import Scope
from tests.factories import CommuneFactory, EpciFactory, square


@pytest.fixture
def epci(db):
    """An EPCI of two communes side by side, in one département."""
    epci = EpciFactory(code="200000001", nom="Pays commun")
    for code, x in (("01001", 0), ("01002", 1000)):
        CommuneFactory(code=code, geom=square(x, 0, 1000), epci=epci, population=500)
    return epci


def outline(kind: str, code: str):
    found = Outline.objects.filter(kind=kind, code=code).first()
    return found and found.geom


@pytest.mark.parametrize(("kind", "code"), [("epci", "200000001"), ("departement", "01")])
def test_it_is_the_union_of_the_communes(epci, kind, code):
    left, right = Commune.objects.order_by("code")
    union = left.geom.union(right.geom)
    assert outline(kind, code).sym_difference(union).area < 1e-9 * union.area


def test_a_commune_that_moves_leaves_the_one_and_joins_the_other(epci):
    other = EpciFactory(code="200000002")
    Commune.objects.filter(code="01002").update(epci=other)
    assert outline("epci", epci.code).equals(square(0, 0, 1000))
    assert outline("epci", other.code).equals(square(1000, 0, 1000))
    assert outline("departement", "01").area == pytest.approx(2 * square(0, 0, 1000).area, rel=1e-3)


def test_a_commune_drawn_again_draws_its_territories_again(epci):
    Commune.objects.filter(code="01002").update(geom=square(1000, 0, 500))
    assert outline("epci", epci.code).area == pytest.approx(1.25 * square(0, 0, 1000).area, rel=1e-3)


def test_without_communes_there_is_no_outline(epci):
    Commune.objects.all().delete()
    assert not Outline.objects.exists()


def test_a_commune_that_is_only_renamed_draws_nothing(epci):
    before = list(Outline.objects.order_by("pk").values_list("pk", flat=True))
    Commune.objects.update(nom="Autre", population=7)
    assert list(Outline.objects.order_by("pk").values_list("pk", flat=True)) == before


def test_communes_without_a_shape_or_an_epci_are_left_out(db):
    CommuneFactory(code="2A004", departement="2A", geom=None)
    CommuneFactory(code="01001")
    assert list(Outline.objects.values_list("kind", "code")) == [("departement", "01")]


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("epci", ("200000001", "Pays commun", 2, 1000)),
        ("departements", ("01", "Ain", 2, 1000)),
    ],
)
def test_the_layers_name_and_count_them(epci, layer, expected):
    found = LAYERS[layer]
    names = [found.fields[name] for name in ("code", "nom", "communes", "population")]
    assert list(found.rows(Scope(signed_in=True), {}).values_list(*names)) == [expected]
    assert list(found.rows(Scope.nobody(), {})) == []
