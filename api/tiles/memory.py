"""Tiles kept for a minute by the process that made them: asked again, they ask nothing of the tables.

Only layers of open data, which imports alone change: reports, orders and results move under the hand of whoever
works on the map, and are read each time. The key has the version of the reader's rights: nobody gets another's tile.
They are kept compressed, as browsers take them: packing a dense tile takes as long as reading it.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache

from layers.registry import Layer
from layers.scope import Scope

KEPT_S = 60
LARGEST = 256 * 1024  # bytes, once packed; larger ones are few, and would push the others out
SMALLEST_PACKED = 200  # bytes: below, nothing is gained
LEVEL = 6


@dataclass(frozen=True, slots=True)
class MadeTile:
    """A tile ready to be sent."""

    etag: str
    content: bytes
    is_packed: bool = False

    @property
    def plain(self) -> bytes:
        """The tile as it was made."""
        return gzip.decompress(self.content) if self.is_packed else self.content


def remembered(layer: Layer, scope: Scope, address: str, make: Callable[[], bytes]) -> MadeTile:
    """Give the tile at ``address`` as it was kept for these rights, else make it."""
    if not layer.is_open:
        return _made(scope, address, make())
    key = "tile-" + hashlib.sha256(f"{scope.version}\0{address}".encode()).hexdigest()
    kept = cache.get(key)
    if kept is None:
        kept = _packed(_made(scope, address, make()))
        if len(kept.content) <= LARGEST:
            cache.set(key, kept, KEPT_S)
    return kept


def _made(scope: Scope, address: str, content: bytes) -> MadeTile:
    """Sign a tile: the same rows give the same ETag, to readers of the same rights only."""
    digest = hashlib.sha256(f"{scope.version}\0{address}\0".encode() + content)
    return MadeTile(f'"{digest.hexdigest()[:32]}"', content)


def _packed(made: MadeTile) -> MadeTile:
    if len(made.content) < SMALLEST_PACKED:
        return made
    return MadeTile(made.etag, gzip.compress(made.content, LEVEL, mtime=0), is_packed=True)
