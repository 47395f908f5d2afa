"""Addresses: streets are named, parcelles numbered along them, and each number gets its point."""

import math
from dataclasses import dataclass

import numpy as np

from .buildings import Building
from .mesh import Mesh, local_to_plan
from .names import KINDS, THINGS
from .parcels import Parcel
from .plan import CommunePlan
from .streets import Line, StreetPlan

ARC_M = 900.0  # a boulevard changes name about every so many metres
METRES_A_STAIRCASE = 17.0
BESIDE_STREET = 0.66  # share of points that lie on the street edge, the others on the parcelle


@dataclass
class Street:
    """A named street of one commune."""

    commune: CommunePlan
    name: str
    code: str  # four characters, as in FANTOIR


@dataclass
class Address:
    """A number on a street, with its parcelle and its point in Lambert-93."""

    street: int
    parcel: int
    building: int | None  # the staircase of an estate has its building
    number: int
    rep: str
    x: float
    y: float
    kind: str  # the BAN's type_position

    def ban_id(self, streets: list[Street]) -> str:
        street = streets[self.street]
        return "_".join(
            [street.commune.insee, street.code, f"{self.number:05d}", *([self.rep] * bool(self.rep))]
        )


@dataclass
class _Front:
    """One door to number: the street it gives on, its side, how far along, and where it is."""

    parcel: int
    building: int | None
    key: tuple
    position: float
    side: bool
    u: float
    v: float
    kind: str


def build_addresses(
    plan: StreetPlan, parcels: list[Parcel], buildings: list[Building], mesh: Mesh, rng: np.random.Generator
) -> tuple[list[Street], list[Address]]:
    """Name the streets that have a door, and number their doors: even on the right, odd on the left."""
    fronts = _fronts(plan, parcels, buildings, rng)
    streets, street_of = _name_streets(plan, fronts, parcels, rng)
    world = mesh.to_world(
        np.array([parcels[front.parcel].secteur.index for front in fronts]),
        np.array([front.u for front in fronts]),
        np.array([front.v for front in fronts]),
    )
    order = sorted(
        range(len(fronts)),
        key=lambda k: (street_of[fronts[k].key], fronts[k].side, fronts[k].position, fronts[k].parcel),
    )
    addresses: list[Address] = []
    current, number, rep = None, 0, ""
    for k in order:
        front = fronts[k]
        stretch = street_of[front.key], front.side
        draw = rng.random()
        if stretch != current:
            current, number, rep = stretch, 1 + front.side, ""
        elif draw < 0.035:
            rep = {"": "bis", "bis": "ter"}.get(rep, "quater")
            if rep == "quater":
                number, rep = number + 2, ""
        else:
            number, rep = number + (4 if draw > 0.92 else 2), ""
        x, y = world[k]
        addresses.append(
            Address(stretch[0], front.parcel, front.building, number, rep, float(x), float(y), front.kind)
        )
    return streets, addresses


def _fronts(plan, parcels, buildings, rng) -> list[_Front]:
    built: dict[int, list[int]] = {}
    for index, building in enumerate(buildings):
        if building.role not in {"annex", "wing"}:
            built.setdefault(building.parcel, []).append(index)
    fronts = []
    for index, own in built.items():
        parcel = parcels[index]
        if parcel.front is None or parcel.use in {"eglise", "halle"}:
            continue
        if parcel.fabric == "grand_ensemble" and not parcel.use:
            fronts.extend(_staircases(plan, index, parcel, own, buildings))
            continue
        sides = [parcel.front, *_second_front(parcel, rng)]
        for side in sides:
            fronts.append(_door(plan, index, parcel, (side, 0.5 + rng.uniform(-0.25, 0.25)), rng))
        length = _side_length(parcel, parcel.front)
        if length > 13 and parcel.fabric in {"centre", "faubourg"} and rng.random() < 0.5:
            fronts.append(_door(plan, index, parcel, (parcel.front, 0.88), rng))
    return fronts


def _side_length(parcel: Parcel, side: int) -> float:
    return math.dist(parcel.shape[side][:2], parcel.shape[(side + 1) % len(parcel.shape)][:2])


def _second_front(parcel: Parcel, rng) -> list[int]:
    """Give now and then the other street of a corner."""
    others = [
        side
        for side, (_, _, tag) in enumerate(parcel.shape)
        if side != parcel.front and tag >= 0 and _side_length(parcel, side) > 7
    ]
    return others[:1] if others and rng.random() < 0.22 else []


