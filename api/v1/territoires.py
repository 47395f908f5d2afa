"""``/api/v1/territoires/``: communes, EPCI and IRIS, told apart by ``type``."""

from collections.abc import Mapping
from typing import Any

from django.contrib.gis.db.models import MultiPolygonField, Union
from django.db.models import CharField, QuerySet, Value
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.parameters import read_parameters
from api.v1 import pages, schema
from api.v1.features import REVALIDATED, collection, features
from api.v1.pages import Page
from api.v1.renderers import GeoJSONRenderer, OrjsonRenderer
from layers.bbox import BBox
from layers.errors import InvalidFilter
from layers.models import Commune, Epci, Iris
from layers.scope import Scope
from layers.selectors.territories import find_territory

FILTERS = ("type", "bbox")
FIELDS = {
    "commune": {
        "code": "code",
        "nom": "nom",
        "departement": "departement",
        "epci": "epci_id",
        "population": "population",
    },
    "epci": {"code": "code", "nom": "nom", "nature": "type"},
    "iris": {"code": "code", "nom": "nom", "nature": "type", "commune": "commune_id"},
}
MODELS = {"commune": Commune, "epci": Epci, "iris": Iris}
# An EPCI is drawn by its communes: the register gives it no outline.
OUTLINES: dict[str, Any] = {"epci": Union("communes__geom", output_field=MultiPolygonField())}


def _properties() -> dict[str, Any]:
    """Describe the properties of the three kinds: ``nature`` has the codes of the EPCI and those of the IRIS."""
    described: dict[str, Any] = {"type": {"type": "string", "enum": list(MODELS)}}
    for kind, model in MODELS.items():
        for name, found in schema.properties_of(model, FIELDS[kind]).items():
            known = described.setdefault(name, found)
            if "enum" in known and "enum" in found:
                known["enum"] = list(dict.fromkeys([*known["enum"], *found["enum"]]))
            known["nullable"] = known.get("nullable", False) or found["nullable"]
    return described


PROPERTIES = _properties()


def rows_of(kind: str, scope: Scope, bbox: BBox | None = None) -> QuerySet:
    """Give the territories of a kind; an EPCI is there when one of its communes is."""
    if kind == "iris":
        iris = Iris.objects.current().visible_to(scope)
        return iris.in_bbox(bbox) if bbox else iris
    communes = Commune.objects.visible_to(scope)
    if bbox:
        communes = communes.in_bbox(bbox)
    return communes if kind == "commune" else Epci.objects.filter(pk__in=communes.values("epci"))


def features_of(kind: str, rows: QuerySet) -> list[dict[str, Any]]:
    """Give the features of territories of a kind."""
    found = features(rows, FIELDS[kind], "code", OUTLINES.get(kind, "geom"))
    for feature in found:
        feature["properties"]["type"] = kind
    return found


@method_decorator(conditional_page, name="dispatch")
class TerritoireList(APIView):
    """List (``type``, ``bbox``)."""

    renderer_classes = [GeoJSONRenderer, OrjsonRenderer]

    @schema.operation(
        "territoires",
        "Communes, EPCI et IRIS",
        schema.feature_page(PROPERTIES),
        parameters=(*FILTERS, *pages.PARAMETERS),
    )
    def get(self, request: Request) -> Response:
        """Answer a page: chosen on codes over the three registers, then one query a kind."""
        parameters = read_parameters(request.query_params, (*FILTERS, *pages.PARAMETERS))
        references = _references(request.read_scope, parameters)
        page = Page.read(parameters, references.count())
        wanted = list(references[page.rows])
        found = {}
        for kind in dict(wanted):
            codes = [code for kind_, code in wanted if kind_ == kind]
            rows = rows_of(kind, request.read_scope).filter(pk__in=codes)
            found |= {(kind, feature["id"]): feature for feature in features_of(kind, rows)}
        return collection(request, page, [found[reference] for reference in wanted])


@method_decorator(conditional_page, name="dispatch")
class TerritoireDetail(APIView):
    """Detail, by code."""

    renderer_classes = [GeoJSONRenderer, OrjsonRenderer]

    @schema.operation("territoire", "Un territoire", schema.feature(PROPERTIES))
    def get(self, request: Request, code: str) -> Response:
        """Answer the commune, EPCI or IRIS of this code."""
        read_parameters(request.query_params, ())
        kind = find_territory(code).kind
        [feature] = features_of(kind, rows_of(kind, request.read_scope).filter(pk=code))
        return Response(feature, headers=REVALIDATED)


def _references(scope: Scope, parameters: Mapping[str, str]) -> QuerySet:
    """Give (kind, code) of the territories that pass the filters, in a stable order."""
    bbox = BBox.parse(parameters["bbox"]) if parameters.get("bbox") else None
    asked = parameters.get("type", "")
    if asked and asked not in MODELS:
        raise InvalidFilter(f"type inconnu : {asked[:40]!r} (connus : {', '.join(MODELS)})")
    first, *others = [
        rows_of(kind, scope, bbox)
        .annotate(kind=Value(kind, output_field=CharField()))
        .values_list("kind", "code")
        for kind in ([asked] if asked else MODELS)
    ]
    references = first.union(*others, all=True) if others else first
    return references.order_by("kind", "code")
