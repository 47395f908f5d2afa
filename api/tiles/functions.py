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
FLAT_FROM = 14  # zoom from which a tile is so small that degrees are straight in it
TYPES = {"float8": FloatField, "integer": IntegerField, "box2d": BinaryField}


class Slot(Enum):
    """What changes from a tile of a zoom to another: a query says where it stands, ``statements`` fills it in."""

    WEST, SOUTH, EAST, NORTH = range(4)  # degrees
    WIDE_WEST, WIDE_SOUTH, WIDE_EAST, WIDE_NORTH = range(4, 8)  # the same with the buffer
    X, Y = range(8, 10)  # column and row
    SQUARE, DEGREES = range(10, 12)  # the four sides: in web Mercator metres, in degrees

    @property
    def type(self) -> str:
        """The type of PostgreSQL of what stands there."""
        if self.value < Slot.X.value:
            return "float8"
        return "integer" if self.value < Slot.SQUARE.value else "box2d"


class Of(Expression):
    """A slot in a query."""

    def __init__(self, slot: Slot) -> None:
        super().__init__(output_field=TYPES[slot.type]())
        self.slot = slot

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Slot]]:
        """Give the slot as a parameter."""
        return "%s", [self.slot]

    def get_group_by_cols(self) -> list[Expression]:
        """Give nothing: it is the same for all the rows of a tile."""
        return []


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


def in_tile(
    geometry: str | Combinable,
    z: int,
    *,
    tolerance: float = 0,
    buffer: int = BUFFER,
    short_sided: bool = False,
) -> AsMVTGeom:
    """Give the geometry in the units of the tile, of zoom ``z``; ``tolerance`` in metres of web Mercator.

    ``short_sided`` shapes are drawn from their degrees near the ground: to project each vertex took a fourth of the
    time of a tile. Longitude is linear in web Mercator; latitude nearly so inside a tile, and exactly at its edges: a
    sixth of a unit at most at zoom 14, less nearer, where vertices are rounded to a unit. The middle of a side of
    1 km moves by 2 cm on the ground, of 10 km by 2 m.
    """
    if short_sided and z >= FLAT_FROM and not tolerance:
        return AsMVTGeom(geometry, Of(Slot.DEGREES), Value(EXTENT), Value(buffer))
    shape: Combinable = Transform(geometry, WEB_MERCATOR)
    if tolerance:
        shape = Simplify(shape, Value(tolerance))
    return AsMVTGeom(shape, Of(Slot.SQUARE), Value(EXTENT), Value(buffer))
