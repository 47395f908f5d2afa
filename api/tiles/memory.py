"""Tiles kept for a minute by the process that made them: asked again, they ask nothing of the tables.

The key has the version of the reader's rights: nobody gets another's tile. Layers of open data, which imports alone
change, and published figures may be a minute old. Reports, orders and results move under the hand of whoever works on
the map: the key of their tiles has the revision of the tables too, so that what was kept before anything was written
is not found again. For browsers they are kept compressed: packing a dense tile takes nearly as long as reading it.
"""

import gzip
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from django.core.cache import cache

from layers.registry import Layer
from layers.scope import Scope
from layers.services.tile_revisions import tile_revision

KEPT_S = 60
LARGEST = 512 * 1024  # bytes; larger ones are few, and would push the others out
SMALLEST_PACKED = 200  # bytes: below, nothing is gained
LEVEL = 4  # less than half of the time of level 6, for 1 to 4 % more bytes


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


def remembered(
    layer: Layer,
    scope: Scope,
    address: str,
    make: Callable[[], bytes],
    *,
    revision: str | None,
    packs: bool,
) -> MadeTile:
    """Give the tile at ``address`` as it was kept for these rights, else make it; packed once if ``packs``.

    ``revision`` is that of the tables as it was read with who asks; read here if it is None.
    """
    # Those of the public are kept by whoever asked them too, for longer
    seen = "" if layer.is_open or scope.public else revision or tile_revision()
    key = "tile-" + hashlib.sha256(f"{scope.version}\0{seen}\0{address}".encode()).hexdigest()
    kept = cache.get(key)
    found = kept or _made(scope, address, make())
    if packs and not found.is_packed:
        found = _packed(found)
    if found is not kept and len(found.content) <= LARGEST:
        cache.set(key, found, KEPT_S)
    return found


def _made(scope: Scope, address: str, content: bytes) -> MadeTile:
    """Sign a tile: the same rows give the same ETag, to readers of the same rights only."""
    digest = hashlib.sha256(f"{scope.version}\0{address}\0".encode() + content)
    return MadeTile(f'"{digest.hexdigest()[:32]}"', content)


def _packed(made: MadeTile) -> MadeTile:
    if len(made.content) < SMALLEST_PACKED:
        return made
    return MadeTile(made.etag, gzip.compress(made.content, LEVEL, mtime=0), is_packed=True)
