"""« Télécharger »: the page where layers are chosen, the files made while one waits, those made by a worker."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST, require_safe

from api.errors import UnknownLayer, answering_problems
from api.exports import files
from api.exports.formats import FORMATS, ZIP, Format, format_named
from api.exports.qgis_project import AUTHCFG
from api.exports.requests import ask_export, cancel_export
from api.exports.selection import CRS_NAMES, FILTERS, Selection
from api.exports.tables import Table, layers_open_to
from api.parameters import printable, read_parameters
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.exports import record_export
from geo_lhi.accounts.models import TokenScope
from layers.errors import GeoLhiError, InvalidFilter
from layers.models import ExportRequest, Signalement
from layers.registry import LAYERS
from layers.scope import Scope
from layers.selectors.territories import communes_of
from layers.services import jobs

DIRECT_ROWS = 20_000  # a file of so many rows is made in a few seconds: nobody waits for a worker
SHOWN = 30
MOST_NAMED = 3
MOST_SUGGESTED = 2_000
REFUSED = 422


@access(Access.SIGNED_IN)
@require_safe
def downloads(request: HttpRequest) -> HttpResponse:
    """Show the form, and the exports of the person."""
    return _page(request, {})


@access(Access.SIGNED_IN)
@require_POST
def ask(request: HttpRequest) -> HttpResponseBase:
    """Answer the file when it is small; else queue it and go to its page."""
    try:
        given = printable(request.POST)
        format_ = format_named(given.get("format", ""))
        srid = format_.only_srid or given.get("projection", "")
        scope = request.read_scope
        selection = Selection.read(request.POST.getlist("couche"), format_.id, str(srid), given, scope)
        tables = selection.tables(scope)
        if sum(table.count() for table in tables) <= DIRECT_ROWS:
            return _direct(request, selection, format_, tables)
        return redirect("export", ask_export(selection, request.user).pk)
    except GeoLhiError as error:
        return _page(request, request.POST, str(error), REFUSED)


@access(Access.SIGNED_IN)
@require_GET
def export(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where an export stands."""
    found = get_object_or_404(exports_of(request), pk=pk)
    context = {
        "section": "downloads",
        "asked": found,
        "titles": _titles(found),
        "format": FORMATS.get(found.format),
        "crs": CRS_NAMES.get(found.srid, f"EPSG:{found.srid}"),
        "progress": _progress(found),
        "config": {"url": reverse("export-progress", args=[found.pk])},
    }
    return render(request, "api/exports/export.html", context)


@access(Access.SIGNED_IN)
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far it is: asked each second by its page."""
    return JsonResponse(_progress(get_object_or_404(exports_of(request), pk=pk)))


@access(Access.SIGNED_IN)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back if it has not begun, remove its file if it is there."""
    cancel_export(get_object_or_404(exports_of(request), pk=pk))
    return redirect("export", pk)


@access(Access.SIGNED_IN)
@require_GET
def export_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the file to its author, as long as the author's perimeter is the one it was made with."""
    found = get_object_or_404(exports_of(request), pk=pk)
    path = files.path_of(found) if found.is_ready and found.rights == request.read_scope.version else None
    if path is None:
        return redirect("export", pk)
    format_ = format_named(found.format)
    _record(request, format_, found.layers, found.written, found.filters)
    kind = format_.content_type_for(len(found.layers))
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name, content_type=kind)


@access(Access.MACHINE, TokenScope.EXPORT)
@require_GET
@answering_problems
def layer_file(request: HttpRequest, layer: str, format: str) -> HttpResponseBase:
    """Give one layer for a program: CSV and GeoJSON at any size, the others up to ``DIRECT_ROWS``."""
    if layer not in LAYERS or LAYERS[layer] not in layers_open_to(list(LAYERS.values()), request.read_scope):
        raise UnknownLayer("Aucune couche n’a ce nom.")
    parameters = read_parameters(request.GET, (*FILTERS, "projection"))
    format_ = format_named(format)
    srid = parameters.get("projection", "4326")
    if format_.only_srid and srid != str(format_.only_srid):
        raise InvalidFilter(f"{format_.title} est toujours en EPSG:{format_.only_srid}")
    selection = Selection.read([layer], format_.id, srid, parameters, request.read_scope)
    tables = selection.tables(request.read_scope)
    if not format_.streams and tables[0].count() > DIRECT_ROWS:
        raise InvalidFilter(
            f"plus de {DIRECT_ROWS} objets : réduisez l’étendue, prenez CSV ou GeoJSON, "
            f"ou demandez ce fichier sur la page {reverse('downloads')}"
        )
    return _direct(request, selection, format_, tables)


