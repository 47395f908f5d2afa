"""The project for QGIS and the definition of each layer, with the layers that the reader may read."""

from collections.abc import Mapping
from dataclasses import replace

from django.db.models import CharField, F, Func
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from api.errors import UnknownLayer, answering_problems
from api.exports.qgis_project import Addresses, Served, Way, layer_definition, project
from api.exports.tables import GEOMETRY_TYPES, UNKNOWN, is_reference, layers_open_to, table_of
from api.parameters import read_parameters
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope
from layers.crs import WGS84
from layers.errors import InvalidFilter
from layers.published_runs import run_asked
from layers.registry import LAYERS, Layer
from layers.scope import Scope

QLR = "application/x-qgis-layer-definition"
QGZ = "application/x-qgis-project"
PLAN_ZOOM = 14  # from which zoom a layer is drawn that has too many features to be asked by WFS at each move
BY = "par"


@access(Access.SIGNED_IN)
@require_safe
def qgis_project(request: HttpRequest) -> HttpResponse:
    """Give the project: what is about people, the references, and once more the plan of the cadastre in tiles."""
    served = [Served(layer, _kind(layer, request.read_scope)) for layer in _open(request)]
    served += [
        Served(found.layer, found.kind, Way.TILES)
        for found in served
        if is_reference(found.layer) and found.layer.min_zoom >= PLAN_ZOOM
    ]
    return _file(project(served, _addresses(request)), QGZ, "geo_lhi.qgz")


@access(Access.MACHINE, TokenScope.EXPORT)
@require_safe
@answering_problems
def qgis_layer(request: HttpRequest, layer: str) -> HttpResponse:
    """Give the definition of one layer, by the service that ``par`` names."""
    found = next((known for known in _open(request) if known.id == layer), None)
    if found is None:
        raise UnknownLayer("Aucune couche n’a ce nom.")
    parameters = read_parameters(request.GET, [BY, *([found.versions] if found.versions else [])])
    way, version = _way(parameters), run_asked(parameters)
    kind = _kind(found, request.read_scope, version)
    name = f"{layer}_{version}" if version else layer
    named = replace(found, title=f"{found.title} (n° {version})") if version else found
    definition = layer_definition(Served(named, kind, way, version), _addresses(request))
    return _file(definition, QLR, f"{name}.qlr")


def _way(parameters: Mapping[str, str]) -> Way:
    given = parameters.get(BY, Way.WFS)
    if given not in list(Way):
        raise InvalidFilter(f"{BY} inconnu : {given[:40]!r} (connus : {', '.join(Way)})")
    return Way(given)


def _open(request: HttpRequest) -> list[Layer]:
    return layers_open_to(list(reversed(LAYERS.values())), request.read_scope)


def _kind(layer: Layer, scope: Scope, version: int | None = None) -> str:
    """Give the kind of the shapes of a layer; where its field holds any, that of its first row, as QGIS does."""
    if version is None:
        rows = layer.rows(scope, {})
    else:
        rows = layer.rows_for(scope, [layer.versions]).filter(**{layer.fields[layer.versions]: version})
    told = table_of(layer.read_by(scope), rows, WGS84).geometry_type
    if told != UNKNOWN:
        return told
    shaped = rows.filter(**{f"{layer.geometry}__isnull": False}).order_by("pk")
    kind = Func(F(layer.geometry), function="GeometryType", output_field=CharField())
    first = shaped.values_list(kind, flat=True).first()
    return GEOMETRY_TYPES.get(first or "", UNKNOWN)


def _addresses(request: HttpRequest) -> Addresses:
    tiles = reverse("tile", args=("LAYER", 0, 0, 0)).replace("LAYER/0/0/0", "{layer}/{z}/{x}/{y}")
    wfs, ogc = (request.build_absolute_uri(reverse(name)) for name in ("wfs", "ogc"))
    return Addresses(wfs, ogc, f"{request.build_absolute_uri('/').rstrip('/')}{tiles}")


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
