"""``/tiles/<layer>/<z>/<x>/<y>.mvt`` and ``/tiles/<layer>.json``, over the register of layers."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.gzip import re_accepts_gzip
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from api.errors import UnknownLayer, answering_problems
from api.parameters import printable
from api.tiles.contents import counted, first_zoom, tile_of
from api.tiles.described import field_types
from api.tiles.memory import remembered
from api.tiles.styles import style_of
from geo_lhi.accounts import public, signed_tiles
from layers.registry import Layer, register_of
from layers.scope import Scope
from layers.tile_grid import Tile

MVT = "application/vnd.mapbox-vector-tile"
REVALIDATED = {"Cache-Control": "private, max-age=0, must-revalidate"}
DEEPEST_TILES = 16  # beyond, the map enlarges these: they hold every vertex


@require_safe
@answering_problems
def tile(request: HttpRequest, layer: str, z: int, x: int, y: int) -> HttpResponse:
    """Answer a vector tile, 204 when it is empty; the browser keeps it and asks whether it changed."""
    asked = layer_named(layer, request.read_scope)
    parameters = printable(request.GET)
    place, scope = Tile(z, x, y), request.read_scope
    parameters.pop(signed_tiles.PARAMETER, None)  # says who asks, not what
    address = f"{asked.id}/{z}/{x}/{y}?{urlencode(sorted(parameters.items()))}"

    def make() -> bytes:
        if scope.public:
            public.count(request)
        return tile_of(asked, place, scope, parameters)

    takes_packed = bool(re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")))
    revision = getattr(request.user, "tile_revision", None)
    try:
        made = remembered(asked, scope, address, make, revision=revision, packs=takes_packed)
    except public.PastLimit as past:
        return past.response
    headers = {"ETag": made.etag, **REVALIDATED}
    content = made.content
    if made.is_packed:
        headers["Vary"] = "Accept-Encoding"
        if takes_packed:
            # Another encoding of the same tile: as the middleware does for what it packs
            headers |= {"Content-Encoding": "gzip", "ETag": f"W/{made.etag}"}
        else:
            content = made.plain
    response = HttpResponse(content, content_type=MVT, status=200 if content else 204, headers=headers)
    return get_conditional_response(request, etag=made.etag, response=response)


@require_safe
@answering_problems
def tilejson(request: HttpRequest, layer: str) -> HttpResponse:
    """Describe the tiles of a layer (TileJSON 3.0); the filters given here are those of the tiles.

    With ``signer=1``, the address of the tiles carries the right to read them for an hour: for a map on another
    site, which cannot send a header.
    """
    asked = layer_named(layer, request.read_scope)
    address = _addresses(request, asked)
    document: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": asked.title,
        "description": asked.abstract,
        "tiles": [address],
        "minzoom": first_zoom(asked),
        "maxzoom": max(DEEPEST_TILES, asked.min_zoom),
        "vector_layers": [{"id": asked.id, "minzoom": first_zoom(asked), "fields": field_types(asked)}],
        "promoteId": asked.key,
    }
    if counts := counted(asked):
        below, fields = counts
        document["clusters"] = {"maxzoom": below - 1, "fields": list(fields)}
    return JsonResponse(document, headers=REVALIDATED)


@require_safe
@answering_problems
def style(request: HttpRequest, layer: str) -> HttpResponse:
    """Give a Mapbox style that draws the layer, its filters and its signature as in ``tilejson``."""
    asked = layer_named(layer, request.read_scope)
    return JsonResponse(style_of(asked, _addresses(request, asked), DEEPEST_TILES), headers=REVALIDATED)


def _addresses(request: HttpRequest, layer: Layer) -> str:
    """Give the template of the addresses of a layer's tiles, with the filters of the request, signed if asked."""
    path = reverse("tile", args=(layer.id, 0, 0, 0)).removesuffix("0/0/0.mvt")
    parameters = printable(request.GET)
    for name in (signed_tiles.PARAMETER, signed_tiles.ASKED):
        parameters.pop(name, None)
    parameters |= signed_tiles.signature_for(request, layer.id)
    filters = f"?{urlencode(parameters)}" if parameters else ""
    return request.build_absolute_uri(path) + "{z}/{x}/{y}.mvt" + filters


def layer_named(name: str, scope: Scope) -> Layer:
    """Give a layer with the fields that this reader may see; raises UnknownLayer."""
    known = register_of(scope)
    if name not in known:
        raise UnknownLayer(f"couche inconnue : {name[:40]!r} (connues : {', '.join(known)})")
    return known[name].read_by(scope)
