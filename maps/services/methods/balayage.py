"""``balayage``: which groups of units have a raised risk, in space or for a time (Kulldorff's scan statistic)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import shapely
from django.conf import settings

from layers.errors import NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_counts import MONTHS, ReportCube, TerritoryCounts, report_cube
from layers.selectors.units import Units
from maps.analysis.expected import TooFewAreas, expected_counts
from maps.analysis.inputs import FloatArray
from maps.analysis.scan.statistic import Cluster, Scan, scan_areas, scan_periods
from maps.analysis.scan.windows import CIRCLE, ELLIPSES, Limits
from maps.services.methods.balayage_form import (
    CHANCE,
    COLUMNS,
    FRAGILE,
    METHOD_WORDS,
    NEAT,
    PARAMETERS,
    STOCK,
)
from maps.services.methods.counting import PER, counting_notes, known_exposure, step_after, whole_steps
from maps.services.methods.method import Category, Method, Shading
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.report_parameters import read_territory_counts
from maps.services.methods.silence import INDICATORS
from maps.services.replications import spread_over

DWELLINGS_A_SOURCE = 10
"""So many dwellings share one risk in the overdispersion: the usual building of several dwellings."""
TOLD = 0.2
"""Clusters of a larger p are not told, but for the likeliest."""
MOST_WINDOWS = 20_000_000
FEWEST_NEIGHBOURS = 50
APART_M = 1e7
"""Between the projections of overseas départements, which share their numbers; no window is half as wide."""
SNAPPED_M = 0.01
NAMED = 3


@dataclass(frozen=True, slots=True, eq=False)
class ScannedTerritory:
    """The counts of a territory, and step by step if time is scanned."""

    territory: TerritoryCounts
    cube: ReportCube | None


def read(scope: Scope, values: Mapping[str, Any]) -> ScannedTerritory:
    """Read the units, their stock, and their reported dwellings."""
    territory = read_territory_counts(scope, values)
    cube = None
    if values["step"]:
        cube = report_cube(territory.units, scope, ReportSelection.of(values), values["step"])
    return ScannedTerritory(territory, cube)


def compute(inputs: ScannedTerritory, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Find the groups of units; the likeliest first."""
    territory = inputs.territory
    exposure, note = _exposure(territory, values["denominator"])
    known = np.flatnonzero(exposure > 0)
    if known.size < 2:
        raise NothingToAnalyse("il faut au moins deux unités dont le nombre de logements est connu")
    x, y = _centres(territory.units)
    limits, limit_notes = _limits(territory.units, known.size, values)
    asked: dict[str, Any] = {
        "rng": rng,
        "replications": values["replications"],
        "limits": limits,
        "shapes": ELLIPSES if values["shape"] == "ellipse" else CIRCLE,
        "sources": np.maximum(np.nan_to_num(territory.stock.dwellings[known]), 1) / DWELLINGS_A_SOURCE,
        "overdispersion": "estimated",
    }
    starts: list[date] = []
    with spread_over(settings.DASK_SCHEDULER) as spread:
        if inputs.cube is None:
            cases = territory.counts.cases[known]
            _refuse_few(int(cases.sum()))
            scan = scan_areas(
                x[known], y[known], cases, exposure[known],
                reporting=values["reporting"], spread=spread, **asked,
            )  # fmt: skip
        else:
            counts, at_risk, starts = _over_time(inputs.cube, known, exposure, values)
            scan = scan_periods(
                x[known], y[known], counts, at_risk,
                prospective=values["window"] == "current", spread=spread, **asked,
            )  # fmt: skip
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
        facts=_facts(scan, told, values["alpha"] / 100, known.size),
        notes=(*counting_notes(territory), *note, *limit_notes),
        vintages=territory.stock.vintages,
    )


