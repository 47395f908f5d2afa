"""A run: its map, its table, what it was made of, what it does not say, its files."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib.gis.db.models import Extent
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.exports import record_export
from geo_lhi.accounts.models import TokenScope
from layers.errors import InvalidFilter
from layers.kept_fields import figures_kept
from layers.models import AnalysisResult, AnalysisRun, AnalysisSurface, UnitKind
from layers.selectors.result_rows import (
    geojson_of,
    kinds_of,
    leaving,
    rows_of,
    sorted_rows,
    with_shapes,
)
from layers.services.publications import is_publishable, standing
from layers.symbols import OTHER_STATUS
from maps.exports.result_geopackage import result_geopackage
from maps.exports.result_table import result_csv
from maps.layers import NOT_LAYERS, layer_name
from maps.services.methods.method import Method
from maps.services.methods.register import METHODS
from maps.services.perimeters import perimeter_names
from maps.symbols import as_data
from maps.views.analysis_words import (
    map_views,
    parameters_in_words,
    period_of,
    title_of,
    vintages_in_words,
)
from maps.views.explorer import FRANCE
from maps.views.ground import ground_config
from maps.views.parameters import read_parameters
from maps.views.refusals import saying_refusals
from maps.views.surfaces import DEEPEST, address_of, surface_view

SHOWN = 200
DRAWN_ROWS = 8_000  # beyond, a browser would not follow
DETAILS = 20_000  # across a map
LISTED_RUNS = 50
BY_RANK = "rang"
PLACE_FILES = {UnitKind.BATIMENT: "batiment", UnitKind.PARCELLE: "parcelle", UnitKind.ADRESSE: "adresse"}
TERRITORIES = (UnitKind.COMMUNE, UnitKind.EPCI, UnitKind.IRIS)


def run_of(request: HttpRequest, pk: int) -> tuple[AnalysisRun, Method]:
    """Give a run that the reader may read, and its method as they read it; anything else is not found."""
    runs = AnalysisRun.objects.visible_to(request.read_scope).filter(method__in=METHODS)
    run = get_object_or_404(runs.select_related("author"), pk=pk)
    return run, METHODS[run.method].read_by(request.read_scope)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def analysis(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a run."""
    run, method = run_of(request, pk)
    parameters = read_parameters(request)
    sort = _sort(method, parameters)
    rows = rows_of(run, request.read_scope)
    whole = run.is_whole_for(request.read_scope)
    views = map_views(run, method, request.read_scope)
    has_surface = whole and AnalysisSurface.objects.filter(run=run).exists()
    if has_surface and (surface := surface_view(run)):
        views.insert(0, surface | {"tiles": address_of(run), "deepest": DEEPEST})
    context = {
        "run": run,
        "method": method,
        "title": title_of(run, method),
        "period": period_of(run),
        "perimeter": perimeter_names([run])[run.pk],
        "parameters": parameters_in_words(run, method, request.read_scope),
        "vintages": vintages_in_words(run),
        "whole": whole,
        "summary": run.summary,
        "count": rows.count(),
        "shown": SHOWN,
        "drawn": DRAWN_ROWS,
        "rows": [
            _line(row, method) for row in sorted_rows(run, request.read_scope, sort).defer("geom")[:SHOWN]
        ],
        "sort": sort,
        "columns": method.columns,
        "has_surface": has_surface,
        "layer": "" if method.id in NOT_LAYERS else layer_name(method.id),
        "others": _comparable(request, run),
        "published": standing().filter(run=run).first() if method.is_released else None,
        "may_publish": request.user.is_superuser and is_publishable(run),
        "views": views,
        "config": _config(request, run, method, views),
    }
    return render(request, "maps/analysis.html", context)


View = Callable[..., HttpResponse]


def as_file(content_type: str, suffix: str, what: str = "lignes") -> Callable[[View], View]:
    """Give a view whose answer is downloaded under the name of the run, and recorded as an export."""

    def declare(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, pk: int) -> HttpResponse:
            run, method = run_of(request, pk)
            content = view(request, run, method)
            rows = rows_of(run, request.read_scope).count()
            record_export(request, f"{what} d’analyse (.{suffix})", source=f"analyse n° {run.pk}", rows=rows)
            kind = HttpResponse if isinstance(content, bytes) else StreamingHttpResponse
            name = f"geo_lhi-{method.id}-{run.pk}.{suffix}"
            headers = {
                "Content-Disposition": content_disposition_header(True, name),
                "Cache-Control": "private, no-store",
                "X-Content-Type-Options": "nosniff",
            }
            return kind(content, content_type=content_type, headers=headers)

        return answer

    return declare


