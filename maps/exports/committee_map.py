"""The stand-alone committee map: one HTML file that opens without a network."""

import math
import re
from datetime import datetime
from html import escape

import numpy as np
import shapely
from branca.element import MacroElement
from django.template.loader import render_to_string
from jinja2 import Template
from numpy.typing import NDArray

from layers.crs import WEB_MERCATOR, WGS84
from maps.exports.density_classes import density_classes, painted
from maps.exports.document import DISCLOSURE, SOURCE
from maps.exports.inlining import stand_alone
from maps.services.heat import BANDWIDTH_M, UNIT, Heat
from maps.services.squares import CELL_M

LARGEST_PICTURE = 1600  # pixels a side
FINER = 4  # pixels along the side of a cell of the surface, unless the picture would grow too large

# Folium forbids to enlarge the page; whoever sees badly must be able to.
VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>')
ZOOMABLE = '<meta name="viewport" content="width=device-width, initial-scale=1">'

Picture = NDArray[np.float64]
Corners = list[list[float]]


def committee_map(heat: Heat, *, title: str, note: str, made_at: datetime) -> str:
    """Give the page. ``note`` is the warning of an invented territory, empty on a real one."""
    import folium

    density, corners = _in_web_mercator(heat)
    classes = density_classes(float(heat.surface.values.max()))
    carte = folium.Map(tiles=None, attribution_control=False, zoom_snap=0.25)
    folium.map.CustomPane("ground", z_index=300).add_to(carte)
    _ground(heat).add_to(carte)
    folium.raster_layers.ImageOverlay(
        painted(density, classes), corners, name="Densité", alt="Densité de signalements"
    ).add_to(carte)
    _outlines(heat).add_to(carte)
    _cells(heat).add_to(carte)
    for marker in _names(heat):
        marker.add_to(carte)
    folium.LayerControl(collapsed=False).add_to(carte)
    carte.fit_bounds(_bounds(heat))
    _MetricScale().add_to(carte)

    context = {
        "title": title,
        "note": note,
        "made_at": made_at,
        "heat": heat,
        "counted": int(heat.counts.sum()),
        "classes": classes,
        "unit": UNIT,
        "bandwidth_m": BANDWIDTH_M,
        "cell_m": CELL_M,
        "source": SOURCE,
        "disclosure": DISCLOSURE,
    }
    page = VIEWPORT.sub(ZOOMABLE, stand_alone(carte.get_root().render()))
    for place, template in (
        ("<html>", "html"),
        ("</head>", "head"),
        ("<body>", "header"),
        ("</body>", "footer"),
    ):
        if page.count(place) != 1:
            raise RuntimeError(f"folium n’écrit plus {place} une fois et une seule")
        page = page.replace(place, render_to_string(f"maps/exports/committee_{template}.html", context))
    return page


def _in_web_mercator(heat: Heat) -> tuple[Picture, Corners]:
    """Give the surface on the grid that Leaflet stretches between two corners, NaN outside the perimeter."""
    from rasterio import Affine
    from rasterio.features import geometry_mask
    from rasterio.warp import Resampling, reproject

    grid, srid = heat.surface.grid, heat.perimeter.srid
    edge = shapely.segmentize(shapely.box(*grid.bounds), grid.cell_m)
    west, south, east, north = _projected(edge, srid, WEB_MERCATOR).bounds
    pixel = max(grid.cell_m / FINER, (east - west) / LARGEST_PICTURE, (north - south) / LARGEST_PICTURE)
    rows, columns = math.ceil((north - south) / pixel), math.ceil((east - west) / pixel)
    target = Affine(pixel, 0, west, 0, -pixel, north)
    density = np.zeros((rows, columns))
    reproject(
        heat.surface.values,
        density,
        src_transform=Affine(grid.cell_m, 0, grid.x_min, 0, -grid.cell_m, grid.y_max),
        src_crs=f"EPSG:{srid}",
        dst_transform=target,
        dst_crs=f"EPSG:{WEB_MERCATOR}",
        resampling=Resampling.cubic_spline,
    )
    outside = geometry_mask(
        [shape for shape in _projected(heat.perimeter.shapes, srid, WEB_MERCATOR) if not shape.is_empty],
        (rows, columns),
        target,
    )
    covered = shapely.box(west, north - rows * pixel, west + columns * pixel, north)
    left, bottom, right, top = _to_degrees(covered, WEB_MERCATOR).bounds
    return np.where(outside, np.nan, density), [[bottom, left], [top, right]]


