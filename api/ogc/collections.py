"""How the service and its collections are described: the conformance, the extents, the links, the fields."""

from typing import Any

from django.contrib.gis.db.models import Extent, GeometryField
from django.core.cache import cache
from django.db.models import Count, Q
from django.http import HttpRequest

from api.errors import UnknownLayer
from api.exports.tables import layers_told
from api.fields import field_at, json_schema, model_of
from api.ogc.answers import GEOJSON, HTML, ISO19139, JSON, JSON_LD, SCHEMA, address, link
from api.ogc.changes import FOLLOWED
from api.ogc.cql import GEOMETRY
from api.ogc.crs import BY_URI, CRS84
from layers.crs import FRANCE
from layers.models import Commune
from layers.registry import Layer, register_of
from layers.scope import Scope

SPEC = "http://www.opengis.net/spec"
CONFORMANCE = (
    f"{SPEC}/ogcapi-common-1/1.0/conf/core",
    f"{SPEC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{SPEC}/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "geojson", "html")),
    f"{SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(
        f"{SPEC}/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{SPEC}/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
            "spatial-functions",
            "temporal-functions",
            "property-property",
        )
    ),
)
QUERYABLES = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
MARGIN = 0.05  # degrees around the communes: a place may stand a little outside its commune
EXTENT_KEPT_S = 300


def layer_named(name: str, scope: Scope) -> Layer:
    """Give a layer of the register, with the fields that its reader may see; raises UnknownLayer."""
    known = register_of(scope)
    if name not in known:
        raise UnknownLayer(f"collection inconnue : {name[:40]!r} (connues : {', '.join(known)})")
    return known[name].read_by(scope)


def territory_extent() -> list[float]:
    """Give the extent of the communes imported, as west, south, east, north in degrees.

    The same for every layer and every reader: the extent of the reports themselves would cost a full read, and tell
    where the first of them are. All of France while a commune has no outline.
    """
    extent = cache.get("ogc-extent")
    if extent is None:
        found = Commune.objects.visible_to(Scope.whole()).aggregate(
            box=Extent("geom"), missing=Count("pk", filter=Q(geom__isnull=True))
        )
        if found["box"] and not found["missing"]:
            west, south, east, north = found["box"]
            extent = [west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN]
        else:
            west, south, east, north = zip(*FRANCE, strict=True)
            extent = [min(west), min(south), max(east), max(north)]
        cache.set("ogc-extent", extent, EXTENT_KEPT_S)
    return extent


def published_extent(layer: Layer) -> list[float]:
    """Give the extent of a public layer, all of France while nothing is published.

    From its own rows, which tell nothing that they do not show: the public role reads nothing else.
    """
    key = f"ogc-extent-{layer.id}"
    extent = cache.get(key)
    if extent is None:
        box = layer.rows(Scope.anyone(), {}).aggregate(box=Extent(layer.geometry))["box"]
        west, south, east, north = zip(*FRANCE, strict=True)
        extent = list(box or (min(west), min(south), max(east), max(north)))
        cache.set(key, extent, EXTENT_KEPT_S)
    return extent


def described(request: HttpRequest, layer: Layer) -> dict[str, Any]:
    """Describe a collection (Features Part 1, 7.14, and Part 2, 6.2)."""
    public = request.read_scope.public  # type: ignore[attr-defined]
    box = published_extent(layer) if public else territory_extent()
    extent: dict[str, Any] = {"spatial": {"bbox": [box], "crs": CRS84.uri}}
    if layer.time_field:
        extent["temporal"] = {
            "interval": [[None, None]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return {
        "id": layer.id,
        "title": layer.title,
        "description": layer.abstract,
        "keywords": list(layer.keywords),
        "itemType": "feature",
        "extent": extent,
        "crs": list(BY_URI),
        "storageCrs": CRS84.uri,
        "links": collection_links(request, layer),
    }


def collection_links(request: HttpRequest, layer: Layer) -> list[dict[str, str]]:
    """Give the links of a collection to itself, its features and its fields."""
    gone = link(address(request, "ogc-deletions", layer.id), "related", JSON, "Objets disparus")
    here, items = (address(request, name, layer.id) for name in ("ogc-collection", "ogc-items"))
    return [
        link(f"{here}?f=json", "self", JSON, layer.title),
        link(f"{here}?f=html", "alternate", HTML, layer.title),
        link(f"{items}?f=json", "items", GEOJSON, f"{layer.title} (GeoJSON)"),
        link(f"{items}?f=html", "items", HTML, f"{layer.title} (page)"),
        link(address(request, "ogc-schema", layer.id), "describedby", SCHEMA, "Champs"),
        link(
            address(request, "ogc-queryables", layer.id), QUERYABLES, SCHEMA, "Champs que l’on peut filtrer"
        ),
        *([gone] if layer.id in FOLLOWED else []),
        *_records(request, layer),
    ]


def _records(request: HttpRequest, layer: Layer) -> list[dict[str, str]]:
    """Give the links to the records of a layer, where its reader has one."""
    if layer.id not in {told.id for told in layers_told(request.read_scope)}:  # type: ignore[attr-defined]
        return []
    return [
        link(address(request, "record-iso", layer.id), "describedby", ISO19139, "Fiche ISO 19115"),
        link(address(request, "record-dcat", layer.id), "describedby", JSON_LD, "Fiche DCAT"),
        link(address(request, "record", layer.id), "describedby", HTML, "Fiche de la couche"),
    ]


def schema_of(layer: Layer) -> dict[str, Any]:
    """Describe the fields of a layer as the properties of a JSON Schema."""
    model = model_of(layer)
    properties: dict[str, Any] = {}
    for name, path in layer.fields.items():
        found = json_schema(model, path)
        kind = {key: found[key] for key in ("type", "format", "enum") if key in found}
        properties[name] = {"title": found["description"][:1].upper() + found["description"][1:], **kind}
    if layer.time_field:
        role = "primary-interval-start" if layer.time_end else "primary-instant"
        properties[layer.time_field]["x-ogc-role"] = role
    if layer.time_end:
        properties[layer.time_end]["x-ogc-role"] = "primary-interval-end"
    properties[layer.key]["x-ogc-role"] = "id"
    properties[GEOMETRY] = {
        "title": "Géométrie",
        "x-ogc-role": "primary-geometry",
        "format": f"geometry-{shape_of(layer)}",
    }
    return properties


def shape_of(layer: Layer) -> str:
    """Give the kind of geometry of a layer, in the words of Features Part 5."""
    field = field_at(model_of(layer), layer.geometry)
    assert isinstance(field, GeometryField)
    kind = field.geom_type.lower()
    return "any" if kind == "geometry" else kind
