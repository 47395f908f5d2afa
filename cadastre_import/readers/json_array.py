"""A JSON file that is one array of objects, as the Code officiel géographique is packaged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from cadastre_import.readers.opening import open_bytes
from cadastre_import.source import Records
from layers.errors import UnreadableFile


def read_json_array(path: Path) -> Records:
    """Read the objects of the array, numbered from 1."""
    return Records(_objects(path))


def _objects(path: Path) -> Iterator[tuple[int, Any]]:
    with open_bytes(path) as stream:
        content = stream.read()
    try:
        objects = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"{path.name} : JSON illisible, ligne {error.lineno}") from error
    if not isinstance(objects, list):
        raise UnreadableFile(f"{path.name} : un tableau d’objets est attendu")
    yield from enumerate(objects, 1)
