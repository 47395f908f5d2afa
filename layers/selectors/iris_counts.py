"""What the rates by IRIS are computed from: aligned arrays, one entry an IRIS."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from django.db.models import CharField, Count, F, FloatField, Max, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from numpy.typing import NDArray

from layers.models import Anchor, Indicator, Iris, Signalement
from layers.models.signalements import SignalementQuerySet
from layers.selectors.legal_projection import shape_in, srid_of

DWELLINGS = "LOG"  # the indicator that counts dwellings, vacant ones and second homes included
RATES_COMPARE_ALL = "un taux compare chaque IRIS à tous les autres ; il est lu ensuite dans un périmètre"


@dataclass(frozen=True, slots=True, eq=False)
class IrisCounts:
    """IRIS in the order of their codes."""

    codes: NDArray[np.str_]
    communes: NDArray[np.str_]
    cases: NDArray[np.int64]
    """Buildings with at least one valid report in the period; see ``dwelling_place``."""
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
        .annotate(buildings=Count("place", distinct=True), reports=Count("pk"))
    )
    by_iris = {row["iris"]: (row["buildings"], row["reports"]) for row in found}
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


def reporting_period() -> tuple[date, date] | None:
    """Give the days of the first and the last valid report, None if there is none."""
    days = (
        Signalement.objects.unscoped("deux dates, sans lieu ni personne")
        .valid()
        .aggregate(first=Min("received_on"), last=Max("received_on"))
    )
    return (days["first"], days["last"]) if days["first"] else None


def with_dwelling_place(reports: SignalementQuerySet) -> SignalementQuerySet:
    """Annotate ``place``: the building, else the address, else the report itself.

    Two reports on one building then count as one: what is measured is how many buildings have a problem, not
    how often they are reported. Buildings are compared, and not dwellings, because the floor and the door
    declared are too loose to tell two dwellings apart.
    """
    return reports.annotate(
        place=Coalesce(
            best_place(Anchor.Kind.BATIMENT),
            best_place(Anchor.Kind.ADDRESS),
            Cast(F("pk"), CharField()),
        )
    )


def best_place(kind: Anchor.Kind) -> Subquery:
    """Give the code of the retained place of one kind, for a queryset of reports."""
    anchors: QuerySet[Anchor] = Anchor.objects.filter(
        signalement=OuterRef("pk"), kind=kind, is_best=True
    ).order_by("place_code")
    return Subquery(anchors.values("place_code")[:1])


def _valid_reports(since: date, until: date) -> SignalementQuerySet:
    reports = Signalement.objects.unscoped(RATES_COMPARE_ALL).valid()
    reports = reports.received_since(since).received_until(until)
    return with_dwelling_place(reports).annotate(iris=best_place(Anchor.Kind.IRIS))
