"""Propose the duplicates of a town: seconds, and how many of the planted ones are found.

Run with ``python -m benchmarks.duplicates [REPORTS BATIMENTS]`` (100 000 on 30 000 if not given). Reports fall on
buildings as in a town with a few large estates; one in fifty is lodged again within six weeks by the same door, which
one of the two names or neither, with most of its defects and half of its words.
"""

import os
import random
import sys
import time
from datetime import date, timedelta

from benchmarks._scratch import scratch_database

WORDS = [f"mot{n}" for n in range(60)]
DEFECTS = [f"Désordre {n}" for n in range(60)]
PLANTED = 0.02


def fill(reports: int, batiments: int) -> set[frozenset[str]]:
    """Write the town, and give the planted pairs by reference."""
    from layers.models import Anchor, Commune, Desordre, Signalement

    draw = random.Random(20260401)
    commune = Commune.objects.create(code="60999", nom="Ici", departement="60")
    rows, places, defects, planted = [], [], [], set()

    def lodge(place: str, day: date, door: tuple[str, str], told: list[str], words: list[str]) -> str:
        reference = str(len(rows))
        rows.append(
            Signalement(
                departement="60", reference=reference, status="ACTIVE", received_on=day, commune=commune,
                etage=door[0], appartement=door[1], description=" ".join(words),
            )
        )  # fmt: skip
        places.append(place)
        defects.append(told)
        return reference

    while len(rows) < reports:
        estate = draw.random() < 0.15
        place = f"B{draw.randrange(batiments // 200 if estate else batiments)}"
        day = date(2023, 1, 1) + timedelta(days=draw.randrange(1200))
        door = (str(draw.randrange(8)), str(draw.randrange(60))) if draw.random() < 0.6 else ("", "")
        told = draw.sample(DEFECTS, draw.randrange(1, 6))
        words = draw.choices(WORDS, k=draw.randrange(6, 40))
        first = lodge(place, day, door, told, words)
        if draw.random() < PLANTED:
            again = told[: max(1, len(told) - 1)] + ([draw.choice(DEFECTS)] if draw.random() < 0.4 else [])
            kept = words[: len(words) // 2] + draw.choices(WORDS, k=len(words) // 2)
            later = day + timedelta(days=draw.randrange(43))
            second = lodge(
                place, later, door if draw.random() < 0.7 else ("", ""), list(dict.fromkeys(again)), kept
            )
            planted.add(frozenset((first, second)))
    made = Signalement.objects.bulk_create(rows, batch_size=5_000)
    Anchor.objects.bulk_create(
        (
            Anchor(signalement=row, kind="batiment", place_code=place, method="rnb", score=0.9, is_best=True)
            for row, place in zip(made, places, strict=True)
        ),
        batch_size=5_000,
    )
    Desordre.objects.bulk_create(
        (
            Desordre(signalement=row, label=label)
            for row, told in zip(made, defects, strict=True)
            for label in told
        ),
        batch_size=5_000,
    )
    return planted


def main(reports: int, batiments: int) -> None:
    """Fill, propose twice, print."""
    from django.db import connection

    from layers.models import DuplicateProposal
    from layers.scope import Scope
    from layers.services.duplicates import propose_duplicates

    planted = fill(reports, batiments)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        count = propose_duplicates()
        seconds.append(time.perf_counter() - started)
    found = {
        frozenset(pair)
        for pair in DuplicateProposal.objects.visible_to(Scope.whole()).values_list(
            "first__reference", "second__reference"
        )
    }
    right = len(found & planted)
    print(f"{reports} reports on {batiments} buildings, load average {os.getloadavg()[0]:.1f}")
    print(f"first time {seconds[0]:.1f} s, again {seconds[1]:.1f} s, {count} pairs proposed")
    print(f"{right} of {len(planted)} planted pairs found ({right / len(planted):.0%})")
    print(f"{right / count:.0%} of the proposals are planted")


if __name__ == "__main__":
    with scratch_database():
        main(*(int(n) for n in sys.argv[1:3] or (100_000, 30_000)))
