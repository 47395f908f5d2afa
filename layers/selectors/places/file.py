"""The whole file of a place: a constant number of queries, whatever happened there."""

from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Count, Q

from layers.models import Signalement
from layers.scope import Scope
from layers.selectors.places.ground import Covering, covered, filiation, perimeters_over
from layers.selectors.places.identity import Place, find_place
from layers.selectors.places.orders import StandingOrders, ordered, orders_at, standing_orders
from layers.selectors.places.registers import built, diagnosed, in_copropriete, social_dwellings, sold
from layers.selectors.places.reports import Neighbourhood, neighbourhood, reported, reports_at, visited
from layers.selectors.places.timeline import Event, EventKind, Fact, Source

SOURCES: tuple[Source, ...] = (
    reported,
    visited,
    ordered,
    filiation,
    built,
    in_copropriete,
    social_dwellings,
    diagnosed,
    sold,
)


@dataclass(frozen=True)
class Figures:
    """What is counted at the place: reports that tell of a dwelling, merged ones once; orders in force."""

    reports: int
    open_reports: int
    orders: int
    orders_in_force: int


@dataclass(frozen=True)
class PlaceFile:
    """A place with its whole history, as far as the reader may see it."""

    place: Place
    figures: Figures
    standing: StandingOrders
    events: tuple[Event, ...]
    facts: tuple[Fact, ...]
    coverings: tuple[Covering, ...]
    neighbourhood: Neighbourhood

    def count(self, kind: EventKind) -> int:
        """Give how many events of a kind there are."""
        return sum(event.kind == kind for event in self.events)


def place_file(kind: str, code: str, scope: Scope, day: date) -> PlaceFile:
    """Give the file of a place on ``day``; raises UnknownPlace.

    The place is open data: it has a file for whoever is signed in. What happened there is inside the scope.
    """
    place = find_place(kind, code, scope)
    coverings = perimeters_over(place, scope)
    findings = [source(place, scope) for source in SOURCES] + [covered(coverings, day)]
    events = [
        replace(
            event,
            zones=tuple(c.zone.nom for c in coverings if c.covers(event.on))
            if event.kind != EventKind.PERIMETRE
            else (),
        )
        for found in findings
        for event in found.events
    ]
    return PlaceFile(
        place=place,
        figures=_figures(place, scope, day),
        standing=standing_orders(place, scope, day),
        events=tuple(sorted(events, key=lambda event: (event.on, event.kind, event.title), reverse=True)),
        facts=tuple(fact for found in findings for fact in found.facts),
        coverings=tuple(coverings),
        neighbourhood=neighbourhood(place, scope),
    )


def _figures(place: Place, scope: Scope, day: date) -> Figures:
    reports = (
        reports_at(place, scope)
        .valid()
        .aggregate(total=Count("pk"), open=Count("pk", filter=Q(status__in=Signalement.OPEN_STATUSES)))
    )
    in_force = Q(taken_on__lte=day) & (Q(mainlevee_on__isnull=True) | Q(mainlevee_on__gt=day))
    orders = orders_at(place, scope).aggregate(total=Count("pk"), in_force=Count("pk", filter=in_force))
    return Figures(reports["total"], reports["open"], orders["total"], orders["in_force"])
