"""The project for QGIS and the definition of each layer, with the layers that the reader may read."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from api.errors import UnknownLayer, answering_problems
from api.exports.qgis_project import layer_definition, project
from api.exports.tables import layers_open_to, table_of
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope
from layers.crs import WGS84
from layers.registry import LAYERS, Layer
from layers.scope import Scope

QLR = "application/x-qgis-layer-definition"
QGZ = "application/x-qgis-project"


@access(Access.SIGNED_IN)
@require_safe
def qgis_project(request: HttpRequest) -> HttpResponse:
    """Give the project; what is about people comes first, then the references."""
    layers = [(layer, _kind(layer, request.read_scope)) for layer in _open(request)]
    return _file(project(layers, _wfs(request)), QGZ, "geo_lhi.qgz")


@access(Access.MACHINE, TokenScope.EXPORT)
@require_safe
@answering_problems
def qgis_layer(request: HttpRequest, layer: str) -> HttpResponse:
    """Give the definition of one layer."""
    found = next((known for known in _open(request) if known.id == layer), None)
    if found is None:
        raise UnknownLayer("Aucune couche n’a ce nom.")
    return _file(
        layer_definition(found, _kind(found, request.read_scope), _wfs(request)), QLR, f"{layer}.qlr"
    )


def _open(request: HttpRequest) -> list[Layer]:
    return layers_open_to(list(reversed(LAYERS.values())), request.read_scope)


def _kind(layer: Layer, scope: Scope) -> str:
    return table_of(layer.read_by(scope), layer.rows(scope, {}), WGS84).geometry_type


def _wfs(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("wfs"))


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
