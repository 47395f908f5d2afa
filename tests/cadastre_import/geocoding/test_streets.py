"""The trigrams counted in memory are those of pg_trgm; the likely streets are picked by them."""

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from cadastre_import.geocoding import streets
from cadastre_import.geocoding.normalisation import normalise_street
from cadastre_import.geocoding.streets import StreetIndex, Streets, trigrams
from tests.factories import CommuneFactory, VoieFactory

NAMES = st.lists(
    st.sampled_from(["rue", "r", "2", "saint", "jean", "lilas", "lila", "general"]), min_size=1
).map(" ".join)


def test_trigrams_of_a_name():
    assert trigrams("rue a") == {"  r", " ru", "rue", "ue ", "  a", " a "}


@pytest.mark.django_db
@settings(max_examples=30, deadline=None)
@given(NAMES, NAMES)
def test_the_likeness_is_that_of_pg_trgm(asked, name):
    with connection.cursor() as cursor:
        cursor.execute("SELECT similarity(%s, %s)", [asked, name])
        (expected,) = cursor.fetchone()
    found = dict(StreetIndex([("x", name)]).likely(asked))
    assert found.get("x", 0) == (
        pytest.approx(expected, abs=1e-6) if expected >= streets.TRIGRAM_FLOOR else 0
    )


def test_the_likeliest_streets_come_first_and_unlike_ones_do_not_come():
    index = StreetIndex(
        [("1", "rue moulin"), ("2", "rue lilas blancs"), ("3", "rue lilas"), ("4", "chemin vert")]
    )
    assert [code for code, _ in index.likely("rue lilas")] == ["3", "2"]
    assert index.likely("rue lilas")[0][1] == 1.0
    assert StreetIndex([]).likely("rue lilas") == []
    assert index.likely("") == []


@pytest.mark.django_db
def test_a_commune_is_read_once_and_forgotten_when_too_many_are_held(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(streets, "COMMUNES_HELD", 2)
    communes = CommuneFactory.create_batch(3)
    voies = [
        VoieFactory(commune=c, nom="Rue des Lilas", norm=normalise_street("Rue des Lilas")) for c in communes
    ]
    held = Streets()
    with django_assert_num_queries(1):
        held.hold([communes[0].code, communes[1].code])
        held.hold([communes[0].code])
    trusted = {communes[0].code: 1.0, communes[1].code: 0.9}
    assert held.likely("rue lilas", trusted) == {voies[0].code: 1.0, voies[1].code: 0.9}
    with django_assert_num_queries(1):
        held.hold([communes[2].code, communes[0].code])
    assert held.likely("rue lilas", {communes[2].code: 1.0}) == {voies[2].code: 1.0}
