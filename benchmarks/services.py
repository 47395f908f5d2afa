"""Weigh the services against the database alone and against other servers, in one run, on one table.

Run with ``python -m benchmarks.services [PARCELLES]``: 200 000 polygons of nine points. Ours is served by gunicorn,
one process, through the whole application (session, rights, register, record of exports); tipg, pygeoapi and
MapServer run when they are installed (``benchmarks/_peers.py`` says how), ogr2ogr and psql as commands. Everything is
read in turn. CPU is that of the server and of PostgreSQL, never of the client; the ratios are the result, the
milliseconds are this machine's on this day.
"""

from __future__ import annotations  # Server and Spent are imported once Django is set up

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._scratch import scratch_database

if TYPE_CHECKING:
    from benchmarks._served import HttpServer, Server, Spent

PARCELLES = 200_000
ROUNDS = 3
PAGE_ROUNDS, PAGES_A_ROUND, SLOW_PAGES, GML_PAGES_A_ROUND = 5, 20, 5, 3
WHOLE = {"psql COPY": 0.7, "ogr2ogr": 4, "tipg": 6, "pygeoapi": 8, "DRF-GIS": 15}
PAGE, GML_PAGE = 1_000, 5_000
SERIALIZED = 10_000  # rows for the serializers of DRF-GIS, which take minutes for all
LAY = """
INSERT INTO layers_parcelle (idu, commune_id, contenance, millesime, is_repaired, geom)
SELECT '01500' || lpad(n::text, 9, '0'), '01500', 100 + n %% 900, '2026-01-01', false,
    ST_Multi(ST_Buffer(ST_Point(3 + (n %% 500) * 0.0004, 46.5 + (n / 500) * 0.0004, 4326), 0.00015, 2))
FROM generate_series(0, %s - 1) AS n
"""
FEATURE = """json_build_object('type', 'Feature', 'id', idu, 'geometry', ST_AsGeoJSON(geom, 7)::json,
    'properties', json_build_object('idu', idu, 'commune', commune_id, 'contenance', contenance,
        'millesime', millesime))::text"""
CONCATENATED = """'{"type":"Feature","id":' || to_json(idu) || ',"geometry":' || ST_AsGeoJSON(geom, 7)
    || ',"properties":' || json_build_object('idu', idu, 'commune', commune_id, 'contenance', contenance,
        'millesime', millesime) || '}'"""
BARE = f"""
SELECT string_agg({FEATURE}, ',')
FROM (SELECT * FROM layers_parcelle WHERE closed_on IS NULL AND idu > %s ORDER BY idu LIMIT %s) AS page
"""
COPY = f"COPY (SELECT {CONCATENATED} FROM layers_parcelle WHERE closed_on IS NULL ORDER BY idu) TO STDOUT"
ROWS = "SELECT idu, commune_id AS commune, contenance, millesime, geom FROM layers_parcelle ORDER BY idu"
SYSTEM_PYTHON = "/usr/bin/python3"  # that of Debian's python3-gdal
VALIDATOR = Path("/usr/lib/python3/dist-packages/osgeo_utils/samples/validate_gpkg.py")
EXPORT = "/telecharger/parcelles.geojson"


def main(parcelles: int) -> None:
    """Lay the table, start the servers, weigh each service."""
    with scratch_database(), ExitStack() as started:
        from benchmarks import _peers
        from benchmarks._served import our_server

        lay(parcelles)
        folder = Path(started.enter_context(tempfile.TemporaryDirectory()))
        ours = started.enter_context(our_server())
        absent = _peers.missing()
        print(f"{parcelles} parcelles of nine points; load {os.getloadavg()[0]:.1f}; {_peers.versions()}")
        for name, command in absent.items():
            print(f"  {name} is not installed: {command}")
        peers = {
            name: started.enter_context(start())
            for name, start in (
                ("tipg", _peers.tipg),
                ("pygeoapi", _peers.pygeoapi),
                ("MapServer", _peers.mapserver),
            )
            if name not in absent
        }
        whole_geojson(ours, peers, parcelles, folder)
        pages(ours, peers, parcelles)
        gml(ours, peers, parcelles)
        geopackage(parcelles, folder)


def lay(parcelles: int) -> None:
    """Fill the table, and let PostgreSQL know it."""
    from django.db import connection

    from layers.models import Commune

    Commune.objects.create(code="01500", nom="Commune", departement="01")
    with connection.cursor() as cursor:
        cursor.execute(LAY, [parcelles])
        cursor.execute("VACUUM ANALYZE")


