"""Time our tiles against the bare SQL of the same tiles, interleaved, and print their ratio.

Run with ``python -m benchmarks.tiles``. Ours goes through the whole application (session, rights, register of
layers, digest), without the network; the SQL is written by hand for one table. Medians of ROUNDS, in ms.
"""

import math
import time
from collections.abc import Callable
from statistics import median

from benchmarks._scratch import scratch_database

PARCELLES, REPORTS, ROUNDS = 60_000, 20_000, 15
BARE = """
SELECT ST_AsMVT(tile.*, 'parcelles', 4096, 'geom') FROM (
    SELECT idu, commune_id AS commune, contenance, millesime,
           ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope({z}, {x}, {y}), 4096, 64) AS geom
    FROM layers_parcelle
    WHERE closed_on IS NULL
      AND geom && ST_Transform(ST_TileEnvelope({z}, {x}, {y}, margin => 64.0 / 4096), 4326)) AS tile
"""


def main() -> None:
    """Lay a town, time the tiles in its middle."""
    with scratch_database():
        from django.db import connection

        from benchmarks._territory import client_of_an_administrator, lay_town

        lay_town(PARCELLES, REPORTS)
        client = client_of_an_administrator()

        def bare(z: int, x: int, y: int) -> bytes:
            with connection.cursor() as cursor:
                cursor.execute(BARE.format(z=z, x=x, y=y))
                return bytes(cursor.fetchone()[0] or b"")

        print(f"{'tile':<24}{'kB':>7}{'ours ms':>10}{'SQL ms':>10}{'ratio':>8}")
        for z in (14, 15, 16):
            x, y = tile_at(z, 3.02, 46.51)
            url = f"/tiles/parcelles/{z}/{x}/{y}.mvt"
            ours, theirs = interleaved(lambda: client.get(url).content, lambda: bare(z, x, y))  # noqa: B023
            size = len(client.get(url).content) / 1000
            print(f"parcelles, zoom {z:<8}{size:>7.0f}{ours:>10.1f}{theirs:>10.1f}{ours / theirs:>8.2f}")
        for z in (8, 11, 13, 14):
            x, y = tile_at(z, 3.02, 46.51)
            url = f"/tiles/signalements/{z}/{x}/{y}.mvt"
            spent = timed(lambda: client.get(url).content)  # noqa: B023
            size = len(client.get(url).content) / 1000
            print(f"signalements, zoom {z:<5}{size:>7.0f}{spent:>10.1f}")


def tile_at(z: int, longitude: float, latitude: float) -> tuple[int, int]:
    """Give the column and row of the tile of a place."""
    row = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * 2**z), int(row * 2**z)


def interleaved(ours: Callable[[], object], theirs: Callable[[], object]) -> tuple[float, float]:
    """Time two calls in turn, so that both meet the same machine; give their medians in ms."""
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, times in zip((ours, theirs), spent, strict=True):
            start = time.perf_counter()
            call()
            times.append(1000 * (time.perf_counter() - start))
    return median(spent[0]), median(spent[1])


def timed(call: Callable[[], object]) -> float:
    """Time one call; give its median in ms."""
    return interleaved(call, call)[0]


if __name__ == "__main__":
    main()
