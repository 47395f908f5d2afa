"""What a page answers to a request that cannot be served: a French sentence, with its HTTP status."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from layers.errors import (
    AlreadyDecided,
    GeoLhiError,
    InvalidBBox,
    InvalidChoice,
    InvalidFilter,
    InvalidMerge,
    NothingToAnalyse,
    OutOfPerimeter,
    PositionChanged,
    UnknownMethod,
    UnknownPlace,
    UnknownTerritoire,
)

STATUS = {
    InvalidMerge: 400,
    AlreadyDecided: 409,
    InvalidBBox: 400,
    InvalidFilter: 400,
    InvalidChoice: 400,
    OutOfPerimeter: 403,
    UnknownTerritoire: 404,
    UnknownMethod: 404,
    UnknownPlace: 404,
    NothingToAnalyse: 409,
    PositionChanged: 409,
}
PARTIAL = "partiel"  # the parameter of a script that asks for a part of a page

View = Callable[..., HttpResponse]


def saying_refusals(view: View) -> View:
    """Turn a GeoLhiError of the view into a page, or into its sentence alone for a script."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except GeoLhiError as error:
            status = STATUS.get(type(error), 422)
            if is_partial(request):
                return HttpResponse(str(error), status=status, content_type="text/plain; charset=utf-8")
            return render(request, "maps/refusal.html", {"reason": str(error)}, status=status)

    return answer


def is_partial(request: HttpRequest) -> bool:
    """Say whether a script asked for a part of a page."""
    return PARTIAL in request.GET
