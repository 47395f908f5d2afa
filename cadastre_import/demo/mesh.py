"""The mesh of secteurs: from the polar plan to Lambert-93, and the exact partitions built on it.

Neighbouring secteurs share their boundary vertices number for number, so that the unions of secteurs (IRIS,
communes, EPCI) partition the territory with no gap and no overlap.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import shapely

from .plan import ORIGIN_L93, PLACE_RADIUS_M, CommunePlan

STEP_M = 14.0  # longest straight run of a boundary


@dataclass(frozen=True)
class Secteur:
    """One cell of the mesh; ``radii`` in plan metres, ``angles`` in degrees, counter-clockwise."""

    index: int
    commune: CommunePlan
    iris: str
    section: str
    prefix: str
    use: str
    radii: tuple[float, float]
    angles: tuple[float, float]

    @property
    def idu_prefix(self) -> str:
        """The first ten characters of the identifiers of its parcelles."""
        return f"{self.commune.insee}{self.prefix}{self.section:0>2}"

    @property
    def iris_code(self) -> str:
        return self.commune.insee + self.iris

    @property
    def is_place(self) -> bool:
        return self.radii[0] == 0

    @cached_property
    def middle(self) -> tuple[float, float]:
        """Radius and angle (radians) of the origin of its local coordinates."""
        if self.is_place:
            return 0.0, 0.0
        return sum(self.radii) / 2, math.radians(sum(self.angles) / 2)


def local_to_plan(secteur: Secteur, u: float, v: float) -> tuple[float, float]:
    """Give plan x, y of local coordinates: ``u`` metres along the middle ring (clockwise), ``v`` outward."""
    if secteur.is_place:
        return u, v
    radius, angle = secteur.middle
    theta = angle - u / radius
    return (radius + v) * math.cos(theta), (radius + v) * math.sin(theta)


def plan_to_world(x, y):
    """Give Lambert-93 of plan coordinates: the drawing board is bent until nothing is straight or round.

    A smooth field: what touches in the plan touches in the world, and its strain stays under one half, so
    that no polygon folds.
    """
    radius, theta = np.hypot(x, y), np.arctan2(y, x)
    far = np.clip((radius - 600) / 2400, 0, 1)
    far = far * far * (3 - 2 * far)
    stretch = 1 + far * (
        0.11 * np.sin(2 * theta + 0.7)
        + 0.055 * np.sin(3 * theta + 2.1)
        + 0.024 * np.sin(7 * theta)
        + 0.011 * np.sin(16 * theta + 1.3)
    )
    x, y = x * stretch, y * stretch
    east = (
        x
        + 95 * np.sin(y / 830 + 0.4)
        + 38 * np.sin(y / 262 + x / 890 + 1.1)
        + 9.0 * np.sin(y / 74 + 2.0 + x / 160)
    )
    north = (
        y
        + 85 * np.sin(x / 770 + 1.9)
        + 34 * np.sin(x / 281 - y / 760 + 0.3)
        + 8.0 * np.sin(x / 69 + 0.9 - y / 170)
    )
    return east + ORIGIN_L93[0], north + ORIGIN_L93[1]


def _section_names():
    """Give AB, AC… as the cadastre letters its urban sections, then the Z of land consolidation apart."""
    for first in "ABCDEFGHIJKLMNOPQRSTUVWXY":
        for second in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
            if (first, second) != ("A", "A"):
                yield first + second


def build_secteurs(communes: tuple[CommunePlan, ...]) -> list[Secteur]:
    """Give every secteur of the communes, the place of the main town first."""
    secteurs: list[Secteur] = []
    for commune in communes:
        letters = sorted({c for band in commune.bands for row in band.iris for c in row}, key=_letter_rank)
        iris_codes = {letter: f"{_quarter(k):02d}{k % 8 + 1:02d}" for k, letter in enumerate(letters)}
        if len(letters) == 1:
            iris_codes = {letters[0]: "0000"}
        names = iter("ABCDEFGHIJKLMNOPQRSTUVWXYZ") if commune.iris_types == "Z" else _section_names()
        cells = [
            (row, column, band)
            for band in commune.bands
            for row in range(len(band.iris))
            for column in range(len(band.iris[0]))
        ]
        if commune.bands[0].radii[0] == PLACE_RADIUS_M:
            secteurs.append(
                Secteur(
                    len(secteurs), commune, iris_codes["A"], next(names), "000", ".",
                    (0.0, PLACE_RADIUS_M), (40.0, 400.0),
                )
            )  # fmt: skip
        for row, column, band in cells:
            use = band.uses[row][column]
            absorbed = use == "x" and commune.absorbed
            secteurs.append(
                Secteur(
                    len(secteurs), commune, iris_codes[band.iris[row][column]], next(names),
                    commune.absorbed[0][2:] if absorbed else "000",
                    "." if use == "x" else use,
                    band.radii[row : row + 2], band.angles[column : column + 2],
                )
            )  # fmt: skip
    return secteurs


def _letter_rank(letter: str) -> tuple[bool, str]:
    return letter.islower(), letter


def _quarter(k: int) -> int:
    return k // 8 + 1


class Mesh:
    """The polygons of the secteurs in Lambert-93, with shared vertices."""

    def __init__(self, secteurs: list[Secteur]):
        self.secteurs = secteurs
        rings: dict[float, set[float]] = defaultdict(set)
        radials: dict[float, set[float]] = defaultdict(set)
        for secteur in secteurs:
            if secteur.is_place:
                continue
            for radius in secteur.radii:
                rings[radius].update(angle % 360 for angle in secteur.angles)
            for angle in secteur.angles:
                radials[angle % 360].update(secteur.radii)
        self._rings = {radius: _densified_ring(radius, angles) for radius, angles in rings.items()}
        self._radials = {angle: _densified(sorted(radii), STEP_M) for angle, radii in radials.items()}
        self.polygons = np.array([self._polygon(secteur) for secteur in secteurs])

    def _polygon(self, secteur: Secteur) -> shapely.Polygon:
        inner, outer = secteur.radii
        start, end = secteur.angles
        if secteur.is_place:
            angles = self._rings[outer]
            return _world_polygon(np.full(len(angles), outer), angles)
        spokes = [
            [radius for radius in self._radials[angle % 360] if inner <= radius <= outer]
            for angle in (start, end)
        ]
        arcs = [_arc(self._rings[radius], start, end) for radius in (inner, outer)]
        radii = [*spokes[0], *[outer] * len(arcs[1]), *reversed(spokes[1]), *[inner] * len(arcs[0])]
        angles = [
            *[start % 360] * len(spokes[0]), *arcs[1], *[end % 360] * len(spokes[1]), *reversed(arcs[0]),
        ]  # fmt: skip
        return _world_polygon(np.array(radii), np.array(angles))

    def to_world(self, secteur_index, u, v) -> np.ndarray:
        """Give the (n, 2) Lambert-93 positions of local coordinates, each in the frame of its secteur."""
        middles = np.array([secteur.middle for secteur in self.secteurs])[secteur_index]
        places = np.array([secteur.is_place for secteur in self.secteurs])[secteur_index]
        theta = middles[:, 1] - u / np.where(places, 1.0, middles[:, 0])
        radius = middles[:, 0] + v
        x = np.where(places, u, radius * np.cos(theta))
        y = np.where(places, v, radius * np.sin(theta))
        return np.column_stack(plan_to_world(x, y))

    def union(self, indices) -> shapely.MultiPolygon:
        """Give the union of some secteurs, exact since their vertices are shared."""
        return multipolygon(shapely.coverage_union_all(self.polygons[list(indices)]))

    def groups(self, key) -> dict:
        """Give the unions of the secteurs that have the same ``key(secteur)``, in order of appearance."""
        members = defaultdict(list)
        for secteur in self.secteurs:
            members[key(secteur)].append(secteur.index)
        return {name: self.union(indices) for name, indices in members.items()}


def multipolygon(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Give a polygon as the multipolygon of one part."""
    return shape if shape.geom_type == "MultiPolygon" else shapely.MultiPolygon([shape])


def _densified(values: list[float], step: float) -> list[float]:
    dense = []
    for low, high in pairwise(values):
        parts = max(1, math.ceil((high - low) / step))
        dense.extend(low + (high - low) * k / parts for k in range(parts))
    return [*dense, values[-1]]


def _densified_ring(radius: float, angles: set[float]) -> list[float]:
    ordered = sorted(angles)
    closed = _densified([*ordered, ordered[0] + 360], math.degrees(STEP_M / radius))
    return sorted(angle % 360 for angle in closed[:-1])


def _arc(ring: list[float], start: float, end: float) -> list[float]:
    """Give the vertices of a ring strictly between two angles, in counter-clockwise order."""
    span = end - start
    ahead = sorted(((angle - start) % 360, angle) for angle in ring)
    return [angle for distance, angle in ahead if 1e-9 < distance < span - 1e-9]


def _world_polygon(radii, angles) -> shapely.Polygon:
    theta = np.radians(angles)
    x, y = plan_to_world(radii * np.cos(theta), radii * np.sin(theta))
    return shapely.Polygon(np.round(np.column_stack([x, y]), 3))
