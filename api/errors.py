"""From what a sender can correct to an HTTP answer, in one table; bugs stay bugs (500, and the log)."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from psycopg.errors import QueryCanceled
from rest_framework.response import Response
from rest_framework.views import exception_handler

from layers.errors import (
    GeoLhiError,
    InvalidBBox,
    InvalidFilter,
    UnknownPlace,
    UnknownTerritoire,
    UnknownTile,
)

PROBLEM = "application/problem+json"


class InvalidPage(GeoLhiError):
    """A page number or a page size that is not one."""


class UnknownPage(GeoLhiError):
    """A page past the last."""


class UnknownResource(GeoLhiError):
    """Nothing there for this reader: missing and foreign give the same sentence."""


class UnknownLayer(GeoLhiError):
    """A layer that is not in the register."""


STATUS = {
    InvalidBBox: 400,
    InvalidFilter: 400,
    InvalidPage: 400,
    UnknownPage: 404,
    UnknownTerritoire: 404,
    UnknownPlace: 404,
    UnknownResource: 404,
    UnknownLayer: 404,
    UnknownTile: 404,
}
READING = ("GET", "HEAD", "OPTIONS")
MACHINES = ("/api/v1/", "/ogc/", "/tiles/")
NO_ADDRESS = "Cette adresse n’existe pas : lisez la description du service."
TOO_LONG = "La réponse demande un calcul trop long : réduisez l’étendue ou la période, puis réessayez."


def problem_of(error: Exception) -> dict[str, Any] | None:
    """Describe an error of the sender (RFC 9457), or None for a bug."""
    if isinstance(error, GeoLhiError):
        return _problem(type(error).__name__, STATUS.get(type(error), 422), str(error))
    if is_too_long(error):
        return _problem("QueryTooLong", 503, TOO_LONG)
    return None


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer for the REST framework: our errors, then its own, all as problems."""
    problem = problem_of(error)
    headers = {"Retry-After": "30"} if problem and problem["status"] == 503 else {}
    if problem is None:
        response = exception_handler(error, context)
        if response is None:
            return None
        detail = response.data.get("detail") if isinstance(response.data, dict) else response.data
        name = "NotFound" if isinstance(error, Http404) else type(error).__name__
        problem = _problem(name, response.status_code, str(detail))
        headers = dict(response.items())
    return Response(problem, status=problem["status"], headers=headers, content_type=PROBLEM)


def read_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Tell a write that nothing is written here: the REST framework would first ask it for the cookie of a form."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method in READING:
            return view(request, *args, **kwargs)
        problem = _problem("MethodNotAllowed", 405, "Ce service se lit, et ne s’écrit pas.")
        headers = {"Allow": ", ".join(READING)}
        return JsonResponse(problem, status=405, content_type=PROBLEM, headers=headers)

    return answer


def answering_problems(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Make a plain view answer problems where the REST framework would."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except (GeoLhiError, OperationalError) as error:
            problem = problem_of(error)
            if problem is None:
                raise
            return JsonResponse(problem, status=problem["status"], content_type=PROBLEM)

    return answer


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer for an address that does not exist: a problem to machines, the page of people elsewhere."""
    if request.path.startswith(MACHINES):
        return JsonResponse(_problem("NotFound", 404, NO_ADDRESS), status=404, content_type=PROBLEM)
    return page_not_found(request, exception)


def is_too_long(error: Exception) -> bool:
    """Say whether the database gave up at ``statement_timeout``."""
    return isinstance(error, OperationalError) and isinstance(error.__cause__, QueryCanceled)


def _problem(type_: str, status: int, detail: str) -> dict[str, Any]:
    return {"type": type_, "status": status, "detail": detail}
