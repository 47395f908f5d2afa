"""Communes, EPCI, IRIS and perimeters."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from layers.models import Commune, Epci, Iris, Zone
from tests.factories.geometry import square


class EpciFactory(DjangoModelFactory):
    """An EPCI, without communes."""

    class Meta:
        model = Epci

    code = factory.Sequence(lambda n: f"2000{n:05d}")
    nom = factory.Sequence(lambda n: f"EPCI {n}")
    type = "CC"


class CommuneFactory(DjangoModelFactory):
    """A commune of the Ain (its codes begin with a zero): a square of 1 km at the origin.

    Codes run from 01500: those below are for tests that write them out.
    """

    class Meta:
        model = Commune

    code = factory.Sequence(lambda n: f"01{500 + n % 500}")
    nom = factory.Sequence(lambda n: f"Commune {n}")
    departement = factory.LazyAttribute(lambda commune: commune.code[:2])
    epci = None
    population = 1000
    geom = factory.LazyFunction(lambda: square(0, 0, 1000))


class IrisFactory(DjangoModelFactory):
    """An IRIS of a commune: a square of 500 m at the origin."""

    class Meta:
        model = Iris

    commune = factory.SubFactory(CommuneFactory)
    code = factory.LazyAttributeSequence(lambda iris, n: f"{iris.commune.code}{n % 10_000:04d}")
    nom = factory.Sequence(lambda n: f"Îlot {n}")
    type = Iris.Type.HABITAT
    millesime = date(2025, 1, 1)
    geom = factory.LazyFunction(lambda: square(0, 0, 500))


class ZoneFactory(DjangoModelFactory):
    """A quartier prioritaire: a square of 100 m at the origin."""

    class Meta:
        model = Zone

    code = factory.Sequence(lambda n: f"QN{n:06d}")
    nom = factory.Sequence(lambda n: f"Quartier {n}")
    type = Zone.Type.QPV
    geom = factory.LazyFunction(lambda: square(0, 0, 100))
