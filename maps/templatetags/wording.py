"""Dates and signs in sentences."""

import re
from datetime import date

from django import template
from django.utils.formats import date_format

register = template.Library()


@register.filter
def day(value: date) -> str:
    """Give a day as French writes it: 1er juillet 2026, 2 juillet 2026."""
    written = date_format(value, "j F Y")
    return written.replace("1 ", "1er ", 1) if value.day == 1 else written


@register.filter
def typography(sentence: str) -> str:
    """Keep the signs of French with their words: no line begins with one of them."""
    return re.sub(r" (?=[?!:;»])|(?<=«) ", "\u00a0", sentence)
