"""Diagnoses, sales, copropriétés, social dwellings and groups of buildings."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from layers.models import Copropriete, Dpe, GroupeBatiment, LogementSocial, Mutation, MutationParcelle


class DpeFactory(DjangoModelFactory):
    """A diagnosis of a poor flat, with no place."""

    class Meta:
        model = Dpe

    numero = factory.Sequence(lambda n: f"2460E{n:07d}A")
    established_on = date(2024, 5, 2)
    valid_until = date(2034, 5, 1)
    classe_energie = "F"
    classe_ges = "E"
    type = Dpe.Type.APPARTEMENT
    code_insee = "60999"


class MutationFactory(DjangoModelFactory):
    """A sale of one parcelle."""

    class Meta:
        model = Mutation

    code = factory.Sequence(lambda n: f"60999000AB0001-20240301-{n}")
    mutated_on = date(2024, 3, 1)
    nature = "Vente"
    valeur_fonciere = 120_000
    parcelles_count = 1


class MutationParcelleFactory(DjangoModelFactory):
    """The parcelle of a sale."""

    class Meta:
        model = MutationParcelle

    mutation = factory.SubFactory(MutationFactory)
    idu = factory.Sequence(lambda n: f"60999000AB{n % 10_000:04d}")
    types_local = ["Appartement"]


class CoproprieteFactory(DjangoModelFactory):
    """A copropriété of twelve lots, with no place."""

    class Meta:
        model = Copropriete

    numero = factory.Sequence(lambda n: f"AA{n:07d}")
    nom = "Les Tilleuls"
    code_insee = "60999"
    lots = 12
    syndic = Copropriete.Syndic.BENEVOLE


class LogementSocialFactory(DjangoModelFactory):
    """Eight social dwellings, with no place."""

    class Meta:
        model = LogementSocial

    code_insee = "60999"
    millesime = 2024
    numero = factory.Sequence(str)
    voie = "RUE DU MOULIN"
    dwellings = 8


class GroupeBatimentFactory(DjangoModelFactory):
    """A group of buildings, with no place."""

    class Meta:
        model = GroupeBatiment

    code = factory.Sequence(lambda n: f"bdnb-bg-{n:04d}-AAAA-BBBB")
    code_insee = "60999"
