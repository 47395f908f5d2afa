"""Sections, parcelles, batiments, streets, addresses and their links."""

from datetime import date

import factory
from factory.django import DjangoModelFactory

from layers.models import (
    Address,
    AddressParcelle,
    Batiment,
    BatimentAddress,
    BatimentParcelle,
    NumeroCadastral,
    Parcelle,
    Section,
    Voie,
)
from tests.factories.geometry import point, square
from tests.factories.territoires import CommuneFactory

MILLESIME = date(2026, 4, 1)


class SectionFactory(DjangoModelFactory):
    """A section: a square of 200 m at the origin."""

    class Meta:
        model = Section

    commune = factory.SubFactory(CommuneFactory)
    code = factory.LazyAttributeSequence(lambda section, n: f"{section.commune.code}000{n % 100:02d}")
    millesime = MILLESIME
    geom = factory.LazyFunction(lambda: square(0, 0, 200))


class ParcelleFactory(DjangoModelFactory):
    """A current parcelle: a square of 10 m at the origin."""

    class Meta:
        model = Parcelle

    commune = factory.SubFactory(CommuneFactory)
    idu = factory.LazyAttributeSequence(lambda parcelle, n: f"{parcelle.commune.code}000AB{n % 10_000:04d}")
    contenance = 100
    arpente = False
    millesime = MILLESIME
    geom = factory.LazyFunction(lambda: square(0, 0, 10))


class BatimentFactory(DjangoModelFactory):
    """A current building: a square of 5 m inside the default parcelle."""

    class Meta:
        model = Batiment

    commune = factory.SubFactory(CommuneFactory)
    code = factory.Sequence(lambda n: f"RNB{n:09d}")
    rnb_id = factory.SelfAttribute("code")
    type = Batiment.Type.DUR
    millesime = MILLESIME
    geom = factory.LazyFunction(lambda: square(2, 2, 5))


class VoieFactory(DjangoModelFactory):
    """A street of the BAN."""

    class Meta:
        model = Voie

    commune = factory.SubFactory(CommuneFactory)
    code = factory.LazyAttributeSequence(lambda voie, n: f"{voie.commune.code}_{n:04d}")
    nom = factory.Sequence(lambda n: f"Rue numéro {n}")
    norm = factory.LazyAttribute(lambda voie: voie.nom.lower().replace("é", "e"))
    code_postal = "01000"
    geom = factory.LazyFunction(lambda: point(5, 0))


class AddressFactory(DjangoModelFactory):
    """A house number: a point on the south edge of the default parcelle."""

    class Meta:
        model = Address

    voie = factory.SubFactory(VoieFactory)
    commune = factory.SelfAttribute("voie.commune")
    numero = factory.Sequence(lambda n: n + 1)
    ban_id = factory.LazyAttribute(lambda address: f"{address.voie.code}_{address.numero:05d}")
    code_postal = "01000"
    type_position = "entrée"
    millesime = MILLESIME
    geom = factory.LazyFunction(lambda: point(5, 0))


class AddressParcelleFactory(DjangoModelFactory):
    """A link declared by the BAN."""

    class Meta:
        model = AddressParcelle

    address = factory.SubFactory(AddressFactory)
    idu = factory.LazyFunction(lambda: ParcelleFactory().idu)


class BatimentParcelleFactory(DjangoModelFactory):
    """A building–parcelle link declared by the RNB."""

    class Meta:
        model = BatimentParcelle

    batiment = factory.SubFactory(BatimentFactory)
    idu = factory.LazyFunction(lambda: ParcelleFactory().idu)
    cover_ratio = 1.0


class BatimentAddressFactory(DjangoModelFactory):
    """A building–address link declared by the RNB."""

    class Meta:
        model = BatimentAddress

    batiment = factory.SubFactory(BatimentFactory)
    ban_id = factory.LazyFunction(lambda: AddressFactory().ban_id)


class NumeroCadastralFactory(DjangoModelFactory):
    """A house number of the plan on one parcelle."""

    class Meta:
        model = NumeroCadastral

    numero = factory.Sequence(lambda n: n + 1)
    idu = factory.LazyFunction(lambda: ParcelleFactory().idu)
    code = factory.LazyAttribute(lambda row: f"{row.idu}_{row.numero:05d}{row.rep}")
    commune_id = factory.LazyAttribute(lambda row: row.idu[:5])
    rep = ""
    feuille = factory.LazyAttribute(lambda row: f"{row.idu[:10]}01")
    millesime = MILLESIME
    geom = factory.LazyFunction(lambda: point(5, 0))
