"""``/ogc/``: OGC API Features over the register of layers, with the rights of whoever asks."""

from datetime import UTC, datetime
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import patch_vary_headers

from api.bulk import record_page
from api.errors import UnknownResource
from api.fields import field_at
from api.ogc import changes, pages
from api.ogc import collections as described
from api.ogc import items as features
from api.ogc.answers import (
    AFTER,
    GEOJSON,
    HTML,
    JSON,
    OPENAPI,
    SCHEMA,
    address,
    answering,
    both_formats,
    document,
    link,
    read_parameters,
    same_with,
    wants_html,
)
from api.ogc.crs import BY_URI, CRS84, read_crs
from api.ogc.items import Page
from api.ogc.openapi import openapi_document
from api.ogc.values import read_text
from api.time_limits import short_queries
from layers.errors import InvalidFilter
from layers.registry import Layer, layers_for

TITLE = "geo_lhi : couches de l’habitat dégradé"
ABSTRACT = "Territoires, cadastre, taux et signalements de votre périmètre (OGC API Features)."


@answering
def landing(request: HttpRequest) -> HttpResponse:
    """Answer what the service is and where its parts are."""
    read_parameters(request.GET)
    html = wants_html(request)
    content = {
        "title": TITLE,
        "description": ABSTRACT,
        "links": [
            *both_formats(request, JSON, html),
            link(address(request, "ogc-api", f="json"), "service-desc", OPENAPI, "Description OpenAPI 3.0"),
            link(address(request, "ogc-api", f="html"), "service-doc", HTML, "Mode d’emploi"),
            link(address(request, "ogc-conformance"), "conformance", JSON, "Parties de la norme respectées"),
            link(address(request, "ogc-collections"), "data", JSON, "Collections"),
        ],
    }
    return pages.landing(request, content) if html else document(request, content)


