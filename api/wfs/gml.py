"""GML 3.2 written from rows of values: byte for byte what the library writes, for half of its work.

The library makes an object of Django of each row and asks each of its fields how it is written; here that is decided
once for a page, and the database gives tuples. Our types have flat fields (``api/wfs/types.py``): no list, no part.
"""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from gisserver.db import AsGML, _as_annotation_name
from gisserver.output import DBGML32Renderer
from gisserver.output.utils import attr_escape, tag_escape, value_to_xml_string
from gisserver.projection import FeatureProjection
from gisserver.types import XsdTypes

AS_THEY_ARE = (int, float, date, Decimal)  # classes whose ``str`` is what XML Schema writes
ENVELOPE = "_as_envelope_gml"  # the library's name of the extent of a row


class GmlOfRows(DBGML32Renderer):
    """Reads the key of a row, then a value for each element of the type."""

    def decorate_queryset(self, projection: FeatureProjection, queryset: QuerySet) -> QuerySet:
        """Have the database write the shapes, as the library does, and give tuples."""
        rows = super().decorate_queryset(projection, queryset).prefetch_related(None)
        return rows.values_list("pk", *map(_path, projection.xsd_root_elements))

    def write_feature(self, projection: FeatureProjection, instance: tuple, extra_xmlns: str = "") -> None:
        """Write a row, each value between the tags of its element."""
        key, *values = instance
        name, type_name, model_name, elements, renamed = self._plan(projection)
        written = [f'<{name} gml:id="{type_name}.{tag_escape(str(key))}"{extra_xmlns}>\n']
        shapes = 0
        for (tag, is_shape), value in zip(elements, values, strict=True):
            if is_shape is None:  # the extent: absent where there is no shape
                if value is not None:
                    written.append(f"<{tag}>{value.replace(*renamed, 1) if renamed else value}</{tag}>\n")
            elif value is None:
                written.append(f'<{tag} xsi:nil="true"/>\n')
            elif is_shape:
                shapes += 1
                opening, _, rest = value.partition(">")
                opening = opening.replace(*renamed, 1) if renamed else opening
                id_ = attr_escape(f"{model_name}.{key}.{shapes}")
                written.append(f'<{tag}>{opening} gml:id="{id_}">{rest}</{tag}>\n')
            elif value.__class__ is str:
                written.append(f"<{tag}>{tag_escape(value)}</{tag}>\n")
            elif value.__class__ in AS_THEY_ARE:
                written.append(f"<{tag}>{value}</{tag}>\n")
            else:
                written.append(f"<{tag}>{value_to_xml_string(value)}</{tag}>\n")
        written.append(f"</{name}>\n")
        self._write("".join(written))

    def _plan(self, projection: FeatureProjection) -> tuple[str, str, str, list, tuple[str, str] | None]:
        """Give what all rows of a type share: its names, its elements, and how the database misnames its CRS."""
        if self._planned is None or self._planned[0] is not projection:
            self._planned = (projection, self._decided(projection))
        return self._planned[1]

    _planned: Any = None

    def _decided(self, projection: FeatureProjection) -> tuple[str, str, str, list, tuple[str, str] | None]:
        feature_type = projection.feature_type
        elements = [
            (
                self.xml_qnames[element],
                None if element.type is XsdTypes.gmlBoundingShapeType else element.type.is_geometry,
            )
            for element in projection.xsd_root_elements
        ]
        old = ('srsName="EPSG:', 'srsName="http://www.opengis.net/gml/srs/epsg.xml#')
        renamed = old if projection.output_crs.force_xy else None
        model = feature_type.model._meta.object_name
        return self.feature_qnames[feature_type], feature_type.name, model, elements, renamed


def _path(element: Any) -> str:
    """Give where the value of an element is in a row: a path of the ORM, or what the database wrote of a shape."""
    if element.type is XsdTypes.gmlBoundingShapeType:
        return ENVELOPE
    return (
        _as_annotation_name(element.local_orm_path, AsGML) if element.type.is_geometry else element.orm_path
    )
