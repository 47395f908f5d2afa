"""Geometries and dates written in a filter: read strictly, then given as our own objects."""

import math
from typing import Any

import orjson
from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db import models

from api.ogc.crs import Crs
from api.ogc.extents import FARTHEST_M, read_day, read_instant, rectangle
from layers.errors import InvalidFilter

KINDS = {
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
}


def read_geometry(node: Any, crs: Crs) -> GEOSGeometry:
    """Read a geometry or an extent, axes in the order of its system; raises InvalidFilter."""
    if isinstance(node, dict) and isinstance(node.get("bbox"), list):
        return rectangle(_corners(node["bbox"]), crs)
    if not isinstance(node, dict) or node.get("type") not in KINDS:
        raise InvalidFilter("filter : une géométrie est attendue")
    shape = _shape(node, crs)
    if not shape.valid:
        raise InvalidFilter("filter : la géométrie est invalide (contour qui se croise ou se touche)")
    shape.srid = crs.srid
    return shape


def read_moment(node: dict[str, Any], field: models.Field) -> Any:
    """Read a date or an instant as a value of the field: a day of here for a column of days."""
    text = node.get("date", node.get("timestamp"))
    if len(node) != 1 or not isinstance(text, str):
        raise InvalidFilter(f"filter : une date est attendue et non {str(node)[:60]!r}")
    if isinstance(field, models.DateTimeField):
        return read_instant(text, "filter")
    return read_day(text, "filter")


def _shape(node: dict[str, Any], crs: Crs) -> GEOSGeometry:
    content: dict[str, Any] = {"type": node["type"]}
    if node["type"] == "GeometryCollection":
        parts = node.get("geometries")
        if not isinstance(parts, list) or not all(
            isinstance(part, dict) and part.get("type") in KINDS - {"GeometryCollection"} for part in parts
        ):
            raise InvalidFilter("filter : une collection de géométries simples est attendue")
        content["geometries"] = [
            {"type": part["type"], "coordinates": _ordered(part.get("coordinates"), part["type"], crs)}
            for part in parts
        ]
    else:
        content["coordinates"] = _ordered(node.get("coordinates"), node["type"], crs)
    try:
        shape = GEOSGeometry(orjson.dumps(content).decode())
    except (GDALException, GEOSException, ValueError, TypeError):
        raise InvalidFilter("filter : la géométrie est illisible") from None
    if shape.empty:
        raise InvalidFilter("filter : la géométrie est vide")
    return shape


def _ordered(node: Any, kind: str, crs: Crs) -> Any:
    """Give coordinates with the easting first and no height.

    How many there are is bounded by the length of the filter. GDAL would close an open ring with only a warning.
    """
    if not isinstance(node, list) or not node:
        raise InvalidFilter("filter : la géométrie est illisible")
    if isinstance(node[0], list):
        is_ring = kind.endswith("Polygon") and node[0] and not isinstance(node[0][0], list)
        if is_ring and (len(node) < 4 or node[0] != node[-1]):
            raise InvalidFilter("filter : un contour de polygone n’est pas fermé")
        return [_ordered(part, kind, crs) for part in node]
    if len(node) not in (2, 3) or not all(_is_coordinate(number, crs) for number in node):
        raise InvalidFilter("filter : une coordonnée n’est pas un nombre de la Terre")
    return [node[1], node[0]] if crs.north_first else node[:2]


def _is_coordinate(number: Any, crs: Crs) -> bool:
    farthest = 360 if crs.is_geographic else FARTHEST_M
    return type(number) in (int, float) and math.isfinite(number) and abs(number) <= farthest


def _corners(numbers: list[Any]) -> list[float]:
    corners = [*numbers[:2], *numbers[3:5]] if len(numbers) == 6 else numbers
    if len(corners) != 4 or not all(
        type(number) in (int, float) and math.isfinite(number) for number in corners
    ):
        raise InvalidFilter("filter : BBOX attend quatre ou six nombres")
    return [float(number) for number in corners]
