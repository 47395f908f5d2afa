"""From a user to a ``Scope``: the only place where a perimeter becomes rights."""

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from geo_lhi.accounts.models import User
from layers.arrondissements import with_arrondissements
from layers.kept_fields import kept_from
from layers.models import Partner
from layers.scope import Scope

# One statement, written by hand: it comes before each tile, and by the ORM it took half of the time of a kept one
PERIMETER = """
SELECT p.type, p.starts_on, p.ends_on,
    ARRAY(SELECT commune_id FROM layers_partner_communes WHERE partner_id = p.id
          UNION SELECT c.code FROM layers_partner_epcis e JOIN layers_commune c USING (epci_id)
          WHERE e.partner_id = p.id),
    ARRAY(SELECT zone_id FROM layers_partner_zones WHERE partner_id = p.id),
    ARRAY(SELECT zone_id FROM layers_partner_excluded_zones WHERE partner_id = p.id)
FROM layers_partner p WHERE p.id = %s
"""


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
    with connection.cursor() as cursor:
        cursor.execute(PERIMETER, [user.partner_id])
        row = cursor.fetchone()
    if row is None:
        return Scope(signed_in=True)
    type_, starts_on, ends_on, communes, zones, excluded_zones = row
    if not Partner(starts_on=starts_on, ends_on=ends_on).is_active_on(timezone.localdate()):
        return Scope(signed_in=True)
    return Scope(
        signed_in=True,
        communes=frozenset(with_arrondissements(communes)),
        zones=frozenset(zones),
        excluded_zones=frozenset(excluded_zones),
        kept=kept_from(type_),
    )
