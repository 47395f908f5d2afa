"""Import, geocode and anchor reports at the size of a département, each step against what it costs.

Run with ``python -m benchmarks.reports_at_size [REPORTS PARCELLES]`` (100 000 on 360 000 if not given): parcelles,
buildings and addresses in the official formats, then an export of Signal Logement whose addresses are typed as people
do (a letter missing, an abbreviation, capitals). The embedded geocoder, no network. The bare join is that of
``benchmarks.anchoring``.
"""

import csv
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks._departement import communes_of, write_departement
from benchmarks._scratch import scratch_database
from benchmarks.anchoring import BARE_JOIN

DEPARTEMENT = "60"


def write_reports(path: Path, count: int) -> None:
    """Write an export: an address of the register each, one in three misspelt."""
    from layers.models import Address

    known = list(
        Address.objects.order_by("pk").values_list(
            "numero", "voie__nom", "code_postal", "commune__nom", "commune"
        )
    )
    luck = random.Random(2026)
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(
            [
                "Référence",
                "Déposé le",
                "Statut",
                "Adresse",
                "Code postal",
                "Commune",
                "Code INSEE",
                "Désordres",
            ]
        )
        for n in range(count):
            numero, voie, code_postal, ville, commune = luck.choice(known)
            spelt = _misspelt(voie, luck) if n % 3 == 0 else voie
            writer.writerow(
                [
                    f"2025-{n + 1}",
                    "03/02/2025",
                    "en cours",
                    f"{numero} {spelt}",
                    code_postal,
                    ville,
                    commune,
                    "",
                ]
            )


def _misspelt(street: str, luck: random.Random) -> str:
    place = luck.randrange(
        1, len(street) - 3
    )  # the number that ends the name tells the street from its neighbour
    return luck.choice(
        [street[:place] + street[place + 1 :], street.upper(), street.replace("Rue de", "r. de")]
    )


def bare_join() -> None:
    """Run the join that anyone would write first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bare")
        cursor.execute(BARE_JOIN)


def timed(work: Callable[[], object]) -> float:
    """Give the seconds of some work."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(count: int, parcelles: int) -> None:
    """Run each step, print its cost."""
    from django.db import connection

    from benchmarks._measure import manage
    from cadastre_import.anchoring import anchor_signalements
    from layers.models import Anchor, Signalement

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_departement(folder, DEPARTEMENT, parcelles)
        communes = map(json.dumps, communes_of(DEPARTEMENT, parcelles))
        (folder / "communes.json").write_text("[\n" + ",\n".join(communes) + "\n]\n")
        costs = {f"register ({parcelles} parcelles)": manage("import_folder", str(folder))}
        write_reports(folder / "signalements.csv", count)
        costs["import of the reports"] = manage(
            "import_source", "signal-logement", str(folder / "signalements.csv")
        )
    costs["geocoding, embedded"] = geocoding = manage("geocode_signalements")
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE layers_signalement")
    bare, whole = [], []
    for again in (False, True):
        bare.append(timed(bare_join))
        whole.append(timed(partial(anchor_signalements, everything=again)))
    nothing = timed(anchor_signalements)
    found = Signalement.objects.unscoped("benchmark").filter(precision="numero").count()
    links = Anchor.objects.count()
    print(
        f"load average {os.getloadavg()[0]:.1f}; {found} of {count} reports at a house number, {links} links"
    )
    for name, cost in costs.items():
        print(f"{name:32} {cost}")
    print(
        f"geocoding: {count / geocoding.wall:.0f} addresses/s, {count / geocoding.total_cpu:.0f} a second of CPU"
    )
    print(f"bare join of six kinds of place: {min(bare):.1f} s")
    print(f"anchoring, methods, scores and vintages written: {whole[0]:.1f} s ({whole[0] / min(bare):.2f} times), "
          f"all again {whole[1]:.1f} s, nothing moved {nothing:.1f} s")  # fmt: skip


if __name__ == "__main__":
    with scratch_database():
        main(*(int(value) for value in (sys.argv[1:] or (100_000, 360_000))))
