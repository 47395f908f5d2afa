"""Power and false discovery of the hotspot methods on the demo territory, planted clusters against none.

Run with ``python -m benchmarks.detection [SEEDS]``. The ground and the stock are those of the demo; each seed
draws other reports, and plants one cluster somewhere: the buildings round one of them, an IRIS, or an IRIS and
two that touch it. A dwelling counts once, and what a method divides by is what the stock is expected to report:
the demo knows it exactly, a real territory estimates it. Buildings differ by a gamma risk of their own, so
counts are overdispersed and a method that only knows Poisson finds too much.

found   runs where one significant cluster holds at least half of what the planted one expects
false   significant clusters that hold none of it, among all
inside  median over the clusters that found it, of the part of their expected cases that is the planted cluster's
null    runs without a planted cluster that have a significant one
Neighbouring hot IRIS of Gi* and of local Moran are one cluster.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from cadastre_import.demo.clusters import BUILDING_SHAPE, baseline_rates
from cadastre_import.demo.ground import Ground, build_ground, seeded
from cadastre_import.demo.plan import COMMUNES
from cadastre_import.demo.stock import Stock, build_stock
from maps.analysis.graphs import contiguity
from maps.analysis.hotspots import HotspotClass, rate_hotspots
from maps.analysis.local_moran import LocalMoranClass, rate_local_moran
from maps.analysis.scan.statistic import SIGNIFICANT, Scan, scan_areas
from maps.analysis.scan.windows import Limits

STRENGTHS = (1.5, 2.0, 3.0)
SIZES = {"buildings that touch": 0, "one IRIS": 1, "three IRIS": 3}
GROUP = 25  # dwellings that a group of buildings expects to be reported
ENOUGH = 40  # the same for an IRIS in which a cluster is planted
REPLICATIONS = 199
LIMITS = Limits(max_share=0.25)
NEAR = Limits(max_share=0.25, max_radius_m=500)
TOUCHING_M = 5.0
HOT = (HotspotClass.HOT, HotspotClass.VERY_HOT)
HIGH = (LocalMoranClass.HIGH_AMONG_HIGH, LocalMoranClass.HIGH_AMONG_LOW)
Clusters = list[np.ndarray]


@dataclass(frozen=True)
class Units:
    """Units of one kind: the unit of each building, and what they expect."""

    of: np.ndarray
    expected: np.ndarray
    x: np.ndarray
    y: np.ndarray
    sources: np.ndarray
    touching: sparse.csr_array | None = None

    def counted(self, values: np.ndarray) -> np.ndarray:
        """Sum the values of the buildings in each unit."""
        return np.bincount(self.of, values, self.expected.size)


@dataclass
class Tally:
    """What a method did over the seeds."""

    runs: int = 0
    found: int = 0
    clusters: int = 0
    false: int = 0
    raised: int = 0
    inside: list[float] = field(default_factory=list)

    def add(self, clusters: Clusters, expected: np.ndarray, planted: np.ndarray) -> None:
        """Judge the clusters of one run; ``expected`` and ``planted`` are cases expected, by unit."""
        held = np.array([planted[areas].sum() for areas in clusters])
        self.runs += 1
        self.raised += bool(clusters)
        self.clusters += len(clusters)
        self.false += int((held == 0).sum())
        if clusters and held.max() >= planted.sum() / 2 > 0:
            self.found += 1
            self.inside.append(held.max() / expected[clusters[held.argmax()]].sum())

    def __str__(self) -> str:
        found, false = 100 * self.found / self.runs, 100 * self.false / max(self.clusters, 1)
        inside = 100 * np.median(self.inside) if self.inside else 0
        return f"{found:4.0f} %{false:5.1f} %{inside:5.0f} %"


class Territory:
    """The demo territory: buildings, what each is expected to report, IRIS and squares of 200 m."""

    def __init__(self) -> None:
        self.ground: Ground = build_ground(COMMUNES, 2026, lambda message: None)
        areas = shapely.area(self.ground.building_shapes)
        self.stock: Stock = build_stock(
            self.ground.parcels, self.ground.buildings, areas, seeded(2026, "stock")
        )
        self.baseline = baseline_rates(self.stock)
        self.expected = self._expected_dwellings()
        places = shapely.get_coordinates(shapely.centroid(self.ground.building_shapes[self.stock.building]))
        self.places = places
        codes, of = np.unique(self.stock.iris, return_inverse=True)
        secteurs = self.ground.mesh.secteurs
        shapes = [self.ground.mesh.union(s.index for s in secteurs if s.iris_code == code) for code in codes]
        x, y = shapely.get_coordinates(shapely.centroid(shapes)).T
        self.iris = Units(of, self._sum(of), x, y, self._sources(of), contiguity(shapes, TOUCHING_M).weights)
        self.squares = {side: self._squares(side) for side in (200, 100)}
        self.candidates = np.flatnonzero(self.iris.expected >= ENOUGH)

    def _sum(self, of: np.ndarray) -> np.ndarray:
        return np.bincount(of, self.expected)

    def _squares(self, side: int) -> Units:
        squares, of = np.unique(self.places // side, axis=0, return_inverse=True)
        x, y = ((squares + 0.5) * side).T
        return Units(of.ravel(), self._sum(of.ravel()), x, y, self._sources(of.ravel()))

    def _sources(self, of: np.ndarray) -> np.ndarray:
        """Give how many equal buildings would make the risk of a unit vary as its own do."""
        return self._sum(of) ** 2 / np.maximum(np.bincount(of, self.expected**2), 1e-12)

    def _expected_dwellings(self) -> np.ndarray:
        """Give the dwellings of each building expected to report at least once, without a cluster."""
        each = self.baseline / np.maximum(self.stock.dwellings, 1)
        return self.stock.dwellings * (1 - (1 + each / BUILDING_SHAPE) ** -BUILDING_SHAPE)

    def draw(self, strength: float, inside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Give the reported dwellings of each building, the risk of those ``inside`` times ``strength``."""
        risk = self.baseline * rng.gamma(BUILDING_SHAPE, 1 / BUILDING_SHAPE, self.baseline.size)
        risk[inside] *= strength
        reports = rng.poisson(risk)
        building = np.repeat(np.arange(reports.size), reports)
        dwelling = (rng.random(building.size) * self.stock.dwellings[building]).astype(int)
        distinct = np.unique(np.column_stack([building, dwelling]), axis=0)
        return np.bincount(distinct[:, 0], minlength=reports.size)

    def planted(self, areas: int, rng: np.random.Generator) -> np.ndarray:
        """Give the buildings of a cluster: so many IRIS that touch, or a group of buildings for 0."""
        if not areas:
            centre = rng.choice(self.expected.size, p=self.expected / self.expected.sum())
            near = np.argsort(np.hypot(*(self.places - self.places[centre]).T))
            return near[: int(np.searchsorted(np.cumsum(self.expected[near]), GROUP)) + 1]
        first = int(rng.choice(self.candidates))
        beside = self.iris.touching[[first]].indices
        chosen = [first, *rng.permutation(beside)[: areas - 1]]
        return np.flatnonzero(np.isin(self.iris.of, chosen))


