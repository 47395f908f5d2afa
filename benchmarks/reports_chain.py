"""Import, geocode (embedded) and anchor reports: the seconds and memory of each step, at the size of a département.

Run with ``python -m benchmarks.reports_chain [REPORTS] [ADDRESSES]`` (20 000 and 72 000 if not given). The register:
communes of 100 streets of 60 numbers, a parcelle at each number. Of the reports, three in ten have a letter wrong.
"""

import csv
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._scratch import scratch_database
from benchmarks.geocoding import FIRST, LAST, TYPES, one_letter_wrong

STREETS, NUMBERS = 100, 60
X, Y, SIDE_M, COMMUNE_M = 600_000, 6_600_000, 15, 2_000
WRONG = 0.3
HEADERS = ("Référence", "Déposé le", "Statut", "Adresse", "Code postal", "Commune", "Code INSEE")

COMMUNES = """
INSERT INTO layers_commune (code, nom, departement, codes_postaux, geom)
SELECT code, 'Ville ' || code, '60', jsonb_build_array(code), ST_Multi(ST_Transform(ST_MakeEnvelope(
    {x} + {step} * (n %% 10), {y} + {step} * (n / 10), {x} + {step} * (n %% 10) + {step},
    {y} + {step} * (n / 10) + {step}, 2154), 4326))
FROM (SELECT n, '60' || lpad(n::text, 3, '0') AS code FROM generate_series(0, %(communes)s - 1) n) c
"""
# Street s runs east at 18 m above the one before; number n stands every 30 m, its parcelle north of it
GROUND = """
CREATE TEMP TABLE plot AS
SELECT v.code AS voie, v.commune_id, s, n, {x} + {step} * (c % 10) + 30 * n AS x,
       {y} + {step} * (c / 10) + 18 * s AS y
FROM (SELECT code, commune_id, right(commune_id, 3)::int AS c, split_part(code, '_', 2)::int AS s FROM layers_voie) v,
     generate_series(1, {numbers}) n;
INSERT INTO layers_address (ban_id, voie_id, commune_id, numero, rep, code_postal, type_position, millesime, geom)
SELECT voie || '_' || lpad(n::text, 5, '0'), voie, commune_id, n, '', commune_id, '', '2026-01-01',
       ST_Transform(ST_SetSRID(ST_MakePoint(x, y), 2154), 4326)
FROM plot;
INSERT INTO layers_parcelle (idu, commune_id, contenance, arpente, is_repaired, millesime, geom)
SELECT commune_id || '000' || chr(65 + s / 10) || chr(65 + s % 10) || lpad(n::text, 4, '0'), commune_id, 225, false,
       false, '2026-01-01', ST_Multi(ST_Transform(ST_MakeEnvelope(x, y + 1, x + {side}, y + 1 + {side}, 2154), 4326))
FROM plot;
DROP TABLE plot;
ANALYZE;
"""


def fill(communes: int) -> dict[str, list[str]]:
    """Write the register, and give the names of the streets of each commune."""
    from django.db import connection

    from cadastre_import.geocoding.normalisation import normalise_street
    from layers.models import Voie

    names = [f"{kind} {first} {last}" for kind in TYPES for first in FIRST for last in LAST.split()]
    chance = random.Random(1)
    sizes = {"x": X, "y": Y, "step": COMMUNE_M, "side": SIDE_M, "numbers": NUMBERS}
    streets = {f"60{n:03d}": chance.sample(names, STREETS) for n in range(communes)}
    with connection.cursor() as cursor:
        cursor.execute(COMMUNES.format(**sizes), {"communes": communes})
        Voie.objects.bulk_create(
            Voie(
                code=f"{code}_{n:04d}",
                nom=name,
                norm=normalise_street(name),
                commune_id=code,
                code_postal=code,
            )
            for code, named in streets.items()
            for n, name in enumerate(named)
        )
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(GROUND.format(**sizes))
    return streets


def write_reports(path: Path, streets: dict[str, list[str]], count: int) -> dict[str, str]:
    """Write an export of Signal Logement, and give the BAN id meant by each reference."""
    chance, truth = random.Random(2), {}
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";")
        writer.writerow(HEADERS)
        for n in range(count):
            code = chance.choice(list(streets))
            street, numero = chance.randrange(STREETS), chance.randint(1, NUMBERS)
            name = streets[code][street]
            line = one_letter_wrong(chance, name) if chance.random() < WRONG else name
            reference = f"2026-{n}"
            writer.writerow(
                (reference, "02/03/2026", "en cours", f"{numero} {line}", code, f"Ville {code}", code)
            )
            truth[reference] = f"{code}_{street:04d}_{numero:05d}"
    return truth


def timed(title: str, run: Callable[[], Any], count: int) -> Any:
    """Run a step and print its seconds, its speed, and the peak memory of this process so far."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = run()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{title:28} {wall:8.1f} s ({cpu:6.1f} s of CPU here)  {count / wall:8.0f} a second  peak {peak_mb:5.0f} MB"
        f"  load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    return result


def main(reports: int, addresses: int) -> None:
    """Fill the register, then run the chain twice: the second time nothing changes."""
    from cadastre_import.anchoring import anchor_signalements
    from cadastre_import.geocoding.service import geocode_signalements
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES
    from layers.models import Address, Geocoding, Parcelle

    streets = fill(max(1, round(addresses / STREETS / NUMBERS)))
    print(f"{Address.objects.count()} addresses, {Parcelle.objects.count()} parcelles, {reports} reports")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signalements.csv"
        truth = write_reports(path, streets, reports)
        imported = timed("import", lambda: run_import(SOURCES["signal-logement"], path), reports)
        assert (imported.added, imported.rejects) == (reports, [])
    said = [
        timed("geocode", geocode_signalements, reports),
        timed("anchor", anchor_signalements, reports),
        timed("geocode again", geocode_signalements, reports),
        timed("anchor again", anchor_signalements, reports),
    ]
    for sentence in said:
        print(sentence)
    found = dict(Geocoding.objects.values_list("signalement__reference", "ban_id"))
    right = sum(found.get(reference) == ban_id for reference, ban_id in truth.items())
    print(f"{right / reports:.2%} at the right house number")


if __name__ == "__main__":
    with scratch_database():
        main(*map(int, [*sys.argv[1:], *("20000", "72000")[len(sys.argv) - 1 :]]))
