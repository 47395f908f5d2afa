"""What is at a place of the map: one query a layer, inside the reader's perimeter."""

from dataclasses import dataclass
from datetime import date

from django.contrib.gis.geos import Point
from django.db.models import Q

from layers.bbox import BBox
from layers.models import (
    Address,
    AnalysisRun,
    Arrete,
    Batiment,
    Commune,
    Iris,
    IrisResult,
    Parcelle,
    Signalement,
    Zone,
)
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope

LISTED = 50


@dataclass(frozen=True)
class Place:
    """What covers a point; the ground and the reports only where the map is close enough to show them."""

    commune: Commune | None
    iris: Iris | None
    result: IrisResult | None
    zones: list[Zone]
    parcelle: Parcelle | None
    batiments: list[Batiment]
    addresses: list[Address]
    arretes: list[Arrete]
    reports: list[Signalement]
    reports_total: int


def place_at(
    around: BBox, scope: Scope, run: AnalysisRun | None, reports: SignalementQuerySet, *, on_the_ground: bool
) -> Place:
    """Say what lies under the centre of ``around``, a few pixels of the map, and which of ``reports`` are near.

    ``on_the_ground`` adds the parcelle, its buildings, addresses, orders and reports.
    """
    point = Point((around.west + around.east) / 2, (around.south + around.north) / 2, srid=4326)
    iris = (
        Iris.objects.current()
        .visible_to(scope)
        .filter(geom__covers=point)
        .defer("geom")
        .order_by("code")
        .first()
    )
    result = None
    if iris and run:
        result = IrisResult.objects.visible_to(scope).of_run(run).filter(iris=iris).first()
    communes = Commune.objects.visible_to(scope).select_related("epci").filter(geom__covers=point)
    zones = Zone.objects.visible_to(scope).filter(geom__covers=point)
    place = Place(
        commune=communes.defer("geom").order_by("code").first(),
        iris=iris,
        result=result,
        zones=list(zones.defer("geom").order_by("type", "nom")),
        parcelle=None,
        batiments=[],
        addresses=[],
        arretes=[],
        reports=[],
        reports_total=0,
    )
    return _with_ground(place, point, around, scope, reports) if on_the_ground else place


def _with_ground(
    place: Place, point: Point, around: BBox, scope: Scope, reports: SignalementQuerySet
) -> Place:
    area = around.polygon()
    parcelles = Parcelle.objects.current().visible_to(scope).filter(geom__covers=point)
    parcelle = parcelles.order_by("idu").first()
    batiments = Batiment.objects.current().visible_to(scope)
    near, orders = Q(geom__intersects=area), Q(geom__intersects=area)
    if parcelle:
        near |= Q(geom__intersects=parcelle.geom)
        orders |= Q(idu=parcelle.idu)
    found = reports.filter(near).select_related("commune").defer("commune__geom", "description")
    addresses = Address.objects.current().visible_to(scope).select_related("voie").filter(near)
    return Place(
        commune=place.commune,
        iris=place.iris,
        result=place.result,
        zones=place.zones,
        parcelle=parcelle,
        batiments=list(batiments.filter(geom__intersects=area).defer("geom").order_by("code")[:LISTED]),
        addresses=list(addresses.defer("geom", "voie__geom").order_by("voie__nom", "numero", "rep")[:LISTED]),
        arretes=list(Arrete.objects.visible_to(scope).filter(orders).order_by("-taken_on", "pk")[:LISTED]),
        reports=list(found.order_by("-received_on", "-pk")[:LISTED]),
        reports_total=found.count(),
    )


def in_force(arrete: Arrete, day: date) -> bool:
    """Say whether an order already read is in force on ``day``, as ``in_force_on`` does in the database."""
    return arrete.taken_on <= day and (arrete.mainlevee_on is None or arrete.mainlevee_on > day)
