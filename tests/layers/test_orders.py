"""An order is one type on one day on one place, whether the act names a parcelle or an address."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from layers.models import Arrete
from tests.factories import ArreteFactory

pytestmark = pytest.mark.django_db


def test_the_place_of_an_order_is_its_parcelle_else_its_address():
    ArreteFactory(idu="60901000AB0001", adresse="1 rue du Moulin", code_postal="60999")
    ArreteFactory(idu="", adresse="1 Rue du Moulin", code_postal="60999")
    places = Arrete.objects.unscoped("le test").order_by("lieu").values_list("lieu", flat=True)
    assert list(places) == ["60901000AB0001", "60999 1 rue du moulin"]


@pytest.mark.parametrize(
    "place", [{"idu": "60901000AB0001"}, {"idu": "", "adresse": "1 rue du Moulin", "code_postal": "60999"}]
)
def test_an_order_is_kept_once(place):
    ArreteFactory(**place, taken_on=date(2025, 6, 1))
    ArreteFactory(**place, taken_on=date(2025, 6, 2))
    ArreteFactory(**place, taken_on=date(2025, 6, 1), numero="2025_00012_VDM")
    with transaction.atomic(), pytest.raises(IntegrityError):
        ArreteFactory(**place, taken_on=date(2025, 6, 1))


def test_orders_of_two_addresses_without_a_parcelle_are_two_orders():
    ArreteFactory(idu="", adresse="1 rue du Moulin", code_postal="60999")
    ArreteFactory(idu="", adresse="3 rue du Moulin", code_postal="60999")
    assert Arrete.objects.unscoped("le test").count() == 2
