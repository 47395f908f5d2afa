"""``/imports/``: the state of the data for every reader; for those who may import, their files too."""

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from cadastre_import.deposits.data_state import data_state
from cadastre_import.views.readable import may_import, runs_of, uploads_of
from geo_lhi.accounts.access import Access, access
from layers.services import jobs

PAGE = 10
JOURNAL_PAGE = 50


@access(Access.SIGNED_IN)
def imports(request: HttpRequest) -> HttpResponse:
    """Show the sources, their last edition and what to do where it is missing."""
    allowed = may_import(request)
    page = Paginator(uploads_of(request), PAGE).get_page(request.GET.get("page"))
    context = {
        "section": "imports",
        "states": data_state(),
        "may_import": allowed,
        "page": page,
        "no_worker": allowed and not jobs.workers_alive(),
        "max_mb": settings.UPLOAD_MAX_MB,
        "max_bytes": str(settings.UPLOAD_MAX_MB * 1_000_000),
        "kept": {},
    }
    return render(request, "cadastre_import/imports.html", context)


@access(Access.IMPORTER)
def journal(request: HttpRequest) -> HttpResponse:
    """List the imports, latest first."""
    page = Paginator(runs_of(request), JOURNAL_PAGE).get_page(request.GET.get("page"))
    context = {"section": "imports", "page": page, "kept": {}}
    return render(request, "cadastre_import/journal.html", context)
