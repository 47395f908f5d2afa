"""``bbox`` and ``datetime``: which features are there, and which are of then."""

import math
import re
from datetime import date, datetime
from itertools import pairwise

from django.contrib.gis.geos import GEOSGeometry, LineString, MultiPolygon, Point, Polygon
from django.db.models import Q, QuerySet
from django.utils import timezone

from api.ogc.crs import Crs
from layers.crs import WGS84
from layers.errors import InvalidBBox, InvalidFilter
from layers.registry import Layer

WITH_HEIGHTS = 6  # numbers of a bbox that gives heights too: no layer has any
STEPS = 16  # points along each edge of a projected rectangle: its edges are curves in degrees
FARTHEST_M = 3e7  # no coordinate of our projections is as large
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
OPEN = ("", "..")


def in_bbox(rows: QuerySet, geometry: str, text: str, crs: Crs) -> QuerySet:
    """Keep the rows whose geometry touches the rectangle."""
    return rows.filter(**{f"{geometry}__intersects": rectangle(read_corners(text), crs)})


def read_corners(text: str) -> list[float]:
    """Read four numbers, or six of which the heights are left out, in the order of the axes.

    Raises InvalidBBox for anything else, NaN and infinities included.
    """
    try:
        corners = [float(number) for number in text.split(",")] if text.isascii() else []
    except ValueError:
        corners = []
    if len(corners) == WITH_HEIGHTS:
        del corners[5], corners[2]
    if len(corners) != 4 or not all(map(math.isfinite, corners)):
        raise InvalidBBox(f"bbox attend quatre ou six nombres séparés par des virgules, reçu : {text[:80]!r}")
    return corners


def rectangle(corners: list[float], crs: Crs) -> GEOSGeometry:
    """Give the shape between two corners; in degrees, a west that is east of the east crosses the antimeridian.

    Raises InvalidBBox for corners that are not in order.
    """
    if crs.north_first:
        south, west, north, east = corners
    else:
        west, south, east, north = corners
    if south > north or (west > east and not crs.is_geographic):
        raise InvalidBBox("bbox : le premier coin doit être au sud-ouest du second")
    if not crs.is_geographic:
        return _projected(west, south, east, north, crs.srid)
    west, east = (max(-180.0, min(180.0, longitude)) for longitude in (west, east))
    south, north = (max(-90.0, min(90.0, latitude)) for latitude in (south, north))
    if west > east:
        halves = ((west, south, 180.0, north), (-180.0, south, east, north))
        return MultiPolygon([Polygon.from_bbox(half) for half in halves], srid=WGS84)
    return _box(west, south, east, north)


def _box(west: float, south: float, east: float, north: float) -> GEOSGeometry:
    """Give the rectangle, or the line or the point that it is when its sides are nothing."""
    if west == east and south == north:
        return Point(west, south, srid=WGS84)
    if west == east or south == north:
        return LineString((west, south), (east, north), srid=WGS84)
    box = Polygon.from_bbox((west, south, east, north))
    box.srid = WGS84
    return box


def _projected(west: float, south: float, east: float, north: float, srid: int) -> GEOSGeometry:
    if west == east or south == north:
        raise InvalidBBox("bbox : le rectangle est vide")
    if max(map(abs, (west, south, east, north))) > FARTHEST_M:
        raise InvalidBBox("bbox : le rectangle est hors de la Terre")
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    ring = [
        (x + (to_x - x) * step / STEPS, y + (to_y - y) * step / STEPS)
        for (x, y), (to_x, to_y) in pairwise(corners)
        for step in range(STEPS)
    ]
    return Polygon([*ring, ring[0]], srid=srid)


def in_period(rows: QuerySet, layer: Layer, text: str) -> QuerySet:
    """Keep the rows whose day is in the period, or whose dates, open where one is missing, meet it.

    A layer without a date has no feature of any time: the answer is empty, as the standard says.
    """
    first, last = read_period(text)
    if not layer.time_field:
        return rows.none()
    starts, ends = layer.fields[layer.time_field], layer.fields.get(layer.time_end)
    if ends is None:
        bounds = {f"{starts}__gte": first, f"{starts}__lte": last}
        return rows.filter(
            **{lookup: day for lookup, day in bounds.items() if day}, **{f"{starts}__isnull": False}
        )
    if last:
        rows = rows.filter(Q(**{f"{starts}__isnull": True}) | Q(**{f"{starts}__lte": last}))
    if first:
        rows = rows.filter(Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gte": first}))
    return rows


def read_period(text: str) -> tuple[date | None, date | None]:
    """Read an instant or an interval (RFC 3339, ``..`` for an open end) as two days of here, both within.

    Raises InvalidFilter for anything else.
    """
    first, slash, last = text.partition("/")
    if not slash:
        day = read_day(first, "datetime")
        return day, day
    if first in OPEN and last in OPEN:
        raise InvalidFilter("datetime : une borne au moins de l’intervalle est attendue")
    begins = None if first in OPEN else read_day(first, "datetime")
    ends = None if last in OPEN else read_day(last, "datetime")
    if begins and ends and begins > ends:
        raise InvalidFilter("datetime : l’intervalle finit avant de commencer")
    return begins, ends


def read_day(text: str, name: str) -> date:
    """Give the day of here of a date or an instant; raises InvalidFilter for anything else."""
    return timezone.localdate(read_instant(text, name)) if INSTANT.fullmatch(text) else _day(text, name)


def read_instant(text: str, name: str) -> datetime:
    """Give an instant (RFC 3339, with its offset); raises InvalidFilter for anything else."""
    if INSTANT.fullmatch(text):
        try:
            return datetime.fromisoformat(text).astimezone(timezone.get_current_timezone())
        except (ValueError, OverflowError):
            pass
    raise InvalidFilter(f"{name} attend un instant « aaaa-mm-jjThh:mm:ssZ », reçu : {text[:40]!r}")


def _day(text: str, name: str) -> date:
    if DAY.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise InvalidFilter(
        f"{name} attend une date « aaaa-mm-jj » ou un instant « aaaa-mm-jjThh:mm:ssZ », reçu : {text[:40]!r}"
    )
