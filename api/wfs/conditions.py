"""Which fields the conditions of a request are on, read before the types are built.

The rows of a layer of analyses depend on it: the newest run, or any (``Layer.rows_for``).
"""

import re
from collections.abc import Iterable

from django.http import HttpRequest

FILTER = re.compile(r"<(?:[\w.-]+:)?Filter\b.*?</(?:[\w.-]+:)?Filter\s*>", re.DOTALL)
FIELD = re.compile(r"<(?:[\w.-]+:)?(?:ValueReference|PropertyName)\b[^>]*>\s*(?:[^<]*[:/])?(\w+)\s*<")
BY_IDENTIFIER = ("RESOURCEID", "FEATUREID", "STOREDQUERY_ID")
IDENTIFIER = re.compile(r"<(?:[\w.-]+:)?(?:ResourceId|StoredQuery)\b")


def fields_in(request: HttpRequest) -> frozenset[str]:
    """Name the fields that the filters of a request compare."""
    return frozenset(name for filter_ in _filters(request) for name in FIELD.findall(filter_))


def is_by_identifier(request: HttpRequest) -> bool:
    """Say whether a request names the features that it wants."""
    named = any(name.upper() in BY_IDENTIFIER for name in request.GET)
    return named or any(IDENTIFIER.search(text) for text in _documents(request))


def _filters(request: HttpRequest) -> Iterable[str]:
    return (found for text in _documents(request) for found in FILTER.findall(text))


def _documents(request: HttpRequest) -> list[str]:
    given = [value for name, value in request.GET.items() if name.upper() == "FILTER"]
    if request.method == "POST":
        given.append(request.body.decode(errors="replace"))
    return given
