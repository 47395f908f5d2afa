"""Geocode by the embedded geocoder: addresses a second in one process, in a small and in a large commune; quality.

Run with ``python -m benchmarks.geocoding [ADDRESSES]`` (2 000 a set if not given). The register holds 40 communes
of 100 streets and one city of 4 000. Three sets: typed right, one letter wrong, and typed right one at a time. Then
the quality on real Bondy, when its files are there: RPLS, geocoder-tester, and addresses of the BAN spoilt by us.
"""

import os
import random
import sys
import time
from collections.abc import Sequence

from benchmarks._scratch import scratch_database

TYPES = ("Rue", "Avenue", "Boulevard", "Impasse", "Allée", "Place", "Chemin", "Square")
FIRST = (
    "Jean",
    "Marie",
    "Louise",
    "Pierre",
    "Victor",
    "Simone",
    "Paul",
    "Jeanne",
    "Henri",
    "Lucie",
    "Émile",
    "Rosa",
)
LAST = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Leroy Roux "
    "David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefevre Faure "
    "Andre Mercier Blanc Guerin Boyer Garnier Chevalier Francois Legrand Gauthier Garcia Perrin Robin Clement Morin"
)
CITY, CITY_STREETS = "60999", 4_000
TOWNS, TOWN_STREETS = [f"60{n:03d}" for n in range(40)], 100
NUMBERS = 30


def fill() -> dict[str, list[str]]:
    """Write the register, and give the names of the streets of each commune."""
    from django.db import connection

    from cadastre_import.geocoding.normalisation import normalise_street
    from layers.models import Commune, Voie

    names = [f"{kind} {first} {last}" for kind in TYPES for first in FIRST for last in LAST.split()]
    chance = random.Random(1)
    streets = {
        code: chance.sample(names, CITY_STREETS if code == CITY else TOWN_STREETS) for code in [CITY, *TOWNS]
    }
    Commune.objects.bulk_create(Commune(code=code, nom=f"Ville {code}", departement="60") for code in streets)
    Voie.objects.bulk_create(
        Voie(code=f"{code}_{n:04d}", nom=name, norm=normalise_street(name), commune_id=code, code_postal=code)
        for code, named in streets.items()
        for n, name in enumerate(named)
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO layers_address (ban_id, voie_id, commune_id, numero, rep, code_postal, type_position,
                                        millesime, geom)
            SELECT v.code || '_' || lpad(n::text, 5, '0'), v.code, v.commune_id, n, '', v.code_postal, '',
                   '2026-01-01', ST_SetSRID(ST_MakePoint(2 + n / 1000.0, 49), 4326)
            FROM layers_voie v, generate_series(1, %s) n
            """,
            [NUMBERS],
        )
        cursor.execute("ANALYZE layers_voie, layers_address")
    return streets


def one_letter_wrong(chance: random.Random, name: str) -> str:
    """Replace one letter of the last word."""
    at = chance.randrange(name.rindex(" ") + 1, len(name))
    return name[:at] + chance.choice("abcdefghijklmnopqrstuvwxyz") + name[at + 1 :]


def measure(
    title: str, geocoder: object, queries: Sequence[object], wanted: Sequence[str], batch: int
) -> None:
    """Time a set and print its speed and the share of right answers."""
    started, answers = time.perf_counter(), []
    for at in range(0, len(queries), batch):
        answers += geocoder.search_many(queries[at : at + batch])
    seconds = time.perf_counter() - started
    right = sum(a is not None and a.ban_id == b for a, b in zip(answers, wanted, strict=True)) / len(wanted)
    print(f"{title:42} {len(queries) / seconds:7.0f} addresses/s   {right:6.1%} right")


def main(count: int) -> None:
    """Fill the register, then time each set."""
    from cadastre_import.geocoding.embedded import EmbeddedGeocoder
    from cadastre_import.geocoding.provider import Query
    from cadastre_import.geocoding.service import BATCH

    streets = fill()
    geocoder = EmbeddedGeocoder()
    chance = random.Random(2)
    print(f"load average {os.getloadavg()[0]:.1f}, one process, commune known")
    for place, codes in (("town of 100 streets", TOWNS), ("city of 4 000 streets", [CITY])):
        for spelling, batch in (
            ("typed right", BATCH),
            ("one letter wrong", BATCH),
            ("typed right, one by one", 1),
        ):
            queries, wanted = [], []
            for _ in range(count if batch > 1 else count // 10):
                code = chance.choice(codes)
                street, numero = chance.randrange(len(streets[code])), chance.randint(1, NUMBERS)
                name = streets[code][street]
                line = one_letter_wrong(chance, name) if spelling == "one letter wrong" else name
                queries.append(Query(f"{numero} {line}", code, code))
                wanted.append(f"{code}_{street:04d}_{numero:05d}")
            measure(f"{place}, {spelling}", geocoder, queries, wanted, batch)


def quality(spoilt: int) -> None:
    """Print how good the answers are on the real files of Bondy."""
    from cadastre_import.geocoding.embedded import ACCEPTED, EmbeddedGeocoder
    from cadastre_import.geocoding.provider import HOUSENUMBER, Query
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources import SOURCES
    from layers.models import Commune
    from tests.cadastre_import import test_real_bondy_geocoding as real
    from tests.cadastre_import.geocoding import geocoder_tests
    from tests.cadastre_import.geocoding.typing_mistakes import spoil

    if not real.BONDY.is_dir():
        print("no real files: GEO_LHI_REAL_DATA names no folder that has Bondy")
        return
    Commune.objects.create(code="93010", nom="Bondy", departement="93", codes_postaux=["93140"])
    run_import(SOURCES["ban"], real.BONDY / "ban/adresses-93010.csv.gz")
    geocoder, chance = EmbeddedGeocoder(), random.Random(93)

    apart_m = real.rpls_apart_m(geocoder)
    within = [sum(m <= limit for m in apart_m) / len(apart_m) for limit in (50, 150)]
    print(
        f"RPLS, {len(apart_m)} addresses: {within[0]:.1%} within 50 m, {within[1]:.1%} within 150 m (87 %, 97 %)"
    )

    right, misses = geocoder_tests.met(geocoder, queries := geocoder_tests.of_bondy())
    print(f"geocoder-tester, Bondy: {right} of {len(queries)}; missed: {misses}")

    rows = chance.choices(list(real.ban_rows()), k=spoilt)
    lines = [spoil(chance, f"{row['numero']}{row['rep']} {row['nom_voie']}") for row in rows]
    answers = geocoder.search_many([Query(line, "93140", "93010", "Bondy") for line in lines])
    good = [a is not None and a.ban_id == row["id"] for a, row in zip(answers, rows, strict=True)]
    sure = [
        ok for a, ok in zip(answers, good, strict=True) if a and a.kind == HOUSENUMBER and a.score >= ACCEPTED
    ]
    print(
        f"BAN spoilt by one to three mistakes, {spoilt}: {sum(good) / spoilt:.2%} at the house number (98 %)"
    )
    print(f"  accepted: {len(sure) / spoilt:.2%}, right among these: {sum(sure) / len(sure):.2%} (99.5 %)")


if __name__ == "__main__":
    with scratch_database():
        count = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
        main(count)
        quality(count)
