"""The place file looks at the few neighbours of a place, however large the registers are."""

import pytest
from django.db import connection

from layers.models import Address, Parcelle
from layers.selectors.places.identity import ADDRESSES_OF, NEAR_M, NUMERO_M, PARCELLES_OF_ADDRESS
from tests.factories import AddressFactory, CommuneFactory, ParcelleFactory, VoieFactory, point, square

SIDE, STEP_M = 40, 20
MIDDLE = SIDE * SIDE // 2 + SIDE // 2


@pytest.fixture
def registers(db):
    """Lay sixteen hundred parcelles, a house number before each."""
    street = VoieFactory(commune=CommuneFactory(code="01001", geom=square(0, 0, 1_000)))
    corners = [(n % SIDE * STEP_M, n // SIDE * STEP_M) for n in range(SIDE * SIDE)]
    Parcelle.objects.bulk_create(
        ParcelleFactory.build(commune=street.commune, idu=f"01001000AB{n:04d}", geom=square(x, y, 15))
        for n, (x, y) in enumerate(corners)
    )
    Address.objects.bulk_create(
        AddressFactory.build(voie=street, commune=street.commune, numero=n + 1, geom=point(x + 7, y - 1))
        for n, (x, y) in enumerate(corners)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_parcelle; ANALYZE layers_address")


def seen(query, **given):
    """Give what a query finds, and the rows of its most seen step."""
    values = {"near_m": NEAR_M, "numero_m": NUMERO_M, "batiments": [], "by_parcelle": True, **given}

    def steps(plan):
        yield plan["Actual Rows"] * plan["Actual Loops"] + plan.get("Rows Removed by Filter", 0)
        for below in plan.get("Plans", ()):
            yield from steps(below)

    with connection.cursor() as cursor:
        cursor.execute(query, values)
        found = [row[0] for row in cursor.fetchall()]
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}", values)
        return found, max(steps(cursor.fetchone()[0][0]["Plan"]))


def test_the_addresses_of_a_parcelle_are_sought_around_it(registers):
    found, rows = seen(ADDRESSES_OF, idus=[f"01001000AB{MIDDLE:04d}"])
    assert [code.rpartition("_")[2] for code in found] == [f"{MIDDLE + 1:05d}"]
    assert rows < 50


def test_the_parcelle_of_an_address_is_sought_around_it(registers):
    address = Address.objects.get(numero=MIDDLE + 1)
    found, rows = seen(PARCELLES_OF_ADDRESS, ban_id=address.pk)
    assert found == [f"01001000AB{MIDDLE:04d}"]
    assert rows < 50
