"""Words of the pages about imports."""

from typing import Any

import orjson
from django import template

from cadastre_import.rows import UNREADABLE
from cadastre_import.sources import SOURCES

register = template.Library()

MINUTE_S = 60
HOUR_S = 3600


@register.filter
def source_title(name: str) -> str:
    """Give the title of a source, its name if it is no longer registered."""
    source = SOURCES.get(name)
    return source.title if source else name


@register.filter
def told_fields(content: str) -> list[tuple[str, str]]:
    """Give the fields of a rejected record that have a value, for the eye; nothing if it is no record."""
    try:
        record = orjson.loads(content)
    except orjson.JSONDecodeError:
        return []
    if not isinstance(record, dict):
        return []
    properties = record.get("properties")
    unread = {UNREADABLE: record[UNREADABLE]} if UNREADABLE in record else {}
    fields: dict[str, Any] = properties | unread if isinstance(properties, dict) else record
    shape = record.get("geometry")
    told = [(str(name), str(value)) for name, value in fields.items() if value not in (None, "", [], {})]
    return [*told, ("géométrie", str(shape.get("type")))] if isinstance(shape, dict) else told


@register.filter
def duration(seconds: float) -> str:
    """Give a duration as it is said: « 4 s », « 3 min 20 s », « 1 h 05 »."""
    if seconds < 10:
        return f"{seconds:.1f} s".replace(".", ",")
    whole = round(seconds)
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S:02d} s"
    return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S:02d}"