@answering
def api(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document, or how to use the service in words."""
    read_parameters(request.GET)
    content = openapi_document(address(request, "ogc").rstrip("/"), layers_for(request.read_scope))
    return pages.api(request, content) if wants_html(request) else document(request, content, OPENAPI)


@answering
def conformance(request: HttpRequest) -> HttpResponse:
    """Answer which parts of the standards are held."""
    read_parameters(request.GET)
    html = wants_html(request)
    content = {
        "links": both_formats(request, JSON, html),
        "conformsTo": list(described.CONFORMANCE),
    }
    return pages.conformance(request, content) if html else document(request, content)


@answering
def collections(request: HttpRequest) -> HttpResponse:
    """Answer the list of the collections."""
    read_parameters(request.GET)
    html = wants_html(request)
    content = {
        "links": both_formats(request, JSON, html),
        "crs": list(BY_URI),
        "collections": [described.described(request, layer) for layer in layers_for(request.read_scope)],
    }
    return pages.collections(request, content) if html else document(request, content)


@answering
def collection(request: HttpRequest, name: str) -> HttpResponse:
    """Answer what a collection is."""
    layer = described.layer_named(name, request.read_scope)
    read_parameters(request.GET)
    content = described.described(request, layer)
    if wants_html(request):
        return pages.collection(request, layer, content)
    return document(request, content)


@answering
def schema(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the fields of a collection as a JSON Schema."""
    return _fields(request, described.layer_named(name, request.read_scope), "Champs")


@answering
def queryables(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the fields that a filter may name: all that are published, and the geometry."""
    return _fields(request, described.layer_named(name, request.read_scope), "Champs que l’on peut filtrer")


@answering
def items(request: HttpRequest, name: str) -> HttpResponseBase:
    """Answer a page of features."""
    layer = described.layer_named(name, request.read_scope)
    parameters = read_parameters(request.GET, features.parameters_of(layer))
    html = wants_html(request)
    with short_queries("filter" in parameters):
        page = Page.read(layer, request.read_scope, parameters)  # type: ignore[attr-defined]
        return pages.items(request, page) if html else _page(request, page)


def _page(request: HttpRequest, page: Page) -> HttpResponseBase:
    """Answer a page as GeoJSON; its first features are read before it is sent."""
    layer = page.layer
    record_page(request, "OGC API", layer, page.limit, page.size)
    head: dict[str, Any] = {"timeStamp": _written(datetime.now(UTC))}
    if changes.PARAMETER in request.GET:
        head["updatedUntil"] = _written(changes.horizon())  # before the rows are read
    matched = page.matched()
    if matched is not None:
        head["numberMatched"] = matched

    def tail(returned: int, last: Any) -> dict[str, Any]:
        links = both_formats(request, GEOJSON)
        links.append(link(address(request, "ogc-collection", layer.id), "collection", JSON, layer.title))
        if last is not None:
            links.append(
                link(same_with(request, f="json", limit=page.limit, **{AFTER: last}), "next", GEOJSON)
            )
        return {"numberReturned": returned, "links": links}

    stream = features.begun(features.blocks(page, head, tail))
    answer = HttpResponse if page.limit <= features.CHUNK else StreamingHttpResponse
    return _in_crs(answer(stream, content_type=GEOJSON), page.crs.uri)


@answering
def item(request: HttpRequest, name: str, key: str) -> HttpResponse:
    """Answer one feature; a feature that is not the reader's is one that does not exist."""
    layer = described.layer_named(name, request.read_scope)
    parameters = read_parameters(request.GET, ("crs",))
    crs = read_crs(parameters.get("crs", CRS84.uri), "crs")
    html = wants_html(request)
    rows = layer.rows_for(request.read_scope, [layer.key])  # type: ignore[attr-defined]
    path = layer.fields[layer.key]
    try:
        rows = rows.filter(**{path: read_text(field_at(rows.model, path), key, layer.key)})
    except InvalidFilter:
        rows = rows.none()
    found = next(iter(features.written(rows.order_by(path), layer, crs)[:1]), None)
    if found is None:
        raise UnknownResource(
            "cette collection n’a pas d’objet de cet identifiant, ou il n’est pas ouvert à vous"
        )
    here = address(request, "ogc-collection", layer.id)
    links = [*both_formats(request, GEOJSON, html), link(here, "collection", JSON, layer.title)]
    feature = features.feature_of(layer, found, links=links)
    if html:
        return pages.item(request, layer, feature)
    content = orjson.dumps(feature, default=str)
    return _in_crs(HttpResponse(content, content_type=GEOJSON), crs.uri)


@answering
def deletions(request: HttpRequest, name: str) -> HttpResponse:
    """Answer the identifiers of what the reader could read, and reads no longer."""
    layer = described.layer_named(name, request.read_scope)
    if layer.id not in changes.FOLLOWED:
        raise UnknownResource(f"les disparitions de « {layer.title} » ne sont pas suivies")
    parameters = read_parameters(request.GET, (changes.PARAMETER, "limit", AFTER))
    wants_html(request)
    limit = features.read_limit(parameters)
    until = changes.horizon()
    found = changes.gone(layer, request.read_scope, parameters, limit)  # type: ignore[attr-defined]
    links = [
        link(same_with(request, f="json"), "self", JSON),
        link(address(request, "ogc-collection", layer.id), "collection", JSON, layer.title),
    ]
    if len(found) > limit:
        links.append(link(same_with(request, limit=limit, **{AFTER: found[limit - 1][0]}), "next", JSON))
    content = {
        "timeStamp": _written(datetime.now(UTC)),
        "updatedUntil": _written(until),
        "deletions": [{"id": key, "deletedAt": _written(at)} for _, key, at in found[:limit]],
        "numberReturned": min(len(found), limit),
        "links": links,
    }
    return document(request, content)


def _written(instant: datetime) -> str:
    """Write an instant in UTC, to the microsecond: rounded, it would skip or repeat rows."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _fields(request: HttpRequest, layer: Layer, title: str) -> HttpResponse:
    read_parameters(request.GET)
    wants_html(request)
    content = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": request.build_absolute_uri(request.path),
        "type": "object",
        "title": f"{layer.title} : {title.lower()}",
        "description": layer.abstract,
        "properties": described.schema_of(layer),
        "additionalProperties": False,
    }
    return document(request, content, SCHEMA)


def _in_crs(response: HttpResponseBase, uri: str) -> HttpResponseBase:
    response["Content-Crs"] = f"<{uri}>"
    patch_vary_headers(response, ["Accept"])
    return response
