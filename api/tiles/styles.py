"""The style of a layer as Mapbox and MapLibre write it, from the hints of the register."""

from typing import Any

from django.contrib.gis.db.models import LineStringField, PointField

from api.fields import field_at, model_of
from api.tiles.contents import first_zoom
from layers.registry import Layer

# In the old notation, which MapLibre still reads: QGIS 3.22 takes ["geometry-type"] for a field, and draws nothing
POLYGONS = ["==", "$type", "Polygon"]
POINTS = ["==", "$type", "Point"]
# Squares seen from far, each with how many it counts
MANY = ["interpolate", ["linear"], ["get", "nombre"], 1, 0.08, 100, 0.3, 2000, 0.7]
RADIUS = ["interpolate", ["linear"], ["zoom"], 6, 2, 16, 7]


def style_of(layer: Layer, address: str, deepest: int) -> dict[str, Any]:
    """Give the style document; ``address`` is the template of the tiles, ``deepest`` the last zoom that is made.

    What a tile holds may be polygons and points (places of a run): each kind has its own layers of the style.
    """
    geometry = field_at(model_of(layer), layer.geometry)
    colour = _colour(layer)
    drawn: list[dict[str, Any]] = []
    if not isinstance(geometry, PointField | LineStringField):
        drawn += [
            _drawn(
                layer, "fond", "fill", POLYGONS, {"fill-color": colour, "fill-opacity": layer.style.opacity}
            ),
            _drawn(layer, "contour", "line", POLYGONS, {"line-color": colour, "line-width": 1}),
        ]
    paint = {
        "circle-color": colour,
        "circle-radius": RADIUS,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1,
    }
    drawn.append(_drawn(layer, "point", "circle", POINTS, paint))
    first = first_zoom(layer)
    if first < layer.min_zoom:
        squares = {"fill-color": layer.style.colour, "fill-opacity": MANY}
        zooms = {"minzoom": first, "maxzoom": layer.min_zoom}
        drawn.append(_drawn(layer, "nombre", "fill", POLYGONS, squares) | zooms)
    return {
        "version": 8,
        "name": layer.title,
        "metadata": {"geo_lhi:legende": {value: words for value, (_, words) in layer.style.classes.items()}},
        "sources": {
            layer.id: {
                "type": "vector",
                "tiles": [address],
                "minzoom": first,
                "maxzoom": max(deepest, layer.min_zoom),
                "promoteId": layer.key,
            }
        },
        "layers": drawn,
    }


def _colour(layer: Layer) -> Any:
    """Give one colour, or the colour of each class; a value without a class has the layer's."""
    if not layer.style.classes:
        return layer.style.colour
    pairs = [part for value, (colour, _) in layer.style.classes.items() for part in (value, colour)]
    return ["match", ["get", layer.style.by], *pairs, layer.style.colour]


def _drawn(layer: Layer, part: str, kind: str, shapes: list[Any], paint: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": f"{layer.id}-{part}",
        "type": kind,
        "source": layer.id,
        "source-layer": layer.id,
        "minzoom": layer.min_zoom,
        "filter": shapes,
        "paint": paint,
    }
