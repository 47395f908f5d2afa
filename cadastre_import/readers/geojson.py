"""GeoJSON features, one by one: official files carry one a line, others are read whole."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from cadastre_import.readers.opening import open_bytes
from cadastre_import.source import Records
from layers.crs import ACCEPTED_SRIDS, WGS84
from layers.errors import UnreadableFile

MAX_WHOLE_FILE = 512 * 1024 * 1024
HEAD = 4096
A_FEATURE = re.compile(rb'^\s*\{\s*"type"\s*:\s*"Feature"\s*,')


def read_geojson(path: Path) -> Records:
    """Read the features of a FeatureCollection, with the line each of them stands on."""
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
    if not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        raise UnreadableFile(f"{path.name} : ce n’est pas du GeoJSON")
    lines = head.splitlines()
    one_per_line = any(A_FEATURE.match(line) for line in lines[1:])
    rows = _by_line(path) if one_per_line else _whole(path)
    return Records(rows, srid=_srid(head, path))


def _by_line(path: Path) -> Iterator[tuple[int, Any]]:
    with open_bytes(path) as stream:
        closed = False
        for number, line in enumerate(stream, 1):
            if A_FEATURE.match(line):
                content = line.rstrip().rstrip(b",")
                if content.endswith(b"]}") and content.count(b"{") < content.count(b"}"):
                    content, closed = content[:-2], True
                yield number, _loads(content)
            else:
                closed = closed or b"]" in line
    if not closed:
        raise UnreadableFile(f"{path.name} : fichier tronqué, la collection n’est pas fermée")


def _whole(path: Path) -> Iterator[tuple[int, Any]]:
    with open_bytes(path) as stream:
        content = stream.read(MAX_WHOLE_FILE + 1)
    if len(content) > MAX_WHOLE_FILE:
        raise UnreadableFile(f"{path.name} : plus de 512 Mo sans un objet par ligne")
    try:
        collection = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"{path.name} : JSON illisible, ligne {error.lineno}") from error
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list):
        raise UnreadableFile(f"{path.name} : une FeatureCollection est attendue")
    yield from enumerate(features, 1)


def _loads(content: bytes) -> Any:
    """Give the feature of a line, None for a line that is not JSON (NaN included): the parser rejects it."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _srid(head: bytes, path: Path) -> int:
    """Read the old ``crs`` member; RFC 7946 files have none and are in WGS 84."""
    member = re.search(rb'"crs"\s*:\s*\{.{0,200}?"name"\s*:\s*"([^"]{0,200})"\s*\}', head, re.DOTALL)
    if member is None:
        return WGS84
    name = member[1].decode("ascii", "replace")
    if name.endswith("CRS84"):
        return WGS84
    number = re.fullmatch(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,5})", name)
    if number is None or int(number[1]) not in ACCEPTED_SRIDS:
        raise UnreadableFile(f"{path.name} : projection non acceptée {name[:80]!r}")
    return int(number[1])
