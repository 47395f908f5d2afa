"""Partners and their users."""

from collections.abc import Iterable
from datetime import timedelta

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory, Password

from geo_lhi.accounts import tokens
from geo_lhi.accounts.models import TokenScope, User
from layers.models import Partner

PASSWORD = "un-mot-de-passe-d-essai"


class PartnerFactory(DjangoModelFactory):
    """A commune's hygiene service; give its perimeter by ``communes=``, ``epcis=``, ``zones=``…"""

    class Meta:
        model = Partner
        skip_postgeneration_save = True

    nom = factory.Sequence(lambda n: f"Partenaire {n}")
    type = Partner.Type.COMMUNE_SCHS

    @factory.post_generation
    def communes(self, create, extracted):
        """Put communes in the perimeter."""
        self.communes.set(extracted or [])

    @factory.post_generation
    def epcis(self, create, extracted):
        """Put EPCI in the perimeter."""
        self.epcis.set(extracted or [])

    @factory.post_generation
    def zones(self, create, extracted):
        """Put zones in the perimeter."""
        self.zones.set(extracted or [])

    @factory.post_generation
    def excluded_zones(self, create, extracted):
        """Take zones out of the perimeter."""
        self.excluded_zones.set(extracted or [])


class UserFactory(DjangoModelFactory):
    """A user who signs in with ``PASSWORD``; without a partner unless the test gives one."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"personne-{n}")
    password = Password(PASSWORD)
    partner = None


def token_of(user: User, *scopes: TokenScope, days: int = 30) -> str:
    """Give the text of a new token of ``user``, for every service unless some are named."""
    wanted: Iterable[TokenScope] = scopes or TokenScope
    return tokens.issue(user, "essai", wanted, timezone.localdate() + timedelta(days=days))[1]
