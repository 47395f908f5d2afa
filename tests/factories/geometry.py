"""Shapes in whole metres around a fixed place, so that a test's picture fits in the head.

The origin is where Lambert-93 is truest: 3° E, 46.5° N. There x points east, y north, and a metre is a metre.
"""

from functools import cache

from django.contrib.gis.gdal import CoordTransform, SpatialReference
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Point, Polygon

from layers.crs import LAMBERT93, WGS84

ORIGIN_X, ORIGIN_Y = 700_000, 6_600_000


def point(x: float, y: float) -> Point:
    """Give the point ``x`` metres east and ``y`` metres north of the origin, in WGS 84."""
    return to_wgs84(Point(ORIGIN_X + x, ORIGIN_Y + y, srid=LAMBERT93))


def square(x: float, y: float, side: float) -> MultiPolygon:
    """Give the square of ``side`` metres whose south-west corner is at (x, y), in WGS 84."""
    return rectangle(x, y, side, side)


def rectangle(x: float, y: float, width: float, height: float) -> MultiPolygon:
    """Give the rectangle whose south-west corner is at (x, y), sizes in metres, in WGS 84."""
    west, south = ORIGIN_X + x, ORIGIN_Y + y
    polygon = Polygon.from_bbox((west, south, west + width, south + height))
    return to_wgs84(MultiPolygon(polygon, srid=LAMBERT93))


def bbox(x: float, y: float, width: float, height: float) -> str:
    """Give the ``bbox`` parameter (west,south,east,north in degrees) of that rectangle."""
    return ",".join(f"{value:.7f}" for value in rectangle(x, y, width, height).extent)


def to_wgs84(shape: GEOSGeometry) -> GEOSGeometry:
    """Give a Lambert-93 shape in longitude and latitude."""
    moved = shape.transform(_to_wgs84(), clone=True)
    moved.srid = WGS84
    return moved


@cache
def _to_wgs84() -> CoordTransform:
    return CoordTransform(SpatialReference(LAMBERT93), SpatialReference(WGS84))
