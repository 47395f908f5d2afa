"""The OpenAPI 3.0 document, written from the register of layers: what QGIS and generated clients read first."""

from typing import Any

from api.fields import field_at, json_schema, model_of
from api.ogc.answers import AFTER, GEOJSON, HTML, JSON, OPENAPI, SCHEMA
from api.ogc.changes import FOLLOWED
from api.ogc.changes import PARAMETER as UPDATED_SINCE
from api.ogc.collections import shape_of
from api.ogc.crs import BY_URI, CRS84
from api.ogc.filters import LANGUAGES, LONGEST
from api.ogc.items import DEFAULT_LIMIT, MOST, parameters_of
from layers.registry import Layer

DESCRIPTION = (
    "Couches de l’habitat dégradé en GeoJSON, selon OGC API Features. Les objets lus sont ceux du périmètre de la "
    "personne qui s’identifie. Une collection se lit page par page : suivez le lien « next » jusqu’à ce qu’il manque."
)


def _query(name: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "in": "query",
        "description": description,
        "required": False,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _uri_of_crs() -> dict[str, Any]:
    return {"type": "string", "format": "uri", "enum": list(BY_URI), "default": CRS84.uri}


PARAMETERS = {
    "f": _query("f", "Format de la réponse : json ou html.", {"type": "string", "enum": ["json", "html"]}),
    "limit": _query(
        "limit",
        f"Nombre d’objets d’une page, {DEFAULT_LIMIT} sans ce paramètre, {MOST} au plus.",
        {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
    ),
    AFTER: _query(
        AFTER,
        "Identifiant du dernier objet de la page précédente : donné par le lien « next ».",
        {"type": "string"},
    ),
    "bbox": _query(
        "bbox",
        "Rectangle que les objets touchent : ouest,sud,est,nord en degrés, ou selon bbox-crs.",
        {
            "type": "array",
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "items": {"type": "number"},
        },
    ),
    "bbox-crs": _query("bbox-crs", "Système de coordonnées de bbox, axes dans son ordre.", _uri_of_crs()),
    "crs": _query("crs", "Système de coordonnées de la réponse, axes dans son ordre.", _uri_of_crs()),
    "datetime": _query(
        "datetime",
        "Date, instant, ou intervalle « début/fin » où « .. » laisse une borne ouverte (RFC 3339).",
        {"type": "string"},
    ),
    "updated_since": _query(
        "updated_since",
        "Ne garde que ce qui a été écrit depuis cet instant ; donnez la prochaine fois « updatedUntil » de la "
        "première page de la réponse.",
        {"type": "string", "format": "date-time"},
    ),
    "filter": _query(
        "filter",
        "Condition en CQL2 sur les champs de la collection et sur geom, par exemple "
        "criticite > 50 AND S_INTERSECTS(geom, BBOX(5.3, 43.2, 5.5, 43.4)).",
        {"type": "string", "maxLength": LONGEST},
    ),
    "filter-lang": _query(
        "filter-lang",
        "Langage de filter.",
        {"type": "string", "enum": list(LANGUAGES), "default": LANGUAGES[0]},
    ),
    "filter-crs": _query(
        "filter-crs", "Système des géométries de filter, axes dans son ordre.", _uri_of_crs()
    ),
}


def openapi_document(server: str, layers: list[Layer]) -> dict[str, Any]:
    """Describe every address of the service, ``server`` being that of its landing page."""
    paths: dict[str, Any] = {
        "/": _read("Page d’accueil", "getLandingPage", JSON),
        "/api": _read("Ce document", "getApi", OPENAPI),
        "/conformance": _read("Parties de la norme respectées", "getConformance", JSON),
        "/collections": _read("Liste des collections", "getCollections", JSON),
    }
    for layer in layers:
        paths |= _collection_paths(layer)
    return {
        "openapi": "3.0.3",
        "info": {"title": "geo_lhi", "version": "1", "description": DESCRIPTION},
        "servers": [{"url": server}],
        "tags": [{"name": layer.id, "description": layer.abstract} for layer in layers],
        "paths": paths,
        "components": {
            "parameters": PARAMETERS,
            "responses": {code: _problem(words) for code, words in PROBLEMS.items()},
            "schemas": {"problem": PROBLEM_SCHEMA},
            "securitySchemes": {"basic": {"type": "http", "scheme": "basic"}},
        },
        "security": [{"basic": []}],
    }


PROBLEMS = {
    "BadRequest": "Paramètre inconnu ou illisible.",
    "Unauthorized": "Identification demandée.",
    "NotFound": "Ressource inconnue, ou qui n’est pas ouverte à cette personne.",
    "TooLong": "La base a renoncé : réduisez la demande.",
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/problem"}
    return {"description": description, "content": {"application/problem+json": {"schema": schema}}}


def _collection_paths(layer: Layer) -> dict[str, Any]:
    here, title = f"/collections/{layer.id}", layer.title
    gone = {
        f"{here}/deletions": _read(
            f"Objets disparus de « {title} »",
            f"deletions_{layer.id}",
            JSON,
            layer,
            parameters=[
                {"$ref": f"#/components/parameters/{name}"} for name in (UPDATED_SINCE, "limit", AFTER)
            ],
        )
    }
    return (gone if layer.id in FOLLOWED else {}) | {
        here: _read(f"Collection « {title} »", f"describe_{layer.id}", JSON, layer),
        f"{here}/schema": _read(f"Champs de « {title} »", f"schema_{layer.id}", SCHEMA, layer),
        f"{here}/queryables": _read(
            f"Champs de « {title} » que l’on peut filtrer", f"queryables_{layer.id}", SCHEMA, layer
        ),
        f"{here}/items": _read(
            f"Objets de « {title} »",
            f"items_{layer.id}",
            GEOJSON,
            layer,
            parameters=[
                {"$ref": f"#/components/parameters/{name}"}
                for name in PARAMETERS
                if name in parameters_of(layer)
            ]
            + _of_fields(layer),
            schema=_page_schema(layer),
        ),
        f"{here}/items/{{featureId}}": _read(
            f"Un objet de « {title} »",
            f"item_{layer.id}",
            GEOJSON,
            layer,
            parameters=[_feature_id(layer), {"$ref": "#/components/parameters/crs"}],
            schema=_feature_schema(layer),
        ),
    }


def _read(
    summary: str,
    operation: str,
    media_type: str,
    layer: Layer | None = None,
    *,
    parameters: list[dict[str, Any]] | None = None,
    schema: dict[str, Any] | None = None,
) -> dict[str, Any]:
    content = {media_type: {"schema": schema or {"type": "object"}}}
    if media_type != SCHEMA:
        content[HTML] = {"schema": {"type": "string"}}
    answers = {"200": {"description": summary, "content": content}}
    refusals = {"400": "BadRequest", "401": "Unauthorized", "404": "NotFound", "503": "TooLong"}
    answers |= {code: {"$ref": f"#/components/responses/{name}"} for code, name in refusals.items()}
    return {
        "get": {
            "summary": summary,
            "operationId": operation,
            "tags": [layer.id] if layer else [],
            "parameters": [*(parameters or []), {"$ref": "#/components/parameters/f"}],
            "responses": answers,
        }
    }


def _of_fields(layer: Layer) -> list[dict[str, Any]]:
    model = model_of(layer)
    return [
        _query(name, f"Garde les objets dont ce champ a cette valeur : {found['description']}.", _kind(found))
        for name, found in ((name, json_schema(model, path)) for name, path in layer.fields.items())
    ]


def _kind(found: dict[str, Any]) -> dict[str, Any]:
    return {key: found[key] for key in ("type", "format") if key in found}


def _feature_id(layer: Layer) -> dict[str, Any]:
    found = json_schema(model_of(layer), layer.fields[layer.key])
    return {
        "name": "featureId",
        "in": "path",
        "description": f"Identifiant de l’objet : {found['description']}.",
        "required": True,
        "schema": _kind(found),
    }


def _feature_schema(layer: Layer) -> dict[str, Any]:
    model = model_of(layer)
    properties = {name: json_schema(model, path) for name, path in layer.fields.items()}
    for name, found in properties.items():
        if found["nullable"] and "enum" in found:
            properties[name] = {**found, "enum": [*found["enum"], None]}
    key = field_at(model, layer.fields[layer.key])
    return {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"type": "string", "enum": ["Feature"]},
            "id": {"type": "integer" if key.get_internal_type().endswith("AutoField") else "string"},
            "geometry": {"type": "object", "nullable": True, "description": shape_of(layer)},
            "properties": {"type": "object", "properties": properties},
        },
    }


def _page_schema(layer: Layer) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"type": "string", "enum": ["FeatureCollection"]},
            "timeStamp": {"type": "string", "format": "date-time"},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "links": {"type": "array", "items": {"type": "object"}},
            "features": {"type": "array", "items": _feature_schema(layer)},
        },
    }
