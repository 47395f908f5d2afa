"""Weigh every tile of every layer at every zoom, on the database of the settings (``bin/demo``'s, usually).

Run with ``python -m benchmarks.tile_sizes [LAYER…]``. The largest tile of each layer and zoom, in kB before and after
gzip, as an administrator gets it: the reader of most rows and fields. Ends in error if one is over LARGEST.
"""

import gzip
import os
import sys
import time

import django

LARGEST = 500_000  # bytes


def main(names: list[str]) -> int:
    """Print a line a layer and zoom; give the number of tiles that are too large."""
    from api.tiles.baking import tiles_below
    from api.tiles.contents import first_zoom, tile_of
    from api.tiles.views import DEEPEST_TILES
    from layers.registry import LAYERS
    from layers.scope import Scope
    from layers.tile_grid import Tile

    scope, over = Scope.whole(), 0
    print(f"{'layer':<24}{'zoom':>5}{'tiles':>8}{'largest kB':>12}{'gzip kB':>9}   address       slowest ms")
    for name in names or LAYERS:
        layer = LAYERS[name].read_by(scope)
        held = [Tile(0, 0, 0)]
        for z in range(max(DEEPEST_TILES, layer.min_zoom) + 1):
            if z:
                held = tiles_below(layer, held, scope)
            if z < first_zoom(layer):
                continue
            made, largest, slowest = 0, (b"", ""), 0.0
            for tile in held:
                started = time.perf_counter()
                content = tile_of(layer, tile, scope, {})
                slowest = max(slowest, 1000 * (time.perf_counter() - started))
                made += bool(content)
                over += len(content) > LARGEST
                if len(content) >= len(largest[0]):
                    largest = content, f"{tile.z}/{tile.x}/{tile.y}"
            weight, packed = len(largest[0]) / 1000, len(gzip.compress(largest[0])) / 1000
            mark = " OVER" if len(largest[0]) > LARGEST else ""
            print(f"{name:<24}{z:>5}{made:>8}{weight:>12.1f}{packed:>9.1f}   {largest[1]:<16}{slowest:>8.0f}{mark}",
                  flush=True)  # fmt: skip
    print(f"tiles over {LARGEST // 1000} kB: {over}; load {os.getloadavg()[0]:.1f}")
    return over


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_lhi.settings")
    django.setup()
    sys.exit(1 if main(sys.argv[1:]) else 0)
