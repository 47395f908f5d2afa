"""The committee's page and its two documents."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.exports import record_export
from geo_lhi.accounts.models import TokenScope
from layers.errors import NothingToAnalyse
from layers.selectors.territories import communes_of
from maps.exports.committee_map import committee_map
from maps.exports.document import DISCLOSURE, SOURCE
from maps.exports.heat_geotiff import heat_geotiff
from maps.services.heat import BANDWIDTH_M, UNIT, Heat, compute_heat
from maps.services.period import closed_period
from maps.services.squares import CELL_M, SURFACE_CELL_M
from maps.views.refusals import saying_refusals

TITLE = "Habitat dégradé : densité de signalements"


@access(Access.SIGNED_IN)
@require_safe
def committee(request: HttpRequest) -> HttpResponse:
    """Explain the two documents and offer them."""
    context = {
        "period": closed_period(request.read_scope),
        "communes": communes_of(request.read_scope),
        "unit": UNIT,
        "bandwidth_m": BANDWIDTH_M,
        "cell_m": CELL_M,
        "surface_cell_m": SURFACE_CELL_M,
        "source": SOURCE,
        "disclosure": DISCLOSURE,
    }
    return render(request, "maps/committee.html", context)


@access(Access.SIGNED_IN, TokenScope.EXPORT)
@require_safe
@saying_refusals
def committee_html(request: HttpRequest) -> HttpResponse:
    """Give the stand-alone map as a file: it has a policy of its own and never runs in our pages."""
    heat = _heat(request)
    page = committee_map(
        heat, title=_title(request), note=settings.TERRITORY_BANNER, made_at=timezone.localtime()
    )
    _record(request, heat, "carte du comité (.html)")
    return _file(page, "text/html; charset=utf-8", "carte.html")


@access(Access.SIGNED_IN, TokenScope.EXPORT)
@require_safe
@saying_refusals
def committee_heat(request: HttpRequest) -> HttpResponse:
    """Give the heat surface as a GeoTIFF."""
    heat = _heat(request)
    content = heat_geotiff(heat, settings.TERRITORY_BANNER)
    _record(request, heat, "surface de chaleur (.tif)")
    return _file(content, "image/tiff", "chaleur.tif")


def _record(request: HttpRequest, heat: Heat, what: str) -> None:
    """Record an export; its rows are the squares that are shown."""
    period = {"du": heat.since.isoformat(), "au": heat.until.isoformat()}
    record_export(request, what, rows=len(heat.squares), filters=period)


def _heat(request: HttpRequest) -> Heat:
    """Compute the surface over the closed years: documents made a week apart would tell that week's reports."""
    period = closed_period(request.read_scope)
    if period is None:
        raise NothingToAnalyse(
            "aucune année n’est close : une année entre dans ces documents 90 jours après sa fin"
        )
    return compute_heat(request.read_scope, *period)


def _title(request: HttpRequest) -> str:
    partner = request.user.partner
    return f"{TITLE} – {partner.nom}" if partner else TITLE


def _file(content: str | bytes, content_type: str, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="geo_lhi-{name}"',
            "Cache-Control": "private, no-store",
        },
    )
