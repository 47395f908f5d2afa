"""Territories: the list, and the page of one of them."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.models import AnalysisRun, IrisResult
from layers.registry import IRIS_RATES
from layers.selectors.territories import Coverage, communes_of, coverage, find_territory
from layers.selectors.territory_figures import (
    arretes_in_force,
    commune_figures,
    iris_results,
    report_figures,
    reports_by_quarter,
    stock_of,
)
from layers.symbols import HOTSPOTS
from maps.analysis.rates import poisson_interval
from maps.services.class_limits import iris_limits
from maps.symbols import RateClass, rate_classes, rate_colour, symbol_of
from maps.views.analysis_texts import HOT, period_of, reading_of
from maps.views.charts import quarter_chart
from maps.views.refusals import saying_refusals

PER = 1000


@dataclass(frozen=True)
class Rate:
    """The rate of a territory made of whole IRIS, with its interval at 95 %."""

    cases: int
    dwellings: float
    per_1000: float
    low: float
    high: float


@access(Access.SIGNED_IN)
@require_safe
def territories(request: HttpRequest) -> HttpResponse:
    """List the communes of the reader's perimeter."""
    communes = communes_of(request.read_scope)
    figures = commune_figures(request.read_scope)
    rows = [(commune, figures.get(commune.code, (0, 0))) for commune in communes]
    return render(request, "maps/territories.html", {"rows": rows})


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def territory(request: HttpRequest, code: str) -> HttpResponse:
    """Show the figures of a commune, an EPCI or an IRIS."""
    scope = request.read_scope
    found = find_territory(code)
    seen = coverage(found, scope)
    run = AnalysisRun.objects.latest_of(IRIS_RATES)
    context: dict[str, Any] = {
        "territory": found,
        "coverage": seen,
        "inside": sorted(
            nom for code, nom in found.communes.items() if scope.everything or code in scope.communes
        ),
        "stock": stock_of(found),
        "run": run,
    }
    if seen is not Coverage.NONE:
        results = list(iris_results(found, scope, run))
        classes = rate_classes(iris_limits(run, scope))
        quarters = reports_by_quarter(found, scope)
        context |= {
            "figures": report_figures(found, scope),
            "arretes": arretes_in_force(found, scope, timezone.localdate()),
            "rate": _rate(results),
            "rows": _rows(results, classes),
            "hot": sum(result.hotspot in HOT for result in results),
            "reading": reading_of(results[0], run, classes)
            if run and results and found.kind == "iris"
            else None,
            "period": period_of(run) if run else "",
            "quarters": quarters,
            "chart": quarter_chart(quarters),
        }
    return render(request, "maps/territory.html", context)


def _rate(results: list[IrisResult]) -> Rate | None:
    """Give the rate over the IRIS that have a number of dwellings, None if none has."""
    known = [result for result in results if result.dwellings]
    if not known:
        return None
    cases, dwellings = sum(result.cases for result in known), sum(result.dwellings for result in known)
    interval = poisson_interval([cases], [dwellings])
    low, high = PER * float(interval.lower[0]), PER * float(interval.upper[0])
    return Rate(cases, dwellings, PER * cases / dwellings, low, high)


def _rows(results: list[IrisResult], classes: list[RateClass]) -> list[dict[str, Any]]:
    return [
        {
            "result": result,
            "colour": rate_colour(result.smoothed_per_1000, result.dwellings, classes),
            "hotspot": symbol_of(result.hotspot, HOTSPOTS),
        }
        for result in results
    ]
