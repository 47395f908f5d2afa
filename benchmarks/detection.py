"""Power and false discovery of the hotspot methods on the demo territory, planted clusters against none.

Run with ``python -m benchmarks.detection [SEEDS [STRENGTH ...]]``. The ground and the stock are those of the demo;
each seed draws other reports, and plants one cluster somewhere: the buildings round one of them, an IRIS, or an
IRIS and two that touch it. A dwelling counts once, and what a method divides by is what the stock is expected to
report: the demo knows it exactly. "From the registers" estimates it by regression, as a real territory does: shares
of the census by IRIS, and by building what the BDNB and the RPLS tell of it and of those around; an IRIS is then
scanned through its buildings. Buildings differ by a gamma risk of their own, so counts are overdispersed and a method
that only knows Poisson finds too much.

Each scan takes its significant clusters out and scans the rest again, until nothing is found.

found   runs where one significant cluster holds at least half of what the planted one expects
false   significant clusters that hold none of it, among all
inside  median over the clusters that found it, of the part of their expected cases that is the planted cluster's
null    runs without a planted cluster that have a significant one
known   runs where a scan of buildings that tried the very cluster planted would call it significant: what is
        missing from 100 % no scan can find, chance has hidden it
Neighbouring hot IRIS of Gi* and of local Moran are one cluster.
"""

import os
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import shapely
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from cadastre_import.demo.clusters import BUILDING_SHAPE, baseline_rates, plant
from cadastre_import.demo.ground import Ground, build_ground, seeded
from cadastre_import.demo.plan import COMMUNES
from cadastre_import.demo.stock import Stock, build_stock
from maps.analysis.expected import expected_counts
from maps.analysis.graphs import contiguity
from maps.analysis.hotspots import HotspotClass, rate_hotspots
from maps.analysis.local_moran import LocalMoranClass, rate_local_moran
from maps.analysis.scan.buildings import LEARNT, scan_buildings
from maps.analysis.scan.in_turn import scan_in_turn
from maps.analysis.scan.likelihood import log_ratio
from maps.analysis.scan.replications import monte_carlo_p
from maps.analysis.scan.statistic import SIGNIFICANT, Scan, scan_areas
from maps.analysis.scan.unequal import Buildings
from maps.analysis.scan.windows import Limits
from maps.analysis.surroundings import surroundings


@dataclass(frozen=True)
class Size:
    """A planted cluster: so many IRIS that touch, or buildings side by side that expect so many dwellings."""

    iris: int = 0
    expecting: int = 0


