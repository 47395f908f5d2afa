"""Two runs side by side."""

from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.errors import InvalidFilter
from layers.models import AnalysisRun
from layers.selectors.result_rows import geojson_of, kinds_of, rows_of
from layers.symbols import HATCHED, OTHER_STATUS
from maps.services.comparison import Comparison, common_columns, compare, difference_steps
from maps.services.methods.register import METHODS
from maps.services.perimeters import perimeter_names
from maps.symbols import as_data
from maps.views.analysis_runs import DRAWN_ROWS, SHOWN, extent_of, run_of, tolerance_over, unit_link
from maps.views.analysis_words import UNKNOWN, period_of, title_of
from maps.views.ground import ground_config
from maps.views.parameters import read_parameters
from maps.views.refusals import saying_refusals

LONGEST_NUMBER = 18


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Go from the choice of another run (``avec``) to the comparison."""
    other = read_parameters(request).get("avec", "")
    if not (other.isascii() and other.isdigit() and len(other) <= LONGEST_NUMBER):
        raise InvalidFilter("choisissez l’analyse à comparer")
    return redirect("analysis-comparison", pk, int(other))


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def comparison(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Show what changed in each unit, from the first run to the second."""
    (first, _), (second, _) = run_of(request, pk), run_of(request, other)
    parameters = read_parameters(request)
    found = compare(first, second, request.read_scope, parameters.get("chiffre", ""))
    names = perimeter_names([first, second])
    known = [pair for pair in found.pairs if pair.difference is not None]
    context = {
        "sides": [_side(run, names[run.pk]) for run in (first, second)],
        "first": first,
        "second": second,
        "comparison": found,
        "columns": common_columns(first, second, request.read_scope),
        "pairs": [
            (pair, unit_link(*pair.key), _classes(pair, first, second)) for pair in found.pairs[:SHOWN]
        ],
        "shown": SHOWN,
        "higher": sum(pair.difference > 0 for pair in known),
        "lower": sum(pair.difference < 0 for pair in known),
        "views": [],
        "config": _config(request, first, second, found),
    }
    return render(request, "maps/analysis_comparison.html", context)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def comparison_map(request: HttpRequest, pk: int, other: int) -> HttpResponse:
    """Give the differences as GeoJSON, for the map of the page."""
    (first, _), (second, _) = run_of(request, pk), run_of(request, other)
    found = compare(first, second, request.read_scope, read_parameters(request).get("chiffre", ""))
    told = {
        pair.key: {"avant": pair.before, "apres": pair.after, "difference": pair.difference}
        for pair in found.pairs
    }
    rows = rows_of(first, request.read_scope)
    return StreamingHttpResponse(
        geojson_of(rows[:DRAWN_ROWS], kinds_of(rows), told, tolerance=tolerance_over(extent_of(rows))),
        content_type="application/geo+json",
        headers={"Cache-Control": "private, no-store"},
    )


def _side(run: AnalysisRun, perimeter: str) -> dict[str, Any]:
    method = METHODS[run.method]
    return {
        "run": run,
        "method": method,
        "title": title_of(run, method),
        "period": period_of(run),
        "perimeter": perimeter,
    }


def _classes(pair: Any, first: AnalysisRun, second: AnalysisRun) -> tuple[str, str]:
    named = [
        {category.code: category.label for category in METHODS[run.method].categories}
        for run in (first, second)
    ]
    return named[0].get(pair.first.category, "–"), named[1].get(pair.second.category, "–")


def _config(
    request: HttpRequest, first: AnalysisRun, second: AnalysisRun, found: Comparison
) -> dict[str, Any]:
    column = found.column
    view = {
        "id": "difference",
        "title": f"Écart : {column.label}",
        "note": f"la seconde moins la première{f', {column.unit}' if column.unit else ''}",
        "field": "difference",
        "decimals": column.decimals,
        "steps": difference_steps(found),
        "lines": [{"code": "", "label": UNKNOWN, "colour": HATCHED, "sign": ""}],
    }
    rows = reverse("analysis-comparison-map", args=[first.pk, second.pk])
    shared = {"unit": column.unit, "decimals": column.decimals}
    return {
        **ground_config(),
        "bounds": extent_of(rows_of(first, request.read_scope)),
        "rows": f"{rows}?chiffre={column.name}",
        "views": [view],
        "statuses": as_data((OTHER_STATUS,)),
        "columns": [
            {"name": "avant", "label": "Première", **shared},
            {"name": "apres", "label": "Seconde", **shared},
            {"name": "difference", "label": "Écart", **shared},
        ],
        "classes": {},
    }