def _door(plan, index, parcel, place: tuple[int, float], rng) -> _Front:
    """Give the door at a share of the length of a side, beside the street or a little inside."""
    side, share = place
    x, y, tag = parcel.shape[side]
    nx, ny, _ = parcel.shape[(side + 1) % len(parcel.shape)]
    length = math.hypot(nx - x, ny - y)
    dx, dy = (nx - x) / length, (ny - y) / length
    px, py = x + dx * share * length, y + dy * share * length
    line = plan.lines[tag]
    key, position, right = _along(line, tag, parcel, px, py)
    outside = rng.random() < BESIDE_STREET
    off = rng.uniform(0.1, min(4.0, line.width_m / 2)) if outside else -rng.uniform(0.3, 7.0)
    draw = rng.random()
    kind = "entrée" if draw < 0.86 else "segment" if draw < 0.94 else "parcelle" if draw < 0.98 else ""
    if kind == "segment":
        off = rng.uniform(1.5, max(2.0, line.width_m / 2 - 0.5))
    # the shape is counter-clockwise, so that the street lies on the right of its side
    return _Front(index, None, key, position, right, (px + dy * off) / parcel.scale, py - dx * off, kind)


def _staircases(plan, index, parcel, own, buildings) -> list[_Front]:
    """Give one door a staircase of the bars and towers, numbered on the street of the parcelle."""
    doors = []
    _, _, tag = parcel.shape[parcel.front]
    line = plan.lines[tag]
    for building in own:
        (ax, ay, _), (bx, by, _), (cx, cy, _), *_ = buildings[building].shape
        length = math.hypot(bx - ax, by - ay)
        count = max(1, round(length / METRES_A_STAIRCASE))
        for k in range(count):
            share = (k + 0.5) / count
            px = ax + (bx - ax) * share + (cx - bx) * 0.12
            py = ay + (by - ay) * share + (cy - by) * 0.12
            key, position, _ = _along(line, tag, parcel, px, py)
            doors.append(
                _Front(index, building, key, position, False, px / parcel.scale, py, "cage d’escalier")
            )
    return doors


def _along(line: Line, tag: int, parcel: Parcel, x: float, y: float) -> tuple[tuple, float, bool]:
    """Give the key of the street, the distance along it, and whether the parcelle is on its right."""
    secteur = parcel.secteur
    insee = secteur.commune.insee
    u = x / parcel.scale
    if line.kind == "cut":
        (ox, oy), (dx, dy) = line.origin, line.direction
        middle = np.mean([(px / parcel.scale, py) for px, py, _ in parcel.shape], axis=0)
        right = dx * (middle[1] - oy) - dy * (middle[0] - ox) < 0
        return (insee, tag), (u - ox) * dx + (y - oy) * dy, bool(right)
    px, py = local_to_plan(secteur, u, y)
    if line.kind == "ring":
        turn = math.atan2(py, px) % math.tau
        arcs = max(1, round(math.tau * line.value / ARC_M))
        arc = int(turn / math.tau * arcs) % arcs
        return (insee, tag, arc), turn * line.value, secteur.middle[0] > line.value
    ahead = (math.degrees(secteur.middle[1]) - line.value) % 360 < 180
    return (insee, tag), math.hypot(px, py), ahead


def _name_streets(plan, fronts, parcels, rng) -> tuple[list[Street], dict[tuple, int]]:
    """Give each street a name of its own in its commune: the longest ones choose first."""
    doors: dict[tuple, int] = {}
    commune_of: dict[tuple, CommunePlan] = {}
    fabric_of: dict[tuple, str] = {}
    for front in fronts:
        doors[front.key] = doors.get(front.key, 0) + 1
        parcel = parcels[front.parcel]
        commune_of[front.key] = parcel.secteur.commune
        fabric_of.setdefault(front.key, parcel.fabric)
    streets: list[Street] = []
    street_of: dict[tuple, int] = {}
    taken: set[tuple[str, str]] = set()
    counts: dict[str, int] = {}
    for key in sorted(doors, key=lambda key: (-doors[key], key)):
        commune = commune_of[key]
        line = plan.lines[key[1]]
        style = "river" if line.is_river else line.kind if line.kind != "cut" else fabric_of[key]
        kinds, weights = zip(*KINDS.get(style, KINDS["champs"]), strict=True)
        while True:
            kind = kinds[rng.choice(len(kinds), p=np.array(weights) / sum(weights))]
            name = f"{kind} {THINGS[rng.integers(len(THINGS))]}"
            if (commune.insee, name) not in taken:
                break
        taken.add((commune.insee, name))
        counts[commune.insee] = counts.get(commune.insee, 0) + 1
        street_of[key] = len(streets)
        streets.append(Street(commune, name, f"{counts[commune.insee] * 7 % 9973:04d}"))
    return streets, street_of
