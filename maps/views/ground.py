"""What every map of the application is told: its tiles, its layers, its base map if a setting names one."""

from typing import Any

from django.conf import settings
from django.urls import reverse

from layers.registry import LAYERS

GROUND_ZOOM = 14  # from here the map draws parcelles and single reports
DEEPEST_TILES = 16  # the browser enlarges these beyond


def ground_config() -> dict[str, Any]:
    """Give the part of a map's configuration that is the same for all."""
    basemap = {"url": settings.BASEMAP_URL, "attribution": settings.BASEMAP_ATTRIBUTION}
    return {
        "tiles": reverse("tile", args=("LAYER", 0, 0, 0)).replace("LAYER/0/0/0", "{layer}/{z}/{x}/{y}"),
        "layers": {name: {"minzoom": layer.min_zoom, "key": layer.key} for name, layer in LAYERS.items()},
        "maxzoom": DEEPEST_TILES,
        "groundZoom": GROUND_ZOOM,
        "basemap": basemap if settings.BASEMAP_URL else None,
    }
