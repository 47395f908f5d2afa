"""The addresses of the geocoder-tester project: queries that others wrote, with the address that each means."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.gis.geos import Point

from cadastre_import.geocoding.normalisation import normalise_name, normalise_street
from cadastre_import.geocoding.provider import HOUSENUMBER, Answer, Query
from layers.models import Address, Commune, Voie

FOLDER = Path(settings.REAL_DATA_DIR) / "geocoder_tests"
WELL_WRITTEN = ("iledefrance_test_addresses.csv", "nordpasdecalais_test_addresses.csv")
MISSPELT = ("iledefrance_fuzzy_test_addresses_fuzzy.csv",)
NUMBERED = re.compile(r"(\d+(?:bis|ter|quater|[A-Z])?) (.+)", re.IGNORECASE)
MILLESIME = "2026-01-01"


@dataclass(frozen=True)
class Expected:
    """A query and the house number it means; its file tells the postcode or the city, never both."""

    query: str
    number: str
    street: str
    city: str
    postcode: str

    @property
    def address(self) -> tuple[str, str]:
        """Give the number and the street in one spelling."""
        return self.number.lower(), normalise_street(self.street)

    def is_met_by(self, answer: Answer | None) -> bool:
        """Tell if an answer is this very house number, in this city or postcode."""
        if answer is None or answer.kind != HOUSENUMBER:
            return False
        found = Address.objects.select_related("voie__commune").get(ban_id=answer.ban_id)
        where = found.code_postal == self.postcode or normalise_name(
            found.voie.commune.nom
        ) == normalise_name(self.city)
        return where and (f"{found.numero}{found.rep}".lower(), found.voie.norm) == self.address


def expected(*names: str) -> Iterator[Expected]:
    """Give the house numbers that these files ask for."""
    for name in names:
        with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                number, street = row.get("expected_housenumber"), row.get("expected_street")
                if not (number and street):
                    split = NUMBERED.fullmatch(row.get("expected_name") or "")
                    if not split:
                        continue
                    number, street = split.groups()
                if not number[0].isdigit():
                    continue
                yield Expected(
                    row["query"], number, street, row["expected_city"] or "", row["expected_postcode"] or ""
                )


def of_bondy() -> list[Expected]:
    """Give the queries whose address is in the only commune whose real BAN file we hold."""
    return [
        one for one in expected(*WELL_WRITTEN, *MISSPELT) if one.postcode == "93140" or one.city == "Bondy"
    ]


def load_register(queries: list[Expected]) -> None:
    """Make a register of the expected addresses alone: one query tells the city of each, another its postcode."""
    cities: dict[tuple[str, str], str] = {}
    postcodes: dict[tuple[str, str], str] = {}
    for one in queries:
        if one.city:
            cities.setdefault(one.address, one.city)
        if one.postcode:
            postcodes.setdefault(one.address, one.postcode)
    communes: dict[str, Commune] = {}
    voies: dict[tuple[str, str], Voie] = {}
    addresses = []
    for one in queries:
        city, postcode = cities.get(one.address), postcodes.get(one.address)
        if not city or not postcode or (one.address in {a for a, _ in addresses}):
            continue
        commune = communes.setdefault(
            normalise_name(city),
            Commune(code=f"{len(communes):05d}", nom=city, departement=postcode[:2], codes_postaux=[]),
        )
        if postcode not in commune.codes_postaux:
            commune.codes_postaux.append(postcode)
        street = (commune.code, normalise_street(one.street))
        voie = voies.setdefault(
            street,
            Voie(
                code=f"{commune.code}_{len(voies):04d}",
                nom=one.street,
                norm=street[1],
                commune=commune,
                code_postal=postcode,
            ),
        )
        addresses.append((one.address, (voie, postcode, one.number)))
    Commune.objects.bulk_create(communes.values())
    Voie.objects.bulk_create(voies.values())
    Address.objects.bulk_create(
        Address(
            ban_id=f"{voie.code}_{n:05d}",
            voie=voie,
            commune=voie.commune,
            numero=int(re.match(r"\d+", number)[0]),
            rep=re.sub(r"^\d+", "", number).lower(),
            code_postal=postcode,
            millesime=MILLESIME,
            geom=Point(2 + n / 10_000, 48, srid=4326),
        )
        for n, (_, (voie, postcode, number)) in enumerate(addresses)
    )


def met(geocoder: object, queries: list[Expected]) -> tuple[int, list[str]]:
    """Give how many queries get their house number, and the others with what they got."""
    answers = geocoder.search_many([Query(one.query) for one in queries])
    misses = [
        f"{one.query!r} → {answer.label if answer else 'rien'} ({answer.score if answer else 0:.2f})"
        for one, answer in zip(queries, answers, strict=True)
        if not one.is_met_by(answer)
    ]
    return len(queries) - len(misses), misses
