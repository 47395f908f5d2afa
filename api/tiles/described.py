"""What the documents about tiles say of the fields of a layer."""

from api.fields import json_schema, model_of
from layers.registry import Layer

TILEJSON_TYPES = {"integer": "Number", "number": "Number", "boolean": "Boolean"}


def field_types(layer: Layer) -> dict[str, str]:
    """Give the type of each field, in the words of TileJSON."""
    model = model_of(layer)
    types = {name: json_schema(model, path)["type"] for name, path in layer.fields.items()}
    return {name: TILEJSON_TYPES.get(type_, "String") for name, type_ in types.items()}
