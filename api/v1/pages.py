"""Pages of a list: ``page`` from 1, ``limit`` rows each, and links to the neighbours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.http import HttpRequest
from rest_framework.utils.urls import remove_query_param, replace_query_param

from api.errors import InvalidPage, UnknownPage

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
PARAMETERS = ("page", "limit")
WHOLE_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True)
class Page:
    """One page of ``matched`` rows."""

    number: int
    limit: int
    matched: int

    @classmethod
    def read(cls, parameters: Mapping[str, str], matched: int) -> Self:
        """Read ``page`` and ``limit``; raises InvalidPage or UnknownPage. An empty list has one empty page."""
        number = _whole_number(parameters, "page", 1)
        limit = _whole_number(parameters, "limit", DEFAULT_LIMIT)
        if limit > MAX_LIMIT:
            raise InvalidPage(f"limit va de 1 à {MAX_LIMIT}, reçu : {limit}")
        last = max(1, -(-matched // limit))
        if number > last:
            raise UnknownPage(f"la page {number} n’existe pas : la dernière est la {last}")
        return cls(number, limit, matched)

    @property
    def rows(self) -> slice:
        """Give the rows of the page, among all."""
        return slice((self.number - 1) * self.limit, self.number * self.limit)

    def envelope(self, request: HttpRequest, returned: int) -> dict[str, Any]:
        """Give what surrounds the rows: how many match, how many are here, where the others are."""
        url = request.build_absolute_uri()
        has_next = self.number * self.limit < self.matched
        before = remove_query_param(url, "page")
        if self.number > 2:
            before = replace_query_param(url, "page", self.number - 1)
        return {
            "numberMatched": self.matched,
            "numberReturned": returned,
            "next": replace_query_param(url, "page", self.number + 1) if has_next else None,
            "previous": before if self.number > 1 else None,
        }


def _whole_number(parameters: Mapping[str, str], name: str, default: int) -> int:
    text = parameters.get(name, "")
    if not text:
        return default
    if not WHOLE_NUMBER.fullmatch(text):
        raise InvalidPage(f"{name} attend un nombre entier à partir de 1, reçu : {text[:40]!r}")
    return int(text)
