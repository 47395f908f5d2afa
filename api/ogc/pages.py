"""The same answers for people: French pages with a map, under the application's own policy."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.timezone import localtime

from api.fields import field_at, model_of
from api.ogc.answers import AFTER, address, same_with
from api.ogc.collections import schema_of
from api.ogc.items import Page
from layers.models import AnalysisRun, UnitKind
from layers.published_runs import runs_in
from layers.registry import Layer, layers_for
from layers.scope import Scope
from layers.symbols import OTHER_STATUS

DEEPEST_TILES = 16  # the browser enlarges these beyond
MOST_DRAWN = 1_000  # features on the map of a page
DECIMALS = 6
MOST_RUNS = 20
# JSON types and formats, as people say them
KINDS = {
    "boolean": "oui ou non",
    "date": "date",
    "date-time": "date et heure",
    "integer": "nombre entier",
    "number": "nombre",
    "string": "texte",
    "geometry-point": "point",
    "geometry-multipoint": "points",
    "geometry-polygon": "surface",
    "geometry-multipolygon": "surface",
    "geometry-linestring": "ligne",
    "geometry-multilinestring": "ligne",
    "geometry-any": "point, ligne ou surface",
}


def landing(request: HttpRequest, content: dict[str, Any]) -> HttpResponse:
    """Give the first page of the service."""
    return render(
        request, "api/ogc/landing.html", {"content": content, "layers": layers_for(request.read_scope)}
    )


def api(request: HttpRequest, content: dict[str, Any]) -> HttpResponse:
    """Give how to use the service: its addresses and their parameters."""
    parameters = content["components"]["parameters"]
    paths = [
        {
            "path": path,
            "summary": operations["get"]["summary"],
            "parameters": [
                parameters[given["$ref"].rpartition("/")[2]] if "$ref" in given else given
                for given in operations["get"].get("parameters", [])
            ],
        }
        for path, operations in content["paths"].items()
    ]
    return render(request, "api/ogc/api.html", {"content": content, "paths": paths})


def conformance(request: HttpRequest, content: dict[str, Any]) -> HttpResponse:
    """Give the parts of the standards that are held."""
    return render(request, "api/ogc/conformance.html", {"content": content})


def collections(request: HttpRequest, content: dict[str, Any]) -> HttpResponse:
    """Give the list of the collections."""
    return render(request, "api/ogc/collections.html", {"content": content})


def collection(request: HttpRequest, layer: Layer, content: dict[str, Any]) -> HttpResponse:
    """Give a collection: its fields, its reference systems, and a map of its first features."""
    fields = [
        {"name": name, "kind": KINDS[found.get("format") or found["type"]], **found}
        for name, found in schema_of(layer).items()
    ]
    items_address = f"{address(request, 'ogc-items', layer.id)}?f=json"
    context = {
        "content": content,
        "layer": layer,
        "fields": fields,
        "runs": _runs(layer, request.read_scope),
        "config": _config(request.read_scope, content["extent"]["spatial"]["bbox"][0], items_address),
    }
    return render(request, "api/ogc/collection.html", context)


def _runs(layer: Layer, scope: Scope) -> list[tuple[AnalysisRun, str]]:
    """Give the newest runs that a layer may be asked for, each with the French name of its units."""
    runs = runs_in(layer.id, scope)[:MOST_RUNS] if layer.versions else ()
    labels = dict(UnitKind.choices)
    return [(run, str(labels.get(run.parameters.get("unit", ""), ""))) for run in runs]


def items(request: HttpRequest, page: Page) -> HttpResponse:
    """Give a page of features as a table, and the same on the map."""
    rows = list(page.values())
    shown = rows[: page.limit]
    more = len(rows) > page.limit
    layer = page.layer
    context = {
        "layer": layer,
        "matched": page.matched(),
        "titles": [found["title"] for name, found in schema_of(layer).items() if name in layer.fields],
        "rows": [{"id": row[0], "cells": _cells(layer, row[2:])} for row in shown],
        "next": same_with(request, **{AFTER: shown[-1][0]}, limit=page.limit) if more else "",
        "json": same_with(request, f="json"),
        "config": _config(request.read_scope, None, _drawn(request, page)),
    }
    return render(request, "api/ogc/items.html", context)


def item(request: HttpRequest, layer: Layer, feature: dict[str, Any]) -> HttpResponse:
    """Give one feature: its fields, and its shape on the map."""
    titles = [found["title"] for name, found in schema_of(layer).items() if name in layer.fields]
    here = reverse("ogc-item", args=[layer.id, feature["id"]])
    context = {
        "layer": layer,
        "feature": feature,
        "facts": list(zip(titles, _cells(layer, tuple(feature["properties"].values())), strict=True)),
        "json": same_with(request, f="json"),
        "config": _config(request.read_scope, None, f"{here}?f=json"),
    }
    return render(request, "api/ogc/item.html", context)


def _drawn(request: HttpRequest, page: Page) -> str:
    """Give the address of the features that the map draws: those of the page, in the map's own system."""
    query = request.GET.copy()
    query.pop("crs", None)
    query["f"], query["limit"] = "json", str(min(page.limit, MOST_DRAWN))
    return f"{request.path}?{query.urlencode()}"


def _config(scope: Scope, bounds: list[float] | None, features: str) -> dict[str, Any]:
    basemap = {"url": settings.BASEMAP_URL, "attribution": settings.BASEMAP_ATTRIBUTION}
    return {
        "tiles": reverse("tile", args=("LAYER", 0, 0, 0)).replace("LAYER/0/0/0", "{layer}/{z}/{x}/{y}"),
        "layers": {layer.id: {"minzoom": layer.min_zoom, "key": layer.key} for layer in layers_for(scope)},
        "maxzoom": DEEPEST_TILES,
        "basemap": basemap if settings.BASEMAP_URL else None,
        "statuses": [
            {"code": OTHER_STATUS.code, "colour": OTHER_STATUS.colour, "hollow": OTHER_STATUS.hollow}
        ],
        "bounds": bounds,
        "features": features,
    }


def _cells(layer: Layer, values: tuple) -> list[str]:
    model = model_of(layer)
    cells = []
    for (name, path), value in zip(layer.fields.items(), values, strict=True):
        _, words = layer.style.classes.get(value, ("", "")) if name == layer.style.by else ("", "")
        cells.append(words or _words(field_at(model, path), value))
    return cells


def _words(field: models.Field, value: Any) -> str:
    """Write a value for a reader: the label of a code, a French date."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float):
        return number_format(round(value, DECIMALS)).rstrip("0").rstrip(",")
    if isinstance(value, datetime):
        return f"{localtime(value):%d/%m/%Y à %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    return str(dict(field.flatchoices).get(value, value))
