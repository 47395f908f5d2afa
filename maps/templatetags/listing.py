"""Pieces of lists and tables: links that keep the filters, sort marks, statuses, colours."""

from urllib.parse import urlencode

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from layers.models import Signalement
from layers.selectors.signalement_lists import NEWEST_FIRST
from layers.symbols import OTHER_STATUS, STATUSES
from maps.symbols import symbol_of

register = template.Library()

LABELS = dict(Signalement.Status.choices)
PLACE_FILES = {"address": "adresse", "parcelle": "parcelle", "batiment": "batiment"}
LARGEST_FIRST = ("depose_le", "criticite")


@register.simple_tag
def listing_link(kept: dict[str, str], *, sort: str = "", column: str = "", page: int | None = None) -> str:
    """Give the address of the list with its filters; ``column`` sorts by it, or the other way round."""
    parameters = dict(kept)
    if column:
        first, second = (f"-{column}", column) if column in LARGEST_FIRST else (column, f"-{column}")
        sort = second if sort == first else first
    if sort and sort != NEWEST_FIRST:
        parameters["tri"] = sort
    if page:
        parameters["page"] = str(page)
    return f"?{urlencode(parameters)}" if parameters else "?"


@register.simple_tag
def sort_state(sort: str, column: str) -> SafeString:
    """Give the ``aria-sort`` of a column header."""
    if sort.removeprefix("-") != column:
        return mark_safe("")
    return mark_safe(f' aria-sort="{"descending" if sort.startswith("-") else "ascending"}"')  # noqa: S308


@register.simple_tag
def sort_arrow(sort: str, column: str) -> str:
    """Give the arrow of the column that sorts the list."""
    if sort.removeprefix("-") != column:
        return ""
    return " ▾" if sort.startswith("-") else " ▴"


@register.simple_tag
def status_tag(status: str) -> SafeString:
    """Show a status: its mark on the map and its name."""
    symbol = symbol_of(status, (*STATUSES, OTHER_STATUS))
    return format_html(
        '<span class="tag">{}{}</span>', dot(symbol.colour, symbol.hollow), LABELS.get(status, status)
    )


@register.simple_tag
def dot(colour: str, hollow: bool = False) -> SafeString:
    """Draw the mark of a report as on the map."""
    return format_html(
        '<svg class="swatch" width="14" height="14" aria-hidden="true">'
        '<circle cx="7" cy="7" r="5" fill="{}" stroke="{}" stroke-width="2.4"/></svg>',
        "#fff" if hollow else colour,
        colour,
    )


@register.inclusion_tag("maps/parts/swatch.html")
def swatch(colour: str) -> dict[str, str]:
    """Draw the colour of an area, or its hatching."""
    return {"colour": colour}


@register.simple_tag
def place_link(kind: str, code: str) -> str:
    """Give the page of a linked place, empty when it has none."""
    if kind in ("iris", "commune"):
        return reverse("territory", args=(code,))
    page = PLACE_FILES.get(kind)
    return reverse("place-file", args=(page, code)) if page else ""
