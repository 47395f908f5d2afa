"""Time our tiles against the bare SQL of the same tiles and against tipg, interleaved, and print the ratios.

Run with ``python -m benchmarks.tiles [PARCELLES]``: 200 000 polygons of nine points if not given. Ours goes through
gunicorn and the whole application (session, rights, register of layers, digest) and tipg through uvicorn, both by one
process and over HTTP; the SQL is written by hand for one table. Each tile is asked once of each: what ours keeps for
a minute is timed apart. Medians in ms of the clock, then means of CPU, of the server and of PostgreSQL, over other
tiles; the ratios are the result, and on a loaded machine those of CPU only. Each is called after each of the others
as often: what comes after tipg, which takes a tenth of a second, finds the processors asleep and their memory full of
something else. CPU is that of short runs of the same, in turn.
"""

from __future__ import annotations

import math
import os
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from itertools import cycle, permutations
from statistics import median
from typing import TYPE_CHECKING

from benchmarks._scratch import scratch_database

if TYPE_CHECKING:
    from benchmarks._served import HttpServer

PARCELLES, REPORTS = 200_000, 20_000
TILES = {14: 8, 15: 36, 16: 36}  # the table has some thirty tiles of zoom 14
BLOCK = 4  # tiles of the same, for CPU
CENTRE, TOWN = (3.06, 46.54), (3.02, 46.51)  # of the parcelles, of the reports
MOST = {"bare SQL": {14: 1.2, 16: 1.7}, "tipg": {14: 1 / 1.4, 15: 1 / 1.4, 16: 1 / 1.4}}
BARE = """
SELECT ST_AsMVT(tile.*, 'parcelles', 4096, 'geom') FROM (
    SELECT idu, commune_id AS commune, contenance, millesime,
           ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope({z}, {x}, {y}), 4096, 64) AS geom
    FROM layers_parcelle
    WHERE closed_on IS NULL
      AND geom && ST_Transform(ST_TileEnvelope({z}, {x}, {y}, margin => 64.0 / 4096), 4326)) AS tile
"""
TIPG = "/collections/public.layers_parcelle/tiles/WebMercatorQuad/{z}/{x}/{y}?properties={fields}"


