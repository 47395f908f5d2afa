"""What was reported at a place and around it, and the visits that followed."""

from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db.models import Count, F, FloatField, Func, Q, QuerySet, Value

from layers.kept_fields import without_kept
from layers.models import Anchor, Parcelle, Signalement, Visit
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.places.identity import Place, PlaceKind
from layers.selectors.places.timeline import LISTED, Event, EventKind, Findings

AROUND_M = 50
NEIGHBOURS = 20
TOUCHING_DEGREES = 0.00001  # about one metre: neighbours of the cadastre do not always touch


@dataclass(frozen=True)
class Neighbour:
    """A report near the place, and how far."""

    report: Signalement
    distance_m: float


@dataclass(frozen=True)
class Neighbourhood:
    """Reports around, the nearest first, how many in all, and the adjacent parcelles with their reports."""

    reports: tuple[Neighbour, ...]
    total: int
    parcelles: tuple[tuple[str, int], ...]


def anchored_at(place: Place) -> QuerySet:
    """Give the numbers of the reports whose retained link is the place.

    A building is itself and its addresses, an address itself and its buildings: not what else stands on the parcelle.
    """
    batiments, codes = [b.code for b in place.batiments], place.codes
    here = Q(kind=Anchor.Kind.BATIMENT, place_code__in=batiments)
    here |= Q(kind=Anchor.Kind.ADDRESS, place_code__in=codes.ban_ids)
    if place.kind == PlaceKind.PARCELLE:
        here |= Q(kind=Anchor.Kind.PARCELLE, place_code__in=codes.idus)
    return Anchor.objects.filter(here, is_best=True).values("signalement")


def reports_at(place: Place, scope: Scope) -> SignalementQuerySet:
    """Give the reports at the place that the reader may see, without those merged into another."""
    return Signalement.objects.visible_to(scope).filter(pk__in=anchored_at(place))


def reported(place: Place, scope: Scope) -> Findings:
    """Tell each report, merged ones too, when it was received and when it was closed."""
    reports = Signalement.objects.including_merged().visible_to(scope).filter(pk__in=anchored_at(place))
    reports = (
        reports.prefetch_related("desordres").order_by("-received_on", "-pk").defer("description", "geom")
    )
    events = []
    for report in (without_kept(one, scope) for one in reports[:LISTED]):
        merged = "doublon, fusionné ; " if report.merged_into_id else ""
        desordres = sorted(desordre.label for desordre in report.desordres.all())
        told = ", ".join(desordres[:4]) + (f" et {len(desordres) - 4} de plus" if len(desordres) > 4 else "")
        door = _door(report)
        events.append(
            Event(
                report.received_on,
                EventKind.SIGNALEMENT,
                f"Signalement {report.reference}",
                merged + " ; ".join(part for part in (door, told) if part),
                "Signal Logement",
                report.pk,
                report.status,
            )
        )
        if report.closed_on:
            events.append(
                Event(
                    report.closed_on,
                    EventKind.SIGNALEMENT,
                    f"Signalement {report.reference} fermé",
                    report.motif_cloture,
                    "Signal Logement",
                    report.pk,
                )
            )
    return Findings(tuple(events))


def visited(place: Place, scope: Scope) -> Findings:
    """Tell each visit; of a report whose visits are not known one by one, the last that it speaks of."""
    visits = (
        Visit.objects.visible_to(scope)
        .filter(signalement__in=anchored_at(place), visited_on__isnull=False)
        .select_related("signalement")
        .defer("signalement__description", "signalement__geom")
        .order_by("-visited_on", "-pk")
    )
    told = list(visits[:LISTED])
    known = {(visit.signalement_id, visit.visited_on) for visit in told}
    conclusions = dict(Visit.Conclusion.choices)
    events = [
        Event(
            visit.visited_on,
            EventKind.VISITE,
            f"{visit.get_type_display().capitalize()} ({visit.get_status_display()})",
            " ; ".join(
                part
                for part in (
                    ", ".join(str(conclusions.get(name, name)) for name in visit.conclusions),
                    f"signalement {visit.signalement.reference}",
                )
                if part
            ),
            visit.partner or "Signal Logement",
            visit.signalement_id,
        )
        for visit in told
        if visit.visited_on
    ]
    lone = Signalement.objects.visible_to(scope).filter(pk__in=anchored_at(place), visited_on__isnull=False)
    for report in lone.defer("description", "geom").order_by("-visited_on", "-pk")[:LISTED]:
        if report.visited_on and (report.pk, report.visited_on) not in known:
            events.append(
                Event(
                    report.visited_on,
                    EventKind.VISITE,
                    "Visite",
                    " ; ".join(p for p in (report.conclusion_visite, f"signalement {report.reference}") if p),
                    "Signal Logement",
                    report.pk,
                )
            )
    return Findings(tuple(events))


def neighbourhood(place: Place, scope: Scope) -> Neighbourhood:
    """Look around: the reports within ``AROUND_M`` that are not at the place, and the adjacent parcelles."""
    ground = place.ground
    around = (
        Signalement.objects.visible_to(scope)
        .valid()
        .filter(geom__intersects=_extended(ground))
        .exclude(pk__in=anchored_at(place))
        .annotate(apart_m=_metres_to(ground))
        .filter(apart_m__lte=AROUND_M)
    )
    nearest = around.defer("description").order_by("apart_m", "pk")[:NEIGHBOURS]
    return Neighbourhood(
        tuple(Neighbour(report, report.apart_m) for report in nearest),
        around.count(),
        _adjacent(place, scope),
    )


def _adjacent(place: Place, scope: Scope) -> tuple[tuple[str, int], ...]:
    if not place.parcelles:
        return ()
    mine = [parcelle.idu for parcelle in place.parcelles]
    touching = Parcelle.objects.current().visible_to(scope).exclude(idu__in=mine)
    touching = touching.filter(geom__intersects=place.ground.buffer(TOUCHING_DEGREES, quadsegs=2))
    idus = list(touching.order_by("idu").values_list("idu", flat=True)[:LISTED])
    anchored = (
        Signalement.objects.visible_to(scope)
        .valid()
        .filter(anchors__kind=Anchor.Kind.PARCELLE, anchors__is_best=True, anchors__place_code__in=idus)
    )
    counts = dict(
        anchored.order_by()
        .values("anchors__place_code")
        .annotate(n=Count("pk"))
        .values_list("anchors__place_code", "n")
    )
    return tuple((idu, counts.get(idu, 0)) for idu in idus)


def _door(report: Signalement) -> str:
    parts = (("étage", report.etage), ("escalier", report.escalier), ("appartement", report.appartement))
    return " ".join(f"{name} {value}" for name, value in parts if value)


def _metres_to(ground: GEOSGeometry) -> Func:
    return Func(
        F("geom"),
        Value(ground.hexewkb.decode()),
        template="ST_Distance(%(expressions)s::geometry::geography)",
        arg_joiner="::geography, ",
        output_field=FloatField(),
    )


def _extended(ground: GEOSGeometry) -> Polygon:
    """Give a box around the ground that holds all that is within ``AROUND_M``, whatever the latitude in France."""
    west, south, east, north = ground.extent
    high, wide = AROUND_M / 110_000, AROUND_M / 68_000
    box = Polygon.from_bbox((west - wide, south - high, east + wide, north + high))
    box.srid = ground.srid
    return box
