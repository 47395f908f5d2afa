"""GeoJSON text sequences (RFC 8142) and newline-delimited GeoJSON: one feature a line, no collection around."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cadastre_import.readers.geojson import A_FEATURE, loads_line
from cadastre_import.readers.opening import open_bytes
from cadastre_import.source import Records

RECORD_SEPARATOR = b"\x1e"


def is_sequence(head: bytes) -> bool:
    """Tell a sequence by the feature that begins it; a collection begins with its own type."""
    return A_FEATURE.match(head.removeprefix(b"\xef\xbb\xbf").lstrip(RECORD_SEPARATOR)) is not None


def read_geojson_lines(path: Path) -> Records:
    """Read the features with their line; a line that is not JSON comes as ``Unread``. RFC 7946: always WGS 84."""
    return Records(_features(path))


def _features(path: Path) -> Iterator[tuple[int, Any]]:
    with open_bytes(path) as stream:
        for number, line in enumerate(stream, 1):
            content = line.removeprefix(b"\xef\xbb\xbf").strip(RECORD_SEPARATOR + b" \r\n\t")
            if content:
                yield number, loads_line(content)
