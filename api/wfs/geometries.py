"""Geometry in filters, as GIS clients write it. Importing this module mends the library's reader.

- GDAL leaves ``srsName`` out of its envelopes, meaning the default CRS of the type (WFS 2.0.0, 11.1.3.2): the
  library refuses them.
- ``BBOX=…,EPSG:4326`` in the old notation puts the longitude first, as everywhere else in the library: there it
  was read the other way round.
- Coordinates that are not finite numbers are read as others, and shapes without any are compared, without a word.
"""

import math
from xml.etree.ElementTree import tostring

from django.contrib.gis.gdal import AxisOrder
from django.contrib.gis.geos import GEOSGeometry
from gisserver.crs import CRS
from gisserver.exceptions import ExternalParsingError
from gisserver.parsers.gml.geometries import GEOSGMLGeometry
from gisserver.parsers.xml import NSElement

library_from_xml = GEOSGMLGeometry.from_xml.__func__
library_from_bbox = GEOSGMLGeometry.from_bbox.__func__


def from_xml(cls: type[GEOSGMLGeometry], element: NSElement) -> GEOSGMLGeometry:
    """Read a GML geometry; without ``srsName``, its CRS is decided by the type it is compared with."""
    for text in element.itertext():
        _check_numbers(text)
    if "srsName" in element.attrib:
        geometry = library_from_xml(cls, element)
    else:
        shape = GEOSGeometry.from_gml(tostring(element))
        CRS.tag_geometry(shape, axis_order=AxisOrder.AUTHORITY)
        geometry = cls(srs=None, geos_data=shape)
    if geometry.geos_data.empty:
        raise ExternalParsingError("a shape has no position")
    return geometry


def from_bbox(cls: type[GEOSGMLGeometry], bbox_value: str) -> GEOSGMLGeometry:
    """Read the BBOX parameter, longitude first when its CRS is in the old notation."""
    geometry = library_from_bbox(cls, bbox_value)
    if geometry.srs is not None and geometry.srs.force_xy:
        CRS.tag_geometry(geometry.geos_data, axis_order=AxisOrder.TRADITIONAL)
    return geometry


def _check_numbers(text: str) -> None:
    try:
        numbers = [float(number) for number in text.replace(",", " ").split()]
    except ValueError:
        raise ExternalParsingError("a coordinate is not a number") from None
    if not all(map(math.isfinite, numbers)):
        raise ExternalParsingError("a coordinate is not finite")


GEOSGMLGeometry.from_xml = classmethod(from_xml)
GEOSGMLGeometry.from_bbox = classmethod(from_bbox)
