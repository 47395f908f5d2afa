"""GeoJSON features, one by one: official files carry one a line, others are read whole."""

import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson

from cadastre_import.readers.delimited import LINE, REASON
from cadastre_import.readers.opening import open_bytes
from cadastre_import.rows import UNREADABLE
from cadastre_import.source import Block, Records, Unread
from layers.crs import ACCEPTED_SRIDS, WGS84
from layers.errors import UnreadableFile

MAX_WHOLE_FILE = 512 * 1024 * 1024
HEAD = 4096
BLOCK = 2 * 1024 * 1024
LONGEST_LINE = 128 * 1024 * 1024
A_FEATURE = re.compile(rb'^\s*\{\s*"type"\s*:\s*"Feature"\s*,')
CRS_MEMBER = re.compile(rb'"crs"\s*:\s*(\{[^{}]*(?:\{[^{}]*\})?[^{}]*\})')


def read_geojson(path: Path) -> Records:
    """Read the features of a FeatureCollection, with the line each of them stands on."""
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
    if not head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{"):
        raise UnreadableFile(f"{path.name} : ce n’est pas du GeoJSON")
    # written by cadastre_import.rejects, the properties before the geometry
    is_complement = orjson.dumps(REASON) in head
    lines = head.splitlines()
    first = next((n for n, line in enumerate(lines) if n and A_FEATURE.match(line)), None)
    if first is None:
        collection = _whole(path)
        return _records(
            enumerate(collection["features"], 1), _srid(collection.get("crs"), path), is_complement
        )
    member = CRS_MEMBER.search(b" ".join(lines[:first]))
    return _records(FeatureLines(path), _srid(loads_line(member[1]) if member else None, path), is_complement)


def _records(rows: Iterable[tuple[int, Any]], srid: int, is_complement: bool) -> Records:
    rows = _mended(rows) if is_complement else rows
    notices = () if srid == WGS84 else (f"coordonnées EPSG:{srid} converties en WGS 84",)
    return Records(rows, srid=srid, notices=notices, is_complement=is_complement)


class FeatureLines:
    """The features of a file that has one a line: with their line, or by blocks of lines for who reads columns.

    Whoever reads by blocks gives each of them to ``features`` or ``passed``, in the order of the file, then calls
    ``end``: so is a file known to be whole.
    """

    def __init__(self, path: Path) -> None:
        """Read nothing yet."""
        self.path = path
        self._begun = self._closed = False

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        """Give each feature with its line."""
        self._begun = self._closed = False
        for block in self.blocks():
            yield from self.features(block)
        self.end()

    def blocks(self) -> Iterator[Block]:
        """Give the file as blocks of whole lines, about ``BLOCK`` bytes each."""
        first, rest = 1, b""
        with open_bytes(self.path) as stream:
            while read := stream.read(BLOCK):
                end = read.rfind(b"\n") + 1
                if not end:
                    rest += read
                    if len(rest) > LONGEST_LINE:
                        raise UnreadableFile(f"{self.path.name} : une ligne de plus de 128 Mo")
                    continue
                content, rest = rest + read[:end], read[end:]
                yield Block(first, content)
                first += content.count(b"\n")
        if rest:
            yield Block(first, rest)

    def passed(self) -> None:
        """Hear of a block that held features and nothing else, read elsewhere."""
        self._begun = True

    def features(self, block: Block) -> Iterator[tuple[int, Any]]:
        """Give the features of a block with their line; a line that is not JSON comes as ``Unread``."""
        for number, line in enumerate(io.BytesIO(block.content), block.first):
            if A_FEATURE.match(line):
                self._begun = True
                content = line.rstrip().rstrip(b",")
                if content.endswith(b"]}") and content.count(b"{") < content.count(b"}"):
                    content, self._closed = content[:-2], True
                yield number, loads_line(content)
            else:
                if self._begun and b'"crs"' in line:
                    raise UnreadableFile(
                        f"{self.path.name} : projection annoncée après les objets, non acceptée"
                    )
                self._closed = self._closed or b"]" in line

    def end(self) -> None:
        """Raise UnreadableFile if the collection was not closed."""
        if not self._closed:
            raise UnreadableFile(f"{self.path.name} : fichier tronqué, la collection n’est pas fermée")


def _whole(path: Path) -> dict[str, Any]:
    with open_bytes(path) as stream:
        content = stream.read(MAX_WHOLE_FILE + 1)
    if len(content) > MAX_WHOLE_FILE:
        raise UnreadableFile(f"{path.name} : plus de 512 Mo sans un objet par ligne")
    try:
        collection = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise UnreadableFile(f"{path.name} : JSON illisible, ligne {error.lineno}") from error
    if not isinstance(collection, dict) or not isinstance(collection.get("features"), list):
        raise UnreadableFile(f"{path.name} : une FeatureCollection est attendue")
    return collection


def loads_line(content: bytes) -> Any:
    """Give the feature of a line, ``Unread`` for a line that is not JSON (NaN included): it will be rejected."""
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return Unread.line(content)


def _mended(rows: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    """Give the features of a file of rejects: a line that could not be read is there as text, corrected or not."""
    for number, feature in rows:
        told = feature.get("properties") if isinstance(feature, dict) else None
        text = told.get(UNREADABLE) if isinstance(told, dict) else None
        if isinstance(text, str) and feature.get("geometry") is None:
            line = loads_line(text.encode())
            others = {name: value for name, value in told.items() if name not in (REASON, LINE, UNREADABLE)}
            unread = isinstance(line, Unread) and others
            yield number, replace(line, record={"properties": others, "geometry": None}) if unread else line
        else:
            yield number, feature


def _srid(member: Any, path: Path) -> int:
    """Read the old ``crs`` member; RFC 7946 files have none and are in WGS 84."""
    if member is None:
        return WGS84
    properties = member.get("properties") if isinstance(member, dict) else None
    if not isinstance(properties, dict) or member.get("type") != "name":
        raise UnreadableFile(
            f"{path.name} : la projection renvoie à une définition extérieure, ce qui est refusé ; "
            "enregistrez le fichier en WGS 84, sans membre « crs »"
        )
    name = str(properties.get("name"))
    if name.endswith("CRS84"):
        return WGS84
    number = re.fullmatch(r"(?:urn:ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,5})", name)
    if number is None or int(number[1]) not in ACCEPTED_SRIDS:
        raise UnreadableFile(f"{path.name} : projection non acceptée {name[:80]!r}")
    return int(number[1])
