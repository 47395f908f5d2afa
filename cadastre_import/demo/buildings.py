"""Buildings: aligned on the street in the old fabrics, set back among gardens, in bars on large parcelles."""

import math
from dataclasses import dataclass

import numpy as np
import shapely

from . import convex
from .mesh import Mesh
from .parcels import Parcel, world_polygons

HARD, LIGHT = "01", "02"  # the cadastre's « bâtiment en dur » and « construction légère »
BAR_DEPTH_M, TOWER_SIDE_M = 12.5, 21.0


@dataclass
class Building:
    parcel: int
    kind: str  # HARD or LIGHT
    role: str  # main, wing, annex, bar, tower, shed, public
    shape: convex.Shape
    floors: int = 1
    name: str = ""


def build_buildings(parcels: list[Parcel], rng: np.random.Generator) -> list[Building]:
    """Build on every parcelle what its fabric and its use call for."""
    buildings: list[Building] = []
    for index, parcel in enumerate(parcels):
        for kind, role, shape, floors, name in _on_parcel(parcel, rng):
            if shape and convex.area(shape) > 4:
                buildings.append(Building(index, kind, role, shape, floors, name))
    return buildings


def _on_parcel(parcel: Parcel, rng: np.random.Generator):
    if parcel.use in {"eglise", "halle", "ecole"}:
        return _public(parcel)
    if parcel.use in {"square", "parc"}:
        return ()
    if parcel.fabric == "grand_ensemble":
        return _estate(parcel.shape, rng)
    if parcel.front is None:
        return ()
    builder = {
        "centre": _aligned, "faubourg": _aligned, "bourg": _aligned, "pavillon": _house,
        "activite": _shed, "champs": _farm,
    }.get(parcel.fabric)  # fmt: skip
    return builder(parcel, rng) if builder else ()


def _frame(parcel: Parcel):
    """Give the middle of the frontage, its direction, the inward direction, its length and the depth behind."""
    x, y, _ = parcel.shape[parcel.front]
    nx, ny, _ = parcel.shape[(parcel.front + 1) % len(parcel.shape)]
    length = math.hypot(nx - x, ny - y)
    dx, dy = (nx - x) / length, (ny - y) / length
    low, high = convex.extent(parcel.shape, -dy, dx)
    return ((x + nx) / 2, (y + ny) / 2), (dx, dy), length, high - low


def _band(shape, origin, direction, near, far):
    """Give the part of a shape between two distances behind the line of its frontage."""
    (x, y), (dx, dy) = origin, direction
    part = shape
    if near > 0:
        part, _ = convex.split(part, x - dy * near, y + dx * near, dx, dy)
    if part:
        _, part = convex.split(part, x - dy * far, y + dx * far, dx, dy)
    return part


def _aligned(parcel: Parcel, rng: np.random.Generator):
    """A house or a block of flats on the street, from wall to wall, with a wing or a shed behind."""
    if rng.random() < 0.025:
        return
    origin, direction, length, depth = _frame(parcel)
    centre = parcel.fabric == "centre"
    low, high = (9.5, 13.5) if centre else (8.5, 12.0)
    body = min(rng.uniform(low, high), depth * 0.85)
    if parcel.fabric == "bourg" and rng.random() < 0.35:
        yield from _house(parcel, rng)
        return
    floors = int(rng.choice([2, 3, 4, 5], p=[0.14, 0.40, 0.34, 0.12])) if centre else int(
        rng.choice([1, 2, 3, 4, 5], p=[0.06, 0.47, 0.29, 0.13, 0.05])
    )  # fmt: skip
    if parcel.fabric == "bourg":
        floors = min(floors, 3)
    main = _band(parcel.shape, origin, direction, 0, body)
    yield HARD, "main", main, floors, ""
    dx, dy = direction
    side = 1 if rng.random() < 0.5 else -1
    if rng.random() < (0.62 if centre else 0.3) and depth > body + 6:
        wing = _band(parcel.shape, origin, direction, body, body + rng.uniform(0.35, 0.9) * (depth - body))
        yield HARD, "wing", _beside(wing, origin, (dx, dy), side, length * rng.uniform(0.08, 0.22)), floors, ""
    if rng.random() < (0.2 if centre else 0.33) and depth > body + 9:
        rear = _band(parcel.shape, origin, direction, depth - rng.uniform(3, 5.5), depth)
        yield LIGHT, "annex", _beside(rear, origin, (dx, dy), -side, length * rng.uniform(-0.1, 0.25)), 1, ""


def _beside(shape, origin, direction, side, shift):
    """Keep what lies on one side of the line square to the frontage, ``shift`` metres from its middle."""
    if not shape:
        return shape
    (x, y), (dx, dy) = origin, direction
    px, py = x + dx * shift * side, y + dy * shift * side
    left, right = convex.split(shape, px, py, -dy, dx)
    return right if side > 0 else left


def _rectangle(origin, direction, ahead, behind, width, depth):
    """Give a rectangle ``ahead`` metres along and ``behind`` metres behind the middle of a frontage."""
    (x, y), (dx, dy) = origin, direction
    corners = ((ahead - width / 2, behind), (ahead + width / 2, behind),
               (ahead + width / 2, behind + depth), (ahead - width / 2, behind + depth))  # fmt: skip
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


