"""``/tiles/<layer>.pmtiles``, read by ranges, and ``/tiles/archives.json``, which lists them."""

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from api.byte_ranges import ranged_response
from api.errors import UnknownResource, answering_problems
from api.tiles.archives import archives, open_layers, path_of
from api.tiles.views import REVALIDATED, layer_named

PMTILES = "application/vnd.pmtiles"


@require_safe
@answering_problems
def archive(request: HttpRequest, layer: str) -> HttpResponseBase:
    """Answer the archive of a layer, or a part of it."""
    asked = layer_named(layer, request.read_scope)
    path = path_of(asked.id) if asked.is_open else None
    try:
        if path is None:
            raise FileNotFoundError
        response = ranged_response(request, path, PMTILES)
    except FileNotFoundError:
        raise UnknownResource(
            f"la couche {asked.id} n’a pas d’archive de tuiles : /tiles/archives.json dit lesquelles en ont une"
        ) from None
    for name, value in REVALIDATED.items():
        response[name] = value
    return response


@require_safe
@answering_problems
def catalogue(request: HttpRequest) -> JsonResponse:
    """List the archives: their address, zooms, extent, weight, the edition of their rows, the day they were baked."""
    titles = {layer.id: layer.title for layer in open_layers()}
    found = [
        {
            "layer": held.layer,
            "title": titles[held.layer],
            "url": request.build_absolute_uri(reverse("tile-archive", args=[held.layer])),
            "bytes": held.size,
            "tiles": held.tiles,
            "minzoom": held.min_zoom,
            "maxzoom": held.max_zoom,
            "bounds": held.bounds,
            "millesime": held.metadata["millesime"],
            "baked_at": held.metadata["baked_at"],
        }
        for held in archives()
    ]
    return JsonResponse({"archives": found}, headers=REVALIDATED)
