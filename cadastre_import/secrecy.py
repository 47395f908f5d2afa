"""Statistical secrecy: a figure that may not be shown is written as letters, and is never a zero."""

from typing import Any

from cadastre_import import fields

REASONS = {
    "ns": "non significatif",
    "nd": "non disponible",
    "so": "sans objet",
    "s": "secret statistique",
}


def figure(value: Any, name: str, *, empty: str = "") -> tuple[float | None, str]:
    """Give a figure and no reason, or none and why; ``empty`` is why a cell without anything has none."""
    written = fields.text(value, name)
    reason = REASONS.get(written.casefold(), "") if written else empty
    return (None, reason) if reason else (fields.decimal(value, name), "")
