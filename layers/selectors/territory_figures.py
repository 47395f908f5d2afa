"""The figures of one territory: one query a question, inside the reader's perimeter."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import TruncQuarter

from layers.models import AnalysisRun, Anchor, Arrete, Indicator, Iris, IrisResult, Signalement
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.iris_counts import DWELLINGS
from layers.selectors.territories import Territory


@dataclass(frozen=True)
class ReportFigures:
    """Valid reports (refused ones and drafts are left out)."""

    received: int
    open: int
    to_review: int
    first_on: date | None
    last_on: date | None

    @property
    def closed(self) -> int:
        return self.received - self.open


@dataclass(frozen=True)
class Quarter:
    """Valid reports received in one quarter, and how many of them are still open."""

    starts_on: date
    received: int
    open: int


@dataclass(frozen=True)
class Stock:
    """Dwellings of a territory; ``dwellings`` is None when no number is known."""

    dwellings: float | None
    millesime: int | None


def reports_of(territory: Territory, scope: Scope) -> SignalementQuerySet:
    """Give the valid reports of a territory that the reader may see."""
    reports = Signalement.objects.visible_to(scope).valid()
    if territory.kind == "iris":
        anchored = Anchor.objects.filter(
            signalement=OuterRef("pk"), kind=Anchor.Kind.IRIS, place_code=territory.code, is_best=True
        )
        return reports.filter(Exists(anchored))
    return reports.filter(territory.places())


def report_figures(territory: Territory, scope: Scope) -> ReportFigures:
    """Count the reports of a territory."""
    figures = reports_of(territory, scope).aggregate(
        received=Count("pk"),
        open=Count("pk", filter=Q(status__in=Signalement.OPEN_STATUSES)),
        to_review=Count("pk", filter=Q(needs_review=True)),
        first_on=Min("received_on"),
        last_on=Max("received_on"),
    )
    return ReportFigures(**figures)


def reports_by_quarter(territory: Territory, scope: Scope) -> list[Quarter]:
    """Give the quarters from the first report to the last, those without a report included."""
    counted = (
        reports_of(territory, scope)
        .annotate(quarter=TruncQuarter("received_on"))
        .values("quarter")
        .annotate(received=Count("pk"), open=Count("pk", filter=Q(status__in=Signalement.OPEN_STATUSES)))
        .order_by("quarter")
    )
    found = {row["quarter"]: Quarter(row["quarter"], row["received"], row["open"]) for row in counted}
    if not found:
        return []
    quarters, day = [], min(found)
    while day <= max(found):
        quarters.append(found.get(day, Quarter(day, 0, 0)))
        month = day.month + 3
        day = date(day.year + (month > 12), (month - 1) % 12 + 1, 1)
    return quarters


def stock_of(territory: Territory) -> Stock:
    """Sum the dwellings of the IRIS of a territory, in the newest edition."""
    iris = Iris.objects.current().filter(territory.places(iris="code")).values("code")
    known = Indicator.objects.filter(territoire="iris", code=DWELLINGS)
    newest = (
        known.filter(territoire_code__in=iris)
        .values("millesime")
        .annotate(total=Sum("value"))
        .order_by("-millesime")
        .first()
    )
    return Stock(newest["total"], newest["millesime"]) if newest else Stock(None, None)


def iris_results(territory: Territory, scope: Scope, run: AnalysisRun | None) -> QuerySet[IrisResult]:
    """Give the rows of a run for the IRIS of a territory, highest smoothed rate first, unknown rates last."""
    if run is None:
        return IrisResult.objects.none()
    return (
        IrisResult.objects.visible_to(scope)
        .of_run(run)
        .filter(territory.places())
        .select_related("iris", "commune")
        .defer("iris__geom", "commune__geom")
        .order_by(F("smoothed_per_1000").desc(nulls_last=True), "iris_id")
    )


def arretes_in_force(territory: Territory, scope: Scope, day: date) -> int:
    """Count the orders of a territory in force on ``day``."""
    orders = Arrete.objects.visible_to(scope).in_force_on(day)
    if territory.kind == "iris":
        shape = Iris.objects.filter(code=territory.code).values("geom")[:1]
        return orders.filter(geom__intersects=shape).count()
    return orders.filter(territory.places()).count()


def commune_figures(scope: Scope) -> dict[str, tuple[int, int]]:
    """Give, for each commune with a valid report, the reports received and those still open."""
    rows = (
        Signalement.objects.visible_to(scope)
        .valid()
        .filter(commune__isnull=False)
        .values("commune")
        .annotate(received=Count("pk"), open=Count("pk", filter=Q(status__in=Signalement.OPEN_STATUSES)))
        .order_by("commune")
    )
    return {row["commune"]: (row["received"], row["open"]) for row in rows}
