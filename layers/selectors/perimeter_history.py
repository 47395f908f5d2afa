"""Reports before and after the day a perimeter takes effect, unit by unit, inside and beside it."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Exists, OuterRef, Q
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from layers.models import Commune, UnitKind, Zone
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_counts import ReportCounts, report_counts
from layers.selectors.unit_stock import UnitStock, unit_stock
from layers.selectors.units import DRAWN_CODE, Units, units_of

Days = tuple[date, date]
"""First and last day, both included."""


@dataclass(frozen=True, slots=True, eq=False)
class PerimeterHistory:
    """Counts of n units in successive periods, aligned."""

    name: str
    units: Units
    inside: NDArray[np.bool_]
    """The middle of the unit lies in the perimeter."""
    beside: NDArray[np.bool_]
    """Outside, in a commune that the perimeter touches."""
    counts: tuple[ReportCounts, ...]
    """One for each period asked for."""
    stock: UnitStock


def perimeters_named(scope: Scope) -> dict[str, str]:
    """Give the code of the perimeters that touch the ground of the reader, and their name, type and date, by name."""
    zones = Zone.objects.exclude(pk__in=scope.excluded_zones)
    if not scope.everything:
        ground = Commune.objects.filter(code__in=scope.communes, geom__intersects=OuterRef("geom"))
        zones = zones.filter(Q(pk__in=scope.zones) | Exists(ground))
    labels = dict(Zone.Type.choices)
    return {
        code: f"{nom} – {labels.get(kind, kind)}" + (f", depuis le {starts_on:%d/%m/%Y}" if starts_on else "")
        for code, nom, kind, starts_on in zones.order_by("nom", "code").values_list(
            "code", "nom", "type", "starts_on"
        )
    }


def perimeter_history(
    scope: Scope,
    selection: ReportSelection,
    periods: tuple[Days, ...],
    kind: UnitKind,
    *,
    zone: str = "",
    drawn: GEOSGeometry | None = None,
) -> PerimeterHistory:
    """Count the selected reports of each unit in each period; ``selection`` gives the other criteria.

    The perimeter is ``zone``, by its code, or ``drawn`` (WGS 84). Raises NothingToAnalyse when it is not whole
    in the territory of ``scope``, and when it holds the middle of no unit.
    """
    found = units_of(UnitKind.ZONE, scope) if zone else units_of(UnitKind.DRAWN, scope, drawn=drawn)
    places = np.flatnonzero(found.codes == (zone or DRAWN_CODE))
    if not places.size:
        raise NothingToAnalyse("ce périmètre n’est pas entier dans le territoire choisi")
    place = int(places[0])
    units = units_of(kind, scope)
    shape = found.shapes[place]
    shapely.prepare(shape)
    inside = shapely.covers(shape, shapely.point_on_surface(units.shapes)) & (
        units.srids == found.srids[place]
    )
    touched = set(found.communes[place])
    beside = ~inside & np.array([not touched.isdisjoint(covered) for covered in units.communes])
    if not inside.any():
        raise NothingToAnalyse(
            f"le périmètre ne contient le milieu d’aucune unité de type « {kind.label} » :"
            " choisissez-en une plus petite"
        )
    counts = tuple(
        report_counts(units, scope, replace(selection, since=since, until=until)) for since, until in periods
    )
    return PerimeterHistory(found.labels[place], units, inside, beside, counts, unit_stock(units))


def halves(period: Days) -> tuple[Days, Days]:
    """Cut a period of two days at least in two, the middle day going to the first half."""
    since, until = period
    middle = since + (until - since) // 2
    return (since, middle), (middle + timedelta(days=1), until)
