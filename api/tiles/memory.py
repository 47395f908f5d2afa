"""Tiles kept for a minute by the process that made them: asked again, they ask nothing of the tables.

Only layers of open data, which imports alone change: reports, orders and results move under the hand of whoever
works on the map, and are read each time. The key has the version of the reader's rights: nobody gets another's tile.
"""

import hashlib
from collections.abc import Callable

from django.core.cache import cache

from layers.registry import Layer
from layers.scope import Scope

KEPT_S = 60
LARGEST = 256 * 1024  # bytes; larger ones are few, and would push the others out


def remembered(layer: Layer, scope: Scope, address: str, make: Callable[[], bytes]) -> bytes:
    """Give the tile at ``address`` as it was kept for these rights, else make it."""
    if not layer.is_open:
        return make()
    key = "tile-" + hashlib.sha256(f"{scope.version}\0{address}".encode()).hexdigest()
    kept = cache.get(key)
    if kept is None:
        kept = make()
        if len(kept) <= LARGEST:
            cache.set(key, kept, KEPT_S)
    return kept