def held(what: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> None:
    """Print a figure beside what is wanted of it."""
    good = (at_least is None or value >= at_least) and (at_most is None or value <= at_most)
    wanted = f"at least {at_least}" if at_least is not None else f"at most {at_most}"
    print(f"  {what:<46}{value:>9.2f}  {wanted:<14}{'' if good else '  MISSED'}")


def in_turn(
    runs: Mapping[str, Callable[[], Spent]], rounds: int, once: tuple[str, ...] = ()
) -> dict[str, Spent]:
    """Run each in turn, so that all meet the same machine; those of ``once`` in the first round only."""
    from benchmarks._served import Spent

    spent = {name: Spent() for name in runs}
    for number in range(rounds):
        for name, run in runs.items():
            if number == 0 or name not in once:
                spent[name] += run()
    return spent


def whole_geojson(ours: Server, peers: Mapping[str, Server], parcelles: int, folder: Path) -> None:
    """Compare features per second of CPU, for the whole layer."""
    from benchmarks._measure import measured
    from benchmarks._peers import pygeoapi_items, tipg_items
    from benchmarks._served import Spent, database_url, reading

    def command(*words: str) -> Spent:
        cost = measured([*words], {})
        return Spent(cost.wall, cost.total_cpu, pages=1)

    source = database_url().replace("postgresql://", "PG:postgresql://")
    options = ("-lco", "COORDINATE_PRECISION=7", "-sql", ROWS)
    ogr = ("ogr2ogr", "-f", "GeoJSON", *options, str(folder / "ogr.geojson"), source)
    runs = {
        "psql COPY": partial(command, "psql", database_url(), "-qo", os.devnull, "-c", COPY),
        "ours": partial(reading, ours, EXPORT),
        "ogr2ogr": partial(command, *ogr),
    }
    for name, items in (("tipg", tipg_items), ("pygeoapi", pygeoapi_items)):
        if name in peers:
            runs[name] = partial(reading, peers[name], items(parcelles))
    reading(ours, f"{EXPORT}?bbox=3,46.5,3.001,46.501")  # what only a first request imports
    spent = in_turn(runs, ROUNDS, once=("ogr2ogr", "tipg", "pygeoapi"))
    rate = {name: parcelles * found.pages / found.cpu for name, found in spent.items()}
    rate["DRF-GIS"] = SERIALIZED / serializing(SERIALIZED)
    print("\nwhole layer in GeoJSON: features a second of CPU, seconds of the clock, first byte, memory")
    for name, found in rate.items():
        print(f"  {name:<12}{found:>9.0f}", end="")
        if more := spent.get(name):
            print(
                f"{more.wall / more.pages:>8.1f} s{more.first * 1000:>8.0f} ms{more.more_mb:>6.0f} MB", end=""
            )
        print()
    for name, wanted in WHOLE.items():
        if name in rate:
            held(f"features a second of CPU, ours / {name}", rate["ours"] / rate[name], at_least=wanted)
    held("first byte, ms", spent["ours"].first * 1000, at_most=200)
    held("memory, MB more than before", spent["ours"].more_mb, at_most=30)


def serializing(rows: int) -> float:
    """Give the CPU seconds that the serializers of DRF-GIS take for some rows of the table."""
    from rest_framework.renderers import JSONRenderer
    from rest_framework_gis.serializers import GeoFeatureModelSerializer

    from benchmarks._served import calling
    from layers.models import Parcelle

    class Serializer(GeoFeatureModelSerializer):
        """The fields that the layer publishes."""

        class Meta:
            model, geo_field, id_field = Parcelle, "geom", "idu"
            fields = ("idu", "commune", "contenance", "millesime", "geom")

    found = Parcelle.objects.current().order_by("pk")[:rows]
    return calling(lambda: JSONRenderer().render(Serializer(found, many=True).data)).cpu


def pages(ours: HttpServer, peers: Mapping[str, Server], parcelles: int) -> None:
    """Compare pages of 1 000 features of OGC API Features: first, second, last."""
    from django.db import connection

    from benchmarks._peers import pygeoapi_items, tipg_items
    from benchmarks._served import calling, reading

    def idu(offset: int) -> str:
        with connection.cursor() as cursor:
            cursor.execute("SELECT idu FROM layers_parcelle ORDER BY idu OFFSET %s LIMIT 1", [offset - 1])
            return cursor.fetchone()[0]

    def address(after: str) -> str:
        return f"/ogc/collections/parcelles/items?f=json&limit={PAGE}" + (
            f"&start-after={after}" if after else ""
        )

    def bare(after: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(BARE, [after, PAGE])
            assert cursor.fetchone()[0]

    afters = {"first": "", "second": idu(PAGE), "last": idu(parcelles - PAGE)}
    for after in afters.values():
        assert ours.text(address(after)).count(b'"Feature"') == PAGE
    runs = {}
    for name, after in afters.items():
        runs[f"ours, {name}"] = partial(reading, ours, address(after), PAGES_A_ROUND)
        runs[f"SQL, {name}"] = partial(calling, partial(bare, after), PAGES_A_ROUND)
    for name, items in (("tipg", tipg_items), ("pygeoapi", pygeoapi_items)):
        if name in peers:
            runs[f"{name}, first"] = partial(reading, peers[name], items(PAGE), SLOW_PAGES)
    spent = in_turn(runs, PAGE_ROUNDS)
    cpu = table(f"OGC API Features, a page of {PAGE}", spent)
    for name in afters:
        held(f"CPU, ours / SQL, {name} page", cpu[f"ours, {name}"] / cpu[f"SQL, {name}"], at_most=2.5)
    for name, wanted in (("tipg", 3), ("pygeoapi", 4)):
        if name in peers:
            held(
                f"CPU, {name} / ours, first page", cpu[f"{name}, first"] / cpu["ours, first"], at_least=wanted
            )
    held("CPU, last page / first", cpu["ours, last"] / cpu["ours, first"], at_most=1.5)


def gml(ours: HttpServer, peers: Mapping[str, Server], parcelles: int) -> None:
    """Compare pages of 5 000 features of the WFS in GML 3.2: first and last."""
    from benchmarks._served import reading

    asked = "SERVICE=WFS&VERSION=2.0.0&REQUEST=GetFeature&TYPENAMES=parcelles&COUNT={}&STARTINDEX={}"
    starts = {"first": 0, "last": parcelles - GML_PAGE}
    runs = {}
    for name, start in starts.items():
        query = asked.format(GML_PAGE, start)
        assert ours.text(f"/wfs/?{query}").count(b"<wfs:member>") == GML_PAGE
        runs[f"ours, {name}"] = partial(reading, ours, f"/wfs/?{query}", GML_PAGES_A_ROUND)
        if "MapServer" in peers:
            runs[f"MapServer, {name}"] = partial(reading, peers["MapServer"], query, GML_PAGES_A_ROUND)
    cpu = table(f"WFS 2.0, a page of {GML_PAGE} in GML 3.2", in_turn(runs, PAGE_ROUNDS))
    if "MapServer" in peers:
        for name in starts:
            found = cpu[f"MapServer, {name}"] / cpu[f"ours, {name}"]
            held(f"features a second of CPU, ours / MapServer, {name}", found, at_least=0.8)
    held("CPU, last page / first", cpu["ours, last"] / cpu["ours, first"], at_most=2)


def table(title: str, spent: Mapping[str, Spent]) -> dict[str, float]:
    """Print what a page took of each; give its ms of CPU."""
    print(f"\n{title}")
    for name, found in spent.items():
        cpu, wall = 1000 * found.cpu / found.pages, 1000 * found.wall / found.pages
        print(f"  {name:<20}{cpu:>8.1f} ms CPU{wall:>8.1f} ms{found.size / found.pages / 1e6:>8.2f} MB")
    return {name: found.cpu / found.pages for name, found in spent.items()}


def geopackage(parcelles: int, folder: Path) -> None:
    """Compare the GeoPackage of the layer with ogr2ogr's, and have GDAL's validator read ours."""
    from benchmarks.geopackage import ours, theirs

    costs = [(ours(folder / f"ours{number}"), theirs(folder / f"{number}.gpkg")) for number in range(2)]
    mine, others = (min(found, key=lambda cost: cost.total_cpu) for found in zip(*costs, strict=True))
    print(f"\nGeoPackage of {parcelles} parcelles in Lambert-93\n  ours     {mine}\n  ogr2ogr  {others}")
    held("CPU, ogr2ogr / ours", others.total_cpu / mine.total_cpu, at_least=1)
    if VALIDATOR.exists():
        subprocess.run([SYSTEM_PYTHON, VALIDATOR, folder / "ours0" / "parcelles.gpkg"], check=True)
        print(f"  {VALIDATOR.name} of Debian’s python3-gdal finds nothing wrong")
    else:
        print("  not validated: apt-get install python3-gdal")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PARCELLES)
