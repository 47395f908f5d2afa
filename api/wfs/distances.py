"""``DWithin`` and ``Beyond`` in metres. Importing this module mends the library, which reads metres as degrees.

The distance is the geodesic one, on the ellipsoid: right in every département, where a projection is right in one.
A rectangle around the shape, in degrees, comes first: it is what the index of the rows knows.
"""

import math

from django.contrib.gis.gdal import CoordTransform, SpatialReference
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import BooleanField, F, Func, Q
from gisserver.exceptions import OperationParsingFailed
from gisserver.parsers.fes20.operators import DistanceOperator, DistanceOperatorName
from gisserver.parsers.query import CompiledQuery
from shapely import from_wkb, get_num_coordinates, segmentize, to_wkb

from layers.crs import WGS84

# As clients write the metre and the kilometre: symbols, UCUM, EPSG
UNITS = {"m": 1.0, "metre": 1.0, "meter": 1.0, "km": 1_000.0, "kilometre": 1_000.0, "kilometer": 1_000.0}
UNITS |= {
    f"{urn}{code}": factor
    for code, factor in (("9001", 1.0), ("9036", 1_000.0))
    for urn in ("urn:ogc:def:uom:EPSG::", "http://www.opengis.net/def/uom/EPSG/0/")
}
UNITS |= {
    f"{urn}{code}": factor
    for code, factor in (("m", 1.0), ("km", 1_000.0))
    for urn in ("urn:ogc:def:uom:UCUM::", "http://www.opengis.net/def/uom/UCUM/0/")
}
FARTHEST_M = 100_000
LONGEST_EDGE = 0.02  # degrees: an edge this long leaves the straight line by less than 10 cm
MOST_POINTS = 20_000
LATITUDE_M = 110_500  # of a degree: the least there is
LONGITUDE_M = 111_300  # of a degree of the equator


class WithinMetres(Func):
    """Say whether a geometry is within a distance of a shape in degrees; ``box`` holds all that may be."""

    output_field = BooleanField()
    template = (
        "({0} && ST_MakeEnvelope(%s, %s, %s, %s, 4326)"
        " AND ST_DWithin({0}::geography, ST_GeomFromWKB(%s, 4326)::geography, %s))"
    )

    def __init__(self, path: str, wkb: bytes, box: tuple[float, ...], metres: float) -> None:
        super().__init__(F(path))
        self.values = (*box, wkb, metres)

    def as_sql(self, compiler, connection, **context):  # type: ignore[no-untyped-def]
        """Write the geometry twice: the rectangle for the index, the distance for what it lets through."""
        sql, parameters = compiler.compile(self.source_expressions[0])
        *box, wkb, metres = self.values
        return self.template.format(sql), (*parameters, *box, *parameters, wkb, metres)


def build_query(self: DistanceOperator, compiler: CompiledQuery) -> Q:
    """Compile the operator; raises OperationParsingFailed for a distance or a shape that is none."""
    metres = _metres(str(self.distance.value), self.distance.uom)
    element = self.valueReference.parse_xpath(compiler.feature_types).child
    if not element.type.is_geometry:
        raise OperationParsingFailed(f"{element.name} n’est pas une géométrie.", locator="filter")
    shape = _in_degrees(self.geometry.build_rhs(compiler))
    path = self.valueReference.build_lhs(compiler)
    near = Q(WithinMetres(path, to_wkb(shape), _box(shape.bounds, metres), metres))
    is_within = self.operatorType is DistanceOperatorName.DWithin
    return compiler.apply_extra_lookups(near if is_within else ~near)


def _metres(value: str, unit: str) -> float:
    if unit not in UNITS:
        raise OperationParsingFailed(f"Unité inconnue {unit[:40]!r} : m ou km.", locator="filter")
    metres = float(value) * UNITS[unit]
    if not (math.isfinite(metres) and 0 <= metres <= FARTHEST_M):
        raise OperationParsingFailed(f"Une distance va de 0 à {FARTHEST_M // 1_000} km.", locator="filter")
    return metres


def _in_degrees(shape: GEOSGeometry):  # type: ignore[no-untyped-def]
    """Give the shape in longitude and latitude, its edges cut: between two points the ellipsoid bends them."""
    if shape.srid != WGS84:
        to_degrees = CoordTransform(SpatialReference(shape.srid), SpatialReference(WGS84))
        shape = shape.transform(to_degrees, clone=True)
    found = from_wkb(bytes(shape.wkb))
    west, south, east, north = found.bounds
    edges = found.length / LONGEST_EDGE
    if max(-west, east) > 180 or max(-south, north) > 85:
        raise OperationParsingFailed("Cette forme n’est pas sur la carte.", locator="filter")
    if edges + get_num_coordinates(found) > MOST_POINTS:
        raise OperationParsingFailed("Cette forme est trop grande ou trop détaillée.", locator="filter")
    return segmentize(found, LONGEST_EDGE)


def _box(bounds: tuple[float, float, float, float], metres: float) -> tuple[float, ...]:
    """Give a rectangle in degrees that holds all that is within a distance of another."""
    west, south, east, north = bounds
    high = metres / LATITUDE_M
    farthest_north = min(max(abs(south), abs(north)) + high, 89.0)
    wide = metres / (LONGITUDE_M * math.cos(math.radians(farthest_north)))
    return west - wide, south - high, east + wide, north + high


DistanceOperator.build_query = build_query
