"""A ranking: the list, why each place is where it is, each partner's part of it, and the round of visits."""

from collections.abc import Callable
from typing import Any

from django.contrib.gis.gdal import CoordTransform, SpatialReference
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.crs import WGS84, legal_srid
from layers.errors import InvalidFilter, NothingToAnalyse
from layers.models import AnalysisResult, AnalysisRun, Partner, UnitKind
from layers.selectors.report_selection import ReportSelection
from layers.selectors.work_lists import COMPETENCES, work_lists
from layers.symbols import OTHER_STATUS, STATUSES
from maps.analysis.routes import visit_round
from maps.services.methods.priorites import METHOD
from maps.symbols import as_data
from maps.views.ground import ground_config
from maps.views.parameters import read_parameters
from maps.views.priorities import priority_runs
from maps.views.priority_reasons import PLACE_PAGES, Listed, listed, weights_of
from maps.views.refusals import saying_refusals

PAGE = 25
STOPS, MOST_STOPS, PER_DAY = 12, 100, 6
DAY_COLOURS = 6  # of the style sheet and of round.js


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def priority_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the ranked list, whole or of one type of partner."""
    run = get_object_or_404(priority_runs(request).select_related("author"), pk=pk)
    parameters = read_parameters(request)
    lists = _lists(request, run)
    partner = _partner(parameters, lists)
    rows = _rows(request, run, lists, partner)
    page = Paginator(rows, PAGE).get_page(parameters.get("page"))
    whole = run.is_whole_for(request.read_scope)
    weights = weights_of(run, request.read_scope)
    context = {
        "run": run,
        "method": METHOD,
        "unit": UnitKind(run.parameters["unit"]),
        "page": page,
        "listed": [listed(row, run.parameters["unit"], weights, run.summary["rows"]) for row in page],
        "weights": weights.values(),
        "whole": whole,
        "facts": run.summary["facts"] if whole else [],
        "notes": run.summary["notes"] if whole else [],
        "partners": [(name, str(Partner.Type(name).label), len(lists[name])) for name in sorted(lists)],
        "partner": partner,
        "competence": COMPETENCES[partner].said if partner in COMPETENCES else "",
        "kept": {"partenaire": partner} if partner else {},
        "sort": "",
        "has_round": run.parameters["unit"] in PLACE_PAGES,
        "stops": STOPS,
        "most_stops": MOST_STOPS,
        "per_day": PER_DAY,
    }
    return render(request, "maps/priority_run.html", context)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def priority_round(request: HttpRequest, pk: int) -> HttpResponse:
    """Order the first places of the list, or of a partner's, into a round of visits, to print."""
    run = get_object_or_404(priority_runs(request), pk=pk)
    if run.parameters["unit"] not in PLACE_PAGES:
        raise NothingToAnalyse(
            "une tournée passe par des bâtiments ou des parcelles : ce classement est par IRIS"
        )
    parameters = read_parameters(request)
    lists = _lists(request, run)
    partner = _partner(parameters, lists)
    wanted = _whole(parameters, "arrets", STOPS, MOST_STOPS)
    per_day = _whole(parameters, "par_jour", PER_DAY, MOST_STOPS)
    rows = list(_rows(request, run, lists, partner).filter(geom__isnull=False)[:wanted])
    if not rows:
        raise NothingToAnalyse("aucun lieu à visiter dans cette liste")
    srid = legal_srid(rows[0].communes[0])
    near = [row for row in rows if legal_srid(row.communes[0]) == srid]
    to_metres = CoordTransform(SpatialReference(WGS84), SpatialReference(srid))
    points = [row.geom.transform(to_metres, clone=True) for row in near]
    # leaves from the place that comes first
    found = visit_round(
        [p.x for p in points],
        [p.y for p in points],
        (points[0].x, points[0].y),
        stops_per_day=per_day,
        comes_back=False,
    )
    tell = _telling(request, run)
    number = {int(stop): n for n, stop in enumerate(found.order, start=1)}
    days = [
        {
            "stops": [(number[int(stop)], tell(near[stop])) for stop in day],
            "length_m": length_m,
            "length_km": length_m / 1_000,
            "colour": n % DAY_COLOURS + 1,
            "line": [list(near[stop].geom.coords) for stop in day],
        }
        for n, (day, length_m) in enumerate(zip(found.days, found.lengths_m, strict=True))
    ]
    xs, ys = zip(*(row.geom.coords for row in near), strict=True)
    context = {
        "run": run,
        "partner": partner,
        "partner_label": str(Partner.Type(partner).label) if partner else "",
        "days": days,
        "count": len(near),
        "left_out": len(rows) - len(near),
        "wanted": wanted,
        "per_day": per_day,
        "most_stops": MOST_STOPS,
        "config": {
            **ground_config(),
            "statuses": as_data((*STATUSES, OTHER_STATUS)),
            "bounds": [min(xs), min(ys), max(xs), max(ys)],
            "days": [day["line"] for day in days],
        },
    }
    return render(request, "maps/priority_round.html", context)


def _lists(request: HttpRequest, run: AnalysisRun) -> dict[str, set[str]]:
    kind = UnitKind(run.parameters["unit"])
    known = set(Partner.Type.values)
    found = work_lists(kind, request.read_scope, ReportSelection.of(run.parameters))
    ranked = AnalysisResult.objects.visible_to(request.read_scope).of_run(run)
    codes = set(ranked.values_list("unit_code", flat=True))
    return {name: places & codes for name, places in found.items() if name in known and places & codes}


def _partner(parameters: dict[str, str], lists: dict[str, set[str]]) -> str:
    partner = parameters.get("partenaire", "")
    if partner and partner not in lists:
        raise InvalidFilter("aucun lieu de ce classement n’est pour ce type de partenaire")
    return partner


def _rows(request: HttpRequest, run: AnalysisRun, lists: dict[str, set[str]], partner: str) -> Any:
    rows = AnalysisResult.objects.visible_to(request.read_scope).of_run(run)
    return rows.filter(unit_code__in=sorted(lists[partner])) if partner else rows


def _telling(request: HttpRequest, run: AnalysisRun) -> Callable[[AnalysisResult], Listed]:
    weights = weights_of(run, request.read_scope)
    return lambda row: listed(row, run.parameters["unit"], weights, run.summary["rows"])


def _whole(parameters: dict[str, str], name: str, default: int, most: int) -> int:
    given = parameters.get(name) or str(default)
    if not (given.isdecimal() and given.isascii() and len(given) < 5 and 1 <= int(given) <= most):
        raise InvalidFilter(f"{name} : un nombre entier de 1 à {most} est attendu")
    return int(given)
