"""Extents, projections and filters: what is refused is refused in French."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layers.bbox import BBox
from layers.crs import departement_of, legal_srid
from layers.errors import InvalidBBox, InvalidFilter, UnknownTerritoire
from layers.scope import Scope
from layers.selectors.signalement_filters import SignalementFilters
from tests.factories import CommuneFactory, EpciFactory, SignalementFactory
from tests.factories.geometry import bbox, point


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1,2,3",
        "a,b,c,d",
        "nan,0,1,1",
        "0,0,inf,1",
        "1e400,0,1,1",
        "45,0,44,1",
        "0,2,1,1",
        "0,0,181,1",
        "1,2,3,4,5",
    ],
)
def test_a_bad_extent_is_refused(text):
    with pytest.raises(InvalidBBox, match="bbox"):
        BBox.parse(text)


@given(st.text(max_size=60))
def test_any_text_is_an_extent_or_refused(text):
    try:
        extent = BBox.parse(text)
    except InvalidBBox:
        return
    assert extent.west < extent.east


def test_an_extent_becomes_its_rectangle():
    assert BBox.parse("2,48,3,49").polygon().extent == (2, 48, 3, 49)
    assert BBox.parse("2,48,3,49").polygon().srid == 4326


@pytest.mark.parametrize(
    ("commune", "departement", "srid"),
    [
        ("01004", "01", 2154),
        ("2A004", "2A", 2154),
        ("97105", "971", 5490),
        ("97411", "974", 2975),
        ("97608", "976", 4471),
    ],
)
def test_each_departement_has_its_legal_projection(commune, departement, srid):
    assert departement_of(commune) == departement
    assert legal_srid(commune) == srid


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"du": "hier"}, "du attend une date"),
        ({"au": "2025-02-31"}, "au attend une date"),
        ({"statut": "ACTIVE,PERDU"}, "statut inconnu"),
        ({"bbox": "1,2"}, "bbox"),
    ],
)
def test_a_bad_filter_is_refused(parameters, message):
    with pytest.raises((InvalidFilter, InvalidBBox), match=message):
        SignalementFilters.parse(parameters)


@pytest.mark.django_db
def test_filters_combine():
    epci = EpciFactory()
    here = CommuneFactory(code="60901", epci=epci)
    there = CommuneFactory(code="60902")
    SignalementFactory(
        reference="a", commune=here, received_on="2024-05-01", status="ACTIVE", geom=point(5, 5)
    )
    SignalementFactory(
        reference="b", commune=here, received_on="2024-06-01", status="CLOSED", geom=point(500, 5)
    )
    SignalementFactory(
        reference="c", commune=there, received_on="2024-07-01", status="ACTIVE", geom=point(5, 500)
    )

    def found(**parameters: str) -> set[str]:
        rows = SignalementFilters.parse(parameters).apply(Scope.whole())
        return set(rows.values_list("reference", flat=True))

    assert found() == {"a", "b", "c"}
    assert found(du="2024-06-01") == {"b", "c"}
    assert found(au="2024-06-01") == {"a", "b"}
    assert found(statut="ACTIVE") == {"a", "c"}
    assert found(statut="ACTIVE,CLOSED", territoire="60901") == {"a", "b"}
    assert found(territoire=epci.pk) == {"a", "b"}
    assert found(bbox=bbox(0, 0, 100, 100)) == {"a"}
    with pytest.raises(UnknownTerritoire, match="99999"):
        found(territoire="99999")
