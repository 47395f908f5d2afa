"""Proposed duplicates: the list, one click to merge, one to undo, one to say that they are two cases."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from geo_lhi.accounts.access import Access, access
from layers.models import Merge, Signalement
from layers.selectors.duplicates import proposals
from layers.services.duplicates import merge_group, say_distinct, undo_merge
from maps.views.duplicate_texts import reasons_of, told
from maps.views.parameters import read_parameters
from maps.views.refusals import saying_refusals

PAGE_SIZE = 20
LARGEST_GROUP = 50  # reports merged by one click


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def duplicates(request: HttpRequest) -> HttpResponse:
    """List the pairs to decide in the reader's perimeter, the likeliest first."""
    parameters = read_parameters(request)
    page = Paginator(proposals(request.read_scope), PAGE_SIZE).get_page(parameters.get("page"))
    return render(
        request, "maps/duplicates.html", {"page": page, "pairs": told(page, request.read_scope), "kept": {}}
    )


@access(Access.SIGNED_IN)
@require_POST
@saying_refusals
def merge(request: HttpRequest) -> HttpResponse:
    """Merge a pair, or a group whole or not at all, and show the report that is kept."""
    kept, scope = _number(request, "garde"), request.read_scope
    absorbed = {one: reasons_of(one, kept, scope) for one in _numbers(request, "absorbe")}
    try:
        merge_group(absorbed, kept, scope, request.user.pk)
    except Signalement.DoesNotExist:
        raise Http404("signalement inconnu") from None
    return _back(request, reverse("signalement", args=[kept]))


@access(Access.SIGNED_IN)
@require_POST
@saying_refusals
def undo(request: HttpRequest) -> HttpResponse:
    """Undo a merge, and show the report that comes back."""
    try:
        undone = undo_merge(_number(request, "fusion"), request.read_scope, request.user.pk)
    except (Merge.DoesNotExist, Signalement.DoesNotExist):
        raise Http404("fusion inconnue") from None
    return _back(request, reverse("signalement", args=[undone.absorbed_id]))


@access(Access.SIGNED_IN)
@require_POST
@saying_refusals
def distinct(request: HttpRequest) -> HttpResponse:
    """Keep that a pair is two cases."""
    try:
        say_distinct(_number(request, "un"), _number(request, "autre"), request.read_scope, request.user.pk)
    except Signalement.DoesNotExist:
        raise Http404("signalement inconnu") from None
    return _back(request, reverse("duplicates"))


def _number(request: HttpRequest, name: str) -> int:
    return _numbers(request, name)[-1]


def _numbers(request: HttpRequest, name: str) -> list[int]:
    texts = request.POST.getlist(name)
    if not 0 < len(texts) <= LARGEST_GROUP:
        raise Http404("numéro illisible")
    if not all(text.isascii() and text.isdigit() and len(text) < 19 for text in texts):
        raise Http404("numéro illisible")
    return [int(text) for text in texts]


def _back(request: HttpRequest, default: str) -> HttpResponse:
    """Go back to the page that asked, if it is one of ours."""
    page = request.POST.get("retour", "")
    ours = url_has_allowed_host_and_scheme(page, allowed_hosts=None) and page.startswith("/")
    return HttpResponseRedirect(page if ours else default, status=303)
