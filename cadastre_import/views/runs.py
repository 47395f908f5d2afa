"""One import: its counts, its notices, its rejects, and what to do about them."""

from collections import Counter

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from cadastre_import.deposits.advice import advise, after_refusal
from cadastre_import.rejects import RejectFile
from cadastre_import.sources import SOURCES
from cadastre_import.views.readable import runs_of
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.exports import record_export
from layers.models import ImportRun

PAGE = 50
LONGEST_SEARCH = 100
COUNTED = 20_000


@access(Access.IMPORTER)
@require_GET
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show an import and a page of its rejects, searched by line, reason or content."""
    found = get_object_or_404(runs_of(request), pk=pk)
    asked = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_SEARCH]
    rejects = found.rejects.order_by("line", "pk")
    if asked:
        searched = Q(reason__icontains=asked) | Q(content__icontains=asked)
        rejects = rejects.filter(searched | Q(line=int(asked)) if _is_line(asked) else searched)
    page = Paginator(rejects, PAGE).get_page(request.GET.get("page"))
    source = SOURCES.get(found.source)
    context = {
        "section": "imports",
        "run": found,
        "source": source,
        "seconds": (found.ended_at - found.started_at).total_seconds() if found.ended_at else None,
        "page": page,
        "asked": asked,
        "kept": {"q": asked} if asked else {},
        "kinds": _kinds(found),
        "file": RejectFile(found, source) if found.rejected else None,
        "advice": after_refusal(found.message) if found.status == ImportRun.Status.FAILED else "",
    }
    return render(request, "cadastre_import/run.html", context)


@access(Access.IMPORTER)
@require_GET
def rejects(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """Give the rejects of an import as a file that its source takes back."""
    found = get_object_or_404(runs_of(request), pk=pk)
    file = RejectFile(found, SOURCES.get(found.source))
    record_export(request, f"rejets (.{file.kind})", source=f"import n° {found.pk}", rows=found.rejected)
    headers = {
        "Content-Disposition": content_disposition_header(True, file.name),
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(file.write(), content_type=file.content_type, headers=headers)


def _is_line(asked: str) -> bool:
    return asked.isascii() and asked.isdigit() and len(asked) <= 9


def _kinds(found: ImportRun) -> list[tuple]:
    """Give each kind of reject with its number, the most frequent first."""
    reasons = found.rejects.order_by("line").values_list("reason", flat=True)[:COUNTED]
    return Counter(advise(reason) for reason in reasons).most_common()
