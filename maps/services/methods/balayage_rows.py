"""The rows of ``balayage``: names, figures, outlines and facts of the groups that a scan found."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import shapely

from layers.models import UnitKind
from layers.selectors.unit_counts import MONTHS, TerritoryCounts
from layers.selectors.units import Units
from maps.analysis.inputs import FloatArray
from maps.analysis.scan.buildings import CELL_M
from maps.analysis.scan.statistic import Cluster, Scan
from maps.services.methods.balayage_form import CHANCE, FRAGILE, NEAT
from maps.services.methods.counting import PER, step_after
from maps.services.methods.outcome import Fact, Outcome

TOLD = 0.2
"""Clusters of a larger p are not told, but for the likeliest."""
APART_M = 1e7
"""Between the projections of overseas départements, which share their numbers; no window is half as wide."""
SNAPPED_M = 0.01
NAMED = 3


def outcome_of(
    territory: TerritoryCounts,
    known: np.ndarray,
    scan: Scan,
    starts: list[date],
    values: Mapping[str, Any],
    *,
    is_of_buildings: bool,
) -> Outcome:
    """Give the rows of a scan of the units ``known``; ``starts`` are the days its periods begin, if it has some.

    ``is_of_buildings`` says that its p already takes the inequality of buildings into account.
    """
    told = [c for n, c in enumerate(scan.clusters) if n == 0 or c.p <= TOLD]
    return Outcome(
        kind=UnitKind.CLUSTER,
        codes=[str(n + 1) for n in range(len(told))],
        labels=[_label(territory.units, known[c.areas], c, starts, values) for c in told],
        communes=[_communes(territory, known[c.areas]) for c in told],
        figures=_figures(territory, known, scan, told),
        categories=[_category(c, values["alpha"] / 100) for c in told],
        shapes=_outlines(territory.units, [known[c.areas] for c in told]),
        srids=np.array([territory.units.srids[known[c.areas[0]]] for c in told], dtype=np.int64),
        facts=_facts(scan, told, values["alpha"] / 100, is_of_buildings, known.size),
        vintages=territory.stock.vintages,
    )


def centres(units: Units) -> tuple[FloatArray, FloatArray]:
    """Give the middle of each unit in metres, each projection far from the others."""
    middle = shapely.centroid(units.shapes)
    _, projection = np.unique(units.srids, return_inverse=True)
    return shapely.get_x(middle) + APART_M * projection, shapely.get_y(middle)


def _category(cluster: Cluster, level: float) -> str:
    if cluster.p > level:
        return CHANCE
    return NEAT if (cluster.p_overdispersed or 0) <= level else FRAGILE


def _figures(
    territory: TerritoryCounts, known: np.ndarray, scan: Scan, told: list[Cluster]
) -> dict[str, FloatArray]:
    dwellings = np.nan_to_num(territory.stock.dwellings[known])

    def column(values: list[float | None]) -> FloatArray:
        return np.array([np.nan if value is None else value for value in values], dtype=float)

    inside = column([float(dwellings[c.areas].sum()) for c in told])
    observed = column([c.observed for c in told])
    return {
        "units": column([c.areas.size for c in told]),
        "cases": observed,
        "expected": column([c.expected for c in told]),
        "relative_risk": column([c.relative_risk for c in told]),
        "dwellings": inside,
        "rate": PER * np.divide(observed, inside, out=np.full(inside.size, np.nan), where=inside > 0),
        "p_value": column([c.p for c in told]),
        "p_overdispersed": column([c.p_overdispersed for c in told]),
        "p_gumbel": column([c.p_gumbel for c in told]),
        "log_ratio": column([c.log_ratio for c in told]),
        "radius_m": column([c.radius_m for c in told]),
        "steps": column([c.periods[1] - c.periods[0] + 1 for c in told]),
    }


def _label(
    units: Units, members: np.ndarray, cluster: Cluster, starts: list[date], values: Mapping[str, Any]
) -> str:
    """Name a cluster by its first units, those nearest to its centre, and by its months."""
    x, y = centres(units)
    near = members[np.argsort(np.hypot(x[members] - cluster.x, y[members] - cluster.y), kind="stable")]
    names = ", ".join(units.labels[n] for n in near[:NAMED])
    others = members.size - NAMED
    more = f" et {others} autre{'s' if others > 1 else ''}" if others > 0 else ""
    if not starts:
        return f"{names}{more}"
    first, last = (starts[step] for step in cluster.periods)
    end = step_after(last, MONTHS[values["step"]] - 1)
    return f"{names}{more}, {first:%m/%Y} à {end:%m/%Y}"


def _communes(territory: TerritoryCounts, members: np.ndarray) -> list[str]:
    return sorted({code for n in members for code in territory.counts.communes[n]})


def _outlines(units: Units, groups: list[np.ndarray]) -> np.ndarray:
    """Give the union of the units of each cluster; snapped, for contours that nearly touch leave slivers.

    That of addresses is the squares that the scan took together.
    """
    outlines = np.empty(len(groups), dtype=object)
    for n, members in enumerate(groups):
        shapes = units.shapes[members]
        if units.kind == UnitKind.ADRESSE:
            corners = np.unique(np.floor(shapely.get_coordinates(shapes) / CELL_M), axis=0) * CELL_M
            shapes = shapely.box(*corners.T, *(corners + CELL_M).T)
        outlines[n] = shapely.union_all(shapes, grid_size=SNAPPED_M)
    return outlines


def _facts(
    scan: Scan, told: list[Cluster], level: float, is_of_buildings: bool, units: int
) -> tuple[Fact, ...]:
    kinds = [_category(cluster, level) for cluster in told]
    why = "une erreur sur les attendus" if is_of_buildings else "la surdispersion"
    return (
        Fact("Foyers nets", kinds.count(NEAT)),
        Fact("Foyers fragiles", kinds.count(FRAGILE), f"que {why} peut expliquer"),
        Fact("Logements signalés", scan.total),
        Fact("Unités examinées", units),
        Fact("Tirages au hasard", int(scan.maxima.size)),
        Fact("Part maximale retenue pour un foyer", 100 * scan.share, "%", 0),
        Fact("Variance du risque d’une adresse à l’autre", scan.variance or 0.0, "", 2),
    )
