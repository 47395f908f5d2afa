"""The archives of tiles (PMTiles 3) that ``bake_tiles`` wrote: where they are, what they say of themselves.

Only layers of open data, whose rows and fields are the same for whoever is signed in: an archive has no rights of
its own.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from pmtiles.reader import Reader

from layers.registry import LAYERS, Layer
from layers.scope import Scope

SUFFIX = ".pmtiles"
ANYONE = Scope(signed_in=True)
WORLD_E7 = 10_000_000  # units of a degree in the header of an archive


@dataclass(frozen=True)
class Archive:
    """A finished archive: its file, and what its header and metadata say."""

    layer: str
    path: Path
    size: int
    baked_at: datetime
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]
    tiles: int
    metadata: dict[str, Any]


def open_layers() -> list[Layer]:
    """Give the layers that can be baked, with the fields of the least of their readers."""
    return [layer.read_by(ANYONE) for layer in LAYERS.values() if layer.is_open]


def path_of(layer: str) -> Path:
    """Give where the archive of a layer is, or would be."""
    return Path(settings.TILE_ARCHIVES_DIR) / f"{layer}{SUFFIX}"


def archives() -> Iterator[Archive]:
    """Give the archives that are there, in the order of the register."""
    for layer in open_layers():
        path = path_of(layer.id)
        try:
            stat = path.stat()
        except FileNotFoundError:
            continue
        yield _read(layer.id, path, stat.st_mtime_ns, stat.st_ino)


@lru_cache(maxsize=64)
def _read(layer: str, path: Path, changed_ns: int, inode: int) -> Archive:
    """Read the head of an archive; ``changed_ns`` and ``inode`` tell a new one from the one remembered."""
    with path.open("rb") as file:

        def piece(offset: int, length: int) -> bytes:
            file.seek(offset)
            return file.read(length)

        reader = Reader(piece)
        header, metadata = reader.header(), reader.metadata()
        size = os.fstat(file.fileno()).st_size
    west, south, east, north = (
        header[name] / WORLD_E7 for name in ("min_lon_e7", "min_lat_e7", "max_lon_e7", "max_lat_e7")
    )
    return Archive(
        layer=layer,
        path=path,
        size=size,
        baked_at=datetime.fromtimestamp(changed_ns / 1e9, tz=UTC),
        min_zoom=header["min_zoom"],
        max_zoom=header["max_zoom"],
        bounds=(west, south, east, north),
        tiles=header["addressed_tiles_count"],
        metadata=metadata,
    )