class _MetricScale(MacroElement):
    """A scale bar in metres: folium's own also shows feet."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "L.control.scale({imperial: false, position: 'bottomright'}).addTo({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )


def _ground(heat: Heat):
    import folium

    style = {"stroke": False, "fillColor": "#ffffff", "fillOpacity": 1, "interactive": False}
    shape = _to_degrees(shapely.union_all(heat.perimeter.shapes), heat.perimeter.srid)
    return folium.GeoJson(
        _feature(shape, {}), pane="ground", control=False, style_function=lambda feature: style
    )


def _outlines(heat: Heat):
    import folium

    shapes = _to_degrees(heat.perimeter.shapes, heat.perimeter.srid)
    style = {"color": "#39424e", "weight": 1.6, "fill": False, "interactive": False}
    features = [_feature(shape, {}) for shape in shapes]
    return folium.GeoJson(_collection(features), name="Communes", style_function=lambda feature: style)


def _cells(heat: Heat):
    import folium

    seen = shapely.intersection(heat.squares, shapely.union_all(heat.perimeter.shapes))
    squares = _to_degrees(seen, heat.perimeter.srid)
    style = {"color": "#39424e", "weight": 0.5, "fillOpacity": 0}
    features = [
        _feature(square, {"nombre": count})
        for square, count in zip(squares, heat.counts.tolist(), strict=True)
    ]
    return folium.GeoJson(
        _collection(features),
        name="Cellules comptées",
        show=False,
        style_function=lambda feature: style,
        highlight_function=lambda feature: {"weight": 2},
        tooltip=folium.GeoJsonTooltip(["nombre"], aliases=["Logements signalés"]),
    )


def _names(heat: Heat):
    import folium

    for (_, nom), shape in zip(heat.perimeter.communes, heat.perimeter.shapes, strict=False):
        point = _to_degrees(shapely.point_on_surface(shape), heat.perimeter.srid)
        label = folium.Tooltip(
            _inert(nom), permanent=True, sticky=False, direction="center", class_name="commune"
        )
        yield folium.CircleMarker([point.y, point.x], radius=0.1, stroke=False, fill=False, tooltip=label)


def _inert(text: str) -> str:
    """Escape a name for HTML and for the JavaScript template string that folium puts it in."""
    return escape(text).translate({ord(sign): f"&#{ord(sign)};" for sign in "`$\\{}"})


def _bounds(heat: Heat) -> Corners:
    shapes = _to_degrees(heat.perimeter.shapes, heat.perimeter.srid)
    west, south, east, north = shapely.total_bounds(shapes)
    return [[south, west], [north, east]]


def _collection(features: list[dict]) -> dict:
    return {"type": "FeatureCollection", "features": features}


def _feature(shape: shapely.Geometry, properties: dict[str, int]) -> dict:
    rounded = shapely.set_precision(shape, 1e-6)
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(rounded)}


def _to_degrees(shapes, srid: int):
    """Give a shape, or an array of shapes, in longitude and latitude."""
    return _projected(shapes, srid, WGS84)


def _projected(shapes, source: int, target: int):
    from rasterio.warp import transform

    def moved(points: Picture) -> Picture:
        return np.column_stack(transform(f"EPSG:{source}", f"EPSG:{target}", points[:, 0], points[:, 1]))

    return shapely.transform(shapes, moved)
