"""The queue of positions to check, and the page where a person places a report.

Each choice is a POST; the declared address and what is looked for are in no URL.
"""

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from geo_lhi.accounts.access import Access, access
from layers.errors import GeoLhiError, InvalidChoice
from layers.kept_fields import without_kept
from layers.models import PlaceChoice, Signalement
from layers.selectors.address_search import search_for
from layers.selectors.candidates import Candidate, candidates_of
from layers.selectors.review import (
    next_of,
    place_in_queue,
    reason_counts,
    reports_to_review,
    same_address,
    with_review_facts,
)
from layers.selectors.territories import communes_of
from layers.services.placing import Wish, choose_place, undo_choice, version_of
from layers.symbols import OTHER_STATUS, STATUSES
from maps.symbols import as_data
from maps.views.ground import ground_config
from maps.views.parameters import read_parameters
from maps.views.place_texts import MOTIFS, precision_sentence, reasons_of
from maps.views.refusals import STATUS, is_partial, saying_refusals

PAGE_SIZE = 50
FILTERS = ("territoire", "motif", "du", "au", "statut")
Kind = PlaceChoice.Kind
KINDS = {"confirmer": Kind.CONFIRMED, "rejeter": Kind.REJECTED}
ON_THE_MAP = "point"  # what the form says instead of an address: the point that was put on the map
REJECTIONS = (
    "adresse inexistante",
    "adresse trop vague",
    "plusieurs lieux pour un signalement",
    "hors du territoire",
    "autre raison",
)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def review_queue(request: HttpRequest) -> HttpResponse:
    """List the reports whose position must be checked, the longest waiting first."""
    parameters = read_parameters(request)
    scope = request.read_scope
    page = Paginator(reports_to_review(parameters, scope), PAGE_SIZE).get_page(parameters.get("page"))
    counts = reason_counts(parameters, scope)
    context = {
        "page": page,
        "rows": [(report, getattr(report, "geocoding", None), reasons_of(report)) for report in page],
        "kept": _kept(parameters),
        "query": _query(parameters),
        "parameters": {name: parameters.get(name, "") for name in FILTERS},
        "motifs": [(name, label, counts[name]) for name, label in MOTIFS.items()],
        "communes": communes_of(scope),
        "last": _last_choice(request),
    }
    return render(request, "maps/review_queue.html", context)


@access(Access.SIGNED_IN)
@require_safe
@saying_refusals
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what is needed to place a report: its declared address, the candidates, the map."""
    return _page(request, _report(request, pk))


@access(Access.SIGNED_IN)
@require_POST
@saying_refusals
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the choice and go to the next report; a choice that cannot be written is told on the page."""
    parameters = read_parameters(request)
    report = _report(request, pk)
    try:
        choose_place(pk, _wish(request), request.POST.get("version", ""), request.read_scope, request.user.pk)
    except Signalement.DoesNotExist:
        raise Http404("signalement inconnu") from None
    except GeoLhiError as error:
        return _page(request, _report(request, pk), error=error)
    following = next_of(reports_to_review(parameters, request.read_scope), report)
    return _go(reverse("review", args=[following.pk]) if following else reverse("review-queue"), parameters)


@access(Access.SIGNED_IN)
@require_POST
@saying_refusals
def undo(request: HttpRequest) -> HttpResponse:
    """Undo a choice and come back to its report."""
    try:
        undone = undo_choice(int(request.POST.get("choix", "")[:18]), request.read_scope, request.user.pk)
    except (ValueError, PlaceChoice.DoesNotExist):
        raise Http404("choix inconnu") from None
    return _go(reverse("review", args=[undone.signalement_id]), read_parameters(request))


