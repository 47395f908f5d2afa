"""Coordinate reference systems as OGC API writes them (Features Part 2): a closed list of addresses, axes in order.

Our geometry is kept in WGS 84, longitude first: that is CRS84. EPSG:4326 is the same with the latitude first; every
projection of the list has the easting first.
"""

from dataclasses import dataclass

from django.contrib.gis.db.models.functions import AsGeoJSON, GeomOutputGeoFunc, Transform
from django.db.models import Expression, F

from layers.crs import WGS84
from layers.errors import GeoLhiError
from layers.registry import CRS_LIST


class InvalidCrs(GeoLhiError):
    """A reference system that is not in the list of the collection."""


class FlipCoordinates(GeomOutputGeoFunc):
    """Give a geometry with its axes exchanged (``ST_FlipCoordinates``)."""

    function = "ST_FlipCoordinates"


@dataclass(frozen=True)
class Crs:
    """One reference system: its address, its EPSG code, whether the latitude comes first."""

    uri: str
    srid: int
    north_first: bool = False

    @property
    def decimals(self) -> int:
        """How many decimals a coordinate has: a centimetre in degrees, a millimetre in metres."""
        return 7 if self.srid == WGS84 else 3

    @property
    def is_geographic(self) -> bool:
        """Say whether coordinates are degrees."""
        return self.srid == WGS84

    def geojson(self, path: str) -> Expression:
        """Have PostGIS write the geometry at an ORM path as GeoJSON in this system, axes in its order."""
        shape: Expression | F = F(path)
        if self.srid != WGS84:
            shape = Transform(shape, self.srid)
        if self.north_first:
            shape = FlipCoordinates(shape)
        return AsGeoJSON(shape, precision=self.decimals)


CRS84 = Crs("http://www.opengis.net/def/crs/OGC/1.3/CRS84", WGS84)
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"

BY_URI = {crs.uri: crs for crs in (CRS84, *(Crs(f"{EPSG}{srid}", srid, srid == WGS84) for srid in CRS_LIST))}


def read_crs(uri: str, parameter: str) -> Crs:
    """Give the system at ``uri``; raises InvalidCrs for one that is not in the list."""
    if uri not in BY_URI:
        raise InvalidCrs(f"{parameter} : système inconnu {uri[:80]!r} (connus : {', '.join(BY_URI)})")
    return BY_URI[uri]
