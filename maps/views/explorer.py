"""The explorer: the map, its table, and what is at a place."""

from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.bbox import BBox
from layers.errors import InvalidFilter
from layers.models import AnalysisRun, Commune
from layers.registry import IRIS_RATES
from layers.selectors.place import in_force, place_at
from layers.selectors.signalement_filters import SignalementFilters
from layers.selectors.signalement_lists import report_list
from layers.selectors.territories import communes_of, extent_of, find_territory
from layers.symbols import HOTSPOTS, OTHER_STATUS, STATUSES
from maps.services.class_limits import iris_limits
from maps.symbols import RateClass, as_data, rate_classes
from maps.views.analysis_texts import reading_of
from maps.views.ground import GROUND_ZOOM, ground_config
from maps.views.parameters import read_parameters
from maps.views.refusals import PARTIAL, is_partial, saying_refusals

PAGE_SIZE = 20
FRANCE = BBox(-5.2, 41.3, 9.6, 51.1)
COLUMNS = {
    "reference": "Référence",
    "depose_le": "Déposé le",
    "statut": "Statut",
    "commune": "Commune",
    "precision": "Position",
    "criticite": "Criticité",
}


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def explorer(request: HttpRequest) -> HttpResponse:
    """Show the map with its filters and the table of the same selection."""
    parameters = read_parameters(request)
    scope = request.read_scope
    filters = SignalementFilters.parse(parameters)
    territory = find_territory(filters.territoire) if filters.territoire else None
    communes = communes_of(scope)
    run = AnalysisRun.objects.latest_of(IRIS_RATES)
    context = {
        "config": _config(
            run, rate_classes(iris_limits(run, scope)), communes, extent_of(scope, territory) or FRANCE
        ),
        "parameters": {name: parameters.get(name, "") for name in ("du", "au", "territoire")},
        "territory": territory,
        "territories": _territories(communes),
        "statuses": STATUSES,
        "checked": filters.statuses,
        "run": run,
        "basemap": settings.BASEMAP_URL,
        **_table(request, parameters),
    }
    return render(request, "maps/explorer.html", context)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def signalements(request: HttpRequest) -> HttpResponse:
    """Show the table alone: the same selection without a map."""
    context = _table(request, read_parameters(request))
    template = "maps/parts/signalement_table.html" if is_partial(request) else "maps/signalements.html"
    return render(request, template, context)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def place(request: HttpRequest) -> HttpResponse:
    """Say what is at a place of the map (``bbox``, a few pixels around it, and ``zoom``)."""
    parameters = read_parameters(request)
    around = BBox.parse(parameters.pop("bbox", ""))
    run = AnalysisRun.objects.latest_of(IRIS_RATES)
    found = place_at(
        around,
        request.read_scope,
        run,
        SignalementFilters.parse(parameters).apply(request.read_scope),
        on_the_ground=_zoom(parameters) >= GROUND_ZOOM,
    )
    today = timezone.localdate()
    context = {
        "place": found,
        "on_the_ground": _zoom(parameters) >= GROUND_ZOOM,
        "reading": reading_of(found.result, run, rate_classes(iris_limits(run, request.read_scope)))
        if found.result and run
        else None,
        "arretes": [(arrete, in_force(arrete, today)) for arrete in found.arretes],
        "run": run,
    }
    template = "maps/parts/place.html" if is_partial(request) else "maps/place.html"
    return render(request, template, context)


def _table(request: HttpRequest, parameters: dict[str, str]) -> dict[str, Any]:
    listed = report_list(parameters, request.read_scope)
    page = Paginator(listed.reports, PAGE_SIZE).get_page(parameters.get("page"))
    page.object_list = listed.shown(page.object_list)
    kept = {
        name: value for name, value in parameters.items() if name not in ("page", "tri", PARTIAL) and value
    }
    return {
        "page": page,
        "sort": listed.sort,
        "columns": COLUMNS,
        "unlocated": listed.unlocated,
        "kept": kept,
    }


def _config(
    run: AnalysisRun | None, rates: list[RateClass], communes: list[Commune], bounds: BBox
) -> dict[str, Any]:
    """Give what the scripts need, and no more: no name or address is written in them."""
    return {
        **ground_config(),
        "bounds": [bounds.west, bounds.south, bounds.east, bounds.north],
        "rates": as_data(rates),
        "hotspots": as_data(HOTSPOTS),
        "statuses": as_data((*STATUSES, OTHER_STATUS)),
        "period": run.parameters if run else None,
        "communes": [
            {"nom": commune.nom, "point": [round(axis, 5) for axis in commune.label_point.coords]}
            for commune in communes
        ],
        "urls": {"place": reverse("place"), "table": reverse("signalements")},
    }


def _territories(communes: list[Commune]) -> list[dict[str, Any]]:
    """Give the territories to choose from: the EPCI of the perimeter, each with its communes."""
    groups: dict[str, dict[str, Any]] = {}
    for commune in communes:
        epci = commune.epci
        group = groups.setdefault(
            epci.code if epci else "", {"code": epci.code if epci else "", "nom": str(epci or "Communes")}
        )
        group.setdefault("communes", []).append(
            {"code": commune.code, "nom": commune.nom, "bounds": _bounds([commune])}
        )
        group.setdefault("members", []).append(commune)
    for group in groups.values():
        group["bounds"] = _bounds(group.pop("members"))
    return list(groups.values())


def _bounds(communes: list[Commune]) -> str:
    extents = [commune.envelope.extent for commune in communes]
    west, south = (min(extent[axis] for extent in extents) for axis in (0, 1))
    east, north = (max(extent[axis] for extent in extents) for axis in (2, 3))
    return f"{west:.6f},{south:.6f},{east:.6f},{north:.6f}"


def _zoom(parameters: dict[str, str]) -> float:
    text = parameters.get("zoom", "0")
    try:
        zoom = float(text)
    except ValueError:
        raise InvalidFilter(f"zoom attend un nombre, reçu : {text[:20]!r}") from None
    if not 0 <= zoom <= 30:
        raise InvalidFilter("zoom attend un nombre de 0 à 30")
    return zoom
