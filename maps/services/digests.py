"""A digest of anything an analysis reads: the same data give the same digest, whatever the process."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely


def digest_of(value: Any) -> str:
    """Give the SHA-256 of arrays, shapes, numbers, texts, and of dataclasses, mappings and sequences of them.

    Raises TypeError for anything else: what a digest leaves out would not be seen to change.
    """
    digest = hashlib.sha256()
    _add(digest, value)
    return digest.hexdigest()


def _add(digest: Any, value: Any) -> None:
    digest.update(f"<{type(value).__name__}>".encode())
    if is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, np.ndarray):
        _add_array(digest, value)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            digest.update(str(key).encode() + b"\0")
            _add(digest, value[key])
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        digest.update(str(len(value)).encode())
        for one in value:
            _add(digest, one)
    else:
        digest.update(_bytes_of(value))


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, shapely.Geometry):
        return bytes(value.wkb)
    if isinstance(value, str | int | float | None):
        return json.dumps(value).encode()
    if isinstance(value, date):
        return value.isoformat().encode()
    raise TypeError(f"an analysis cannot read a {type(value).__name__}: give arrays")


def _add_array(digest: Any, array: np.ndarray) -> None:
    digest.update(f"{array.shape}{array.dtype.kind}".encode())
    if array.dtype == object:
        for shape in array.ravel():
            if not isinstance(shape, shapely.Geometry | None):
                raise TypeError("an array of objects that are not shapes has no digest")
            digest.update(shape.wkb if shape is not None else b"-")
    elif array.dtype.kind == "U":  # its width is that of the longest text, not what each says
        digest.update("\0".join(array.ravel().tolist()).encode())
    else:
        digest.update(np.ascontiguousarray(array).tobytes())
