"""The page of one report."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from layers.models import Signalement
from layers.selectors.duplicates import merges_of, proposals_among
from layers.selectors.place import in_force
from layers.selectors.signalement_file import SignalementFile, signalement_file
from layers.symbols import OTHER_STATUS, STATUSES
from maps.symbols import as_data, symbol_of
from maps.views.duplicate_texts import reason_said, told
from maps.views.ground import ground_config
from maps.views.place_texts import confidence, link_sentence, precision_sentence, reasons_of


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
    merges = list(merges_of(pk, request.read_scope))
    for merge in merges:
        merge.reason = reason_said(merge.reason, request.read_scope)
    context = {
        "file": found,
        "report": report,
        "status": symbol_of(report.status, (*STATUSES, OTHER_STATUS)),
        "precision": precision_sentence(report),
        "reasons": reasons_of(report) if report.needs_review else [],
        "confidence": confidence(geocoding.score) if geocoding else "",
        "places": _places(found),
        "arretes": [(arrete, in_force(arrete, today)) for arrete in found.arretes],
        "merged": [merge for merge in merges if merge.absorbed_id == pk],
        "absorbed": [merge for merge in merges if merge.absorbed_id != pk],
        "pairs": told(proposals_among([pk], request.read_scope), request.read_scope),
        "config": _config(found) if report.geom else None,
    }
    return render(request, "maps/signalement.html", context)


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
        **ground_config(),
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
