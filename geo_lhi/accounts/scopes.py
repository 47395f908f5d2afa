"""From a user to a ``Scope``: the only place where a perimeter becomes rights."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from geo_lhi.accounts import reading
from geo_lhi.accounts.models import User
from layers.arrondissements import with_arrondissements
from layers.kept_fields import kept_from
from layers.models import Partner
from layers.scope import Scope


def scope_of(user: User | AnonymousUser) -> Scope:
    """Give what ``user`` may read today.

    A user without a partner, or whose partnership has ended, sees the reference layers and no report. A partner
    without a perimeter sees none either: an empty perimeter is a mistake, not the whole country. A commune opens its
    municipal arrondissements. What a partner does not need is kept from it by its type.
    """
    if not user.is_authenticated or not user.is_active:
        return Scope.nobody()
    if user.is_superuser:
        return Scope.whole()
    if user.partner_id is None:
        return Scope(signed_in=True)
    perimeter = user.perimeter or reading.perimeter_of(user.partner_id)
    if perimeter is None:
        return Scope(signed_in=True)
    type_, starts_on, ends_on, communes, zones, excluded_zones = perimeter
    if not Partner(starts_on=starts_on, ends_on=ends_on).is_active_on(timezone.localdate()):
        return Scope(signed_in=True)
    return Scope(
        signed_in=True,
        communes=frozenset(with_arrondissements(communes)),
        zones=frozenset(zones),
        excluded_zones=frozenset(excluded_zones),
        kept=kept_from(type_),
    )