def together(hot: np.ndarray, touching: sparse.csr_array) -> Clusters:
    """Give the groups of hot areas that touch."""
    areas = np.flatnonzero(hot)
    if not areas.size:
        return []
    count, group = connected_components(touching[areas][:, areas], directed=False)
    return [areas[group == number] for number in range(count)]


def clusters_by_method(
    territory: Territory, reported: np.ndarray, rng: np.random.Generator
) -> Iterable[tuple[str, Units, Clusters]]:
    """Give, for each method, its units and its significant clusters."""

    def scanned(units: Units, limits: Limits) -> Scan:
        return scan_areas(
            units.x, units.y, units.counted(reported), units.expected,
            sources=units.sources, rng=rng, replications=REPLICATIONS, limits=limits, overdispersion="estimated",
        )  # fmt: skip

    for name, units, limits in (
        ("IRIS", territory.iris, LIMITS),
        ("200 m squares", territory.squares[200], LIMITS),
        ("100 m squares, 500 m", territory.squares[100], NEAR),
    ):
        scan = scanned(units, limits)
        yield f"scan of {name}", units, [c.areas for c in scan.significant()]
        yield "  with the Poisson p alone", units, [c.areas for c in scan.clusters if c.p <= SIGNIFICANT]
    units = territory.iris
    known = units.expected > 0
    counts = np.where(known, units.counted(reported), 0)
    gi_star = rate_hotspots(counts, units.expected, units.touching)
    yield "Gi* of IRIS, FDR", units, together(np.isin(gi_star.classes, HOT), units.touching)
    moran = rate_local_moran(counts, units.expected, units.touching)
    yield "local Moran of IRIS, FDR", units, together(np.isin(moran.classes, HIGH), units.touching)


def tallied(
    territory: Territory, strength: float, areas: int, seeds: int
) -> tuple[list[tuple[str, Tally]], float]:
    """Judge every method over the seeds; gives also what the planted clusters expect, the median."""
    tallies: list[tuple[str, Tally]] = []
    sizes = []
    for seed in range(seeds):
        rng = np.random.default_rng([seed, areas, int(10 * strength)])
        inside = territory.planted(areas, rng) if strength > 1 else np.zeros(0, int)
        sizes.append(territory.expected[inside].sum())
        reported = territory.draw(strength, inside, rng)
        planted = np.zeros(reported.size)
        planted[inside] = territory.expected[inside]
        for n, (name, units, clusters) in enumerate(clusters_by_method(territory, reported, rng)):
            if n == len(tallies):
                tallies.append((name, Tally()))
            tallies[n][1].add(clusters, units.counted(territory.expected), units.counted(planted))
    return tallies, float(np.median(sizes))


def main(seeds: int, tell: Callable[..., None] = print) -> None:
    """Print a table for each size of the planted cluster."""
    territory = Territory()
    started = time.process_time()
    squares = " and ".join(str(units.expected.size) for units in territory.squares.values())
    tell(
        f"{territory.expected.size} buildings, {territory.iris.expected.size} IRIS, {squares} squares,"
        f" {territory.expected.sum():.0f} reported dwellings expected; {seeds} seeds, {REPLICATIONS} replications"
    )
    null, _ = tallied(territory, 1.0, 0, seeds)
    for size, areas in SIZES.items():
        columns = [tallied(territory, strength, areas, seeds) for strength in STRENGTHS]
        tell(f"\nplanted: {size}, expecting {columns[0][1]:.0f} dwellings (median)")
        heads = "".join(f" | {f'strength {strength:g}':^19}" for strength in STRENGTHS)
        tell(f"{'':<28}  null{heads}")
        tell(f"{'':<28}      " + " | found  false inside" * len(STRENGTHS))
        for n, (name, tally) in enumerate(null):
            cells = "".join(f" | {column[n][1]!s:>19}" for column, _ in columns)
            tell(f"{name:<28}{100 * tally.raised / tally.runs:4.0f} %{cells}")
    tell(f"\n{time.process_time() - started:.0f} s of CPU, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