STRENGTHS = (1.5, 2.0, 3.0)
SIZES = {
    "a few buildings": Size(expecting=25),
    "some more buildings": Size(expecting=50),
    "one IRIS": Size(iris=1),
    "three IRIS": Size(iris=3),
}
ENOUGH = 40  # dwellings that an IRIS in which a cluster is planted expects to be reported
REPLICATIONS = 99
LIMITS = Limits(max_share=0.25)
NEAR = Limits(max_share=0.25, max_radius_m=1_000)
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
        self.squares = self._squares(200)
        every = np.arange(self.expected.size)
        self.each = Units(every, self.expected, *places.T, np.ones(every.size))
        self.by_iris, self.by_building = self._indicators()
        self.candidates = np.flatnonzero(self.iris.expected >= ENOUGH)

    def _sum(self, of: np.ndarray) -> np.ndarray:
        return np.bincount(of, self.expected)

    def _squares(self, side: int) -> Units:
        squares, of = np.unique(self.places // side, axis=0, return_inverse=True)
        x, y = ((squares + 0.5) * side).T
        return Units(of.ravel(), self._sum(of.ravel()), x, y, self._sources(of.ravel()))

    def _sources(self, of: np.ndarray) -> np.ndarray:
        """Give how many equal buildings there would be, as the service tells from their dwellings."""
        dwellings = self.stock.dwellings
        return np.bincount(of, dwellings) ** 2 / np.bincount(of, dwellings**2)

    def _indicators(self) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
        """Give what the census tells of the IRIS of each building, and the registers of the building."""
        stock, of = self.stock, self.iris.of
        main = stock.private_tenants + stock.social_tenants + stock.owners
        block = stock.dwellings > 2

        def share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
            return (np.bincount(of, part) / np.maximum(np.bincount(of, whole), 1))[of]

        old = stock.period < 2
        by_iris = {
            "old": share(stock.dwellings * old, stock.dwellings),
            "private": share(stock.private_tenants, main),
            "small": share(stock.small, main),
            "income": share(stock.income * stock.dwellings, stock.dwellings),
            "vacancy": share(stock.vacant, stock.dwellings),
        }
        by_building = {
            "block": block,
            "large block": stock.dwellings > 12,
            "two dwellings": stock.dwellings == 2,
            **{f"block of period {n}": block & (np.minimum(stock.period, 4) == n) for n in (0, 1, 3, 4)},
            "old house": ~block & old,
            "social": np.where(block, stock.social_tenants / np.maximum(main, 1), 0),
            **surroundings(*self.places.T, stock.dwellings, {"blocks around": block, "old around": old}),
        }
        return by_iris, {name: np.asarray(values, float) for name, values in by_building.items()}

    def expects(self, reported: np.ndarray, *, from_registers: bool) -> Callable[[np.ndarray], np.ndarray]:
        """Give what tells, from the buildings kept, what each is expected to report."""
        indicators, dwellings = self.by_building | self.by_iris, self.stock.dwellings.astype(float)

        def learnt(kept: np.ndarray) -> np.ndarray:
            return expected_counts(reported, dwellings, indicators, usual=kept).expected

        return learnt if from_registers else lambda kept: self.expected

    def scanned(
        self,
        reported: np.ndarray,
        rng: np.random.Generator,
        *,
        from_registers: bool,
        places: np.ndarray | None = None,
        limits: Limits = NEAR,
    ) -> Scan:
        """Scan the buildings, as the service does; where they stand, or all of a unit at its middle."""
        where = self.places if places is None else places
        return scan_in_turn(
            where, reported, self.expects(reported, from_registers=from_registers),
            lambda some, expected: scan_buildings(
                *where[some].T, reported[some], self.stock.dwellings[some], expected,
                rng=rng, replications=REPLICATIONS, limits=limits, margin=LEARNT if from_registers else 1,
            ),
        )  # fmt: skip

    def scanned_by(
        self, units: Units, reported: np.ndarray, rng: np.random.Generator, *, from_registers: bool
    ) -> Scan:
        """Scan larger units, as the service does: through their buildings where the registers tell of these."""
        middles, cases = np.column_stack([units.x, units.y]), units.counted(reported)
        if from_registers:
            scan = self.scanned(reported, rng, from_registers=True, places=middles[units.of], limits=LIMITS)
            named = (replace(c, areas=np.unique(units.of[c.areas])) for c in scan.clusters)
            return replace(scan, clusters=tuple(named))
        return scan_in_turn(
            middles, cases, lambda kept: units.expected,
            lambda some, expected: scan_areas(
                units.x[some], units.y[some], cases[some], expected, sources=units.sources[some],
                rng=rng, replications=REPLICATIONS, limits=LIMITS, overdispersion="estimated",
            ),
        )  # fmt: skip

    def _expected_dwellings(self) -> np.ndarray:
        """Give the dwellings of each building expected to report at least once, without a cluster."""
        each = self.baseline / np.maximum(self.stock.dwellings, 1)
        return self.stock.dwellings * (1 - (1 + each / BUILDING_SHAPE) ** -BUILDING_SHAPE)

    def draw(self, strength: float, inside: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Give the reported dwellings of each building, the risk of those ``inside`` times ``strength``."""
        risk = self.baseline * rng.gamma(BUILDING_SHAPE, 1 / BUILDING_SHAPE, self.baseline.size)
        risk[inside] *= strength
        reports = rng.poisson(risk)
        return self._dwellings_of(np.repeat(np.arange(reports.size), reports), rng)

    def draw_demo(self, rng: np.random.Generator) -> tuple[np.ndarray, list[np.ndarray]]:
        """Give the reported dwellings of each building as the demo draws them, and the buildings of its clusters."""
        events = plant(self.stock, self.ground.parcels, rng)
        return self._dwellings_of(events.row, rng), [cluster.buildings for cluster in events.clusters]

    def _dwellings_of(self, building: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Count the distinct dwellings that reports of ``building`` are of."""
        dwelling = (rng.random(building.size) * self.stock.dwellings[building]).astype(int)
        distinct = np.unique(np.column_stack([building, dwelling]), axis=0)
        return np.bincount(distinct[:, 0], minlength=self.expected.size)

    def planted(self, size: Size, rng: np.random.Generator) -> np.ndarray:
        """Give the buildings of a cluster."""
        if not size.iris:
            centre = rng.choice(self.expected.size, p=self.expected / self.expected.sum())
            near = np.argsort(np.hypot(*(self.places - self.places[centre]).T))
            return near[: int(np.searchsorted(np.cumsum(self.expected[near]), size.expecting)) + 1]
        first = int(rng.choice(self.candidates))
        beside = self.iris.touching[[first]].indices
        chosen = [first, *rng.permutation(beside)[: size.iris - 1]]
        return np.flatnonzero(np.isin(self.iris.of, chosen))


def together(hot: np.ndarray, touching: sparse.csr_array) -> Clusters:
    """Give the groups of hot areas that touch."""
    areas = np.flatnonzero(hot)
    if not areas.size:
        return []
    count, group = connected_components(touching[areas][:, areas], directed=False)
    return [areas[group == number] for number in range(count)]


def known(territory: Territory, reported: np.ndarray, planted: np.ndarray, scan: Scan) -> Clusters:
    """Give the planted cluster if the weighted ratio of its very buildings is significant in ``scan``."""
    if not planted.size:
        return []
    buildings = Buildings.read(reported, territory.stock.dwellings, territory.expected, scan.variance)
    weighted, awaited = reported * buildings.weight, buildings.weighted
    count, total = weighted[planted].sum(), weighted.sum()
    ratio = log_ratio(count, awaited[planted].sum() * total / awaited.sum(), total, np.inf)
    return [planted] if monte_carlo_p(ratio, scan.maxima) <= SIGNIFICANT else []


def clusters_by_method(
    territory: Territory, reported: np.ndarray, planted: np.ndarray, rng: np.random.Generator
) -> Iterable[tuple[str, Units, Clusters]]:
    """Give, for each method, its units and its significant clusters."""

    for name, from_registers in (("scan of buildings", False), ("  from the registers", True)):
        scan = territory.scanned(reported, rng, from_registers=from_registers)
        yield name, territory.each, [c.areas for c in scan.significant()]
        if not from_registers:
            yield "  known", territory.each, known(territory, reported, planted, scan)
    for name, units, from_registers in (
        ("scan of IRIS", territory.iris, False),
        ("  IRIS from the registers", territory.iris, True),
        ("scan of 200 m squares", territory.squares, False),
    ):
        scan = territory.scanned_by(units, reported, rng, from_registers=from_registers)
        yield name, units, [c.areas for c in scan.significant()]
        yield "  with the Poisson p alone", units, [c.areas for c in scan.clusters if c.p <= SIGNIFICANT]
    units = territory.iris
    counts = np.where(units.expected > 0, units.counted(reported), 0)
    gi_star = rate_hotspots(counts, units.expected, units.touching)
    yield "Gi* of IRIS, FDR", units, together(np.isin(gi_star.classes, HOT), units.touching)
    moran = rate_local_moran(counts, units.expected, units.touching)
    yield "local Moran of IRIS, FDR", units, together(np.isin(moran.classes, HIGH), units.touching)


def tallied(
    territory: Territory, strength: float, size: Size, seeds: int
) -> tuple[list[tuple[str, Tally]], float]:
    """Judge every method over the seeds; gives also what the planted clusters expect, the median."""
    tallies: list[tuple[str, Tally]] = []
    sizes = []
    for seed in range(seeds):
        rng = np.random.default_rng([seed, size.iris, size.expecting, int(10 * strength)])
        inside = territory.planted(size, rng) if strength > 1 else np.zeros(0, int)
        sizes.append(territory.expected[inside].sum())
        reported = territory.draw(strength, inside, rng)
        planted = np.zeros(reported.size)
        planted[inside] = territory.expected[inside]
        for n, (name, units, clusters) in enumerate(clusters_by_method(territory, reported, inside, rng)):
            if n == len(tallies):
                tallies.append((name, Tally()))
            tallies[n][1].add(clusters, units.counted(territory.expected), units.counted(planted))
    return tallies, float(np.median(sizes))


def six_at_once(territory: Territory, seeds: int) -> Iterable[str]:
    """Say how many of the clusters that the demo plants together each scan finds, and how many false ones."""
    found: dict[str, np.ndarray] = {}
    for seed in range(seeds):
        rng = np.random.default_rng([seed, 6])
        reported, planted = territory.draw_demo(rng)
        for from_registers in (False, True):
            for name, units, scan in (
                ("buildings", territory.each, territory.scanned(reported, rng, from_registers=from_registers)),
                ("IRIS", territory.iris,
                 territory.scanned_by(territory.iris, reported, rng, from_registers=from_registers)),
            ):  # fmt: skip
                held = [np.isin(units.of, c.areas) for c in scan.significant()]
                half = sum(
                    any(territory.expected[m][h[m]].sum() >= territory.expected[m].sum() / 2 for h in held)
                    for m in planted
                )
                false = sum(not any(h[m].any() for m in planted) for h in held)
                label = f"scan of {name}{', from the registers' if from_registers else ''}"
                found[label] = found.get(label, np.zeros(3)) + np.array([half, len(planted), false])
    for label, (half, planted_, false) in found.items():
        yield f"{label:<36}{half:4.0f} of {planted_:.0f}, {false:.0f} false"


def main(seeds: int, strengths: tuple[float, ...], tell: Callable[..., None] = print) -> None:
    """Print a table for each size of the planted cluster."""
    territory = Territory()
    started = time.process_time()
    tell(
        f"{territory.expected.size} buildings, {territory.iris.expected.size} IRIS,"
        f" {territory.squares.expected.size} squares, {territory.expected.sum():.0f} reported dwellings expected;"
        f" {seeds} seeds, {REPLICATIONS} replications"
    )
    null, _ = tallied(territory, 1.0, Size(), seeds)
    for name, size in SIZES.items():
        columns = [tallied(territory, strength, size, seeds) for strength in strengths]
        tell(f"\nplanted: {name}, expecting {columns[0][1]:.0f} dwellings (median)")
        heads = "".join(f" | {f'strength {strength:g}':^19}" for strength in strengths)
        tell(f"{'':<28}  null{heads}")
        tell(f"{'':<28}      " + " | found  false inside" * len(strengths))
        for n, (method, tally) in enumerate(null):
            cells = "".join(f" | {column[n][1]!s:>19}" for column, _ in columns)
            tell(f"{method:<28}{100 * tally.raised / tally.runs:4.0f} %{cells}", flush=True)
    tell("\nplanted: the six clusters of the demo, at once (1.8 to 5 times the risk)")
    for line in six_at_once(territory, max(1, seeds // 5)):
        tell(line, flush=True)
    tell(f"\n{time.process_time() - started:.0f} s of CPU, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 100,
        tuple(float(given) for given in sys.argv[2:]) or STRENGTHS,
    )
