"""Administrative orders."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from layers.models import Arrete
from tests.factories.geometry import point
from tests.factories.territoires import CommuneFactory


class ArreteFactory(DjangoModelFactory):
    """An order in force, in the middle of the default parcelle."""

    class Meta:
        model = Arrete

    type = Arrete.Type.ARRETE_L_511_19_INSALUBRITE
    taken_on = date(2025, 6, 1)
    commune = factory.SubFactory(CommuneFactory)
    idu = factory.LazyAttributeSequence(
        lambda arrete, n: f"{arrete.commune.code if arrete.commune else '01000'}000AB{n % 10_000:04d}"
    )
    geom = factory.LazyFunction(lambda: point(5, 5))
