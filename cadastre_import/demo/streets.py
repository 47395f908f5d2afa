"""Streets and blocks: each secteur is cut by streets until its blocks have the size of their fabric."""

import math
from dataclasses import dataclass, field

import numpy as np

from . import convex
from .fabrics import FABRICS, RURAL, Fabric
from .mesh import Secteur, local_to_plan
from .plan import RIVER_ANGLES, RIVER_RING_M, RIVER_WIDTH_M, CommunePlan

FABRIC_OF_USE = {"G": "grand_ensemble", "A": "activite", "P": "parc", "B": "bois"}
SPLIT_ABOVE = 1.45  # a block is cut when it exceeds this many times its proper size
SMALLEST_BLOCK_M2 = 160.0


@dataclass(frozen=True)
class Line:
    """The axis of a street: a ring or a radial of the mesh, or a cut inside one secteur."""

    kind: str  # ring, radial, cut
    width_m: float
    value: float = 0.0  # radius of a ring, angle of a radial
    secteur: int = -1
    origin: tuple[float, float] = (0.0, 0.0)
    direction: tuple[float, float] = (1.0, 0.0)
    fabric: str = ""

    @property
    def is_river(self) -> bool:
        return self.width_m == RIVER_WIDTH_M


@dataclass
class Block:
    """What lies between streets, in the local metres of its secteur; side tags are indices of lines."""

    secteur: Secteur
    fabric: Fabric
    shape: convex.Shape
    use: str = ""  # eglise, ecole, square, halle… ; empty for the ordinary


@dataclass
class StreetPlan:
    """The axes of all the streets, and the blocks between them, which name their axes by index."""

    lines: list[Line] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    _edges: dict[tuple[str, float], int] = field(default_factory=dict)

    def edge(self, kind: str, value: float, secteur: Secteur) -> int:
        """Give the line of a ring or radial of the mesh, made the first time it is asked for."""
        river = _on_river(kind, value, secteur)
        key = (kind, value, river)
        if key not in self._edges:
            self._edges[key] = len(self.lines)
            width = RIVER_WIDTH_M if river else _edge_width(kind, value)
            self.lines.append(Line(kind, width, value))
        return self._edges[key]

    def cut(self, secteur: Secteur, fabric: Fabric, width: float, origin, direction) -> int:
        self.lines.append(Line("cut", width, 0.0, secteur.index, origin, direction, fabric.name))
        return len(self.lines) - 1


def _on_river(kind: str, value: float, secteur: Secteur) -> bool:
    first, second = RIVER_ANGLES
    if kind == "radial":
        return value in RIVER_ANGLES and secteur.radii[0] >= RIVER_RING_M
    middle = sum(secteur.angles) / 2 % 360
    return value == RIVER_RING_M and first < middle < second


def _edge_width(kind: str, value: float) -> float:
    if kind == "ring":
        return 18.0 if value in {430.0, 1100.0} else 12.0 if value < 2000 else 9.0
    return 12.0


def fabric_at(secteur: Secteur, u: float, v: float) -> Fabric:
    """Give the fabric at a local position: the use of the secteur, else the distance to the nearest cores."""
    if secteur.use in FABRIC_OF_USE:
        return FABRICS[FABRIC_OF_USE[secteur.use]]
    x, y = local_to_plan(secteur, u, v)
    best = FABRICS["champs"]
    for core in secteur.commune.cores:
        east = x - core.r * math.cos(math.radians(core.angle))
        north = y - core.r * math.sin(math.radians(core.angle))
        turn = math.atan2(north, east)
        ragged = 1 + 0.13 * math.sin(3 * turn + core.angle) + 0.09 * math.sin(5 * turn + 1)
        distance = math.hypot(east, north) / ragged
        for name, reach in core.reach_m:
            if distance < reach:
                if FABRICS[name].urbanity > best.urbanity:
                    best = FABRICS[name]
                break
    return best


def build_streets(secteurs: list[Secteur], rng: np.random.Generator) -> StreetPlan:
    """Cut every secteur into blocks; the streets are the cuts and the edges of the mesh."""
    plan = StreetPlan()
    for secteur in secteurs:
        if not secteur.is_place:
            _split_secteur(plan, secteur, rng)
    _give_uses(plan.blocks, secteurs, rng)
    return plan


