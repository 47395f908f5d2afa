"""The page of one report, and the queue of those whose position must be checked."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.models import Geocoding, Signalement
from layers.registry import LAYERS
from layers.selectors.place import in_force
from layers.selectors.signalement_file import SignalementFile, signalement_file
from layers.selectors.signalement_lists import reports_to_review
from maps.symbols import OTHER_STATUS, STATUSES, as_data, symbol_of
from maps.views.explorer import DEEPEST_TILES, GROUND_ZOOM
from maps.views.parameters import read_parameters
from maps.views.place_texts import confidence, link_sentence, precision_sentence, review_reasons
from maps.views.refusals import saying_refusals

PAGE_SIZE = 50


@access(Access.SIGNED_IN)
@require_safe
def signalement(request: HttpRequest, pk: int) -> HttpResponse:
    """Show everything known of a report; the same 404 whether it is missing or not for this reader."""
    try:
        found = signalement_file(pk, request.read_scope)
    except Signalement.DoesNotExist:
        raise Http404("signalement inconnu") from None
    today = timezone.localdate()
    report, geocoding = found.report, found.geocoding
    context = {
        "file": found,
        "report": report,
        "status": symbol_of(report.status, (*STATUSES, OTHER_STATUS)),
        "precision": precision_sentence(report),
        "reasons": _reasons(report, geocoding) if report.needs_review else [],
        "confidence": confidence(geocoding.score) if geocoding else "",
        "places": _places(found),
        "arretes": [(arrete, in_force(arrete, today)) for arrete in found.arretes],
        "config": _config(found) if report.geom else None,
    }
    return render(request, "maps/signalement.html", context)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def review_queue(request: HttpRequest) -> HttpResponse:
    """List the reports whose position must be checked, the longest waiting first."""
    parameters = read_parameters(request)
    reports = reports_to_review(parameters, request.read_scope)
    page = Paginator(reports, PAGE_SIZE).get_page(parameters.get("page"))
    rows = []
    for report in page:
        geocoding = getattr(report, "geocoding", None)
        rows.append((report, geocoding, _reasons(report, geocoding)))
    return render(request, "maps/review_queue.html", {"page": page, "rows": rows, "kept": {}})


def _reasons(report: Signalement, geocoding: Geocoding | None) -> list[str]:
    return review_reasons(report, geocoding, report.apart.m if report.apart is not None else None)


def _places(found: SignalementFile) -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "links": [(place, link_sentence(place.anchor)) for place in places],
            "has_rivals": not all(place.anchor.is_best for place in places),
        }
        for kind, places in found.places
    ]


def _config(found: SignalementFile) -> dict[str, Any]:
    """Give what the small map needs: one point, and the parcelles that are retained."""
    point = found.report.geom
    return {
        "tiles": reverse("tile", args=("LAYER", 0, 0, 0)).replace("LAYER/0/0/0", "{layer}/{z}/{x}/{y}"),
        "layers": {name: {"minzoom": layer.min_zoom, "key": layer.key} for name, layer in LAYERS.items()},
        "maxzoom": DEEPEST_TILES,
        "groundZoom": GROUND_ZOOM,
        "point": [point.x, point.y],
        "precision": found.report.precision,
        "parcelles": [
            place.anchor.place_code
            for kind, places in found.places
            for place in places
            if kind == "parcelle" and place.anchor.is_best
        ],
        "statuses": as_data((*STATUSES, OTHER_STATUS)),
    }
