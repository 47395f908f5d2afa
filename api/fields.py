"""What the fields of a layer are, read from the models: for the OpenAPI document and the TileJSON."""

from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.db import models

from layers.registry import Layer
from layers.scope import Scope

JSON_TYPES: tuple[tuple[type[models.Field], dict[str, str]], ...] = (
    (models.BooleanField, {"type": "boolean"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.IntegerField, {"type": "integer"}),
    (models.FloatField, {"type": "number"}),
    (GeometryField, {"type": "object"}),
)


def model_of(layer: Layer) -> type[models.Model]:
    """Give the model whose rows the layer shows."""
    return layer.rows(Scope.nobody(), {}).model


def field_at(model: type[models.Model], path: str) -> models.Field:
    """Give the field at the end of an ORM path; a foreign key (``commune_id``) is the key it holds."""
    *relations, name = path.split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    field = model._meta.get_field(name)
    return field.target_field if field.is_relation else field


def json_schema(model: type[models.Model], path: str) -> dict[str, Any]:
    """Describe the value at an ORM path: its JSON type, its French name, its choices."""
    field = field_at(model, path)
    kind = next((schema for kind, schema in JSON_TYPES if isinstance(field, kind)), {"type": "string"})
    schema = {**kind, "description": str(field.verbose_name), "nullable": field.null}
    if field.choices:
        schema["enum"] = [value for value, _ in field.choices]
    return schema
