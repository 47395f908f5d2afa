"""Reported dwellings of any unit, and month by month: aligned arrays, one query a question.

``territory_counts`` is what most analyses read: units, cases and stock together.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, F, FloatField, Func, IntegerField, Q, TextField, Value, When
from django.db.models.functions import (
    Cast,
    Coalesce,
    Concat,
    Floor,
    Left,
    NullIf,
    TruncMonth,
    TruncQuarter,
    TruncYear,
)
from numpy.typing import NDArray

from layers.crs import LAMBERT93, LEGAL_SRID_OVERSEAS, WGS84
from layers.models import Anchor, UnitKind
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.heat_points import SURE
from layers.selectors.iris_counts import best_place, with_dwelling
from layers.selectors.legal_projection import easting_in, northing_in
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_stock import UnitStock, unit_stock
from layers.selectors.units import CELL_M, DRAWN_CODE, REST_CODE, Units, units_of

Step = Literal["month", "quarter", "year"]
MONTHS = {"month": 1, "quarter": 3, "year": 12}
SECTION_CODE = 10  # characters of the code of a section at the head of the idu of its parcelles


@dataclass(frozen=True, slots=True, eq=False)
class ReportCounts:
    """Reports of n units, in their order."""

    cases: NDArray[np.int64]
    """Dwellings with at least one selected report; each counts once, see ``with_dwelling``."""
    unit_reports: NDArray[np.int64]
    """Selected reports, repeats included."""
    communes: tuple[tuple[str, ...], ...]
    """The communes that the unit covers, with those of the reports it counts."""
    reports: int
    """Selected reports of the whole perimeter."""
    placed: int
    """Those among them that some unit counts."""


@dataclass(frozen=True, slots=True, eq=False)
class ReportCube:
    """Reported dwellings of n units in each of t steps, steps without a report included."""

    cases: NDArray[np.int64]
    """(n, t); a dwelling counts once in each step."""
    starts: tuple[date, ...]
    """First day of each step; the first and the last may be cut by the period."""
    step: Step


@dataclass(frozen=True, slots=True, eq=False)
class TerritoryCounts:
    """All that a rate needs, aligned."""

    units: Units
    counts: ReportCounts
    stock: UnitStock


def territory_counts(
    kind: UnitKind,
    scope: Scope,
    selection: ReportSelection,
    *,
    zone_type: str = "",
    drawn: GEOSGeometry | None = None,
) -> TerritoryCounts:
    """Give the units of a perimeter, their reported dwellings and their stock.

    Raises NothingToAnalyse when the perimeter holds no unit of this kind.
    """
    units = units_of(kind, scope, zone_type=zone_type, drawn=drawn)
    return TerritoryCounts(units, report_counts(units, scope, selection), unit_stock(units))


def report_counts(units: Units, scope: Scope, selection: ReportSelection) -> ReportCounts:
    """Count the selected reports that ``scope`` opens in each unit.

    A report whose place is not known well enough for its unit is left out: it is in ``reports``, not in ``placed``.
    """
    reports = selection.reports(scope)
    # addresses are too many to be named: those of the reports are told apart here
    is_address = units.kind == UnitKind.ADRESSE
    among = {"unit__isnull": False} if is_address else {"unit__in": units.codes.tolist()}
    found = (
        in_units(with_dwelling(reports), units)
        .filter(**among)
        .values("unit")
        .annotate(
            dwellings=Count("dwelling", distinct=True),
            counted=Count("pk", distinct=True),
            of=ArrayAgg("commune", distinct=True, default=Value([])),
            which=ArrayAgg("pk"),
        )
    )
    known = set(units.codes.tolist())
    by_unit = {row["unit"]: row for row in found if row["unit"] in known}
    counted = [by_unit.get(code) for code in units.codes.tolist()]
    # a shape may catch a report whose commune is not one of its own; a register's unit is in its commune
    overlapping = units.kind in (UnitKind.ZONE, UnitKind.CARREAU, UnitKind.DRAWN)
    communes = tuple(
        tuple(sorted({*own, *(code for code in row["of"] if code)})) if row and overlapping else own
        for own, row in zip(units.communes, counted, strict=True)
    )
    return ReportCounts(
        cases=np.array([row["dwellings"] if row else 0 for row in counted], dtype=np.int64),
        unit_reports=np.array([row["counted"] if row else 0 for row in counted], dtype=np.int64),
        communes=communes,
        reports=reports.count(),
        placed=len({pk for row in by_unit.values() for pk in row["which"]}),
    )


def report_cube(units: Units, scope: Scope, selection: ReportSelection, step: Step) -> ReportCube:
    """Count the reported dwellings of each unit month by month, by quarter or by year."""
    starts = _starts(selection.since, selection.until, step)
    truncated = {"month": TruncMonth, "quarter": TruncQuarter, "year": TruncYear}[step]("received_on")
    found = (
        in_units(with_dwelling(selection.reports(scope)), units)
        .filter(unit__in=units.codes.tolist())
        .annotate(step=truncated)
        .values("unit", "step")
        .annotate(dwellings=Count("dwelling", distinct=True))
        .values_list("unit", "step", "dwellings")
    )
    row_of = {code: n for n, code in enumerate(units.codes.tolist())}
    column_of = {start: n for n, start in enumerate(starts)}
    cases = np.zeros((units.codes.size, len(starts)), dtype=np.int64)
    for unit, start, dwellings in found:
        cases[row_of[unit], column_of[start]] = dwellings
    return ReportCube(cases, starts, step)


def in_units(reports: SignalementQuerySet, units: Units) -> SignalementQuerySet:
    """Annotate ``unit``: the code of the unit of each report; a report is repeated in each perimeter it lies in."""
    kind = units.kind
    if kind == UnitKind.ZONE:
        return reports.filter(anchors__kind=Anchor.Kind.ZONE).annotate(unit=F("anchors__place_code"))
    if kind in (UnitKind.CARREAU, UnitKind.DRAWN):
        return _in_shapes(reports.located().filter(precision__in=SURE), units)
    codes = {
        UnitKind.COMMUNE: Coalesce(NullIf(F("arrondissement"), Value("")), F("commune_id")),
        UnitKind.EPCI: F("commune__epci_id"),
        UnitKind.IRIS: best_place(Anchor.Kind.IRIS),
        UnitKind.SECTION: Left(best_place(Anchor.Kind.PARCELLE), SECTION_CODE),
        UnitKind.BATIMENT: best_place(Anchor.Kind.BATIMENT),
        UnitKind.PARCELLE: best_place(Anchor.Kind.PARCELLE),
        UnitKind.ADRESSE: best_place(Anchor.Kind.ADDRESS),
    }
    return reports.annotate(unit=codes[kind])


def _in_shapes(reports: SignalementQuerySet, units: Units) -> SignalementQuerySet:
    if units.kind == UnitKind.CARREAU:
        return reports.annotate(unit=_square())
    shape = GEOSGeometry(memoryview(shapely.to_wkb(units.shapes[0])), srid=int(units.srids[0]))
    inside = Q(geom__coveredby=shape.transform(WGS84, clone=True))
    around = units.communes[-1]
    near = reports.filter(inside | Q(commune__in=around) | Q(arrondissement__in=around))
    drawn = Case(When(inside, then=Value(DRAWN_CODE)), default=Value(REST_CODE), output_field=TextField())
    return near.annotate(unit=drawn)


def _square() -> Concat:
    """Give the code of the square of a report, as ``units.square_code`` writes it."""
    overseas = (
        When(commune__departement=code, then=Value(srid)) for code, srid in LEGAL_SRID_OVERSEAS.items()
    )
    srid = Case(*overseas, default=Value(LAMBERT93), output_field=IntegerField())

    def metres(axis: Func) -> Cast:
        column = Floor(axis / Value(float(CELL_M)), output_field=FloatField())
        return Cast(Cast(column * Value(float(CELL_M)), IntegerField()), TextField())

    return Concat(
        Value("CRS"),
        Cast(srid, TextField()),
        Value(f"RES{CELL_M}mN"),
        metres(northing_in(srid)),
        Value("E"),
        metres(easting_in(srid)),
        output_field=TextField(),
    )


def _starts(since: date, until: date, step: Step) -> tuple[date, ...]:
    months = MONTHS[step]
    first = since.year * 12 + (since.month - 1) // months * months
    last = until.year * 12 + until.month - 1
    return tuple(date(month // 12, month % 12 + 1, 1) for month in range(first, last + 1, months))
