"""Reports, and what was found about their place."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from layers.models import Anchor, Desordre, Geocoding, Signalement
from tests.factories.geometry import point
from tests.factories.territoires import CommuneFactory


class SignalementFactory(DjangoModelFactory):
    """An open report found at its house number, in the middle of the default parcelle."""

    class Meta:
        model = Signalement

    commune = factory.SubFactory(CommuneFactory)
    departement = factory.LazyAttribute(lambda report: report.commune.departement if report.commune else "01")
    reference = factory.Sequence(lambda n: f"2026-{n:05d}")
    status = Signalement.Status.ACTIVE
    received_on = date(2026, 3, 15)
    adresse = "1 rue de l’Exemple"
    code_postal = "01000"
    ville = factory.LazyAttribute(lambda report: report.commune.nom if report.commune else "")
    geom = factory.LazyFunction(lambda: point(5, 5))
    precision = Signalement.Precision.NUMERO
    needs_review = False
    criticite = 10.0


class DesordreFactory(DjangoModelFactory):
    """A defect of a report."""

    class Meta:
        model = Desordre

    signalement = factory.SubFactory(SignalementFactory)
    label = factory.Sequence(lambda n: f"Désordre {n}")


class GeocodingFactory(DjangoModelFactory):
    """A sure answer of the embedded geocoder."""

    class Meta:
        model = Geocoding

    signalement = factory.SubFactory(SignalementFactory)
    query = "1 rue de l’Exemple 01000"
    provider = "embedded"
    kind = Geocoding.Kind.HOUSENUMBER
    score = 0.98
    label = "1 Rue de l’Exemple 01000 Commune"


class AnchorFactory(DjangoModelFactory):
    """The retained link of a report to an IRIS, found by containment."""

    class Meta:
        model = Anchor

    signalement = factory.SubFactory(SignalementFactory)
    kind = Anchor.Kind.IRIS
    place_code = "010000101"
    method = Anchor.Method.CONTAINS
    score = 1.0
    distance_m = 0.0
    is_best = True
