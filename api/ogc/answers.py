"""What every address of the service has in common: two formats, links, errors, and answers kept by nobody else."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import orjson
from django.db import DataError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.csrf import csrf_exempt

from api.errors import PROBLEM, problem_of
from layers.errors import GeoLhiError, InvalidFilter

logger = logging.getLogger(__name__)

JSON = "application/json"
GEOJSON = "application/geo+json"
HTML = "text/html"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
SCHEMA = "application/schema+json"
ISO19139 = "application/vnd.iso.19139+xml"
JSON_LD = "application/ld+json"
AFTER = "start-after"  # the last identifier of the page before; a hyphen, as no field has one
FORMATS = ("json", "html")
UNREADABLE = "Une valeur de la requête est hors de ce que la base peut lire."


class NotAcceptable(GeoLhiError):
    """A format that we do not write."""


def read_parameters(query: QueryDict, known: tuple[str, ...] = ()) -> dict[str, str]:
    """Give the parameters by name; raises InvalidFilter for an unknown, repeated or unreadable one."""
    names = (*known, "f")
    for name, values in query.lists():
        if name not in names:
            raise InvalidFilter(f"paramètre inconnu : {name[:40]!r} (connus : {', '.join(sorted(names))})")
        if len(values) > 1:
            raise InvalidFilter(f"{name} est donné {len(values)} fois")
        if "\0" in values[0]:
            raise InvalidFilter(f"{name} contient un caractère nul")
    return query.dict()


def wants_html(request: HttpRequest) -> bool:
    """Say whether a page is asked: by ``f``, else by a browser's ``Accept``.

    Raises InvalidFilter for another ``f``.
    """
    asked = request.GET.get("f")
    if asked is None:
        preferred = request.get_preferred_type([JSON, GEOJSON, HTML, OPENAPI, SCHEMA])
        return preferred == HTML
    if asked not in FORMATS:
        raise InvalidFilter(f"f attend {' ou '.join(FORMATS)}, reçu : {asked[:40]!r}")
    return asked == "html"


def address(request: HttpRequest, name: str, *arguments: Any, **query: Any) -> str:
    """Give the whole address of a view of the service."""
    path = request.build_absolute_uri(reverse(name, args=arguments))
    if not query:
        return path
    parameters = QueryDict(mutable=True)
    parameters.update(query)
    return f"{path}?{parameters.urlencode()}"


def link(href: str, rel: str, media_type: str, title: str = "") -> dict[str, str]:
    """Describe a link as the standard does."""
    described = {"href": href, "rel": rel, "type": media_type, "hreflang": "fr"}
    return described | {"title": title} if title else described


def both_formats(request: HttpRequest, media_type: str, html: bool = False) -> list[dict[str, str]]:
    """Give the links to this document and to the same in the other format."""
    here = {media_type: "json", HTML: "html"}
    mine = HTML if html else media_type
    return [
        link(same_with(request, f=format_), "self" if kind == mine else "alternate", kind)
        for kind, format_ in sorted(here.items(), key=lambda item: item[0] != mine)
    ]


def same_with(request: HttpRequest, **changed: Any) -> str:
    """Give the address of this request, with some parameters changed."""
    query = request.GET.copy()
    for name, value in changed.items():
        query[name] = value
    return f"{request.build_absolute_uri(request.path)}?{query.urlencode()}"


def document(request: HttpRequest, content: Mapping[str, Any], media_type: str = JSON) -> HttpResponse:
    """Answer a JSON document, 304 to whoever has it already."""
    response = HttpResponse(orjson.dumps(content), content_type=media_type)
    return revalidated(request, response)


def revalidated(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give the answer its ETag, and 304 in its place to whoever has it."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"] = etag
    patch_vary_headers(response, ["Accept"])
    return get_conditional_response(request, etag=etag, response=response)


def answering(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a view answer a problem (RFC 9457) for what the sender can correct, and nothing but GET and HEAD.

    A write is told that by 405: Django would first ask it for the cookie of a form, with a page for people.
    """

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            response = _problem("MethodNotAllowed", 405, "Ce service se lit, et ne s’écrit pas.")
            response["Allow"] = "GET, HEAD"
            return response
        try:
            return view(request, *args, **kwargs)
        except (DataError, InternalError) as error:
            logger.warning("requête OGC API refusée par la base (%s)", type(error).__name__)
            return _problem("UnreadableValue", 400, UNREADABLE)
        except (GeoLhiError, OperationalError) as error:
            problem = problem_of(error)
            if problem is None:
                raise
            # a wrong value is a wrong request, whatever it names
            status = problem["status"] if problem["status"] in (404, 503) else 400
            return _problem(problem["type"], status, problem["detail"])

    return answer


def _problem(name: str, status: int, detail: str) -> HttpResponse:
    content = {"type": name, "title": TITLES[status], "status": status, "detail": detail}
    headers = {"Retry-After": "30"} if status == 503 else {}
    return HttpResponse(orjson.dumps(content), status=status, content_type=PROBLEM, headers=headers)


TITLES = {
    400: "Requête illisible",
    404: "Ressource introuvable",
    405: "Méthode refusée",
    503: "Réponse trop longue",
}
