"""The orders taken on a place, what lifted them, and how many still stand in the law's ten years."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from layers.models import Arrete
from layers.models.procedures import ArreteQuerySet
from layers.scope import Scope
from layers.selectors.places.identity import Place
from layers.selectors.places.timeline import LISTED, Event, EventKind, Findings

YEARS = 10
Type = Arrete.Type
# Orders of the police of unfit housing (CCH L. 511-11 and L. 511-19, and the CSP's L. 1331-26 that they replaced); an
# order that modifies another is not a second one; the mayor's general police and CSP L. 1311-4 are other polices
COUNTED = (
    Type.MISE_EN_SECURITE,
    Type.MISE_EN_SECURITE_PROCEDURE_URGENTE,
    Type.ARRETE_L_511_11_IMPROPRE,
    Type.ARRETE_L_511_11_ORDINAIRE_IRREMEDIABLE,
    Type.ARRETE_L_511_11_ORDINAIRE_REMEDIABLE,
    Type.ARRETE_L_511_11_SUROCCUPATION,
    Type.ARRETE_L_511_11_USAGE_NON_APPROPRIE,
    Type.ARRETE_L_511_19_INSALUBRITE,
    Type.ARRETE_L_511_19_INSALUBRITE_SATURNISME,
    Type.ARRETE_L_511_19_SATURNISME,
    Type.ARRETE_L_1331_26,
)


@dataclass(frozen=True)
class StandingOrders:
    """Orders of unfit housing taken since ``since`` and without a known lifting: a count, not a legal conclusion."""

    since: date
    count: int


def orders_at(place: Place, scope: Scope) -> ArreteQuerySet:
    """Give the orders on the parcelles of the place, past ones too, or at its addresses."""
    codes = place.codes
    return Arrete.objects.visible_to(scope).filter(Q(idu__in=codes.idus) | Q(ban_id__in=codes.ban_ids))


def ordered(place: Place, scope: Scope) -> Findings:
    """Tell each order and each lifting."""
    events = []
    for arrete in orders_at(place, scope).order_by("-taken_on", "-pk")[:LISTED]:
        where = f"sur la parcelle d’origine {arrete.idu}" if arrete.idu in place.past else arrete.idu
        about = " ; ".join(part for part in (arrete.numero, where or arrete.adresse) if part)
        name = arrete.get_type_display()
        events.append(
            Event(arrete.taken_on, EventKind.ARRETE, name, about, "arrêté", status=_standing(arrete))
        )
        lifted = f"de l’arrêté du {arrete.taken_on:%d/%m/%Y}"
        if arrete.mainlevee_partielle_on:
            events.append(
                Event(
                    arrete.mainlevee_partielle_on,
                    EventKind.MAINLEVEE,
                    "Mainlevée partielle",
                    lifted,
                    "arrêté",
                )
            )
        if arrete.mainlevee_on:
            events.append(
                Event(arrete.mainlevee_on, EventKind.MAINLEVEE, "Mainlevée", f"{lifted} ({name})", "arrêté")
            )
    return Findings(tuple(events))


def standing_orders(place: Place, scope: Scope, day: date) -> StandingOrders:
    """Count what the law of 9 April 2024 looks at: orders of the last ten calendar years, not lifted on ``day``."""
    since = first_day_counted(day)
    orders = orders_at(place, scope).in_force_on(day).filter(type__in=COUNTED, taken_on__gte=since)
    return StandingOrders(since, orders.count())


def first_day_counted(day: date) -> date:
    """Give the day from which orders count: « les dix dernières années civiles » (code de l'expropriation, L. 512-1).

    Calendar years, whole: the orders of the year that runs count with those of the ten before it.
    """
    return date(day.year - YEARS, 1, 1)


def _standing(arrete: Arrete) -> str:
    return "levé" if arrete.mainlevee_on else "sans mainlevée connue"
