"""What a machine reads when it is refused."""

from collections.abc import Callable

from django.http import HttpResponse, JsonResponse

Refusal = Callable[[int, str], HttpResponse]

TYPES = {401: "Unauthenticated", 403: "ScopeMissing", 429: "TooManyRequests", 503: "Closed"}


def problem(status: int, sentence: str) -> HttpResponse:
    """Answer a problem (RFC 9457)."""
    told = {"type": TYPES[status], "status": status, "detail": sentence}
    return JsonResponse(told, status=status, content_type="application/problem+json")
