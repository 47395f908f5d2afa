"""What the rates by IRIS are computed from: aligned arrays, one entry an IRIS."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.db.models import CharField, Count, F, FloatField, Max, Min, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, Lower, Trim
from numpy.typing import NDArray

from layers.models import Anchor, Indicator, Iris, Signalement
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.legal_projection import shape_in, srid_of

DWELLINGS = "LOG"  # the indicator that counts dwellings, vacant ones and second homes included
RATES_COMPARE_ALL = "un taux compare chaque IRIS à tous les autres ; il est lu ensuite dans un périmètre"


@dataclass(frozen=True, slots=True, eq=False)
class IrisCounts:
    """IRIS in the order of their codes."""

    codes: NDArray[np.str_]
    communes: NDArray[np.str_]
    cases: NDArray[np.int64]
    """Dwellings with at least one valid report in the period; see ``with_dwelling``."""
    dwellings: NDArray[np.float64]
    """0 where no number of dwellings is known."""
    polygons: NDArray[np.object_]
    """Shapes in metres of the legal projection; those of the overseas départements lie far apart."""
    millesime: int | None
    """Edition of the numbers of dwellings."""
    reports: int
    """Valid reports of the period."""
    placed: int
    """Those among them whose IRIS is known."""


def iris_counts(since: date, until: date) -> IrisCounts:
    """Count the reports received from ``since`` to ``until`` (both included) and the dwellings of each IRIS."""
    millesime = Indicator.objects.filter(territoire="iris", code=DWELLINGS).aggregate(
        newest=Max("millesime")
    )["newest"]
    dwellings = Indicator.objects.filter(
        territoire="iris", code=DWELLINGS, millesime=millesime, territoire_code=OuterRef("code")
    )
    rows = list(
        Iris.objects.current()
        .order_by("code")
        .values_list(
            "code",
            "commune_id",
            Coalesce(Subquery(dwellings.values("value")[:1]), 0.0, output_field=FloatField()),
            shape_in(srid_of("commune__departement")),
        )
    )
    reports = _valid_reports(since, until)
    found = (
        reports.filter(iris__isnull=False)
        .values("iris")
        .annotate(dwellings=Count("dwelling", distinct=True), reports=Count("pk"))
    )
    by_iris = {row["iris"]: (row["dwellings"], row["reports"]) for row in found}
    codes, communes, stock, shapes = zip(*rows, strict=True) if rows else ((), (), (), ())
    return IrisCounts(
        codes=np.array(codes, dtype=str),
        communes=np.array(communes, dtype=str),
        cases=np.array([by_iris.get(code, (0, 0))[0] for code in codes], dtype=np.int64),
        dwellings=np.array(stock, dtype=np.float64),
        polygons=shapely.from_wkb([bytes(shape) for shape in shapes]),
        millesime=millesime,
        reports=reports.count(),
        placed=sum(placed for _, placed in by_iris.values()),
    )


def reporting_period(scope: Scope) -> tuple[date, date] | None:
    """Give the days of the first and the last valid report that the reader may see, None if there is none."""
    reports = Signalement.objects.visible_to(scope).valid()
    days = reports.aggregate(first=Min("received_on"), last=Max("received_on"))
    return (days["first"], days["last"]) if days["first"] else None


def with_dwelling(reports: SignalementQuerySet) -> SignalementQuerySet:
    """Annotate ``dwelling``: what tells the dwelling of a report from the others.

    It is the building (else the address, else the report itself) with the staircase, floor and door that were
    declared. Reports that these do not tell apart count as one: what is measured is how many dwellings are
    reported, not how often. Two dwellings behind the same words are thus taken for one.
    """
    place = Coalesce(
        best_place(Anchor.Kind.BATIMENT), best_place(Anchor.Kind.ADDRESS), Cast(F("pk"), CharField())
    )
    staircase, floor, door = (Lower(Trim(name)) for name in ("escalier", "etage", "appartement"))
    bar = Value("|")
    return reports.annotate(dwelling=Concat(place, bar, staircase, bar, floor, bar, door))


def best_place(kind: Anchor.Kind) -> Subquery:
    """Give the code of the retained place of one kind, for a queryset of reports."""
    anchors: QuerySet[Anchor] = Anchor.objects.filter(
        signalement=OuterRef("pk"), kind=kind, is_best=True
    ).order_by("place_code")
    return Subquery(anchors.values("place_code")[:1])


def _valid_reports(since: date, until: date) -> SignalementQuerySet:
    reports = Signalement.objects.unscoped(RATES_COMPARE_ALL).valid()
    reports = reports.received_since(since).received_until(until)
    return with_dwelling(reports).annotate(iris=best_place(Anchor.Kind.IRIS))
