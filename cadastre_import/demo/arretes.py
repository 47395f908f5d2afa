"""Administrative orders over ten years, a part of them lifted, a few parcelles struck twice."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from .addresses import Address, Street
from .clusters import END
from .ground import Ground
from .names import SYNDICS
from .signalements import Report
from .stock import Stock

FIRST_DAY = date(2016, 10, 1)
PER_REPORT = 0.036  # orders for one report of the territory
TYPES = (
    ("Mise en sécurité procédure ordinaire", 0.24), ("Mise en sécurité procédure urgente", 0.15),
    ("Impropre", 0.10), ("Ordinaire irrémédiable", 0.04),
    ("Ordinaire remédiable", 0.21), ("Suroccupation", 0.02), ("Usage non approprié", 0.02),
    ("Insalubrité", 0.08), ("Insalubrité & Saturnisme", 0.02), ("Saturnisme", 0.02),
    ("Arrêté L1331-26", 0.03), ("Arrêté L.1311-4", 0.05),
)  # fmt: skip
AMENDING = "Mise en sécurité modificatif"
HEADER = (
    "date arrêté", "classification arrêté", "date arrêté main levée", "numéro de voie", "nom de la voie",
    "code postal", "commune", "dénomination syndic", "identifiant parcellaire",
)  # fmt: skip


@dataclass(frozen=True)
class Arrete:
    """An order on a parcelle; ``lifted_on`` is None while it stands."""

    taken_on: date
    kind: str
    lifted_on: date | None
    address: Address
    street: Street
    syndic: str
    idu: str


def draw_arretes(
    reports: list[Report], ground: Ground, stock: Stock, baseline: np.ndarray, rng: np.random.Generator
) -> list[Arrete]:
    """Strike the buildings that report most and the risky ones of before the reports, some of them twice."""
    weight = baseline.copy()
    for report in reports:
        weight[report.row] += 0.6 * any(desordre.is_danger for desordre in report.desordres) + 0.1
    weight[[parcel not in ground.doors for parcel in stock.parcel]] = 0
    weight[stock.period > 2] *= 0.1
    count = max(4, round(len(reports) * PER_REPORT))
    rows = rng.choice(len(weight), count, replace=False, p=weight / weight.sum())
    kinds, shares = zip(*TYPES, strict=True)
    span = (END - FIRST_DAY).days
    arretes: list[Arrete] = []
    for row in rows:
        # the older the rarer: orders followed the rise of the reports
        day = FIRST_DAY + timedelta(days=int(span * rng.beta(1.6, 1.0)))
        kind = kinds[rng.choice(len(kinds), p=np.array(shares) / sum(shares))]
        parcel = int(stock.parcel[row])
        address = ground.doors[parcel][0]
        several = stock.dwellings[row] > 2 and rng.random() < 0.7
        syndic = SYNDICS[rng.integers(len(SYNDICS))] if several else ""
        street = ground.streets[address.street]
        lifted_on = _lifted_on(day, 0.58, rng)
        arretes.append(Arrete(day, kind, lifted_on, address, street, syndic, ground.parcels[parcel].idu))
    arretes += [_second(first, rng) for first in arretes[: max(1, count // 12)]]
    return sorted(arretes, key=lambda arrete: (arrete.taken_on, arrete.idu))


def _second(first: Arrete, rng: np.random.Generator) -> Arrete:
    """Give the order that follows another on the same parcelle: a new danger, or an amendment."""
    day = first.taken_on + (END - first.taken_on) * rng.uniform(0.1, 0.6)
    kind = AMENDING if rng.random() < 0.3 else "Mise en sécurité procédure urgente"
    return replace(first, taken_on=day, kind=kind, lifted_on=_lifted_on(day, 0.35, rng))


def _lifted_on(day: date, chance: float, rng: np.random.Generator) -> date | None:
    """Give the day the works were found done, None when they are not: many orders stay overdue."""
    lifted = day + timedelta(days=60 + int(rng.gamma(1.6, 190)))
    return lifted if lifted <= END and rng.random() < chance else None


def arrete_row(arrete: Arrete) -> list[str]:
    """Give the cells of one order in the order of ``HEADER``."""
    return [
        arrete.taken_on.strftime("%d/%m/%Y"),
        arrete.kind,
        arrete.lifted_on.strftime("%d/%m/%Y") if arrete.lifted_on else "",
        f"{arrete.address.number}{arrete.address.rep}",
        arrete.street.name,
        arrete.street.commune.postcode,
        arrete.street.commune.name,
        arrete.syndic,
        arrete.idu,
    ]
