"""A file given to import: received, described, started, followed, cancelled."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_POST

from cadastre_import.deposits import spool
from cadastre_import.deposits.advice import after_refusal
from cadastre_import.deposits.importing import ask_import, cancel_import
from cadastre_import.deposits.suggesting import suggested_source
from cadastre_import.sources import SOURCES
from cadastre_import.views.forms import DepositForm
from cadastre_import.views.readable import uploads_of
from geo_lhi.accounts.access import Access, access
from layers.errors import GeoLhiError, UnreadableFile
from layers.models import ImportRun, Upload
from layers.services import jobs

TOO_LARGE, REFUSED = 413, 422


@access(Access.IMPORTER)
@csrf_exempt  # so that the handler is in place before anything reads the body; _receive checks the token
def receive(request: HttpRequest) -> HttpResponse:
    """Receive a file into the spool and send to its page; a script receives the address as JSON."""
    handler = spool.SpoolHandler(request)
    request.upload_handlers = [handler]
    try:
        return _receive(request)
    finally:
        handler.close()  # what was not kept goes, whole or cut


@require_POST
@csrf_protect
def _receive(request: HttpRequest) -> HttpResponse:
    (handler,) = request.upload_handlers
    file = request.FILES.get("fichier")
    try:
        if handler.problem:
            raise UnreadableFile(handler.problem)
        if file is None:
            raise UnreadableFile("aucun fichier n’a été reçu : choisissez-en un")
        spool.refuse_foreign(file)
        upload = _kept(request, file)
    except UnreadableFile as error:
        status = TOO_LARGE if str(error) == spool.too_large() else REFUSED
        if _wants_json(request):
            return JsonResponse({"detail": str(error)}, status=status)
        return render(request, "maps/refusal.html", {"reason": str(error)}, status=status)
    address = reverse("upload", args=[upload.pk])
    return JsonResponse({"address": address}, status=201) if _wants_json(request) else redirect(address)


@transaction.atomic
def _kept(request: HttpRequest, file: spool.SpooledFile) -> Upload:
    upload = Upload(
        sender=request.user,
        partner=request.user.partner,
        file_name=spool.safe_name(file.name),
        size=file.size,
        sha256=file.sha256,
        spool=file.keep(),
    )
    upload.source = suggested_source(spool.path_of(upload))
    upload.save()
    return upload


@access(Access.IMPORTER)
@require_GET
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where a file stands: the questions to answer, the progress, or what came of it."""
    found = get_object_or_404(uploads_of(request), pk=pk)
    return _page(request, found, DepositForm.of(found))


@access(Access.IMPORTER)
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Queue the import of a file, with what was said of it."""
    found = get_object_or_404(uploads_of(request), pk=pk)
    form = DepositForm(request.POST)
    if form.is_valid():
        try:
            ask_import(found, **form.cleaned_data)
        except GeoLhiError as error:
            form.add_error(None, str(error))
        else:
            return redirect("upload", pk)
    return _page(request, found, form, status=REFUSED)


@access(Access.IMPORTER)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back an import that waits, or remove a file that nobody reads."""
    found = get_object_or_404(uploads_of(request), pk=pk)
    if request.POST.get("retirer") and not found.is_pending:
        spool.remove(found)
        if found.status == Upload.Status.RECEIVED:
            found.status, found.ended_at = Upload.Status.CANCELLED, timezone.now()
        found.save()
        return redirect("imports")
    cancel_import(found)
    return redirect("upload", pk)


@access(Access.IMPORTER)
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far an import is: asked each second by its page."""
    found = get_object_or_404(uploads_of(request), pk=pk)
    return JsonResponse(_progress(found))


def _progress(found: Upload) -> dict[str, Any]:
    since = found.started_at or found.received_at
    waiting = found.status == Upload.Status.WAITING
    return {
        "status": found.status,
        "label": found.get_status_display(),
        "phase": found.phase,
        "records": found.records,
        "seconds": int(((found.ended_at or timezone.now()) - since).total_seconds()),
        "silent": found.is_silent,
        "no_worker": waiting and not jobs.workers_alive(),
        "over": not found.is_pending,
    }


def _page(request: HttpRequest, found: Upload, form: DepositForm, status: int = 200) -> HttpResponse:
    twin = ImportRun.objects.filter(sha256=found.sha256, status=ImportRun.Status.DONE).order_by("-pk").first()
    context = {
        "section": "imports",
        "upload": found,
        "form": form,
        "source": SOURCES.get(found.source),
        "sources": SOURCES,
        "progress": _progress(found),
        "config": {"url": reverse("upload-progress", args=[found.pk])},
        "phases": Upload.Phase,
        "advice": after_refusal(found.message) if found.status == Upload.Status.FAILED else "",
        "twin": twin if found.status == Upload.Status.RECEIVED else None,
    }
    return render(request, "cadastre_import/upload.html", context, status=status)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")
