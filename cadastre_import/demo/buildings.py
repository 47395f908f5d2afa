"""Buildings: aligned on the street in the old fabrics, set back among gardens, in bars on large parcelles."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import shapely

from . import convex
from .mesh import Mesh
from .parcels import Parcel, world_polygons

HARD, LIGHT = "01", "02"  # the cadastre's « bâtiment en dur » and « construction légère »
BAR_DEPTH_M, TOWER_SIDE_M = 12.5, 21.0
SMALLEST_M2 = 4.0
# Share of the houses on the street that have one to five floors
FLOORS = {
    "centre": (0.0, 0.14, 0.40, 0.34, 0.12),
    "faubourg": (0.06, 0.47, 0.29, 0.13, 0.05),
    "bourg": (0.18, 0.60, 0.22, 0.0, 0.0),
}


class Part(NamedTuple):
    """A building in the real metres of its parcelle."""

    kind: str  # HARD or LIGHT
    role: str  # main, wing, annex, bar, tower, shed, public
    shape: convex.Shape
    floors: int = 1
    name: str = ""


@dataclass(frozen=True)
class Building:
    """A part and the row of the parcelle it stands on."""

    parcel: int
    kind: str
    role: str
    shape: convex.Shape
    floors: int
    name: str


def build_buildings(parcels: list[Parcel], rng: np.random.Generator) -> list[Building]:
    """Build on every parcelle what its fabric and its use call for."""
    return [
        Building(index, *part)
        for index, parcel in enumerate(parcels)
        for part in _on_parcel(parcel, rng)
        if part.shape and convex.area(part.shape) > SMALLEST_M2
    ]


def _on_parcel(parcel: Parcel, rng: np.random.Generator) -> Iterable[Part]:
    if parcel.use in {"eglise", "halle", "ecole"}:
        return _public(parcel)
    if parcel.use in {"square", "parc"}:
        return ()
    if parcel.fabric == "grand_ensemble":
        return _estate(parcel.shape, rng)
    builder = {
        "centre": _aligned, "faubourg": _aligned, "bourg": _village, "pavillon": _house,
        "activite": _shed, "champs": _farm,
    }.get(parcel.fabric)  # fmt: skip
    return builder(parcel, rng) if builder and parcel.front is not None else ()


def _frame(parcel: Parcel):
    """Give the middle of the frontage, its direction, the inward direction, its length and the depth behind."""
    x, y, _ = parcel.shape[parcel.front]
    nx, ny, _ = parcel.shape[(parcel.front + 1) % len(parcel.shape)]
    length = math.hypot(nx - x, ny - y)
    dx, dy = (nx - x) / length, (ny - y) / length
    low, high = convex.extent(parcel.shape, -dy, dx)
    return ((x + nx) / 2, (y + ny) / 2), (dx, dy), length, high - low


def _band(shape, origin, direction, distances):
    """Give the part of a shape between two distances behind the line of its frontage."""
    (x, y), (dx, dy), (near, far) = origin, direction, distances
    part = shape
    if near > 0:
        part, _ = convex.split(part, x - dy * near, y + dx * near, dx, dy)
    if part:
        _, part = convex.split(part, x - dy * far, y + dx * far, dx, dy)
    return part


def _aligned(parcel: Parcel, rng: np.random.Generator) -> Iterator[Part]:
    """A house or a block of flats on the street, from wall to wall, with a wing or a shed behind."""
    if rng.random() < 0.025:
        return
    origin, direction, length, depth = _frame(parcel)
    centre = parcel.fabric == "centre"
    body = min(rng.uniform(9.5, 13.5) if centre else rng.uniform(8.5, 12.0), depth * 0.85)
    floors = int(rng.choice(5, p=FLOORS[parcel.fabric])) + 1
    yield Part(HARD, "main", _band(parcel.shape, origin, direction, (0, body)), floors)
    side = 1 if rng.random() < 0.5 else -1
    if rng.random() < (0.62 if centre else 0.3) and depth > body + 6:
        wing = _band(parcel.shape, origin, direction, (body, body + rng.uniform(0.35, 0.9) * (depth - body)))
        shift = length * rng.uniform(0.08, 0.22)
        yield Part(HARD, "wing", _beside(wing, origin, direction, side * shift, side), floors)
    if rng.random() < (0.2 if centre else 0.33) and depth > body + 9:
        rear = _band(parcel.shape, origin, direction, (depth - rng.uniform(3, 5.5), depth))
        shift = length * rng.uniform(-0.1, 0.25)
        yield Part(LIGHT, "annex", _beside(rear, origin, direction, -side * shift, -side))


def _village(parcel: Parcel, rng: np.random.Generator) -> Iterator[Part]:
    """A house on the street, or one set back from it."""
    yield from _house(parcel, rng) if rng.random() < 0.35 else _aligned(parcel, rng)


def _beside(shape, origin, direction, shift, side):
    """Keep what lies on one side of the line square to the frontage, ``shift`` metres from its middle."""
    if not shape:
        return shape
    (x, y), (dx, dy) = origin, direction
    left, right = convex.split(shape, x + dx * shift, y + dy * shift, -dy, dx)
    return right if side > 0 else left


def _rectangle(frame, at, size):
    """Give a rectangle of a width and depth, ``at`` metres along and behind the middle of a frontage.

    ``frame`` is that middle and the direction of the frontage.
    """
    ((x, y), (dx, dy)), (ahead, behind), (width, depth) = frame, at, size
    near, far, left, right = behind, behind + depth, ahead - width / 2, ahead + width / 2
    corners = ((left, near), (right, near), (right, far), (left, far))
    return [(x + dx * along - dy * back, y + dy * along + dx * back, -1) for along, back in corners]


def _within(rectangle, limits):
    """Clip a shape to a convex parcelle."""
    result = rectangle
    for k, (x, y, _) in enumerate(limits):
        nx, ny, _ = limits[(k + 1) % len(limits)]
        if not result:
            return []
        result, _ = convex.split(result, x, y, nx - x, ny - y)
    return result


def _house(parcel: Parcel, rng: np.random.Generator) -> Iterator[Part]:
    """A detached or semi-detached house behind its front garden, a garage beside or at the back."""
    if rng.random() < 0.02:
        return
    origin, direction, length, depth = _frame(parcel)
    frame = origin, direction
    limits = convex.inset(parcel.shape, lambda tag: 1.2)
    width = min(rng.uniform(8.5, 12.5), max(length * 0.72, 6.0))
    deep = min(rng.uniform(7.5, 10.5), depth * 0.45)
    setback = min(rng.uniform(3.5, 7.5), depth * 0.28)
    ahead = rng.uniform(-0.5, 0.5) * max(length - width - 3, 0)
    semi_detached = rng.random() < 0.3
    if semi_detached:
        ahead = math.copysign(max(length - width, 0) / 2, ahead)
        limits = parcel.shape
    house = _within(_rectangle(frame, (ahead, setback), (width, deep)), limits)
    yield Part(HARD, "main", house, int(rng.choice([1, 2], p=[0.45, 0.55])))
    if rng.random() < 0.2 and not semi_detached:
        back = setback + deep * rng.uniform(0.5, 1.0)
        extension = _rectangle(frame, (ahead, back), (width * 0.55, deep * 0.8))
        yield Part(HARD, "wing", _within(extension, limits))
    if rng.random() < 0.42:
        back = depth - rng.uniform(5, 9) if rng.random() < 0.6 else setback + 1
        other_side = -math.copysign(length / 2 - 2.2, ahead)
        yield Part(LIGHT, "annex", _within(_rectangle(frame, (other_side, back), (3.2, 5.5)), parcel.shape))


def _shed(parcel: Parcel, rng: np.random.Generator) -> Iterator[Part]:
    """A warehouse or a workshop amid its yard."""
    if rng.random() < 0.08:
        return
    origin, direction, length, depth = _frame(parcel)
    limits = convex.inset(parcel.shape, lambda tag: 9.0 if tag >= 0 else 5.0)
    size = length * rng.uniform(0.55, 0.85), depth * rng.uniform(0.4, 0.75)
    hall = _rectangle((origin, direction), (0, 10), size)
    yield Part(HARD, "shed", _within(hall, limits) if limits else [], int(rng.integers(1, 3)))


def _farm(parcel: Parcel, rng: np.random.Generator) -> Iterator[Part]:
    """Now and then a farm with its barns by the road."""
    if rng.random() > 0.022:
        return
    origin, direction, length, _ = _frame(parcel)
    frame, ahead = (origin, direction), rng.uniform(-0.3, 0.3) * length
    yield Part(HARD, "main", _within(_rectangle(frame, (ahead, 9), (16, 8.5)), parcel.shape), 2)
    yield Part(HARD, "shed", _within(_rectangle(frame, (ahead + 21, 12), (11, 26)), parcel.shape))
    yield Part(LIGHT, "annex", _within(_rectangle(frame, (ahead - 2, 34), (24, 10)), parcel.shape))


def _public(parcel: Parcel) -> Iterator[Part]:
    """A church with its transept, a market hall, or a school round its yard."""
    dx, dy, length, width = convex.long_axis(parcel.shape)
    frame = convex.centroid(parcel.shape), (dx, dy)
    if parcel.use == "halle":
        yield Part(HARD, "public", convex.inset(parcel.shape, lambda tag: 1.5), 1, "Halle")
    elif parcel.use == "eglise":
        nave, aisle = min(length * 0.8, 42.0), min(width * 0.3, 12.0)
        arm = aisle * 0.8, aisle * 0.4
        for at, size in (
            ((0, -aisle / 2), (nave, aisle)),
            ((nave * 0.2, -aisle * 0.9), arm),
            ((nave * 0.2, aisle * 0.5), arm),
        ):
            yield Part(HARD, "public", _within(_rectangle(frame, at, size), parcel.shape), 2, "Eglise")
    else:
        limits = convex.inset(parcel.shape, lambda tag: 5.0) or parcel.shape
        for back, deep, share in ((-width * 0.32, 11.0, 0.7), (width * 0.18, 10.0, 0.45)):
            hall = _within(_rectangle(frame, (0, back), (length * share, deep)), limits)
            if hall and convex.area(hall) > 0.6 * length * share * deep:
                yield Part(HARD, "public", hall, 2)


def _estate(shape: convex.Shape, rng: np.random.Generator) -> Iterator[Part]:
    """Bars in parallel rows, some of them broken into towers, on one great lawn."""
    limits = convex.inset(shape, lambda tag: 13.0)
    if not limits:
        return
    dx, dy, _, _ = convex.long_axis(shape)
    if rng.random() < 0.4:
        dx, dy = -dy, dx
    turn = rng.normal(0, 0.06)
    dx, dy = dx * math.cos(turn) - dy * math.sin(turn), dx * math.sin(turn) + dy * math.cos(turn)
    x, y = convex.centroid(shape)
    low, high = convex.extent(limits, -dy, dx)
    across = x * -dy + y * dx
    back, last = low - across + 4, high - across
    low, high = convex.extent(limits, dx, dy)
    half = (high - low) / 2
    while back + BAR_DEPTH_M < last:
        towers = rng.random() < 0.28
        deep = TOWER_SIDE_M if towers else BAR_DEPTH_M
        ahead = -half + rng.uniform(0, 14)
        while ahead < half - 18:
            size = TOWER_SIDE_M if towers else rng.uniform(44, 88)
            block = _rectangle(((x, y), (dx, dy)), (ahead + size / 2, back), (size, deep))
            kept = _within(block, limits)
            if kept and convex.area(kept) > 0.999 * size * deep:
                floors = int(rng.integers(9, 15)) if towers else int(rng.integers(3, 7))
                yield Part(HARD, "tower" if towers else "bar", block, floors)
                ahead += size + rng.uniform(18, 32)
            else:
                ahead += 7.0
        back += deep + rng.uniform(34, 52)


def building_polygons(
    buildings: list[Building], parcels: list[Parcel], parcel_shapes: np.ndarray, mesh: Mesh
) -> np.ndarray:
    """Give the buildings in Lambert-93, trimmed to their parcelle (bending moves a wall by a centimetre)."""
    owners = [parcels[building.parcel] for building in buildings]
    rings = [np.array([(x, y) for x, y, _ in building.shape]) for building in buildings]
    shapes = world_polygons(rings, owners, mesh)
    own = parcel_shapes[[building.parcel for building in buildings]]
    outside = ~shapely.covers(own, shapes)
    shapes[outside] = [_largest(shape) for shape in shapely.intersection(shapes[outside], own[outside])]
    return shapes


def _largest(shape: shapely.Geometry) -> shapely.Geometry:
    """Give the polygon that matters of an intersection."""
    if shape.geom_type == "Polygon":
        return shape
    return max((part for part in shape.geoms if part.geom_type == "Polygon"), key=lambda part: part.area)
