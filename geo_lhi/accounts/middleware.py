"""Applies the declared access rules, and gives each request its ``read_scope``."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from geo_lhi.accounts import identification, public
from geo_lhi.accounts.access import Access, rule_of, token_use_of
from geo_lhi.accounts.models import TokenScope
from geo_lhi.accounts.refusals import problem
from geo_lhi.accounts.scopes import scope_of
from layers.scope import Scope

SENT_BY_BROWSERS = ("Sec-Fetch-Mode", "Origin", "Referer")
METHODS = (
    "GET",
    "HEAD",
    "OPTIONS",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
)  # and no TRACE, which repeats the cookies


class AccessMiddleware:
    """Refuse what is not declared; keep personal pages out of shared caches."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.read_scope = SimpleLazyObject(lambda: scope_of(request.user))  # type: ignore[attr-defined]
        request.api_token = None  # type: ignore[attr-defined]
        if request.is_public:  # type: ignore[attr-defined]
            request.user, request.read_scope = AnonymousUser(), Scope.anyone()  # type: ignore[attr-defined]
            response = self.get_response(request)
            response["Cache-Control"] = public.CACHED if response.status_code < 300 else "no-store"
            return response
        response = self.get_response(request)
        if request.resolver_match and token_use_of(request.resolver_match):
            patch_vary_headers(response, ["Authorization"])
        if request.resolver_match and rule_of(request.resolver_match) is Access.GIS:
            # GIS clients keep answers on the disk, for all the users of a machine.
            response["Cache-Control"] = "private, no-store"
        if request.user.is_authenticated and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "private, no-store"
        return response

    def process_view(
        self, request: HttpRequest, view: Callable, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Let the request through, or answer in its place."""
        if request.method not in METHODS:
            return HttpResponseNotAllowed(METHODS)
        return public.admit(request) if request.is_public else _admit(request, kwargs)  # type: ignore[attr-defined]


def _admit(request: HttpRequest, kwargs: Any) -> HttpResponse | None:
    rule = rule_of(request.resolver_match)
    if rule is Access.PUBLIC:
        return None
    if rule is None:
        raise PermissionDenied("aucune règle d’accès n’est déclarée pour cette adresse")
    use = token_use_of(request.resolver_match)
    request.session.for_tiles = use is not None and use.scope == TokenScope.TILES  # type: ignore[attr-defined]
    if use and (refusal := identification.identify(request, use, use.signed.format(**kwargs))):
        return refusal
    if not request.user.is_authenticated:
        if use and (rule is Access.GIS or (rule is Access.MACHINE and not _asked_by_a_page(request))):
            return identification.ask(use)
        machine = rule in (Access.GIS, Access.MACHINE)
        return _unauthorized() if machine else redirect_to_login(request.get_full_path())
    if rule is Access.ADMINISTRATOR and not request.user.is_superuser:
        raise PermissionDenied("réservé aux administrateurs")
    if rule is Access.IMPORTER and not request.user.has_perm("layers.import_files"):
        raise PermissionDenied("réservé aux personnes qui peuvent importer")
    return None


def _asked_by_a_page(request: HttpRequest) -> bool:
    """Say whether a browser asks: it would open a window at a challenge that it knows, over the map of a page.

    Browsers say how they ask (``Sec-Fetch-Mode``, not on a site without HTTPS), from which page, and send the cookies
    of the site; QGIS, GDAL and OWSLib send none of these and wait to be challenged before they give their token.
    """
    return bool(request.COOKIES) or any(name in request.headers for name in SENT_BY_BROWSERS)


def _unauthorized() -> HttpResponse:
    """Ask the pages' scripts to sign in again; HTTP Basic would open a window of the browser."""
    response = problem(401, "Connectez-vous pour lire cette ressource.")
    response["WWW-Authenticate"] = 'Session realm="geo_lhi"'
    return response