@access(Access.SIGNED_IN)
@require_POST
@saying_refusals
def search(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for another address in the imported register; it comes by POST, so that no log has it."""
    report = _report(request, pk)
    text = request.POST.get("adresse", "").strip()
    found = search_for(report, text)
    if is_partial(request):
        return render(request, "maps/parts/candidates.html", {"candidates": found})
    return _page(request, report, found=found, text=text)


def _report(request: HttpRequest, pk: int) -> Signalement:
    reports = with_review_facts(Signalement.objects.visible_to(request.read_scope))
    try:
        found = (
            reports.select_related("commune", "geocoding").defer("description", "commune__geom").get(pk=pk)
        )
    except Signalement.DoesNotExist:
        raise Http404("signalement inconnu") from None
    return without_kept(found, request.read_scope)


def _page(
    request: HttpRequest,
    report: Signalement,
    *,
    found: list[Candidate] | None = None,
    text: str = "",
    error: GeoLhiError | None = None,
) -> HttpResponse:
    parameters, scope = read_parameters(request), request.read_scope
    queue = reports_to_review(parameters, scope)
    before, total = place_in_queue(queue, report)
    candidates = candidates_of(report)
    known = {candidate.ban_id for candidate in candidates}
    context = {
        "report": report,
        "geocoding": getattr(report, "geocoding", None),
        "reasons": reasons_of(report) if report.needs_review else [],
        "precision": precision_sentence(report),
        "candidates": candidates,
        "found": None if found is None else [one for one in found if one.ban_id not in known],
        "text": text,
        "error": str(error) if error else "",
        "asked": request.POST if error else {},
        "version": version_of(report),
        "rank": before + 1,
        "total": total,
        "following": next_of(queue, report),
        "same_address": same_address(report, scope).count(),
        "history": report.place_choices.unscoped("of a report already read")
        .select_related("chosen_by")
        .order_by("-pk"),
        "last": _last_choice(request),
        "rejections": REJECTIONS,
        "query": _query(parameters),
        "config": _config(report, candidates),
    }
    status = STATUS.get(type(error), 422) if error else 200
    return render(request, "maps/review.html", context, status=status)


def _config(report: Signalement, candidates: list[Candidate]) -> dict[str, Any]:
    """Give what the map needs: positions only, the addresses are in the page."""
    ortho = {"url": settings.ORTHO_URL, "attribution": settings.ORTHO_ATTRIBUTION}
    position, declared = report.geom, report.declared_geom
    middle = None
    if position is None and declared is None and not candidates and report.commune and report.commune.geom:
        middle = report.commune.geom.point_on_surface
    return {
        **ground_config(),
        "ortho": ortho if settings.ORTHO_URL else None,
        "position": [position.x, position.y] if position else None,
        "precision": report.precision,
        "declared": [declared.x, declared.y] if declared else None,
        "middle": [middle.x, middle.y] if middle else None,
        "statuses": as_data((*STATUSES, OTHER_STATUS)),
    }


def _wish(request: HttpRequest) -> Wish:
    """Read the form."""
    form, action = request.POST, request.POST.get("action", "")
    same = "meme_adresse" in form
    if action in KINDS:
        motif, detail = form.get("motif_rejet", ""), form.get("precision", "").strip()
        reason = f"{motif} : {detail}" if motif and detail else motif
        return Wish(KINDS[action], reason=reason, also_same_address=same)
    chosen = form.get("candidat", "")
    if chosen == ON_THE_MAP:
        lon, lat = (_degrees(form.get(name, "")) for name in ("lon", "lat"))
        return Wish(Kind.POINT, lon=lon, lat=lat, idu=form.get("idu", "")[:14], also_same_address=same)
    if not chosen:
        raise InvalidChoice("choisissez une adresse ou posez un point, puis enregistrez")
    return Wish(Kind.CANDIDATE, ban_id=chosen[:60], also_same_address=same)


def _degrees(text: str) -> float | None:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def _last_choice(request: HttpRequest) -> PlaceChoice | None:
    """Give the reader's own last choice, if it stands: the one that can be undone."""
    made = PlaceChoice.objects.visible_to(request.read_scope).filter(chosen_by=request.user.pk)
    last = made.exclude(kind=Kind.REPEATED).select_related("signalement").order_by("-pk").first()
    return last if last and last.is_current else None


def _kept(parameters: dict[str, str]) -> dict[str, str]:
    return {name: parameters[name] for name in FILTERS if parameters.get(name)}


def _query(parameters: dict[str, str]) -> str:
    kept = _kept(parameters)
    return f"?{urlencode(kept)}" if kept else ""


def _go(url: str, parameters: dict[str, str]) -> HttpResponseRedirect:
    return HttpResponseRedirect(url + _query(parameters), status=303)
