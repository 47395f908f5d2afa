"""Energy diagnoses of a share of the dwellings, as the Ademe publishes them: old, small and rented are the worst."""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from .addresses import Address
from .clusters import END
from .ground import Ground
from .stock import Stock
from .writing import csv_text, write

HEADER = (
    "numero_dpe", "numero_dpe_remplace", "date_etablissement_dpe", "date_fin_validite_dpe", "etiquette_dpe",
    "etiquette_ges", "type_batiment", "annee_construction", "periode_construction", "surface_habitable_logement",
    "surface_habitable_immeuble", "adresse_ban", "code_insee_ban", "identifiant_ban", "score_ban",
    "statut_geocodage", "id_rnb",
)  # fmt: skip
FIRST_DAY = date(2021, 7, 1)
DIAGNOSED = 0.08  # share of the dwellings
BADLY_GEOCODED = 0.05
REPLACED = 0.03
CLASSES = np.array(list("ABCDEFG"))
# By period of the census: the middle of the classes (A is 0), how the Ademe names it, and the years it spans
PERIODS = (
    (4.1, "avant 1948", 1750, 1918), (4.0, "avant 1948", 1919, 1945), (3.7, "1948-1974", 1948, 1970),
    (3.2, "1978-1982", 1978, 1982), (2.7, "1989-2000", 1991, 2000), (2.0, "2006-2012", 2006, 2012),
    (1.2, "après 2021", 2021, 2024),
)  # fmt: skip


@dataclass(frozen=True)
class Diagnosis:
    """A diagnosis of one dwelling of a row of the stock."""

    row: int
    classe: str
    ges: str
    day: date
    surface: float
    address: Address


def draw_diagnoses(ground: Ground, stock: Stock, rng: np.random.Generator) -> list[Diagnosis]:
    """Diagnose some dwellings of each building that has a door."""
    counts = rng.binomial(stock.dwellings, DIAGNOSED)
    counts[[parcel not in ground.doors for parcel in stock.parcel]] = 0
    rows = np.repeat(np.arange(len(counts)), counts)
    middle = np.array([period[0] for period in PERIODS])[stock.period]
    rented = stock.private_tenants / stock.dwellings
    social = stock.social_tenants / stock.dwellings
    small = stock.small / stock.dwellings
    worth = (middle + 0.7 * rented + 0.8 * small - 0.9 * social)[rows] + rng.normal(0, 0.95, len(rows))
    classes = np.clip(np.round(worth), 0, 6).astype(int)
    ges = np.clip(classes - rng.integers(0, 2, len(rows)), 0, 6)
    days = rng.integers((END - FIRST_DAY).days, size=len(rows))
    surfaces = np.where(stock.house[rows], rng.gamma(9, 11, len(rows)), rng.gamma(8, 6, len(rows))) + 9
    picks = rng.random(len(rows))
    diagnoses = []
    for k, row in enumerate(rows.tolist()):
        doors = ground.doors[int(stock.parcel[row])]
        diagnoses.append(
            Diagnosis(
                row,
                str(CLASSES[classes[k]]),
                str(CLASSES[ges[k]]),
                FIRST_DAY + timedelta(days=int(days[k])),
                round(float(surfaces[k]), 1),
                doors[int(picks[k] * len(doors))],
            )
        )
    return diagnoses


def write_dpe(
    path: Path, diagnoses: list[Diagnosis], ground: Ground, stock: Stock, rng: np.random.Generator
) -> Path:
    """Write the diagnoses in the order of their numbers; a few replace another, a few are badly geocoded."""
    rows = []
    draws = rng.random((len(diagnoses), 3))
    for k, diagnosis in enumerate(diagnoses):
        badly, score, replaces = draws[k]
        street = ground.streets[diagnosis.address.street]
        place = street.commune
        _, period, first, last = PERIODS[stock.period[diagnosis.row]]
        wrong = badly < BADLY_GEOCODED
        number = f"{diagnosis.address.number}{diagnosis.address.rep}"
        rows.append((
            _number(k), _number(k - 1) if replaces < REPLACED and k else "", diagnosis.day.isoformat(),
            diagnosis.day.replace(year=diagnosis.day.year + 10, day=min(diagnosis.day.day, 28)).isoformat(),
            diagnosis.classe, diagnosis.ges, "maison" if stock.house[diagnosis.row] else "appartement",
            str(first + int(score * (last - first))), period, repr(diagnosis.surface), "",
            f"{number} {street.name} {place.postcode} {place.name}", place.insee,
            f"{place.insee}_{street.code}" if wrong else diagnosis.address.ban_id(ground.streets),
            f"{0.25 + 0.2 * score if wrong else 0.8 + 0.19 * score:.2f}",
            "adresse géocodée ban à l'adresse", "",
        ))  # fmt: skip
    return write(path, csv_text(HEADER, rows, ","))


def _number(k: int) -> str:
    return f"2436E{k:07d}X"