def _split_secteur(plan: StreetPlan, secteur: Secteur, rng: np.random.Generator) -> None:
    (inner, outer), angles = secteur.radii, secteur.angles
    half_u = math.radians(angles[1] - angles[0]) / 2 * secteur.middle[0]
    half_v = (outer - inner) / 2
    tags = (
        plan.edge("ring", inner, secteur),
        plan.edge("radial", angles[0] % 360, secteur),
        plan.edge("ring", outer, secteur),
        plan.edge("radial", angles[1] % 360, secteur),
    )
    corners = ((-half_u, -half_v), (half_u, -half_v), (half_u, half_v), (-half_u, half_v))
    pending = [[(u, v, tag) for (u, v), tag in zip(corners, tags, strict=True)]]
    while pending:
        cell = pending.pop()
        parts = _cut_cell(plan, secteur, cell, rng)
        if parts:
            pending.extend(reversed(parts))
            continue
        scale = lateral_scale(secteur, cell)
        block = convex.inset(scaled(cell, scale), lambda tag: plan.lines[tag].width_m / 2)
        if block and convex.area(block) > SMALLEST_BLOCK_M2:
            fabric = fabric_at(secteur, *convex.centroid(cell))
            plan.blocks.append(Block(secteur, fabric, scaled(block, 1 / scale)))


def lateral_scale(secteur: Secteur, shape: convex.Shape) -> float:
    """Give real metres for one metre of ``u`` at the shape: less than 1 toward the centre, more outward."""
    return (secteur.middle[0] + convex.centroid(shape)[1]) / secteur.middle[0]


def scaled(shape: convex.Shape, scale: float) -> convex.Shape:
    """Stretch a shape along ``u``."""
    return [(u * scale, v, tag) for u, v, tag in shape]


def _cut_cell(plan: StreetPlan, secteur: Secteur, cell: convex.Shape, rng: np.random.Generator) -> list:
    """Cut a cell along or across, whichever exceeds more what its fabric wants; nothing when it fits."""
    scale = lateral_scale(secteur, cell)
    metric = scaled(cell, scale)
    dx, dy, length, width = convex.long_axis(metric)
    middle = convex.centroid(cell)
    fabric = fabric_at(secteur, *middle)
    if length > 170:
        seen = [fabric, *(fabric_at(secteur, (u + middle[0]) / 2, (v + middle[1]) / 2) for u, v, _ in cell)]
        fabric = max(seen, key=lambda candidate: candidate.urbanity)
    if length < 1.25 * width and rng.random() < 0.5:
        # nearly square: either way will do, and neighbours that chose differently make a patchwork
        dx, dy, length, width = -dy, dx, width, length
    along, across = width / fabric.block_depth_m, length / fabric.block_length_m
    excess = max(along, across)
    if excess < SPLIT_ABOVE:
        return []
    if along > across and length < 1.7 * fabric.block_length_m:
        dx, dy, length = -dy, dx, width
    elif along > across:
        excess = max(2.0, across)
    parts = max(2, round(excess))
    share = (parts // 2) / parts + rng.normal(0, 0.05)
    low, _ = convex.extent(metric, dx, dy)
    cx, cy = convex.centroid(metric)
    ahead = low + share * length - (cx * dx + cy * dy)
    slant = math.radians(rng.normal(0, fabric.slant_deg / 2))
    # the street runs square to (dx, dy), turned by the slant
    sx, sy = -dy * math.cos(slant) - dx * math.sin(slant), dx * math.cos(slant) - dy * math.sin(slant)
    origin = ((cx + dx * ahead) / scale, cy + dy * ahead)
    street_width = rng.uniform(*fabric.street_m) + (2.0 if excess > 6 and fabric.name not in RURAL else 0)
    line = plan.cut(secteur, fabric, street_width, origin, (sx / scale, sy))
    return [part for part in convex.split(cell, *origin, sx / scale, sy, tag=line) if part]


def _give_uses(blocks: list[Block], secteurs: list[Secteur], rng: np.random.Generator) -> None:
    """Set apart squares, schools and gardens, and a church by each village core."""
    draws = rng.random(len(blocks))
    for block, draw in zip(blocks, draws, strict=True):
        if block.fabric.name in {"centre", "faubourg", "pavillon", "bourg"}:
            old = block.fabric.name in {"centre", "bourg"} and convex.area(block.shape) < 5_000
            block.use = _use(draw, old)
        elif block.fabric.name == "parc":
            block.use = "parc"
    communes: dict[str, CommunePlan] = {secteur.commune.insee: secteur.commune for secteur in secteurs}
    for commune in communes.values():
        for core in commune.cores:
            if core.r:
                _nearest(blocks, commune, core).use = "eglise"


def _use(draw: float, old: bool) -> str:
    if draw < 0.025:
        return "place" if old else ""
    return "ecole" if draw < 0.05 else "square" if draw > 0.98 else ""


def _nearest(blocks: list[Block], commune: CommunePlan, core) -> Block:
    target = core.r * math.cos(math.radians(core.angle)), core.r * math.sin(math.radians(core.angle))
    own = [block for block in blocks if block.secteur.commune is commune]
    return min(
        own, key=lambda block: math.dist(target, local_to_plan(block.secteur, *convex.centroid(block.shape)))
    )