def _exposure(territory: TerritoryCounts, denominator: str) -> tuple[FloatArray, list[str]]:
    """Give what each unit is compared to, 0 where it is not known, and what must be said of it."""
    if denominator != STOCK:
        return known_exposure(territory, denominator), []
    dwellings = known_exposure(territory)
    shares = {name: territory.stock.covariates[name] for name in INDICATORS}
    try:
        found = expected_counts(territory.counts.cases, dwellings, shares)
    except TooFewAreas as error:
        raise NothingToAnalyse(
            "trop peu d’unités dont le parc est connu pour en tirer un nombre attendu : rapportez aux logements"
        ) from error
    left = int((~found.assessed & (dwellings > 0)).sum())
    notes = [f"Unités laissées de côté, leur parc n’étant pas connu : {left}."] if left else []
    return np.where(found.assessed, found.expected, 0), notes


def _over_time(
    cube: ReportCube, known: np.ndarray, exposure: FloatArray, values: Mapping[str, Any]
) -> tuple[np.ndarray, FloatArray, list[date]]:
    """Give counts and expected counts of the whole steps, and the day each begins.

    A step expects what was reported in it, shared out as the exposure: a rise everywhere, a winter, is no cluster.
    """
    whole = whole_steps(cube, date.fromisoformat(values["since"]), date.fromisoformat(values["until"]))
    if whole.sum() < 2:
        raise NothingToAnalyse("il faut au moins deux pas de temps entiers : allongez la période")
    counts = cube.cases[known][:, whole]
    _refuse_few(int(counts.sum()))
    at_risk = np.outer(exposure[known] / exposure[known].sum(), counts.sum(axis=0))
    return counts, at_risk, [start for start, kept in zip(cube.starts, whole, strict=True) if kept]


def _refuse_few(cases: int) -> None:
    if cases < 2:
        raise NothingToAnalyse("il faut au moins deux logements signalés qui répondent à ces critères")


def _centres(units: Units) -> tuple[FloatArray, FloatArray]:
    """Give the middle of each unit in metres, each projection far from the others."""
    middle = shapely.centroid(units.shapes)
    _, projection = np.unique(units.srids, return_inverse=True)
    return shapely.get_x(middle) + APART_M * projection, shapely.get_y(middle)


def _limits(units: Units, known: int, values: Mapping[str, Any]) -> tuple[Limits, list[str]]:
    """Give the bounds of the windows, and what must be said of those that we add."""
    radius = values["max_radius_m"] or None
    if np.unique(units.srids).size > 1:
        radius = min(radius or APART_M, APART_M / 2)
    share, neighbours, notes = values["max_share"] / 100, None, []
    if known * known * share > MOST_WINDOWS:
        neighbours = max(FEWEST_NEIGHBOURS, MOST_WINDOWS // known)
        notes.append(f"Vu leur nombre, un foyer compte au plus {neighbours} unités.")
    return Limits(share, max_radius_m=radius, max_neighbours=neighbours), notes


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
    x, y = _centres(units)
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
    """Give the union of the units of each cluster; snapped, for contours that nearly touch leave slivers."""
    outlines = np.empty(len(groups), dtype=object)
    for n, members in enumerate(groups):
        outlines[n] = shapely.union_all(units.shapes[members], grid_size=SNAPPED_M)
    return outlines


def _facts(scan: Scan, told: list[Cluster], level: float, units: int) -> tuple[Fact, ...]:
    kinds = [_category(cluster, level) for cluster in told]
    return (
        Fact("Foyers nets", kinds.count(NEAT)),
        Fact("Foyers fragiles", kinds.count(FRAGILE), "que la surdispersion peut expliquer"),
        Fact("Logements signalés", scan.total),
        Fact("Unités examinées", units),
        Fact("Tirages au hasard", int(scan.maxima.size)),
        Fact("Part maximale retenue pour un foyer", 100 * scan.share, "%", 0),
        Fact("Variance du risque d’un immeuble de dix logements", scan.variance or 0.0, "", 2),
    )


METHOD = Method(
    **METHOD_WORDS,
    parameters=PARAMETERS,
    columns=COLUMNS,
    read=read,
    compute=compute,
    shadings=(Shading("relative_risk"),),
    categories=(
        Category(NEAT, "Foyer net", "#b2182b", "●"),
        Category(FRAGILE, "Foyer fragile", "#f4a582", "◌"),
        Category(CHANCE, "Non significatif", "#f1ede4", "·"),
    ),
    draws_categories_first=True,
    is_random=True,
    is_long=True,
)
