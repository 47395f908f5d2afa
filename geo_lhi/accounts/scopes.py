"""From a user to a ``Scope``: the only place where a perimeter becomes rights."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from geo_lhi.accounts.models import User
from layers.arrondissements import with_arrondissements
from layers.models import Commune
from layers.scope import Scope


def scope_of(user: User | AnonymousUser) -> Scope:
    """Give what ``user`` may read today.

    A user without a partner, or whose partnership has ended, sees the reference layers and no report. A partner
    without a perimeter sees none either: an empty perimeter is a mistake, not the whole country. A commune opens its
    municipal arrondissements.
    """
    if not user.is_authenticated or not user.is_active:
        return Scope.nobody()
    if user.is_superuser:
        return Scope.whole()
    partner = user.partner
    if partner is None or not partner.is_active_on(timezone.localdate()):
        return Scope(signed_in=True)
    communes = Commune.objects.filter(partners=partner).union(Commune.objects.filter(epci__partners=partner))
    return Scope(
        signed_in=True,
        communes=frozenset(with_arrondissements(communes.values_list("code", flat=True))),
        zones=frozenset(partner.zones.values_list("pk", flat=True)),
        excluded_zones=frozenset(partner.excluded_zones.values_list("pk", flat=True)),
    )
