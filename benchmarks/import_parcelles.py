"""Import parcelles: our pipeline against ``ogr2ogr -f PostgreSQL`` on the same file, in one run.

Run with ``python -m benchmarks.import_parcelles [PARCELLES]`` (50 000 if not given). Ours checks, repairs, merges
and keeps history; ogr2ogr (``PG_USE_COPY``, spatial index) does none of it. Wall and CPU seconds of the client
process, and its peak memory, the best of three, interleaved.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks._scratch import scratch_database

REPEATS = 3
SIDE = 0.0002  # degrees: about 20 m


def write_parcelles(path: Path, count: int) -> None:
    """Write ``count`` parcelles of nine vertices in Etalab's format."""
    per_row = 600
    with gzip.open(path, "wt", compresslevel=1) as stream:
        stream.write('{"type":"FeatureCollection","features":[\n')
        for n in range(count):
            x, y = 1 + (n % per_row) * SIDE, 46 + (n // per_row) * SIDE
            steps = ((0, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1), (0, 0.5), (0, 0))
            ring = [[round(x + a * SIDE, 7), round(y + b * SIDE, 7)] for a, b in steps]
            idu = f"60999{n // 9999:03d}AB{n % 9999 + 1:04d}"
            feature = {
                "type": "Feature",
                "id": idu,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {"id": idu, "commune": "60999", "prefixe": idu[5:8], "section": "AB",
                               "numero": str(n % 9999 + 1), "contenance": 400, "arpente": False,
                               "created": "2004-10-13", "updated": "2024-02-01"},
            }  # fmt: skip
            stream.write(json.dumps(feature, separators=(",", ":")) + (",\n" if n < count - 1 else "\n"))
        stream.write("]}\n")


def ours(path: Path) -> tuple[float, float]:
    """Time ``run_import`` into an empty register."""
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES
    from layers.models import ImportRun, Parcelle

    Parcelle.objects.all().delete()
    ImportRun.objects.all().delete()
    wall, cpu = time.perf_counter(), time.process_time()
    run_import(SOURCES["parcelles"], path, millesime=date(2025, 1, 1))
    return time.perf_counter() - wall, time.process_time() - cpu


def again(path: Path) -> float:
    """Time the second import of the same file."""
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES

    wall = time.perf_counter()
    run_import(SOURCES["parcelles"], path, millesime=date(2025, 1, 1))
    return time.perf_counter() - wall


def peer(path: Path) -> tuple[float, float]:
    """Time ogr2ogr into a table of its own."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS peer")
    given = connection.settings_dict
    target = f"PG:host={given['HOST']} port={given['PORT']} dbname={given['NAME']} user={given['USER']}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.perf_counter()
    subprocess.run(
        ["ogr2ogr", "-q", "-f", "PostgreSQL", target, f"/vsigzip/{path}", "-nln", "peer"],
        check=True,
        env=os.environ | {"PG_USE_COPY": "YES", "PGPASSWORD": given["PASSWORD"]},
    )  # fmt: skip
    wall = time.perf_counter() - wall
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(count: int) -> None:
    """Run both, print seconds and ratios."""
    from layers.models import Commune

    Commune.objects.create(code="60999", nom="Ici", departement="60")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "parcelles.json.gz"
        write_parcelles(path, count)
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        runs = [(ours(path), peer(path)) for _ in range(REPEATS)]
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024
        same = again(path)
    (wall, cpu), (peer_wall, peer_cpu) = (min(run[side] for run in runs) for side in (0, 1))
    print(f"{count} parcelles, load average {os.getloadavg()[0]:.1f}")
    print(
        f"geo_lhi  {wall:6.1f} s wall, {cpu:6.1f} s CPU, {memory} MB more than at rest (checks, merge, history)"
    )
    print(f"ogr2ogr  {peer_wall:6.1f} s wall, {peer_cpu:6.1f} s CPU (no check)")
    print(f"ratio ogr2ogr / geo_lhi: {peer_wall / wall:.2f}; the same file again: {same:.2f} s")


if __name__ == "__main__":
    with scratch_database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000)
