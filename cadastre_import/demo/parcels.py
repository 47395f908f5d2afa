"""Parcelles: blocks are cut back to back, then in strips along their frontage."""

import math
from dataclasses import dataclass

import numpy as np
import shapely

from . import convex
from .mesh import Mesh, Secteur
from .plan import PLACE_RADIUS_M
from .streets import Block, StreetPlan, lateral_scale, scaled


@dataclass
class Parcel:
    """A parcelle, drawn in real metres (``u`` stretched by ``scale``); ``front`` is a side of its shape."""

    secteur: Secteur
    block: int
    fabric: str
    use: str
    shape: convex.Shape
    scale: float
    front: int | None
    idu: str = ""


def build_parcels(plan: StreetPlan, secteurs: list[Secteur], rng: np.random.Generator) -> list[Parcel]:
    """Cut every block, then number the parcelles in their sections with the gaps that history leaves."""
    parcels: list[Parcel] = []
    for secteur in secteurs:
        if secteur.is_place:
            parcels.extend(_church_and_market(secteur))
    for index, block in enumerate(plan.blocks):
        if block.use != "place":
            parcels.extend(_cut_block(index, block, rng))
    numbers: dict[str, int] = {}
    for parcel, gap in zip(parcels, rng.random(len(parcels)), strict=True):
        prefix = parcel.secteur.idu_prefix
        numbers[prefix] = numbers.get(prefix, 0) + 1 + (gap < 0.07) + (gap < 0.02) * 3
        parcel.idu = f"{prefix}{numbers[prefix]:04d}"
    return parcels


def _church_and_market(secteur: Secteur) -> list[Parcel]:
    """Give the church and the covered market in the middle of the old place."""
    reach = PLACE_RADIUS_M * 0.55

    def rectangle(west, south, east, north):
        return [(west, south, -1), (east, south, -1), (east, north, -1), (west, north, -1)]

    church = rectangle(-reach, -9.0, reach * 0.55, 11.0)
    market = rectangle(reach * 0.85, -13.0, reach * 1.25, 12.0)
    return [
        Parcel(secteur, -1, "place", "eglise", church, 1.0, None),
        Parcel(secteur, -1, "place", "halle", market, 1.0, None),
    ]


def _cut_block(index: int, block: Block, rng: np.random.Generator) -> list[Parcel]:
    scale = lateral_scale(block.secteur, block.shape)
    shape = scaled(block.shape, scale)
    whole = block.use in {"ecole", "square", "parc", "eglise"} or not block.fabric.frontage_m
    pieces = [shape] if whole else _strips(shape, block, rng)
    return [
        Parcel(block.secteur, index, block.fabric.name, block.use, piece, scale, _front(piece))
        for piece in pieces
    ]


def _strips(shape: convex.Shape, block: Block, rng: np.random.Generator) -> list[convex.Shape]:
    fabric = block.fabric
    dx, dy, _, width = convex.long_axis(shape)
    rows = [shape]
    if width > 0.62 * fabric.block_depth_m:
        slant = math.radians(rng.normal(0, min(fabric.slant_deg, 4) / 2))
        cx, cy = convex.centroid(shape)
        shift = rng.normal(0, 0.05) * width
        turned = dx * math.cos(slant) - dy * math.sin(slant), dx * math.sin(slant) + dy * math.cos(slant)
        rows = [row for row in convex.split(shape, cx - dy * shift, cy + dx * shift, *turned) if row]
    return [piece for row in rows for piece in _cut_row(row, dx, dy, fabric, rng)]


def _cut_row(row, dx, dy, fabric, rng) -> list[convex.Shape]:
    """Cut a row square to its street, at widths that vary as inheritances do."""
    dx, dy = _street_direction(row, dx, dy)
    low, high = convex.extent(row, dx, dy)
    depth = convex.area(row) / max(high - low, 1.0)
    smallest = 0.5 * fabric.frontage_m * depth
    pieces: list[convex.Shape] = []
    rest, position = row, low
    while True:
        wide = 2.2 if rng.random() < 0.05 else 1.0
        position += fabric.frontage_m * wide * math.exp(rng.normal(0, fabric.frontage_spread))
        if high - position < 0.7 * fabric.frontage_m:
            break
        slant = math.radians(rng.normal(0, fabric.slant_deg / 4))
        sx, sy = -dy * math.cos(slant) - dx * math.sin(slant), dx * math.cos(slant) - dy * math.sin(slant)
        px, py = _on_axis(row, dx, dy, position)
        piece, remainder = convex.split(rest, px, py, sx, sy)
        if not piece or not remainder or convex.area(piece) < smallest or convex.area(remainder) < smallest:
            continue
        pieces.append(piece)
        rest = remainder
    return [*pieces, rest]


