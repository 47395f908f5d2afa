"""Import diagnoses and sales: rows a second and memory, against a bare ``COPY`` of the same rows, in one run.

Run with ``python -m benchmarks.import_registers [ROWS]`` (200 000 if not given). Bare COPY sends the values already
parsed into a table with the same columns and no index: the floor of any import. Ours reads the CSV, checks each cell,
folds the rows of a mutation, merges, and writes indexed tables. Best of two, interleaved; seconds of processor are
those of the client and of the server.
"""

import csv
import gzip
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks._measure import server_cpu
from benchmarks._scratch import scratch_database

REPEATS = 2
DPE = (
    "numero_dpe,numero_dpe_remplace,date_etablissement_dpe,date_fin_validite_dpe,etiquette_dpe,etiquette_ges,"
    "type_batiment,annee_construction,periode_construction,surface_habitable_logement,adresse_ban,code_insee_ban,"
    "identifiant_ban,score_ban,statut_geocodage,id_rnb"
)
DVF = (
    "id_mutation,date_mutation,nature_mutation,valeur_fonciere,adresse_numero,adresse_suffixe,adresse_nom_voie,"
    "adresse_code_voie,code_commune,id_parcelle,lot1_numero,lot1_surface_carrez,type_local,surface_reelle_bati,"
    "nombre_pieces_principales,code_nature_culture,surface_terrain,longitude,latitude"
)


def diagnoses(count: int) -> Iterator[list[object]]:
    """Give diagnoses, one a dwelling, ten an address."""
    for n in range(count):
        key = f"60999_{n // 500_000:04d}_{n // 10 % 50_000 + 1:05d}"
        yield [
            f"2460E{n:07d}A", "", f"2024-{n % 12 + 1:02d}-15", f"2034-{n % 12 + 1:02d}-14", "ABCDEFG"[n % 7], "C",
            "appartement", "1930", "avant 1948", f"{20 + n % 90},5", f"{n % 99} Rue du Moulin 60999 Ici", "60999",
            key, "0.91", "adresse géocodée ban à l'adresse", f"{n // 10:012d}",
        ]  # fmt: skip


def sales(count: int) -> Iterator[list[object]]:
    """Give sales of two rows, a flat and its cellar, on a parcelle each."""
    for n in range(count):
        sale = n // 2
        idu = f"60999{sale // 9999:03d}AB{sale % 9999 + 1:04d}"
        yield [
            f"2024-{sale}", f"2024-{sale % 12 + 1:02d}-15", "Vente", 100_000 + sale, sale % 99 + 1, "", "RUE BASSE",
            "0001", "60999", idu, n % 90 + 1, "", ("Appartement", "Dépendance")[n % 2], (55, "")[n % 2],
            (3, 0)[n % 2], "", "", 2.4 + n // 2 % 300 * 1e-4, 49.4 + n // 600 * 1e-4,
        ]  # fmt: skip


def write_csv(path: Path, header: str, rows: Iterator[list[object]]) -> None:
    """Write a compressed CSV."""
    with gzip.open(path, "wt", compresslevel=1, newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(header.split(","))
        writer.writerows(rows)


def ours(name: str, path: Path) -> tuple[float, float]:
    """Time an import into empty tables, in seconds of the wall and of processor."""
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES
    from layers.models import Dpe, ImportRun, Mutation, MutationParcelle

    for model in (Dpe, MutationParcelle, Mutation, ImportRun):
        model.objects.all()._raw_delete("default")
    wall, cpu = time.perf_counter(), time.process_time() + server_cpu()
    report = run_import(SOURCES[name], path)
    assert not report.rejects
    return time.perf_counter() - wall, time.process_time() + server_cpu() - cpu


def bare_copy(name: str, rows: list[list[object]]) -> tuple[float, float]:
    """Time COPY of parsed values into a table without index."""
    from django.db import connection

    from cadastre_import.sources import SOURCES

    columns = ", ".join(f"{column.name} {column.sql_type}" for column in SOURCES[name].columns)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute(f"CREATE TABLE bare ({columns})")
        wall, cpu = time.perf_counter(), time.process_time() + server_cpu()
        with cursor.copy("COPY bare FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        return time.perf_counter() - wall, time.process_time() + server_cpu() - cpu


def compare(name: str, header: str, generated: Callable[[int], Iterator[list[object]]], count: int) -> None:
    """Import and copy the same rows, print seconds, memory and ratio."""
    import shapely

    from cadastre_import.sources import SOURCES

    source = SOURCES[name]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.csv.gz"
        write_csv(path, header, generated(count))
        base = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        first = ours(name, path)
        memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - base) // 1024
        parsed = [list(source.parse(record)) for _, record in source.records(path).rows]
        for row in parsed:
            if source.point:
                row[-1] = shapely.to_wkb(
                    shapely.set_srid(shapely.Point(row[-1]), 4326), hex=True, include_srid=True
                )
        runs = [(first if n == 0 else ours(name, path), bare_copy(name, parsed)) for n in range(REPEATS)]
    (wall, cpu), (bare_wall, bare_cpu) = (min(run[side] for run in runs) for side in (0, 1))
    print(f"{name}: {count} rows, load average {os.getloadavg()[0]:.1f}")
    print(
        f"  geo_lhi   {wall:6.1f} s wall, {cpu:6.1f} s CPU, {count / wall:8.0f} rows/s, {memory} MB above rest"
    )
    print(f"  bare COPY {bare_wall:6.1f} s wall, {bare_cpu:6.1f} s CPU")
    print(
        f"  ratio geo_lhi / bare COPY: {wall / bare_wall:.1f} in wall time, {cpu / bare_cpu:.1f} of processor"
    )


def main(count: int) -> None:
    """Compare on diagnoses, then on sales."""
    compare("dpe", DPE, diagnoses, count)
    compare("dvf", DVF, sales, count)


if __name__ == "__main__":
    with scratch_database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
