"""Figures of an analysis, and the links that sort its table."""

from typing import Any

from django import template
from django.template.defaultfilters import floatformat

register = template.Library()


@register.simple_tag
def fact(value: Any, decimals: int) -> str:
    """Write a figure as French does; a text is given back as it is."""
    return value if isinstance(value, str) else floatformat(value, f"{decimals}g")


@register.simple_tag
def sort_link(sort: str, column: str, largest_first: bool = False) -> str:
    """Give the query that sorts by a column, or the other way round when it is sorted already."""
    first, second = (f"-{column}", column) if largest_first else (column, f"-{column}")
    return f"?tri={second if sort == first else first}#lignes"