def main(parcelles: int) -> None:
    """Lay the table, start the servers, time the tiles around its middle."""
    with scratch_database(), ExitStack() as started:
        from django.db import connection

        from benchmarks import _peers
        from benchmarks._served import our_server
        from benchmarks._territory import lay_town

        lay_town(parcelles, REPORTS)
        ours = started.enter_context(our_server())
        theirs = None
        if "tipg" in _peers.missing():
            print(f"tipg is not installed: {_peers.missing()['tipg']}")
        else:
            theirs = started.enter_context(_peers.tipg())

        def bare(z: int, x: int, y: int) -> int:
            with connection.cursor() as cursor:
                cursor.execute(BARE.format(z=z, x=x, y=y))
                return len(cursor.fetchone()[0] or b"")

        def by_us(z: int, x: int, y: int) -> int:
            return ours.read(f"/tiles/parcelles/{z}/{x}/{y}.mvt")[1]

        def by_tipg(z: int, x: int, y: int) -> int:
            return theirs.read(TIPG.format(z=z, x=x, y=y, fields=",".join(_peers.FIELDS)))[1]

        print(f"{parcelles} parcelles of nine points, 4 000 in a tile of zoom 14; {_peers.versions()}; "
              f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
        titles = ("ours", "SQL", "tipg", "/ SQL", "/ tipg")
        print(f"{'zoom':<6}{'kB':>6}{'kept':>8}{''.join(f'{title:>9}' for title in titles)}")
        for z in (14, 15, 16):
            places = tiles_around(z, *CENTRE)
            calls = [by_us, bare, *([by_tipg] if theirs else [])]
            interleaved(calls, places[:4])  # connections, projections, plans
            few = TILES[z]
            timed, weighed = places[4 : 4 + few], places[4 + few : 4 + 2 * few]
            sizes, spent = interleaved(calls, timed)
            kept = interleaved([by_us], timed[-20:])[1][0]
            report(
                f"{z}",
                sum(sizes) / len(sizes) / 1000,
                median(kept),
                [median(times) for times in spent],
                z,
            )
            report("  CPU", 0, 0, cpu_ms(calls, [ours, None, theirs][: len(calls)], weighed), z)
        print(f"\n{REPORTS} reports, ours alone")
        for z in (8, 11, 13, 14):
            place = tile_at(z, *TOWN)
            times = interleaved(
                [lambda x, y, z=z: ours.read(f"/tiles/signalements/{z}/{x}/{y}.mvt")[1]], [place] * 20
            )
            print(f"signalements, zoom {z:<5}{times[0][0] / 1000:>7.0f} kB{median(times[1][0]):>10.1f} ms")


def report(title: str, size: float, kept: float, spent: list[float], z: int) -> None:
    """Print a line, with what is over its bound."""
    ours, sql, *tipg = spent
    ratios = {"bare SQL": ours / sql} | ({"tipg": ours / tipg[0]} if tipg else {})
    over = [name for name, ratio in ratios.items() if ratio > MOST[name].get(z, math.inf)]
    figures = [f"{value:9.1f}" for value in spent] + ([] if tipg else ["        -"])
    figures += [f"{ratio:9.2f}" for ratio in ratios.values()]
    print(f"{title:<6}{size:>6.0f}{kept:>8.1f}" if size else f"{title:<20}", *figures, sep="", end="")
    print(f"   OVER: {', '.join(over)}" if over else "", flush=True)


def cpu_ms(
    calls: list[Callable[..., int]], servers: list[HttpServer | None], places: list[tuple[int, ...]]
) -> list[float]:
    """Give the CPU of a tile of each, in ms: that of its server, or of this process for None, and of PostgreSQL."""
    from benchmarks._measure import running_s, server_pid

    postgresql = server_pid()
    pids = [server.pid if server else None for server in servers]

    def spent(pid: int | None) -> float:
        time.sleep(0.01)  # a server has still to put away what it answered
        return running_s(postgresql) + (running_s(pid) if pid else time.process_time())

    found = [0.0] * len(calls)
    blocks = [places[at : at + BLOCK] for at in range(0, len(places), BLOCK)]
    for block, order in zip(blocks, cycle(permutations(range(len(calls)))), strict=False):
        for at in order:
            before = spent(pids[at])
            for place in block:
                calls[at](*place)
            found[at] += spent(pids[at]) - before
    return [1000 * seconds / len(places) for seconds in found]


def tile_at(z: int, longitude: float, latitude: float) -> tuple[int, int]:
    """Give the column and row of the tile of a place."""
    row = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    return int((longitude + 180) / 360 * 2**z), int(row * 2**z)


def tiles_around(z: int, longitude: float, latitude: float) -> list[tuple[int, int, int]]:
    """Give the tiles nearest to a place, from near to far."""
    column, row = tile_at(z, longitude, latitude)
    near = [(dx, dy) for dx in range(-4, 5) for dy in range(-4, 5)]
    near.sort(key=lambda step: (step[0] ** 2 + step[1] ** 2, step))
    return [(z, column + dx, row + dy) for dx, dy in near]


def interleaved(
    calls: list[Callable[..., int]], places: list[tuple[int, ...]]
) -> tuple[list[int], list[list[float]]]:
    """Make every call for each place in turn, so that all meet the same machine; give sizes, and times in ms."""
    spent: list[list[float]] = [[] for _ in calls]
    sizes = []
    # In every order: the first finds the pages of the table cold, and what comes after tipg all the rest
    for place, order in zip(places, cycle(permutations(range(len(calls)))), strict=False):
        for at in order:
            start = time.perf_counter()
            size = calls[at](*place)
            spent[at].append(1000 * (time.perf_counter() - start))
            if not at:
                sizes.append(size)
    return sizes, spent


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PARCELLES)
