"""A ranking: the list, why each place is where it is, each partner's part of it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.errors import InvalidFilter
from layers.models import AnalysisResult, AnalysisRun, Partner, UnitKind
from layers.selectors.report_selection import ReportSelection
from layers.selectors.work_lists import COMPETENCES, work_lists
from maps.services.methods.priorites import METHOD
from maps.views.parameters import read_parameters
from maps.views.priorities import made_for, priority_runs
from maps.views.priority_reasons import PLACE_PAGES, listed, weights_of
from maps.views.refusals import saying_refusals

PAGE = 25
STOPS, MOST_STOPS, PER_DAY = 12, 100, 6  # of a round


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def priority_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the ranked list, whole or of one type of partner."""
    run = get_object_or_404(priority_runs(request).select_related("author"), pk=pk)
    parameters = read_parameters(request)
    lists = partner_lists(request, run)
    partner = partner_asked(parameters, lists)
    rows = ranked_rows(request, run, lists, partner)
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
        "made_for": made_for(run),
        "has_round": run.parameters["unit"] in PLACE_PAGES,
        "stops": STOPS,
        "most_stops": MOST_STOPS,
        "per_day": PER_DAY,
    }
    return render(request, "maps/priority_run.html", context)


def partner_lists(request: HttpRequest, run: AnalysisRun) -> dict[str, set[str]]:
    """Give, by type of partner, the codes of the ranked places that are its work, of those the reader may read."""
    kind = UnitKind(run.parameters["unit"])
    known = set(Partner.Type.values)
    found = work_lists(kind, request.read_scope, ReportSelection.of(run.parameters))
    ranked = AnalysisResult.objects.visible_to(request.read_scope).of_run(run)
    codes = set(ranked.values_list("unit_code", flat=True))
    return {name: places & codes for name, places in found.items() if name in known and places & codes}


def partner_asked(parameters: dict[str, str], lists: dict[str, set[str]]) -> str:
    """Give the type of partner whose list is asked, empty for all; raises InvalidFilter."""
    partner = parameters.get("partenaire", "")
    if partner and partner not in lists:
        raise InvalidFilter("aucun lieu de ce classement n’est pour ce type de partenaire")
    return partner


def ranked_rows(request: HttpRequest, run: AnalysisRun, lists: dict[str, set[str]], partner: str) -> Any:
    """Give the rows that the reader may read, in order, all or those of a partner."""
    rows = AnalysisResult.objects.visible_to(request.read_scope).of_run(run)
    return rows.filter(unit_code__in=sorted(lists[partner])) if partner else rows
