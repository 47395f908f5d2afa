"""Queries of the geocoder-tester project: those of Bondy on its real register, the others on one of their own."""

import pytest

from cadastre_import.geocoding.embedded import EmbeddedGeocoder
from tests.cadastre_import.geocoding import geocoder_tests
from tests.cadastre_import.test_real_bondy_geocoding import bondy, told  # noqa: F401 - fixtures

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not geocoder_tests.FOLDER.is_dir(),
        reason="les requêtes de geocoder-tester ne sont pas sur cette machine",
    ),
]


def test_the_queries_of_bondy_on_its_real_register(bondy, told):  # noqa: F811
    queries = geocoder_tests.of_bondy()
    right, misses = geocoder_tests.met(EmbeddedGeocoder(), queries)
    told(f"geocoder-tester, Bondy : {right} requêtes sur {len(queries)} ; manquées : {misses}")
    assert len(queries) == 6
    assert misses == []


@pytest.mark.parametrize(
    ("names", "floor"),
    [(geocoder_tests.WELL_WRITTEN, 0.99), (geocoder_tests.MISSPELT, 0.985)],
    ids=["well written", "misspelt"],
)
def test_the_other_queries_on_a_register_of_the_expected_addresses(db, told, names, floor):  # noqa: F811
    """Easier than a whole register, and harder in one way: nothing but the line says the commune."""
    queries = list(geocoder_tests.expected(*names))
    geocoder_tests.load_register(queries)
    right, misses = geocoder_tests.met(EmbeddedGeocoder(), queries)
    told(f"geocoder-tester, {' '.join(names)} : {right / len(queries):.1%} de {len(queries)}")
    for miss in misses:
        told(f"  manquée : {miss}")
    assert right / len(queries) >= floor
