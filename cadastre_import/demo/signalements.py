"""The reports: when each was lodged, at which address, with which defects, and what became of it."""

import csv
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files

import numpy as np
import shapely

from .addresses import Address, Street
from .clusters import END, Events, month_start
from .ground import Ground
from .misspelling import Written, write_address
from .stock import Stock

DUPLICATES = 0.022  # share of reports lodged twice
BAN_THRESHOLD = 0.9  # under it Signal Logement empties the position

CLOSING = (
    ("Logement mis en conformité", 0.20), ("Travaux faits ou en cours", 0.19),
    ("Pas d'infraction dans le logement", 0.14), ("Départ occupant", 0.10),
    ("Absence de réponse occupant", 0.09), ("Abandon de procédure / absence de réponse", 0.05),
    ("Relogement occupant", 0.06), ("Responsabilité de l'occupant / assurantiel", 0.06),
    ("Demande fermeture / abandon occupant", 0.04), ("Refus de visite", 0.02), ("Logement vendu", 0.02),
    ("Hors périmètre LHI", 0.01), ("Gestion du dossier externe", 0.01), ("Autre", 0.01),
)  # fmt: skip
CONCLUSIONS = (
    ("Non décence", 0.34), ("Infraction RSD", 0.24), ("Logement décent / Pas d'infraction", 0.16),
    ("Suspicion d'insalubrité", 0.08), ("Insalubrité", 0.08), ("Mise en sécurité / Péril", 0.04),
    ("Responsabilité occupant / Assurantiel", 0.05), ("Saleté", 0.01),
)  # fmt: skip


@dataclass(frozen=True)
class Desordre:
    """A defect of the referential; ``weight`` is how often the demo draws it."""

    zone: str
    category: str
    criterion: str
    is_danger: bool
    coefficient: float
    weight: float


@dataclass
class Report:
    """A signalement: true place, address as written, and what has become of it on the last day."""

    reference: str
    lodged_on: date
    row: int  # of the stock
    address: Address
    street: Street
    written: Written
    position: tuple[float, float] | None  # Lambert-93, None when Signal Logement has none
    tenure: str  # private, social, owner
    desordres: list[Desordre]
    status: str
    updated_on: date
    closed_on: date | None = None
    closing: str = ""
    visits: int = 0
    visited_on: date | None = None
    conclusion: str = ""
    duplicate_of: str = ""


def load_desordres() -> list[Desordre]:
    """Read the referential of defects that comes with the package."""
    with (files(__package__) / "data" / "desordres.csv").open(encoding="utf-8") as lines:
        return [
            Desordre(
                row["zone"], row["categorie"], row["critere"], row["danger"] == "1",
                float(row["coef"]), float(row["poids"]),
            )
            for row in csv.DictReader(lines, delimiter=";")
        ]  # fmt: skip


