"""Points from which a heat surface is made, in metres: where the reports are, where the dwellings are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Value
from numpy.typing import NDArray

from layers.crs import legal_srid
from layers.models import Address, Commune, Indicator, Iris, Signalement, Zone
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.iris_counts import DWELLINGS, with_dwelling
from layers.selectors.legal_projection import easting_in, northing_in, shape_in

SURE = (
    Signalement.Precision.NUMERO,
    Signalement.Precision.DECLAREE,
    Signalement.Precision.MANUELLE,
)


@dataclass(frozen=True, slots=True, eq=False)
class Perimeter:
    """The reader's perimeter as shapes in one legal projection."""

    srid: int
    shapes: NDArray[np.object_]
    communes: tuple[tuple[str, str], ...]
    """Codes and names, in the order of the first shapes; empty for a perimeter made of zones only."""
    ground: tuple[str, ...]
    """Codes of the communes that the shapes touch: where dwellings are counted."""


@dataclass(frozen=True, slots=True, eq=False)
class ReportPoints:
    """One point a reported dwelling; ``left_out`` reports stand at a street, a commune, or nowhere."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    reports: int
    left_out: int


@dataclass(frozen=True, slots=True, eq=False)
class DwellingPoints:
    """One point an address, and its share of the dwellings of its IRIS: an estimate."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    dwellings: NDArray[np.float64]


def perimeter_of(scope: Scope) -> Perimeter | None:
    """Give the shapes of the reader's communes and zones, less the excluded zones; None without any shape.

    The projection is that of the commune with the smallest code; a perimeter does not straddle the ocean, and
    an administrator of several départements overseas reads the first one's.
    """
    communes = Commune.objects.visible_to(scope).filter(geom__isnull=False).order_by("code")
    inside = communes if scope.everything else communes.filter(code__in=scope.communes)
    names = list(inside.values_list("code", "nom"))
    ground = [code for code, _ in names]
    zones = Zone.objects.filter(pk__in=scope.zones).order_by("pk")
    if scope.zones:
        touched = communes.filter(Exists(zones.filter(geom__intersects=OuterRef("geom"))))
        ground = sorted({*ground, *touched.values_list("code", flat=True)})
    if not ground:
        return None
    srid = legal_srid(ground[0])
    names = [(code, nom) for code, nom in names if legal_srid(code) == srid]
    shapes = _shapes(communes.filter(code__in=[code for code, _ in names]), srid) + _shapes(zones, srid)
    hidden = _shapes(Zone.objects.filter(pk__in=scope.excluded_zones).order_by("pk"), srid)
    seen = shapely.difference(shapes, shapely.union_all(hidden)) if hidden else np.array(shapes, dtype=object)
    return Perimeter(srid, seen, tuple(names), tuple(ground))


def report_points(scope: Scope, since: date, until: date, srid: int) -> ReportPoints:
    """Give the dwellings reported in the period, where the position is sure; each counts once."""
    reports = Signalement.objects.visible_to(scope).valid().received_since(since).received_until(until)
    return sure_points(reports, srid)


def sure_points(reports: SignalementQuerySet, srid: int) -> ReportPoints:
    """Give the dwellings of some reports, where the position is sure; each counts once."""
    sure = reports.located().filter(precision__in=SURE)
    rows = list(
        with_dwelling(sure)
        .order_by("dwelling", "pk")
        .values_list("dwelling", easting_in(Value(srid)), northing_in(Value(srid)))
    )
    dwellings, x, y = zip(*rows, strict=True) if rows else ((), (), ())
    _, first = np.unique(dwellings, return_index=True)
    total = reports.count()
    east, north = (np.array(axis, dtype=np.float64)[first] for axis in (x, y))
    return ReportPoints(east, north, reports=total, left_out=total - len(rows))


def dwelling_points(communes: Sequence[str], srid: int) -> DwellingPoints:
    """Spread the dwellings of each IRIS evenly over its addresses."""
    millesimes = Indicator.objects.filter(territoire="iris", code=DWELLINGS).order_by("-millesime")
    stock = dict(
        Indicator.objects.filter(
            territoire="iris", code=DWELLINGS, millesime=Subquery(millesimes.values("millesime")[:1])
        ).values_list("territoire_code", "value")
    )
    iris = Iris.objects.current().filter(geom__covers=OuterRef("geom")).order_by("code").values("code")[:1]
    rows = list(
        Address.objects.current()
        .filter(commune__in=communes)
        .order_by("ban_id")
        .values_list(easting_in(Value(srid)), northing_in(Value(srid)), Subquery(iris))
    )
    if not rows:
        return DwellingPoints(np.empty(0), np.empty(0), np.empty(0))
    x, y, codes = zip(*rows, strict=True)
    names, place, addresses = np.unique(
        [code or "" for code in codes], return_inverse=True, return_counts=True
    )
    share = np.array([stock.get(str(name)) or 0.0 for name in names]) / addresses
    return DwellingPoints(np.array(x), np.array(y), share[place])


def _shapes(rows: QuerySet, srid: int) -> list[shapely.Geometry]:
    return [shapely.from_wkb(bytes(shape)) for shape in rows.values_list(shape_in(Value(srid)), flat=True)]