@access(Access.SIGNED_IN, TokenScope.EXPORT)
@require_safe
@as_file("text/csv; charset=utf-8", "csv")
def analysis_csv(request: HttpRequest, run: AnalysisRun, method: Method) -> Iterable[str]:
    """Give all the reader's rows as a table."""
    return result_csv(method, leaving(rows_of(run, request.read_scope)))


@access(Access.SIGNED_IN, TokenScope.EXPORT)
@require_safe
@as_file("application/geopackage+sqlite3", "gpkg")
def analysis_geopackage(request: HttpRequest, run: AnalysisRun, method: Method) -> bytes:
    """Give all the reader's rows with their shapes."""
    rows = rows_of(run, request.read_scope)
    about = {
        "TITRE": title_of(run, method),
        "QUESTION": method.question,
        "PERIMETRE": perimeter_names([run])[run.pk],
        "PARAMETRES": " ; ".join(
            f"{label} : {value}" for label, value in parameters_in_words(run, method, request.read_scope)
        ),
        "MILLESIMES": " ; ".join(f"{name} {edition}" for name, edition in run.data_vintage.items()),
        "LIMITES": " ".join(method.caveats),
    }
    return result_geopackage(method, leaving(rows, kinds_of(rows)), about)


@access(Access.SIGNED_IN, TokenScope.EXPORT)
@require_safe
@as_file("image/tiff; application=geotiff; profile=cloud-optimized", "tif", "surface")
def analysis_geotiff(request: HttpRequest, run: AnalysisRun, method: Method) -> bytes:
    """Give the surface to whoever may read the whole perimeter: it counts all of it."""
    readable = AnalysisRun.objects.whole_for(request.read_scope)
    surface = get_object_or_404(AnalysisSurface, run=run, run__in=readable)
    return bytes(surface.geotiff)


@access(Access.SIGNED_IN)
@require_safe
def analysis_map(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Give the reader's rows as GeoJSON, for the map of the page."""
    run, _ = run_of(request, pk)
    rows = rows_of(run, request.read_scope)
    tolerance, kept = tolerance_over(extent_of(rows)), figures_kept(request.read_scope)
    return StreamingHttpResponse(
        geojson_of(rows[:DRAWN_ROWS], kinds_of(rows), tolerance=tolerance, kept=kept),
        content_type="application/geo+json",
        headers={"Cache-Control": "private, no-store"},
    )


def tolerance_over(extent: list[float]) -> float:
    """Give the detail that a map of this extent does not show, in degrees; 0 over a few communes."""
    west, _, east, _ = extent
    return round((east - west) / DETAILS, 5)


def extent_of(rows: Any) -> list[float]:
    """Give the extent of the shapes of rows; France when there is none."""
    shaped = with_shapes(rows.order_by(), kinds_of(rows))
    found = shaped.aggregate(extent=Extent("shape"))["extent"]
    return list(found) if found else [FRANCE.west, FRANCE.south, FRANCE.east, FRANCE.north]


def _sort(method: Method, parameters: dict[str, str]) -> str:
    sort = parameters.get("tri") or BY_RANK
    if sort.removeprefix("-") not in {BY_RANK, "nom", "classe", *(column.name for column in method.columns)}:
        raise InvalidFilter(f"tri inconnu : {sort[:40]!r}")
    return sort


def _line(row: AnalysisResult, method: Method) -> dict[str, Any]:
    category = next((one for one in method.categories if one.code == row.category), None)
    return {
        "row": row,
        "category": category,
        "cells": [(column, row.figures.get(column.name)) for column in method.columns],
        "link": unit_link(row.unit_kind, row.unit_code),
    }


def unit_link(kind: str, code: str) -> str:
    """Give the page of a unit, empty when it has none."""
    if kind in TERRITORIES:
        return reverse("territory", args=[code])
    return reverse("place-file", args=[PLACE_FILES[kind], code]) if kind in PLACE_FILES else ""


def _comparable(request: HttpRequest, run: AnalysisRun) -> list[tuple[int, str, datetime]]:
    runs = AnalysisRun.objects.visible_to(request.read_scope).filter(
        method__in=METHODS, summary__unit=run.summary.get("unit")
    )
    return [
        (other.pk, title_of(other, METHODS[other.method]), timezone.localtime(other.computed_at))
        for other in runs.exclude(pk=run.pk).order_by("-pk")[:LISTED_RUNS]
    ]


def _config(
    request: HttpRequest, run: AnalysisRun, method: Method, views: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        **ground_config(),
        "bounds": extent_of(rows_of(run, request.read_scope)),
        "rows": reverse("analysis-map", args=[run.pk]),
        "views": views,
        "statuses": as_data((OTHER_STATUS,)),
        "columns": [
            {"name": one.name, "label": one.label, "unit": one.unit, "decimals": one.decimals}
            for one in method.columns
        ],
        "classes": {one.code: one.label for one in method.categories},
    }
