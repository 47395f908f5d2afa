"""An analysis that waits or runs: followed, taken back, by the person who asked for it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from geo_lhi.accounts.access import Access, access
from layers.models import AnalysisRequest
from layers.services import jobs
from maps.services.methods.register import METHODS
from maps.services.requests import cancel_request


def requests_of(request: HttpRequest) -> QuerySet[AnalysisRequest]:
    """Give the requests that this person made; all for an administrator."""
    found = AnalysisRequest.objects.select_related("run").order_by("-pk")
    return found if request.user.is_superuser else found.filter(author=request.user)


@access(Access.SIGNED_IN)
@require_GET
def analysis_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Show where it stands; once done, go to the run."""
    found = get_object_or_404(requests_of(request), pk=pk)
    if found.run_id:
        return redirect("analysis", found.run_id)
    context = {
        "asked": found,
        "method": METHODS.get(found.method),
        "progress": _progress(found),
        "config": {"url": reverse("analysis-request-progress", args=[found.pk])},
    }
    return render(request, "maps/analysis_request.html", context)


@access(Access.SIGNED_IN)
@require_GET
def progress(request: HttpRequest, pk: int) -> HttpResponse:
    """Say how far it is: asked each second by its page."""
    return JsonResponse(_progress(get_object_or_404(requests_of(request), pk=pk)))


@access(Access.SIGNED_IN)
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back if it has not begun."""
    cancel_request(get_object_or_404(requests_of(request), pk=pk))
    return redirect("analysis-request", pk)


def _progress(found: AnalysisRequest) -> dict[str, Any]:
    since = found.started_at or found.asked_at
    waiting = found.status == AnalysisRequest.Status.WAITING
    return {
        "step": "waiting" if waiting else found.phase,
        "seconds": int(((found.ended_at or timezone.now()) - since).total_seconds()),
        "silent": found.is_silent,
        "no_worker": waiting and not jobs.workers_alive(),
        "over": not found.is_pending,
    }