def _house(parcel: Parcel, rng: np.random.Generator):
    """A detached or semi-detached house behind its front garden, a garage beside or at the back."""
    if rng.random() < 0.02:
        return
    origin, direction, length, depth = _frame(parcel)
    limits = convex.inset(parcel.shape, lambda tag: 1.2)
    width = min(rng.uniform(8.5, 12.5), max(length * 0.72, 6.0))
    deep = min(rng.uniform(7.5, 10.5), depth * 0.45)
    setback = min(rng.uniform(3.5, 7.5), depth * 0.28)
    ahead = rng.uniform(-0.5, 0.5) * max(length - width - 3, 0)
    against = rng.random() < 0.3
    if against:
        ahead = math.copysign(max(length - width, 0) / 2, ahead)
        limits = parcel.shape
    yield HARD, "main", _within(_rectangle(origin, direction, ahead, setback, width, deep), limits), int(
        rng.choice([1, 2], p=[0.45, 0.55])
    ), ""  # fmt: skip
    other = -math.copysign(1, ahead)
    if rng.random() < 0.2 and not against:
        back = setback + deep * rng.uniform(0.5, 1.0)
        extension = _rectangle(origin, direction, ahead, back, width * 0.55, deep * 0.8)
        yield HARD, "wing", _within(extension, limits), 1, ""
    if rng.random() < 0.42:
        back = depth - rng.uniform(5, 9) if rng.random() < 0.6 else setback + 1
        garage = _rectangle(origin, direction, other * (length / 2 - 2.2), back, 3.2, 5.5)
        yield LIGHT, "annex", _within(garage, parcel.shape), 1, ""


def _shed(parcel: Parcel, rng: np.random.Generator):
    """A warehouse or a workshop amid its yard."""
    if rng.random() < 0.08:
        return
    origin, direction, length, depth = _frame(parcel)
    limits = convex.inset(parcel.shape, lambda tag: 9.0 if tag >= 0 else 5.0)
    hall = _rectangle(origin, direction, 0, 10, length * rng.uniform(0.55, 0.85), depth * rng.uniform(0.4, 0.75))
    yield HARD, "shed", _within(hall, limits) if limits else [], int(rng.integers(1, 3)), ""


def _farm(parcel: Parcel, rng: np.random.Generator):
    """Now and then a farm with its barns by the road."""
    if rng.random() > 0.022:
        return
    origin, direction, length, _ = _frame(parcel)
    ahead = rng.uniform(-0.3, 0.3) * length
    yield HARD, "main", _within(_rectangle(origin, direction, ahead, 9, 16, 8.5), parcel.shape), 2, ""
    yield HARD, "shed", _within(_rectangle(origin, direction, ahead + 21, 12, 11, 26), parcel.shape), 1, ""
    yield LIGHT, "annex", _within(_rectangle(origin, direction, ahead - 2, 34, 24, 10), parcel.shape), 1, ""


def _public(parcel: Parcel):
    """A church with its transept, a market hall, or a school round its yard."""
    dx, dy, length, width = convex.long_axis(parcel.shape)
    cx, cy = convex.centroid(parcel.shape)
    centre, axis = (cx, cy), (dx, dy)
    if parcel.use == "halle":
        yield HARD, "public", convex.inset(parcel.shape, lambda tag: 1.5), 1, "Halle"
    elif parcel.use == "eglise":
        nave, aisle = min(length * 0.8, 42.0), min(width * 0.3, 12.0)
        yield HARD, "public", _within(_rectangle(centre, axis, 0, -aisle / 2, nave, aisle), parcel.shape), 2, "Eglise"
        transept = _rectangle(centre, axis, nave * 0.2, -aisle * 0.9, aisle * 0.8, aisle * 0.4)
        yield HARD, "public", _within(transept, parcel.shape), 2, "Eglise"
        transept = _rectangle(centre, axis, nave * 0.2, aisle * 0.5, aisle * 0.8, aisle * 0.4)
        yield HARD, "public", _within(transept, parcel.shape), 2, "Eglise"
    else:
        limits = convex.inset(parcel.shape, lambda tag: 5.0) or parcel.shape
        for back, deep, share in ((-width * 0.32, 11.0, 0.7), (width * 0.18, 10.0, 0.45)):
            hall = _rectangle(centre, axis, 0, back, length * share, deep)
            yield HARD, "public", _within(hall, limits), 2, ""


def _estate(shape: convex.Shape, rng: np.random.Generator):
    """Bars in parallel rows, some of them broken into towers, on one great lawn."""
    limits = convex.inset(shape, lambda tag: 13.0)
    if not limits:
        return
    dx, dy, _, _ = convex.long_axis(shape)
    if rng.random() < 0.4:
        dx, dy = -dy, dx
    turn = rng.normal(0, 0.06)
    dx, dy = dx * math.cos(turn) - dy * math.sin(turn), dx * math.sin(turn) + dy * math.cos(turn)
    centre = convex.centroid(shape)
    low, high = convex.extent(limits, -dy, dx)
    back = low - (-dy * centre[0] + dx * centre[1]) + 4
    last = high - (-dy * centre[0] + dx * centre[1])
    low, high = convex.extent(limits, dx, dy)
    half = (high - low) / 2
    while back + BAR_DEPTH_M < last:
        towers = rng.random() < 0.28
        ahead = -half + rng.uniform(0, 14)
        while ahead < half - 18:
            size = TOWER_SIDE_M if towers else rng.uniform(44, 88)
            deep = TOWER_SIDE_M if towers else BAR_DEPTH_M
            block = _rectangle(centre, (dx, dy), ahead + size / 2, back, size, deep)
            if convex.area(_within(block, limits) or block[:3]) > 0.999 * size * deep:
                floors = int(rng.integers(9, 15)) if towers else int(rng.integers(4, 9))
                yield HARD, "tower" if towers else "bar", block, floors, ""
            ahead += size + rng.uniform(24, 40)
        back += (TOWER_SIDE_M if towers else BAR_DEPTH_M) + rng.uniform(34, 52)


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
