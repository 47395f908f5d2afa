"""Lists of features: one query whose geometry PostGIS writes as GeoJSON.

The serializers of djangorestframework-gis, made for single features, take about ten times the processor for a
page: each geometry is rebuilt in Python, then written (``benchmarks/geojson.py``).
"""

from collections.abc import Mapping
from typing import Any

import orjson
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db.models import Expression, QuerySet
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.bulk import record_page
from api.parameters import read_parameters
from api.v1 import pages
from api.v1.pages import Page
from api.v1.renderers import GeoJSONRenderer, OrjsonRenderer
from layers.registry import LAYERS

DECIMALS = 7  # one centimetre
REVALIDATED = {"Cache-Control": "private, max-age=0, must-revalidate"}


def features(
    rows: QuerySet, fields: Mapping[str, str], key: str, geometry: str | Expression = "geom"
) -> list[dict[str, Any]]:
    """Give the GeoJSON features of ``rows``, in their order; ``fields`` maps published names to ORM paths."""
    values = rows.values_list(AsGeoJSON(geometry, precision=DECIMALS), *fields.values())
    return [_feature(shape, dict(zip(fields, row, strict=True)), key) for shape, *row in values]


def _feature(shape: str | None, properties: dict[str, Any], key: str) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": properties[key],
        "geometry": orjson.Fragment(shape) if shape else None,
        "properties": properties,
    }


def page_of(rows: QuerySet, page: Page) -> QuerySet:
    """Keep one page of ``rows``, ordered by primary key.

    A page after the first is chosen on keys alone: otherwise the rows before it are read, and their geometry
    written, to be thrown away.
    """
    ordered = rows.order_by("pk")
    if page.number == 1:
        return ordered[page.rows]
    return ordered.filter(pk__in=list(ordered.values_list("pk", flat=True)[page.rows]))


@method_decorator(conditional_page, name="dispatch")
class FeatureList(APIView):
    """A page of the features of one layer of the register."""

    renderer_classes = [GeoJSONRenderer, OrjsonRenderer]
    layer: str
    filters: tuple[str, ...] = ()

    def get(self, request: Request) -> Response:
        """Answer the page asked for."""
        layer = LAYERS[self.layer].read_by(request.read_scope)
        parameters = read_parameters(request.query_params, (*self.filters, *pages.PARAMETERS))
        rows = self.rows(request, parameters)
        page = Page.read(parameters, rows.count())
        found = features(page_of(rows, page), layer.fields, layer.key, layer.geometry)
        record_page(request, "GeoJSON", layer, page.limit, lambda: len(found))
        return collection(request, page, found)

    def rows(self, request: Request, parameters: Mapping[str, str]) -> QuerySet:
        """Give the rows that the reader may see and that pass the filters."""
        return LAYERS[self.layer].rows(request.read_scope, parameters)


def collection(request: Request, page: Page, found: list[dict[str, Any]]) -> Response:
    """Answer a FeatureCollection; the browser may keep it and must ask again."""
    envelope = page.envelope(request, len(found))
    return Response({"type": "FeatureCollection", **envelope, "features": found}, headers=REVALIDATED)