def exports_of(request: HttpRequest) -> QuerySet[ExportRequest]:
    """Give the exports of this person: nobody else's, not even to an administrator."""
    return ExportRequest.objects.filter(author=request.user).order_by("-pk")


def _direct(
    request: HttpRequest, selection: Selection, format_: Format, tables: list[Table]
) -> HttpResponseBase:
    _record(request, format_, selection.layers, sum(table.count() for table in tables), selection.filters)
    name = files.name_of(selection.layers, selection.filters.get("territoire", ""))
    if format_.streams and len(tables) == 1:
        response = StreamingHttpResponse(
            _after_first(format_.streams(tables[0])), content_type=format_.content_type
        )
        response["Content-Disposition"] = f'attachment; filename="{name}.{format_.extension}"'
        return response
    with files.working_folder() as folder:
        path: Path = format_.write(tables, folder, name)
        # An open file outlives its name: nothing is left on the disk whatever becomes of the answer
        content = path.open("rb")
    kind = format_.content_type_for(len(tables))
    return FileResponse(content, as_attachment=True, filename=path.name, content_type=kind or ZIP)


def _record(
    request: HttpRequest, format_: Format, layers: Sequence[str], rows: int, filters: Mapping[str, str]
) -> None:
    """Note that a file leaves; the first layers name it where they are many, the filters say all of them."""
    names = ",".join(layers)
    what = f"couches (.{format_.extension_for(len(layers))})"
    record_export(request, what, source=names[:100], rows=rows, filters={**filters, "couches": names})


def _after_first(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Read the first piece at once: what is wrong is said before the answer begins."""
    first = next(pieces)

    def all_pieces() -> Iterator[bytes]:
        yield first
        yield from pieces

    return all_pieces()


def _page(
    request: HttpRequest, given: Mapping[str, Any], refusal: str = "", status: int = 200
) -> HttpResponse:
    scope = request.read_scope
    chosen = given.getlist("couche") if hasattr(given, "getlist") else ["signalements"]
    exports = list(exports_of(request)[:SHOWN])
    context = {
        "section": "downloads",
        "layers": [(layer, layer.id in chosen) for layer in layers_open_to(list(LAYERS.values()), scope)],
        "formats": FORMATS.values(),
        "chosen_format": given.get("format", "gpkg"),
        "projections": CRS_NAMES.items(),
        "chosen_projection": str(given.get("projection", "2154")),
        "statuses": Signalement.Status,
        "given": {name: given.get(name, "") for name in FILTERS},
        "territories": _suggested(scope),
        "exports": [(found, _shortened(found)) for found in exports],
        "refusal": refusal,
        "direct_rows": DIRECT_ROWS,
        "authcfg": AUTHCFG,
    }
    return render(request, "api/exports/downloads.html", context, status=status)


def _suggested(scope: Scope) -> list[tuple[str, str]]:
    """Give the codes and names of the communes of the reader and of their EPCI, for the field to propose."""
    communes = communes_of(scope)[:MOST_SUGGESTED]
    epcis = {commune.epci.code: commune.epci.nom for commune in communes if commune.epci}
    return [*epcis.items(), *((commune.code, commune.nom) for commune in communes)]


def _titles(found: ExportRequest) -> str:
    return ", ".join(LAYERS[name].title if name in LAYERS else name for name in found.layers)


def _shortened(found: ExportRequest) -> str:
    """Name the first layers, and how many others."""
    names = [LAYERS[name].title if name in LAYERS else name for name in found.layers]
    others = len(names) - MOST_NAMED
    return ", ".join(names) if others < 2 else f"{', '.join(names[:MOST_NAMED])} et {others} autres"


def _progress(found: ExportRequest) -> dict[str, Any]:
    since = found.started_at or found.asked_at
    waiting = found.status == ExportRequest.Status.WAITING
    return {
        "step": found.status,
        "written": found.written,
        "expected": found.expected,
        "seconds": int(((found.ended_at or timezone.now()) - since).total_seconds()),
        "silent": found.is_silent,
        "no_worker": waiting and not jobs.workers_alive(),
        "over": not found.is_pending,
    }
