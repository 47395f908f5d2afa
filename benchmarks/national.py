"""Import whole départements: ``import_national`` with one and two workers, one file after the other, and ogr2ogr.

Run with ``python -m benchmarks.national [DEPARTEMENTS PARCELLES]`` (4 of 90 000 if not given; two buildings for
three parcelles and an address for two come with them). Ours checks, repairs, merges and keeps history; ogr2ogr
(``PG_USE_COPY``, spatial index) does none of it. One run each, in one go. CPU is steadier than seconds on a machine
that does other things.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

from benchmarks._departement import ORIGINS, communes_of, write_departement
from benchmarks._scratch import scratch_database

TABLES = "parcelle, layers_batiment, layers_address, layers_voie, layers_addressparcelle, layers_importrun"
PEERS = ("peer_parcelles", "peer_batiments", "peer_addresses")
FRANCE = 100_000_000  # parcelles, with their buildings and addresses in the proportions above


def write_files(folder: Path, departements: list[str], parcelles: int) -> int:
    """Write the folder of official files; give its size."""
    communes = [commune for code in departements for commune in communes_of(code, parcelles)]
    for code in departements:
        write_departement(folder, code, parcelles)
    size = sum(path.stat().st_size for path in folder.iterdir())
    (folder / "communes.json").write_text("[\n" + ",\n".join(map(json.dumps, communes)) + "\n]\n")
    return size


def empty() -> None:
    """Empty the registers, the communes excepted."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE layers_{TABLES} CASCADE")
        cursor.execute(f"DROP TABLE IF EXISTS {', '.join(PEERS)}")


def count_of(table: str) -> int:
    """Give the number of rows of a table."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


def peer(folder: Path, departements: list[str]):
    """Measure ogr2ogr on the same files, one after the other."""
    from django.db import connection

    from benchmarks._measure import measured

    given = connection.settings_dict
    target = f"PG:host={given['HOST']} port={given['PORT']} dbname={given['NAME']} user={given['USER']}"
    base = f"ogr2ogr -q -append -f PostgreSQL '{target}'"
    points = "-oo X_POSSIBLE_NAMES=lon -oo Y_POSSIBLE_NAMES=lat -oo KEEP_GEOM_COLUMNS=NO -a_srs EPSG:4326"
    lines = [
        line
        for code in departements
        for line in (
            f"{base} /vsigzip/{folder}/cadastre-{code}-parcelles.json.gz -nln peer_parcelles",
            f"{base} /vsigzip/{folder}/cadastre-{code}-batiments.json.gz -nln peer_batiments",
            f"{base} {points} CSV:/vsigzip/{folder}/adresses-{code}.csv.gz -nln peer_addresses",
        )
    ]
    return measured(["sh", "-ec", "\n".join(lines)], {"PG_USE_COPY": "YES", "PGPASSWORD": given["PASSWORD"]})


def main(count: int, parcelles: int) -> None:
    """Run each, print seconds, CPU, memory and ratios."""
    from benchmarks._measure import manage
    from layers.models import Address, Batiment, Parcelle

    departements = [*[f"{n:02d}" for n in (60, 27, 93, 59, 13, 33, 69, 35)][: count - 1], list(ORIGINS)[3]]
    with tempfile.TemporaryDirectory() as place:
        folder, partitions = Path(place) / "official", Path(place) / "partitions"
        folder.mkdir()
        size = write_files(folder, departements, parcelles)
        rows = count * (parcelles + parcelles * 2 // 3 + parcelles // 2)
        print(f"{count} départements ({', '.join(departements)}), {rows} rows, {size / 1e6:.0f} MB of files")
        manage("import_source", "communes", str(folder / "communes.json"))
        national = ("import_national", str(folder), "--partitions", str(partitions))
        costs, counts = {}, set()
        costs["one file after the other"] = manage("import_folder", str(folder))
        for workers in (1, 2):
            counts.add((Parcelle.objects.count(), Batiment.objects.count(), Address.objects.count()))
            empty()
            shutil.rmtree(partitions, ignore_errors=True)
            name = f"import_national, {workers} worker{'s' * (workers > 1)}"
            costs[name] = manage(*national, "--workers", str(workers), "--connections", "2")
        counts.add((Parcelle.objects.count(), Batiment.objects.count(), Address.objects.count()))
        on_disk = sum(path.stat().st_size for path in partitions.rglob("*.parquet"))
        again = manage(*national, "--workers", "2")
        costs["ogr2ogr"] = peer(folder, departements)
        counts.add(tuple(count_of(table) for table in PEERS))
    assert len(counts) == 1, counts
    print(
        f"load average {os.getloadavg()[0]:.1f}; each import left {counts.pop()} parcelles, buildings, addresses"
    )
    for name, cost in costs.items():
        print(f"{name:27} {cost}")
    print(f"{'again, nothing to do':27} {again}")
    print(f"partitions: {on_disk / 1e6:.0f} MB, {on_disk / rows:.0f} bytes a row")
    ogr, one, two = costs["ogr2ogr"], costs["import_national, 1 worker"], costs["import_national, 2 workers"]
    each = costs["one file after the other"]
    print(f"seconds: one after the other / 2 workers {each.wall / two.wall:.2f}, "
          f"1 worker / 2 {one.wall / two.wall:.2f}, "
          f"ogr2ogr / 2 workers {ogr.wall / two.wall:.2f}")  # fmt: skip
    print(f"CPU of both sides: ogr2ogr / 2 workers {ogr.total_cpu / two.total_cpu:.2f}, "
          f"ogr2ogr / one after the other {ogr.total_cpu / each.total_cpu:.2f}")  # fmt: skip
    scale = FRANCE / (count * parcelles) / 3600
    print(f"France in proportion ({FRANCE:,} parcelles): {two.cpu * scale:.0f} h of CPU to prepare, "
          f"{two.server_cpu * scale:.0f} h of PostgreSQL CPU, {on_disk * scale * 3600 / 1e9:.0f} GB of partitions; "
          "in proportion only: indexes that no longer fit in memory cost more")  # fmt: skip


if __name__ == "__main__":
    with scratch_database():
        main(*(int(value) for value in (sys.argv[1:] or (4, 90_000))))
