"""Administrative orders over ten years, a part of them lifted, a few parcelles struck twice."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from .addresses import Address, Street
from .clusters import END
from .names import SYNDICS
from .parcels import Parcel
from .signalements import Report
from .stock import Stock

FIRST_DAY = date(2016, 10, 1)
PER_REPORT = 0.036  # orders for one report of the territory
TYPES = (
    ("Mise en sécurité procédure ordinaire", 0.24), ("Mise en sécurité procédure urgente", 0.15),
    ("Mise en sécurité modificatif", 0.02), ("Impropre", 0.10), ("Ordinaire irrémédiable", 0.04),
    ("Ordinaire remédiable", 0.21), ("Suroccupation", 0.02), ("Usage non approprié", 0.02),
    ("Insalubrité", 0.08), ("Insalubrité & Saturnisme", 0.02), ("Saturnisme", 0.02),
    ("Arrêté L1331-26", 0.03), ("Arrêté L.1311-4", 0.05),
)  # fmt: skip
HEADER = (
    "date arrêté", "classification arrêté", "date arrêté main levée", "numéro de voie", "nom de la voie",
    "code postal", "commune", "dénomination syndic", "identifiant parcellaire",
)  # fmt: skip


@dataclass(frozen=True)
class Arrete:
    taken_on: date
    kind: str
    lifted_on: date | None
    address: Address
    street: Street
    syndic: str
    idu: str


def draw_arretes(
    reports: list[Report], stock: Stock, parcels: list[Parcel], streets: list[Street],
    addresses: list[Address], baseline: np.ndarray, rng: np.random.Generator,
) -> list[Arrete]:  # fmt: skip
    """Strike the buildings that report most and the risky ones of before the reports, some of them twice."""
    doors: dict[int, Address] = {}
    for address in addresses:
        doors.setdefault(address.parcel, address)
    weight = baseline.copy()
    for report in reports:
        weight[report.row] += 0.6 * any(desordre.is_danger for desordre in report.desordres) + 0.1
    weight[[parcel not in doors for parcel in stock.parcel]] = 0
    weight[stock.period > 2] *= 0.1
    count = max(4, round(len(reports) * PER_REPORT))
    rows = rng.choice(len(weight), count, replace=False, p=weight / weight.sum())
    twice = rows[: max(1, count // 12)]
    span = (END - FIRST_DAY).days
    arretes = []
    for k, row in enumerate([*rows, *twice]):
        # the older the rarer: orders followed the reports' own rise
        day = FIRST_DAY + timedelta(days=int(span * rng.beta(1.6, 1.0)))
        kinds, shares = zip(*TYPES, strict=True)
        kind = kinds[rng.choice(len(kinds), p=np.array(shares) / sum(shares))]
        lifted = day + timedelta(days=60 + int(rng.gamma(1.6, 190)))
        is_lifted = lifted <= END and rng.random() < (0.35 if k >= count else 0.58)
        parcel = int(stock.parcel[row])
        address = doors[parcel]
        syndic = SYNDICS[rng.integers(len(SYNDICS))] if stock.dwellings[row] > 2 and rng.random() < 0.7 else ""
        arretes.append(
            Arrete(day, kind, lifted if is_lifted else None, address, streets[address.street], syndic, parcels[parcel].idu)
        )
    return sorted(arretes, key=lambda arrete: (arrete.taken_on, arrete.idu))


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
