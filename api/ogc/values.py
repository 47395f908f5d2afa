"""Values that a request compares with a field: read by the field itself, never passed on as they came."""

import math
import re
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Value

from layers.errors import InvalidFilter

WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
NUMBER = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?([eE][+-]?\d{1,3})?", re.ASCII)
BOOLEANS = {"true": True, "false": False}


def read_text(field: models.Field, text: str, name: str) -> Any:
    """Read a value written in an address; raises InvalidFilter for one that the field cannot have."""
    if isinstance(field, models.BooleanField):
        if text not in BOOLEANS:
            raise InvalidFilter(f"{name} attend true ou false, reçu : {text[:40]!r}")
        return BOOLEANS[text]
    if isinstance(field, models.IntegerField):
        return int(_matching(WHOLE, text, name, "un nombre entier"))
    if isinstance(field, models.FloatField):
        return float(_matching(NUMBER, text, name, "un nombre"))
    return _of_field(field, text, name)


def read_literal(field: models.Field, value: Any, name: str) -> Any:
    """Read a literal of a filter; raises InvalidFilter for one of another type than the field."""
    kind = type(value)
    if isinstance(field, models.BooleanField):
        fits = kind is bool
    elif isinstance(field, models.IntegerField | models.FloatField):
        fits = kind in (int, float) and math.isfinite(value)
    else:
        fits = kind is str and "\0" not in value
    if not fits:
        raise InvalidFilter(f"filter : {name} ne se compare pas à {str(value)[:40]!r}")
    if isinstance(field, models.IntegerField):
        # an integer column is never 2.5, and must not be compared with 2 in its place
        return int(value) if value == int(value) else Value(value, models.FloatField())
    return value if kind is not str else _of_field(field, value, name)


def kind_of(field: models.Field) -> type[models.Field]:
    """Say what a field is compared as: two fields of one kind may be compared."""
    kinds = (models.BooleanField, models.DateTimeField, models.DateField)
    if isinstance(field, models.IntegerField | models.FloatField):
        return models.FloatField
    return next((kind for kind in kinds if isinstance(field, kind)), models.TextField)


def plain(field: models.Field) -> models.Field:
    """Give a field of the class of Django that is under one of ours: a computed one is more than its class."""
    classes = type(field).__mro__
    return next(kind for kind in classes if kind.__module__.startswith("django."))()


def field_of(value: Any) -> models.Field:
    """Give a field for a literal that no field is beside; raises InvalidFilter for what is no literal."""
    if isinstance(value, bool):
        return models.BooleanField()
    if isinstance(value, int | float):
        return models.FloatField()
    if isinstance(value, str):
        return models.TextField()
    for name, kind in (("date", models.DateField), ("timestamp", models.DateTimeField)):
        if isinstance(value, dict) and name in value:
            return kind()
    raise InvalidFilter(f"filter : un champ ou une valeur est attendu et non {str(value)[:60]!r}")


def _matching(pattern: re.Pattern, text: str, name: str, expected: str) -> str:
    if not pattern.fullmatch(text):
        raise InvalidFilter(f"{name} attend {expected}, reçu : {text[:40]!r}")
    return text


def _of_field(field: models.Field, text: str, name: str) -> Any:
    try:
        return field.to_python(text)
    except (ValidationError, ValueError, OverflowError):
        raise InvalidFilter(f"{name} : valeur illisible {text[:40]!r}") from None
