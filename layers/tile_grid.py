"""The pyramid of web Mercator tiles: what is a tile, and where it lies."""

import math
from dataclasses import dataclass

from django.contrib.gis.geos import Polygon

from layers.crs import WGS84
from layers.errors import UnknownTile

MAX_ZOOM = 22
HALF_WORLD_M = 20_037_508.342789244  # half the circumference of web Mercator's sphere


@dataclass(frozen=True)
class Tile:
    """A tile by zoom, column (from the west) and row (from the north); raises UnknownTile off the pyramid."""

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if self.z > MAX_ZOOM or self.x >= 1 << self.z or self.y >= 1 << self.z:
            raise UnknownTile(f"la tuile {self.z}/{self.x}/{self.y} n’existe pas (zoom de 0 à {MAX_ZOOM})")

    @property
    def side_m(self) -> float:
        """Give the side in metres of web Mercator (a metre on the ground at the equator only)."""
        return 2 * HALF_WORLD_M / (1 << self.z)

    @property
    def bounds_m(self) -> tuple[float, float, float, float]:
        """Give west, south, east and north in metres of web Mercator."""
        side = self.side_m
        west, north = self.x * side - HALF_WORLD_M, HALF_WORLD_M - self.y * side
        return west, north - side, west + side, north

    def children(self) -> list["Tile"]:
        """Give the four tiles of the next zoom over the same ground."""
        return [
            Tile(self.z + 1, 2 * self.x + east, 2 * self.y + south) for south in (0, 1) for east in (0, 1)
        ]

    def extent(self, margin: float = 0.0) -> tuple[float, float, float, float]:
        """Give west, south, east and north in degrees, wider by ``margin`` (share of its side) on each side."""
        west, east = (_longitude(self.x - margin, self.z), _longitude(self.x + 1 + margin, self.z))
        north, south = (_latitude(self.y - margin, self.z), _latitude(self.y + 1 + margin, self.z))
        return west, south, east, north

    def area(self, margin: float = 0.0) -> Polygon:
        """Give the tile in longitude and latitude, wider by ``margin`` as in ``extent``."""
        rectangle = Polygon.from_bbox(self.extent(margin))
        rectangle.srid = WGS84
        return rectangle


def _longitude(column: float, z: int) -> float:
    return column / (1 << z) * 360 - 180


def _latitude(row: float, z: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / (1 << z)))))
