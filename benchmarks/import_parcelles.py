"""Import parcelles: our pipeline against ``ogr2ogr -f PostgreSQL`` on the same file, in one run.

Run with ``python -m benchmarks.import_parcelles [PARCELLES]`` (360 000 if not given). Ours checks, repairs, merges
and keeps history; ogr2ogr (``PG_USE_COPY``, spatial index) does none of it. Wall seconds, and seconds of processor of
the client and of the server together, the best of three, interleaved; then the same file again, the next edition with
one parcelle in a hundred changed, and the peak memory. The outline of the commune is detailed (1 200 vertices) and
comes from the cadastre, so that each parcelle is held to it.
"""

import gzip
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks._measure import server_cpu
from benchmarks._scratch import scratch_database

if TYPE_CHECKING:
    from cadastre_import.source import ImportReport

REPEATS = 3
SIDE = 0.0002  # degrees: about 20 m


def write_parcelles(path: Path, count: int, *, changed_every: int = 0) -> None:
    """Write ``count`` parcelles of nine vertices in Etalab's format; one in ``changed_every`` differs."""
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
                               "numero": str(n % 9999 + 1), "arpente": False,
                               "contenance": 401 if changed_every and n % changed_every == 0 else 400,
                               "created": "2004-10-13", "updated": "2024-02-01"},
            }  # fmt: skip
            stream.write(json.dumps(feature, separators=(",", ":")) + (",\n" if n < count - 1 else "\n"))
        stream.write("]}\n")


def write_outline(path: Path, count: int) -> None:
    """Write the commune of the parcelles: their rectangle, drawn by a wavering line 50 to 150 m outside it."""
    east, north = 1 + 600 * SIDE, 46 + (count // 600 + 1) * SIDE
    corners = [(1, 46), (east, 46), (east, north), (1, north)]
    middle = (1 + east) / 2, (46 + north) / 2
    ring = []
    for (x, y), (to_x, to_y) in zip(corners, corners[1:] + corners[:1], strict=True):
        for step in range(300):
            at_x, at_y = x + (to_x - x) * step / 300, y + (to_y - y) * step / 300
            out = 1 + (0.0014 if step % 2 else 0.0006) / (300 * SIDE)
            ring.append([middle[0] + (at_x - middle[0]) * out, middle[1] + (at_y - middle[1]) * out])
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    feature = {"type": "Feature", "properties": {"id": "60999", "nom": "Ici"}, "geometry": geometry}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))


@contextmanager
def timed(spent: list[tuple[float, float]]) -> Iterator[None]:
    """Add wall seconds, and seconds of processor: this process, its children, the server."""
    server, mine, wall = server_cpu(), sum(os.times()[:4]), time.perf_counter()
    yield
    wall, mine = time.perf_counter() - wall, sum(os.times()[:4]) - mine
    spent.append((wall, mine + server_cpu() - server))


def empty() -> None:
    """Forget every parcelle and their imports."""
    from django.db import connection

    from layers.models import ImportRun

    ImportRun.objects.filter(source="parcelles").delete()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE layers_parcelle")
        cursor.execute("DROP TABLE IF EXISTS peer")


def ours(path: Path, edition: int = 2025) -> "ImportReport":
    """Import the file."""
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES

    return run_import(SOURCES["parcelles"], path, millesime=date(edition, 1, 1))


def peer(path: Path) -> None:
    """Load the file with ogr2ogr into a table of its own."""
    from django.db import connection

    given = connection.settings_dict
    target = f"PG:host={given['HOST']} port={given['PORT']} dbname={given['NAME']} user={given['USER']}"
    subprocess.run(
        ["ogr2ogr", "-q", "-f", "PostgreSQL", target, f"/vsigzip/{path}", "-nln", "peer"],
        check=True,
        env=os.environ | {"PG_USE_COPY": "YES", "PGPASSWORD": given["PASSWORD"]},
    )


def versions() -> dict[str, str]:
    """Give the database's own version of each row."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT idu, xmin::text || ctid::text FROM layers_parcelle")
        return dict(cursor.fetchall())


def main(count: int) -> None:
    """Run both, print seconds and ratios."""
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES

    us: list[tuple[float, float]] = []
    them: list[tuple[float, float]] = []
    again: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path, following = Path(folder) / "parcelles.json.gz", Path(folder) / "2026.json.gz"
        write_outline(Path(folder) / "communes.json", count)
        assert run_import(SOURCES["cadastre-communes"], Path(folder) / "communes.json").added == 1
        write_parcelles(path, count)
        write_parcelles(following, count, changed_every=100)
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for _ in range(REPEATS):
            empty()
            with timed(them):
                peer(path)
            empty()
            with timed(us):
                report = ours(path)
            assert (report.added, report.rejects) == (count, [])
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with timed(again):
            assert ours(path).already_imported_on
        before = versions()
        with timed(again):
            report = ours(following, 2026)
        after = versions()
    rewritten = sum(after[idu] != before[idu] for idu in before)
    print(f"{count} parcelles, load average {os.getloadavg()[0]:.1f}")
    for name, runs in (("geo_lhi", us), ("ogr2ogr", them)):
        wall, cpu = (min(run[side] for run in runs) for side in (0, 1))
        each = ", ".join(f"{run[0]:.1f}" for run in runs)
        print(f"{name}  {wall:6.1f} s wall ({each}), {cpu:6.1f} s of processor, client and server")
    ratios = [theirs[0] / ourselves[0] for theirs, ourselves in zip(them, us, strict=True)]
    print(
        f"ogr2ogr / geo_lhi: wall {min(them)[0] / min(us)[0]:.2f} (each run: "
        f"{', '.join(f'{ratio:.2f}' for ratio in ratios)}), processor "
        f"{min(cpu for _, cpu in them) / min(cpu for _, cpu in us):.2f}"
    )
    print(f"memory: {peak // 1024} MB at most, {(peak - base) // 1024} MB more than before the imports")
    print(f"the same file again: {again[0][0]:.2f} s")
    print(
        f"the next edition, one in a hundred changed: {again[1][0]:.1f} s wall, {again[1][1]:.1f} s of processor; "
        f"{report.changed} changed, {rewritten} rows rewritten"
    )


if __name__ == "__main__":
    with scratch_database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 360_000)
