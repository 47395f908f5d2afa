"""The feature types of the WFS, built for one reader from the register of layers."""

from django.db.models import QuerySet
from gisserver.crs import CRS
from gisserver.features import FeatureField, FeatureType
from gisserver.projection import FeatureRelation
from gisserver.types import XsdAnyType, XsdTypes

from layers.registry import Layer, layers_for
from layers.scope import Scope

GEOMETRY = "geom"  # published name of the geometry, whatever its path


class LayerField(FeatureField):
    """A field whose type every client reads."""

    def _get_xsd_type(self) -> XsdAnyType:
        """Publish counts as integers: GDAL 3.6 drops the whole schema of a type that has another kind of them.

        It then guesses from the data, and the code of a commune (01500) becomes a number (1500).
        """
        type_ = super()._get_xsd_type()
        return XsdTypes.integer if type_ is XsdTypes.nonNegativeInteger else type_


class LayerType(FeatureType):
    """A type whose geometry may be on a related row (the rate of an IRIS is drawn on the IRIS)."""

    def get_related_queryset(self, feature_relation: FeatureRelation) -> QuerySet:
        """Leave the geometry out of the related rows.

        The library has it written with the main row, then looks for it once more by a path that is only valid
        there.
        """
        feature_relation.sub_fields = {
            element for element in feature_relation.sub_fields if not element.type.is_geometry
        }
        return super().get_related_queryset(feature_relation)


def feature_types(
    scope: Scope, conditions: frozenset[str] = frozenset(), *, by_identifier: bool = False
) -> list[FeatureType]:
    """Give every layer of the register, each with the rows that the reader may see.

    ``conditions`` names the fields that the request compares; ``by_identifier`` says that it names its features.
    """
    return [
        _feature_type(layer, scope, conditions | {layer.key} if by_identifier else conditions)
        for layer in layers_for(scope)
    ]


def _feature_type(layer: Layer, scope: Scope, conditions: frozenset[str]) -> FeatureType:
    """Publish the fields of the register and nothing else.

    ``show_name_field`` is off: the library would publish ``str(row)`` of every row.
    """
    geometry = _dotted(layer.geometry)
    fields = [LayerField(name, model_attribute=_dotted(path)) for name, path in layer.fields.items()]
    default_crs, *other_crs = (CRS.from_srid(srid) for srid in layer.crs)
    return LayerType(
        layer.rows_for(scope, conditions).order_by("pk"),
        name=layer.id,
        title=layer.title,
        abstract=layer.abstract,
        keywords=list(layer.keywords),
        fields=[*fields, LayerField(GEOMETRY, model_attribute=geometry)],
        geometry_field_name=geometry,
        crs=default_crs,
        other_crs=other_crs,
        show_name_field=False,
    )


def _dotted(path: str) -> str:
    return path.replace("__", ".")
