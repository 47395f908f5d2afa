"""Weigh the GeoPackage of a layer against ogr2ogr writing the same rows from the same table.

Run with ``python -m benchmarks.geopackage [PARCELLES]``. CPU is that of the writer and of PostgreSQL; ours is
measured inside a process that already runs, as a worker does. Both project to Lambert-93 and index the shapes. The
peak is that of this process, Django included; rows are doubled last to show what grows.
"""

import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._measure import Cost, measured, server_cpu
from benchmarks._scratch import scratch_database

PARCELLES = 50_000
ROUNDS = 2
LAY = """
INSERT INTO layers_parcelle (idu, commune_id, contenance, millesime, is_repaired, geom)
SELECT '01001000' || 'A' || lpad(to_hex(n), 5, '0'), '01001', 100, '2026-01-01', false,
    ST_Multi(ST_Transform(ST_Segmentize(ST_MakeEnvelope(x, y, x + 9, y + 9, 2154), 4.6), 4326))
FROM (SELECT n, 700000 + n %% 1000 * 10 AS x, 6600000 + n / 1000 * 10 AS y
    FROM generate_series(%s, %s) AS n) AS places
"""
OGR_ROWS = "SELECT idu, commune_id AS commune, contenance, millesime, geom FROM layers_parcelle ORDER BY idu"


def main(parcelles: int) -> None:
    """Lay the parcelles, write them in turn, print what each took."""
    with scratch_database(), tempfile.TemporaryDirectory() as folder:
        import pyogrio
        from django.db import connection

        from tests.factories import CommuneFactory

        CommuneFactory(code="01001")
        with connection.cursor() as cursor:
            cursor.execute(LAY, [1, parcelles])
            cursor.execute("ANALYZE layers_parcelle")
        costs: dict[str, list[Cost]] = {"ours": [], "ogr2ogr": []}
        for number in range(ROUNDS):
            costs["ours"].append(ours(Path(folder) / f"ours{number}"))
            costs["ogr2ogr"].append(theirs(Path(folder) / f"ogr{number}.gpkg"))
        for path in (Path(folder) / "ours0/parcelles.gpkg", Path(folder) / "ogr0.gpkg"):
            assert pyogrio.read_info(path, layer="parcelles")["features"] == parcelles, path
        best = {name: min(found, key=lambda cost: cost.total_cpu) for name, found in costs.items()}
        print(f"{parcelles} parcelles")
        for name, cost in best.items():
            print(f"  {name:<8} {cost}")
        print(f"  ogr2ogr / ours, CPU: {best['ogr2ogr'].total_cpu / best['ours'].total_cpu:.2f}")
        before = best["ours"].peaks[0]
        with connection.cursor() as cursor:
            cursor.execute(LAY, [parcelles + 1, 2 * parcelles])
        print(f"  twice as many rows: peak of {ours(Path(folder) / 'twice').peaks[0]} MB for {before}")


def ours(folder: Path) -> Cost:
    """Write the layer as a worker does."""
    from api.exports.formats import FORMATS
    from api.exports.selection import Selection
    from layers.scope import Scope

    folder.mkdir()
    selection = Selection.read(["parcelles"], "gpkg", "2154", {}, Scope.whole())
    wall, cpu, server = time.perf_counter(), time.process_time(), server_cpu()
    FORMATS["gpkg"].write(selection.tables(Scope.whole()), folder, "parcelles")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return Cost(time.perf_counter() - wall, time.process_time() - cpu, server_cpu() - server, [peak])


def theirs(path: Path) -> Cost:
    """Write the same rows by ogr2ogr."""
    from django.db import connection

    given = connection.settings_dict
    source = f"PG:host={given['HOST']} port={given['PORT']} dbname={given['NAME']} user={given['USER']}"
    command = ["ogr2ogr", "-f", "GPKG", "-t_srs", "EPSG:2154", "-nln", "parcelles", str(path), source]
    return measured([*command, "-sql", OGR_ROWS], {"PGPASSWORD": given["PASSWORD"]})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else PARCELLES)
