"""The PostGIS functions that tiles are made with."""

from enum import Enum
from typing import Any

from django.contrib.gis.db.models import GeometryField, PointField
from django.contrib.gis.db.models.functions import Transform
from django.db.models import BinaryField, Expression, FloatField, Func, IntegerField, Value
from django.db.models.expressions import Combinable

from layers.crs import WEB_MERCATOR, WGS84

EXTENT = 4096  # units along the side of a tile
BUFFER = 64  # units kept around it, so that outlines do not show where they are cut


class Slot(Enum):
    """What changes from a tile of a zoom to another: a query says where it stands, ``contents`` fills it in."""

    WEST, SOUTH, EAST, NORTH = range(4)  # degrees
    WIDE_WEST, WIDE_SOUTH, WIDE_EAST, WIDE_NORTH = range(4, 8)  # the same with the buffer
    X, Y = range(8, 10)  # column and row


class Of(Expression):
    """A slot in a query."""

    def __init__(self, slot: Slot) -> None:
        super().__init__(output_field=FloatField() if slot.value < Slot.X.value else IntegerField())
        self.slot = slot

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Slot]]:
        """Give the slot as a parameter."""
        return "%s", [self.slot]


def ground(*sides: Slot) -> Func:
    """Give the rectangle of four sides, a constant for the planner once they are filled in."""
    return Func(
        *map(Of, sides),
        Value(WGS84),
        function="ST_MakeEnvelope",
        output_field=GeometryField(srid=WGS84),
    )


AREA = ground(Slot.WEST, Slot.SOUTH, Slot.EAST, Slot.NORTH)
WIDE_AREA = ground(Slot.WIDE_WEST, Slot.WIDE_SOUTH, Slot.WIDE_EAST, Slot.WIDE_NORTH)


class Longitude(Func):
    """The longitude of a point."""

    function = "ST_X"
    arity = 1
    output_field = FloatField()


class Latitude(Func):
    """The latitude of a point."""

    function = "ST_Y"
    arity = 1
    output_field = FloatField()


class TileEnvelope(Func):
    """The square of a tile, in web Mercator metres."""

    function = "ST_TileEnvelope"
    arity = 3
    output_field = GeometryField(srid=WEB_MERCATOR)


class AsMVTGeom(Func):
    """A shape in the units of a tile, cut to the tile and its buffer."""

    function = "ST_AsMVTGeom"
    output_field = BinaryField()


class Simplify(Func):
    """A shape without the vertices that ``tolerance`` does not see; it stays valid."""

    function = "ST_SimplifyPreserveTopology"
    arity = 2
    output_field = GeometryField(srid=WEB_MERCATOR)


def point_at(longitude: Combinable, latitude: Combinable) -> Func:
    """Give the point of two coordinates."""
    return Func(longitude, latitude, Value(WGS84), function="ST_Point", output_field=PointField(srid=WGS84))


def in_tile(geometry: str | Combinable, z: int, *, tolerance: float = 0, buffer: int = BUFFER) -> AsMVTGeom:
    """Give the geometry in the units of the tile, of zoom ``z``; ``tolerance`` in metres of web Mercator."""
    shape: Combinable = Transform(geometry, WEB_MERCATOR)
    if tolerance:
        shape = Simplify(shape, Value(tolerance))
    return AsMVTGeom(shape, TileEnvelope(Value(z), Of(Slot.X), Of(Slot.Y)), Value(EXTENT), Value(buffer))