def _street_direction(row: convex.Shape, dx: float, dy: float) -> tuple[float, float]:
    """Give the direction of the longest street side near (dx, dy), so that strips stand square to it."""
    best, found = 0.0, (dx, dy)
    for k, (x, y, tag) in enumerate(row):
        nx, ny, _ = row[(k + 1) % len(row)]
        along = (nx - x) * dx + (ny - y) * dy
        length = math.hypot(nx - x, ny - y)
        if tag >= 0 and abs(along) > 0.75 * length and length > best:
            sign = math.copysign(1, along)
            best, found = length, (sign * (nx - x) / length, sign * (ny - y) / length)
    return found


def _on_axis(row: convex.Shape, dx: float, dy: float, position: float) -> tuple[float, float]:
    cx, cy = convex.centroid(row)
    ahead = position - (cx * dx + cy * dy)
    return cx + dx * ahead, cy + dy * ahead


def _front(shape: convex.Shape) -> int | None:
    """Give the longest side along a street, None for a parcelle that has no street."""
    lengths = [
        math.dist((x, y), shape[(k + 1) % len(shape)][:2]) if tag >= 0 else 0.0
        for k, (x, y, tag) in enumerate(shape)
    ]
    longest = max(range(len(shape)), key=lengths.__getitem__)
    return longest if lengths[longest] > 2.0 else None


def parcel_polygons(parcels: list[Parcel], mesh: Mesh) -> np.ndarray:
    """Give the parcelles in Lambert-93; two neighbours share every vertex of their common boundary."""
    rings: list[np.ndarray] = []
    start = 0
    while start < len(parcels):
        stop = start + 1
        while stop < len(parcels) and parcels[stop].block == parcels[start].block >= 0:
            stop += 1
        rings.extend(_noded([_corners(parcel) for parcel in parcels[start:stop]]))
        start = stop
    return world_polygons(rings, parcels, mesh)


def _corners(parcel: Parcel) -> np.ndarray:
    return np.array([(x, y) for x, y, _ in parcel.shape])


def _noded(rings: list[np.ndarray]) -> list[np.ndarray]:
    """Insert in each ring the corners of its neighbours that lie on its sides, then points on long sides."""
    starts = np.concatenate(rings)
    ends = np.concatenate([np.roll(ring, -1, axis=0) for ring in rings])
    if len(rings) > 1:
        ahead = ends - starts
        length = np.hypot(ahead[:, 0], ahead[:, 1])
        away_x = starts[:, None, 0] - starts[None, :, 0]
        away_y = starts[:, None, 1] - starts[None, :, 1]
        along = (away_x * ahead[:, 0] + away_y * ahead[:, 1]) / length
        off = np.abs(away_x * ahead[:, 1] - away_y * ahead[:, 0]) / length
        corners, sides = np.nonzero((off < 1e-5) & (along > 1e-4) & (along < length - 1e-4))
        found: dict[int, list[tuple[float, int]]] = {}
        for corner, side in zip(corners.tolist(), sides.tolist(), strict=True):
            found.setdefault(side, []).append((float(along[corner, side]), corner))
    else:
        found = {}
    noded, side = [], 0
    for ring in rings:
        points: list[np.ndarray] = []
        for _ in ring:
            last = 0.0
            points.append(starts[side])
            for distance, corner in sorted(found.get(side, ())):
                if distance > last + 1e-4:
                    points.append(starts[corner])
                    last = distance
            side += 1
        noded.append(_densified(points))
    return noded


def _densified(points: list[np.ndarray]) -> np.ndarray:
    """Add points on sides longer than 30 m, the same ones whichever way the side is walked."""
    dense = []
    for here, there in zip(points, points[1:] + points[:1], strict=True):
        dense.append(here)
        length = math.dist(here, there)
        if length > 30:
            parts = math.ceil(length / 25)
            forward = tuple(here) <= tuple(there)
            low, high = (here, there) if forward else (there, here)
            between = [low + (high - low) * (k / parts) for k in range(1, parts)]
            dense.extend(between if forward else reversed(between))
    return np.array(dense)


def world_polygons(rings: list[np.ndarray], parcels: list[Parcel], mesh: Mesh) -> np.ndarray:
    """Give in Lambert-93 the polygons of rings drawn in the real metres of their parcelles."""
    sizes = np.array([len(ring) for ring in rings])
    owner = np.repeat(np.arange(len(rings)), sizes)
    points = np.concatenate(rings)
    secteurs = np.array([parcel.secteur.index for parcel in parcels])[owner]
    scales = np.array([parcel.scale for parcel in parcels])[owner]
    world = mesh.to_world(secteurs, points[:, 0] / scales, points[:, 1])
    return shapely.polygons(shapely.linearrings(world, indices=owner))
