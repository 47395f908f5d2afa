"""Geometry read in metres: the database projects it, each row in the legal projection of its département."""

from django.db.models import BinaryField, Case, F, FloatField, Func, IntegerField, Value, When
from django.db.models.expressions import Combinable

from layers.crs import LAMBERT93, LEGAL_SRID_OVERSEAS


def srid_of(departement: str) -> Case:
    """Give, for the ORM path of a département code, the EPSG code of its legal projection."""
    overseas = (When(**{departement: code}, then=Value(srid)) for code, srid in LEGAL_SRID_OVERSEAS.items())
    return Case(*overseas, default=Value(LAMBERT93), output_field=IntegerField())


def shape_in(srid: Combinable, geometry: str = "geom") -> Func:
    """Give the shape as WKB in the projection ``srid``."""
    return Func(_projected(geometry, srid), function="ST_AsBinary", output_field=BinaryField())


def easting_in(srid: Combinable, geometry: str = "geom") -> Func:
    """Give the x of a point, in metres of the projection ``srid``."""
    return Func(_projected(geometry, srid), function="ST_X", output_field=FloatField())


def northing_in(srid: Combinable, geometry: str = "geom") -> Func:
    """Give the y of a point, in metres of the projection ``srid``."""
    return Func(_projected(geometry, srid), function="ST_Y", output_field=FloatField())


def _projected(geometry: str, srid: Combinable) -> Func:
    return Func(F(geometry), srid, function="ST_Transform", output_field=BinaryField())
