"""Import a million addresses in the format of the Base adresse nationale: seconds of processor, client and server.

Run with ``python -m benchmarks.import_addresses [ADDRESSES]``.
"""

import gzip
import os
import resource
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from benchmarks._scratch import scratch_database
from benchmarks._server import server_cpu

COLUMNS = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;"
    "nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;source_position;"
    "source_nom_voie;certification_commune;cad_parcelles"
)
NUMBERS = 60  # in a street, as in a town


def write_addresses(path: Path, count: int) -> None:
    """Write ``count`` addresses of one commune, one in ten with its parcelle declared."""
    with gzip.open(path, "wt", compresslevel=1) as stream:
        stream.write(COLUMNS + "\n")
        for n in range(count):
            street, number = divmod(n, NUMBERS)
            code = f"60999_{street % 10_000:04d}{street // 10_000 or ''}"
            lon, lat = 2 + (street % 400) * 0.001, 49 + street // 400 * 0.001 + number * 0.00001
            parcelle = f"60999{street % 1000:03d}AB{number + 1:04d}" if n % 10 == 0 else ""
            stream.write(
                f"{code}_{number + 1:05d};;{number + 1};;Rue de l’Exemple {street};60999;60999;Ici;;;700000.1;6.6e6;"
                f"{lon:.6f};{lat:.6f};entrée;;;ICI;RUE DE L EXEMPLE {street};commune;commune;1;{parcelle}\n"
            )


def main(count: int) -> None:
    """Import, and print what it cost."""
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES
    from layers.models import Commune

    Commune.objects.create(code="60999", nom="Ici", departement="60")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "adresses-60.csv.gz"
        write_addresses(path, count)
        server, client, wall = server_cpu(), time.process_time(), time.perf_counter()
        report = run_import(SOURCES["ban"], path, millesime=date(2026, 1, 1))
        wall, client = time.perf_counter() - wall, time.process_time() - client
        server = server_cpu() - server
    assert (report.added, report.rejects) == (count, []), str(report)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{count} addresses, load average {os.getloadavg()[0]:.1f}")
    print(
        f"{client + server:.1f} s of processor ({client:.1f} client, {server:.1f} server), {wall:.1f} s wall, "
        f"{memory} MB"
    )


if __name__ == "__main__":
    with scratch_database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