class Registry:
    """Turns events into reports, with what it needs at hand."""

    def __init__(self, stock: Stock, ground: Ground, rng: np.random.Generator):
        self.stock, self.ground, self.rng = stock, ground, rng
        buildings = ground.building_shapes[stock.building]
        self.centres = shapely.get_coordinates(shapely.point_on_surface(buildings)).tolist()
        self.desordres = load_desordres()
        weights = np.array([desordre.weight for desordre in self.desordres])
        self.weights = weights / weights.sum()
        self.postcodes = sorted({commune.postcode for commune in ground.communes})

    def reports(self, events: Events) -> list[Report]:
        """Give the reports in order of lodging, numbered year by year as Signal Logement does."""
        days = self._days(events.month)
        lodged: list[tuple[date, int, int | None]] = []
        for row, day in zip(events.row.tolist(), days, strict=True):
            if self.stock.parcel[row] not in self.ground.doors:
                continue
            lodged.append((day, row, None))
            if self.rng.random() < DUPLICATES:
                again = min(day + timedelta(days=int(self.rng.integers(1, 40))), END)
                lodged.append((again, row, len(lodged) - 1))
        order = sorted(range(len(lodged)), key=lambda k: (lodged[k][0], k))
        counters: dict[int, int] = {}
        made: dict[int, Report] = {}
        reports = []
        for k in order:
            day, row, first = lodged[k]
            counters[day.year] = counters.get(day.year, 0) + 1
            report = self._report(f"{day.year}-{counters[day.year]}", day, row, made.get(first))
            made[k] = report
            reports.append(report)
        return reports

    def _days(self, months: np.ndarray) -> list[date]:
        days = []
        for month, draw in zip(months.tolist(), self.rng.random(len(months)), strict=True):
            first, following = month_start(month), month_start(month + 1)
            days.append(first + timedelta(days=int(draw * (following - first).days)))
        return days

    def _report(self, reference: str, day: date, row: int, first: Report | None) -> Report:
        rng, stock = self.rng, self.stock
        doors = self.ground.doors[stock.parcel[row]]
        own = [door for door in doors if door.building == stock.building[row]] or doors
        address = first.address if first else own[rng.integers(len(own))]
        street = self.ground.streets[address.street]
        _, absorbed = self.ground.absorbed(address) or ("", None)
        written = write_address(address, street, absorbed, self.postcodes, rng)
        tenure = first.tenure if first else self._tenure(row)
        report = Report(
            reference, day, row, address, street, written, self._position(row, address, written), tenure,
            self._defects(row), "nouveau", day, duplicate_of=first.reference if first else "",
        )  # fmt: skip
        self._follow(report)
        return report

    def _tenure(self, row: int) -> str:
        stock = self.stock
        weights = np.array(
            [stock.private_tenants[row], 0.42 * stock.social_tenants[row], 0.14 * stock.owners[row]]
        )
        return str(self.rng.choice(["private", "social", "owner"], p=weights / weights.sum()))

    def _position(self, row: int, address: Address, written: Written) -> tuple[float, float] | None:
        if written.score <= BAN_THRESHOLD:
            return None
        if self.rng.random() < 0.35 and len(self.ground.doors[address.parcel]) == 1:
            return tuple(self.centres[row])
        if "numero_faux" in written.errors:
            return address.x + self.rng.normal(0, 25), address.y + self.rng.normal(0, 25)
        return address.x, address.y

    def _defects(self, row: int) -> list[Desordre]:
        count = min(1 + self.rng.poisson(1.6 + 0.7 * (self.stock.period[row] < 2)), 8)
        chosen = self.rng.choice(len(self.desordres), count, replace=False, p=self.weights)
        return [self.desordres[k] for k in sorted(chosen.tolist())]

    def _follow(self, report: Report) -> None:
        """Decide the status on the last day of the file, and the visits and closing that lead to it."""
        rng, age = self.rng, (END - report.lodged_on).days
        if report.duplicate_of:
            report.status = "refusé" if rng.random() < 0.4 else "fermé"
            report.closed_on = _not_after_end(report.lodged_on, int(rng.integers(2, 40)))
            report.closing = "Doublon" if report.status == "fermé" else ""
            report.closed_on = report.closed_on if report.status == "fermé" else None
            report.updated_on = _not_after_end(report.lodged_on, int(rng.integers(40, 60)))
            return
        if rng.random() < 0.045:
            report.status = "refusé"
            report.updated_on = _not_after_end(report.lodged_on, int(rng.integers(1, 20)))
            return
        validation = int(rng.exponential(9))
        if validation > age:
            return
        report.status = "en cours"
        report.updated_on = _not_after_end(report.lodged_on, validation + int(rng.exponential(60)))
        delay = validation + 10 + int(rng.exponential(55))
        if delay < age and rng.random() < 0.58:
            report.visits = 1 + int(rng.random() < 0.18) + int(rng.random() < 0.05)
            report.visited_on = report.lodged_on + timedelta(days=delay)
            report.conclusion = _draw(CONCLUSIONS, rng)
            report.updated_on = max(report.updated_on, report.visited_on)
        closing = delay + 25 + int(rng.gamma(1.7, 130))
        if closing < age:
            report.status = "fermé"
            report.closed_on = report.lodged_on + timedelta(days=closing)
            report.closing = _draw(CLOSING, rng)
            report.updated_on = report.closed_on
        elif age < 150 and report.tenure == "private" and rng.random() < 0.12:
            report.status = "démarche accélérée"


def _not_after_end(day: date, later: int) -> date:
    return min(day + timedelta(days=later), END)


def _draw(choices: tuple[tuple[str, float], ...], rng: np.random.Generator) -> str:
    weights = np.array([weight for _, weight in choices])
    return choices[rng.choice(len(choices), p=weights / weights.sum())][0]
