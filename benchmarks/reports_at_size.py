"""Import, geocode and anchor reports at the size of a département, each step against what it costs.

Run with ``python -m benchmarks.reports_at_size [REPORTS PARCELLES]`` (100 000 on 360 000 if not given): parcelles,
buildings and addresses in the official formats, then an export of Signal Logement whose addresses are typed as people
do (a letter missing, the number glued, capitals). The embedded geocoder, no network. The bare join is the report
under its parcelle, in one statement that writes one row each.
"""

import csv
import json
import os
import random
import sys
import tempfile
import time
from pathlib import Path

from benchmarks._departement import communes_of, write_departement
from benchmarks._scratch import scratch_database

DEPARTEMENT = "60"
BARE_JOIN = """
CREATE TEMP TABLE bare AS
SELECT s.id, p.idu FROM layers_signalement s
CROSS JOIN LATERAL (
    SELECT idu FROM layers_parcelle WHERE closed_on IS NULL ORDER BY geom <-> s.geom LIMIT 1
) p
WHERE s.geom IS NOT NULL
"""


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


def bare_join() -> float:
    """Time the join that anyone would write first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; DROP TABLE IF EXISTS bare; ANALYZE layers_signalement")
        started = time.perf_counter()
        cursor.execute(BARE_JOIN)
        return time.perf_counter() - started


def main(count: int, parcelles: int) -> None:
    """Run each step, print its cost."""
    from benchmarks._measure import manage
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
    bare = [bare_join()]
    costs["anchoring, first"] = first = manage("anchor_signalements")
    bare.append(bare_join())
    costs["anchoring, nothing moved"] = manage("anchor_signalements")
    found = Signalement.objects.unscoped("benchmark").filter(precision="numero").count()
    links = Anchor.objects.unscoped("benchmark").count()
    print(
        f"load average {os.getloadavg()[0]:.1f}; {found} of {count} reports at a house number, {links} links"
    )
    for name, cost in costs.items():
        print(f"{name:32} {cost}")
    print(
        f"geocoding: {count / geocoding.wall:.0f} addresses/s, {count / geocoding.total_cpu:.0f} a second of CPU"
    )
    ratio = first.wall / min(bare)
    print(f"bare join to the parcelles: {min(bare):.1f} s; all of the anchoring / bare join: {ratio:.1f}")
    print("(the bare join finds one kind of place; the anchoring six, with methods, scores and vintages)")


if __name__ == "__main__":
    with scratch_database():
        main(*(int(value) for value in (sys.argv[1:] or (100_000, 360_000))))
