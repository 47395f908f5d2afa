"""A map extent in longitude and latitude."""

import math
from dataclasses import dataclass
from typing import Self

from django.contrib.gis.geos import Polygon

from layers.crs import WGS84
from layers.errors import InvalidBBox


@dataclass(frozen=True)
class BBox:
    """West, south, east, north in degrees, WGS 84."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``ouest,sud,est,nord``.

        Raises InvalidBBox for anything else, NaN and infinities included (``float`` accepts them).
        """
        try:
            west, south, east, north = map(float, text.split(","))
        except ValueError:
            raise InvalidBBox(
                f"bbox attend quatre nombres « ouest,sud,est,nord », reçu : {text[:80]!r}"
            ) from None
        if not all(map(math.isfinite, (west, south, east, north))):
            raise InvalidBBox("bbox : chaque nombre doit être fini")
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise InvalidBBox(
                "bbox : longitudes de -180 à 180 et latitudes de -90 à 90, ouest < est et sud < nord"
            )
        return cls(west, south, east, north)

    def polygon(self) -> Polygon:
        """Give the extent as a rectangle, for spatial lookups."""
        rectangle = Polygon.from_bbox((self.west, self.south, self.east, self.north))
        rectangle.srid = WGS84
        return rectangle
