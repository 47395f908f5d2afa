"""Administrative orders, visits, affectations."""

import uuid
from datetime import date

import factory
from factory.django import DjangoModelFactory

from layers.models import Affectation, Arrete, Visit
from tests.factories.geometry import point
from tests.factories.signalements import SignalementFactory
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


class VisitFactory(DjangoModelFactory):
    """A visit that was made."""

    class Meta:
        model = Visit

    signalement = factory.SubFactory(SignalementFactory)
    uuid = factory.LazyFunction(uuid.uuid4)
    status = Visit.Status.TERMINEE
    visited_on = date(2025, 3, 10)


class AffectationFactory(DjangoModelFactory):
    """A report that a partner is dealing with."""

    class Meta:
        model = Affectation

    signalement = factory.SubFactory(SignalementFactory)
    uuid = factory.LazyFunction(uuid.uuid4)
    partner = "SCHS d’Ici"
    status = Affectation.Status.EN_COURS
