"""The surface of a run as raster tiles, for the maps of a GIS and for ours."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from geo_lhi.accounts import signed_tiles
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope
from layers.errors import UnknownTile
from layers.models import AnalysisRun, AnalysisSurface
from layers.scope import Scope
from layers.tile_grid import Tile
from maps.exports.surface_tile import SIDE, surface_bounds, surface_tile
from maps.services.methods.register import METHODS
from maps.views.analysis_words import map_views, title_of

# A run never changes, rights may: the browser asks each time, and is told that nothing moved
REVALIDATED = {"Cache-Control": "private, max-age=0, must-revalidate"}
DRAWN_AS = 1  # changed with the way tiles are drawn: those kept by the browsers are then asked again
SIGNED = "surfaces/{pk}"  # what a signed address names
DEEPEST = 15  # a pixel of some metres: finer than any cell


@access(Access.MACHINE, TokenScope.TILES, signed=SIGNED)
@require_safe
def tile(request: HttpRequest, pk: int, z: int, x: int, y: int) -> HttpResponse:
    """Answer a tile, 204 where the surface says nothing; who may not read the whole run finds nothing."""
    run = surface_run(request, pk)
    try:
        place = Tile(z, x, y)
    except UnknownTile as error:
        raise Http404(str(error)) from None
    etag = f'"{run.pk}-{z}-{x}-{y}-{DRAWN_AS}"'
    headers = {"ETag": etag, **REVALIDATED}
    known = get_conditional_response(request, etag=etag, response=HttpResponse(headers=headers))
    if known is not None and known.status_code != 200:
        return known
    steps = steps_of(run)
    content = surface_tile(
        bytes(AnalysisSurface.objects.get(run=run).geotiff),
        place,
        cuts=[step["high"] for step in steps[:-1]],
        colours=[step["colour"] for step in steps],
    )
    if content is None:
        return HttpResponse(status=204, headers=headers)
    return HttpResponse(content, content_type="image/png", headers=headers)


@access(Access.MACHINE, TokenScope.TILES, signed=SIGNED)
@require_safe
def tilejson(request: HttpRequest, pk: int) -> JsonResponse:
    """Describe the tiles (TileJSON 3.0), with the classes that they are drawn in.

    With ``signer=1``, their address carries the right to read them for an hour, as those of vector tiles do.
    """
    run = surface_run(request, pk)
    surface = AnalysisSurface.objects.get(run=run)
    asked = signed_tiles.signature_for(request, SIGNED.format(pk=pk))
    signature = f"?{urlencode(asked)}" if asked else ""
    document = {
        "tilejson": "3.0.0",
        "name": title_of(run, METHODS[run.method]),
        "description": METHODS[run.method].question,
        "tiles": [request.build_absolute_uri("/").removesuffix("/") + address_of(run) + signature],
        "minzoom": 0,
        "maxzoom": DEEPEST,
        "bounds": surface_bounds(bytes(surface.geotiff)),
        "tileSize": SIDE,
        "unit": surface.unit,
        "classes": steps_of(run),
    }
    return JsonResponse(document, headers=REVALIDATED)


def surface_run(request: HttpRequest, pk: int) -> AnalysisRun:
    """Give a run whose surface the reader may see: it counts all of the perimeter."""
    readable = AnalysisRun.objects.whole_for(request.read_scope).filter(method__in=METHODS)
    return get_object_or_404(readable, pk=pk, surface__isnull=False)


def steps_of(run: AnalysisRun) -> list[dict[str, Any]]:
    """Give the classes of the surface; a run that has none has no tiles either."""
    view = surface_view(run)
    if view is None:
        raise Http404("cette surface n’a pas de classes")
    return view["steps"]


def surface_view(run: AnalysisRun) -> dict[str, Any] | None:
    """Give the classes of the surface: those of the first figure of its method, which is its mean by cell."""
    views = map_views(run, METHODS[run.method], Scope.whole())  # who reads a surface reads all of its run
    drawn = next((view for view in views if view["steps"]), None)
    return drawn and {**drawn, "id": "surface", "title": f"{drawn['title']}, surface", "lines": []}


def address_of(run: AnalysisRun) -> str:
    """Give the template of the addresses of the tiles of a run."""
    path = reverse("surface-tile", args=(run.pk, 0, 0, 0)).removesuffix("0/0/0.png")
    return path + "{z}/{x}/{y}.png"
