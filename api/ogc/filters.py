"""``filter``: an expression in CQL2, text or JSON, over the fields of the register (Features Part 3, CQL2 1.0).

The parser descends without a limit of its own and ends the process on a few thousand levels: what it is given is
measured first.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import cql2
from django.db.models import QuerySet

from api.ogc.cql import Translation
from api.ogc.crs import CRS84, read_crs
from layers.errors import InvalidFilter
from layers.registry import Layer

LONGEST = 8_000  # characters
DEEPEST = 50  # levels of brackets
MOST_PREFIXES = 400  # NOT, signs, powers: each is a level too
PREFIXES = re.compile(r"\bnot\b|[-+^]", re.IGNORECASE)
OPENING, CLOSING = "([{", ")]}"
TEXT, JSON = "cql2-text", "cql2-json"
LANGUAGES = (TEXT, JSON)
PARAMETERS = ("filter", "filter-lang", "filter-crs")


def filtered(rows: QuerySet, layer: Layer, parameters: Mapping[str, str]) -> QuerySet:
    """Keep the rows for which the filter of the request is true.

    Raises InvalidFilter for what cannot be read, names no queryable or asks too much, InvalidCrs for ``filter-crs``.
    """
    language = parameters.get("filter-lang", TEXT)
    if language not in LANGUAGES:
        raise InvalidFilter(f"filter-lang attend {' ou '.join(LANGUAGES)}, reçu : {language[:40]!r}")
    crs = read_crs(parameters.get("filter-crs", CRS84.uri), "filter-crs")
    if "filter" not in parameters:
        return rows
    expression = parse(parameters["filter"], language)
    return rows.filter(Translation(layer, crs).condition(expression))


def properties_in(parameters: Mapping[str, str]) -> set[str]:
    """Name the properties of the filter of a request; none where it cannot be read: ``filtered`` says it."""
    try:
        return set(_named(parse(parameters["filter"], parameters.get("filter-lang", TEXT))))
    except (KeyError, InvalidFilter):
        return set()


def _named(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(name := node.get("property"), str):
            yield name
        for child in node.values():
            yield from _named(child)
    elif isinstance(node, list):
        for child in node:
            yield from _named(child)


def parse(text: str, language: str) -> Any:
    """Read an expression as the JSON of CQL2; raises InvalidFilter."""
    check_size(text)
    try:
        return (cql2.parse_json if language == JSON else cql2.parse_text)(text).to_json()
    except (cql2.ParseError, cql2.ValidationError, ValueError, TypeError):
        raise InvalidFilter(f"filter n’est pas une expression {language} lisible") from None


def check_size(text: str) -> None:
    """Refuse an expression that is too long, or too deep to be read safely; raises InvalidFilter."""
    if len(text) > LONGEST:
        raise InvalidFilter(f"filter : {LONGEST} caractères au plus")
    depth = deepest = 0
    for character in text:  # texts in quotes count too: stricter than needed, and sure
        depth += (character in OPENING) - (character in CLOSING)
        deepest = max(deepest, depth)
    if deepest > DEEPEST or len(PREFIXES.findall(text)) > MOST_PREFIXES:
        raise InvalidFilter(f"filter : {DEEPEST} niveaux de parenthèses au plus")
