"""The public services: WFS, OGC API and tiles once more under ``/public/``, for anyone: published figures only.

They are the same views over another register (``layers.registry.register_of``), read as a role of the database that
can read nothing else. A session or a token gives nothing more there (docs/adr/0035).
"""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import ResolverMatch, get_script_prefix, set_script_prefix

from geo_lhi.accounts import limits
from geo_lhi.accounts.access import token_use_of
from geo_lhi.accounts.addresses import client_address
from layers.public_role import is_open

PREFIX = "/public/"
CACHED = "public, max-age=300"
COUNTED_WHEN_MADE = "tile"  # the name of the only address whose answers are kept here
CLOSED = "Aucune couche publique n’est ouverte sur ce serveur."


class PastLimit(Exception):
    """A client that asked too much; ``response`` tells it when to come back."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__()
        self.response = response


def is_public_service(match: ResolverMatch) -> bool:
    """Say whether a URL is served to anyone under the prefix."""
    name = match.url_name or ""
    return name in ("wfs", "tile", "tilejson", "tile-style") or name == "ogc" or name.startswith("ogc-")


class PublicServicesMiddleware:
    """Serve what is under the prefix as if the application stood there: its addresses begin with it too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.is_public = request.path_info.startswith(PREFIX)  # type: ignore[attr-defined]
        if not request.is_public:  # type: ignore[attr-defined]
            return self.get_response(request)
        above = get_script_prefix()
        request.path_info = request.path_info.removeprefix(PREFIX.rstrip("/"))
        set_script_prefix(above.rstrip("/") + PREFIX)
        try:
            response = self.get_response(request)
        except BaseException:
            set_script_prefix(above)
            raise
        # What is streamed is written after this, and may hold addresses
        response._resource_closers.append(lambda: set_script_prefix(above))
        return response


def admit(request: HttpRequest) -> HttpResponse | None:
    """Let a request for a public service through, or answer in its place.

    Anything else under the prefix is where it always was: readers are led there. 503 without the role of the
    database, 429 past the limit, which is counted by network address: here, but for a tile when it is made, as one
    that was kept asks nothing of the database.
    """
    match = request.resolver_match
    if not is_public_service(match):
        if request.method not in ("GET", "HEAD"):
            raise Http404
        return HttpResponseRedirect(request.get_full_path().replace(PREFIX, "/", 1))
    use = token_use_of(match)
    assert use is not None
    if not is_open():
        return use.says(503, CLOSED)
    if match.url_name != COUNTED_WHEN_MADE:
        try:
            count(request)
        except PastLimit as past:
            return past.response
    return None


def count(request: HttpRequest) -> None:
    """Count a request for a public service; raises PastLimit."""
    use = token_use_of(request.resolver_match)  # type: ignore[arg-type]
    assert use is not None
    limit = limits.limit_of(use.scope)
    wait_s = limits.spend({f"public {use.scope} {client_address(request)}": limit.requests}, limit.period)
    if not wait_s:
        return
    response = use.says(429, f"Trop de requêtes : {limit.requests} au plus, réessayez dans {wait_s} s.")
    response["Retry-After"] = str(wait_s)
    raise PastLimit(response)
