"""The project for QGIS and the definition of each layer, with the layers that the reader may read."""

from collections.abc import Mapping
from dataclasses import replace

from django.db.models import CharField, F, Func
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from api.errors import UnknownLayer, answering_problems
from api.exports.qgis_project import layer_definition, project
from api.exports.tables import GEOMETRY_TYPES, UNKNOWN, layers_open_to, table_of
from api.parameters import read_parameters
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope
from layers.crs import WGS84
from layers.errors import InvalidFilter
from layers.registry import LAYERS, Layer
from layers.scope import Scope

QLR = "application/x-qgis-layer-definition"
QGZ = "application/x-qgis-project"
MOST_DIGITS = 9


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
    version = _version(found, read_parameters(request.GET, [found.versions] if found.versions else []))
    kind = _kind(found, request.read_scope, version)
    condition = f'"{found.versions}" = {version}' if version else ""
    name = f"{layer}_{version}" if version else layer
    named = replace(found, title=f"{found.title} (n° {version})") if version else found
    return _file(layer_definition(named, kind, _wfs(request), condition), QLR, f"{name}.qlr")


def _version(layer: Layer, parameters: Mapping[str, str]) -> int | None:
    """Read the number of the computation that is asked; raises InvalidFilter for what is no number."""
    given = parameters.get(layer.versions, "")
    if given and not (given.isascii() and given.isdigit() and len(given) <= MOST_DIGITS):
        raise InvalidFilter(f"{layer.versions} attend un nombre entier, reçu : {given[:40]!r}")
    return int(given) if given else None


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


def _wfs(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("wfs"))


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    disposition = f'attachment; filename="{name}"'
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})
