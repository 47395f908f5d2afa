"""The OpenAPI description of what the API answers, built from the register of layers."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Model
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from api.errors import PROBLEM
from api.fields import json_schema, model_of
from api.v1.pages import DEFAULT_LIMIT, MAX_LIMIT
from layers.models import Signalement
from layers.registry import LAYERS
from layers.selectors.disorder_families import FAMILIES

GEOJSON = "application/geo+json"

_TEXTS = {
    "bbox": "Étendue « ouest,sud,est,nord » en degrés (WGS 84).",
    "territoire": "Code d’une commune, d’un EPCI ou d’un IRIS.",
    "du": "Déposés ce jour ou après (aaaa-mm-jj).",
    "au": "Déposés ce jour ou avant (aaaa-mm-jj).",
    "statut": f"Un ou plusieurs statuts, séparés par des virgules : {', '.join(Signalement.Status.names)}.",
    "type": "commune, epci ou iris ; les trois par défaut.",
    "unite": "commune, epci, iris, zone (périmètres : QPV, OPAH…), section ou carreau (200 m).",
    "type_perimetre": "Un type de périmètre, pour unite=zone ; tous par défaut.",
    "famille": f"Une famille de désordres : {', '.join(FAMILIES)} ; toutes par défaut.",
    "geometrie": "non : sans les contours ; oui par défaut.",
    "page": "Numéro de la page, à partir de 1.",
    "limit": f"Nombre d’éléments par page, de 1 à {MAX_LIMIT} ({DEFAULT_LIMIT} par défaut).",
}
_TYPES = {"page": int, "limit": int}


class ProblemSerializer(serializers.Serializer):
    """An answer that is not what was asked for (RFC 9457)."""

    type = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="Une phrase en français, à montrer telle quelle.")


def operation(
    name: str,
    summary: str,
    answer: Any,
    *,
    parameters: tuple[str, ...] = (),
) -> Callable[[Callable], Callable]:
    """Describe a view's ``get``: its name, its parameters, its answer and the problems that all may tell."""
    refused = OpenApiResponse(ProblemSerializer, description="Problème (RFC 9457).")
    return extend_schema(
        operation_id=name,
        summary=summary,
        parameters=[
            OpenApiParameter(name, _TYPES.get(name, str), description=_TEXTS[name]) for name in parameters
        ],
        responses={200: answer} | {(status, PROBLEM): refused for status in (400, 401, 404, 406)},
    )


def layer_properties(layer_id: str) -> dict[str, Any]:
    """Describe the properties of the features of a layer."""
    layer = LAYERS[layer_id]
    return properties_of(model_of(layer), layer.fields)


def properties_of(model: type[Model], fields: Mapping[str, str]) -> dict[str, Any]:
    """Describe published fields of a model."""
    return {name: json_schema(model, path) for name, path in fields.items()}


def feature(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Describe one GeoJSON feature."""
    geometry = {"type": "object", "nullable": True, "description": "Géométrie GeoJSON (RFC 7946)."}
    return {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            "geometry": geometry,
            "properties": {"type": "object", "properties": dict(properties)},
        },
    }


def feature_page(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a page of features."""
    kind = {"type": {"type": "string", "enum": ["FeatureCollection"]}}
    return page({"features": {"type": "array", "items": feature(properties)}}, kind)


def page(items: dict[str, Any], kind: dict[str, Any] | None = None) -> dict[str, Any]:
    """Describe a page of anything."""
    link = {"type": "string", "format": "uri", "nullable": True}
    envelope = {
        "numberMatched": {"type": "integer", "description": "Nombre d’éléments qui répondent aux filtres."},
        "numberReturned": {"type": "integer", "description": "Nombre d’éléments de cette page."},
        "next": {**link, "description": "Page suivante."},
        "previous": {**link, "description": "Page précédente."},
    }
    described = {**(kind or {}), **envelope, **items}
    return {"type": "object", "required": list(described), "properties": described}
