"""``balayage``: which groups of units have a raised risk, in space or for a time (Kulldorff's scan statistic)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings
from numpy.typing import NDArray

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_addresses import dwelling_sources
from layers.selectors.unit_counts import ReportCube, TerritoryCounts, report_cube
from layers.selectors.units import Units
from maps.analysis.inputs import BoolArray, FloatArray
from maps.analysis.scan.buildings import CELL_M, LEARNT, scan_buildings
from maps.analysis.scan.in_turn import scan_in_turn
from maps.analysis.scan.statistic import Scan, scan_areas, scan_periods
from maps.analysis.scan.windows import CIRCLE, ELLIPSES, Limits
from maps.services.methods.balayage_form import (
    CHANCE,
    COLUMNS,
    FRAGILE,
    IN_TURN,
    METHOD_WORDS,
    NEAT,
    PARAMETERS,
    STOCK,
)
from maps.services.methods.balayage_rows import APART_M, centres, outcome_of
from maps.services.methods.balayage_stock import Addresses, Comparison, comparison
from maps.services.methods.counting import counting_notes, whole_steps
from maps.services.methods.method import Category, Method, Shading
from maps.services.methods.outcome import Outcome
from maps.services.methods.report_parameters import read_territory_counts
from maps.services.replications import spread_over

DWELLINGS_A_SOURCE = 10
"""So many dwellings share one risk where no address is known: the usual building of several dwellings."""
MOST_WINDOWS = 20_000_000
FEWEST_NEIGHBOURS = 50
FOLLOWING = 199
"""Replications of the scans after the first: enough to tell 0.025 from chance, and a fifth of the time."""


@dataclass(frozen=True, slots=True, eq=False)
class ScannedTerritory:
    """The counts of n units, step by step if time is scanned, and what is known of their addresses."""

    territory: TerritoryCounts
    cube: ReportCube | None
    sources: FloatArray
    """(n,) what has a risk of its own in each unit; NaN where no address is known."""
    addresses: Addresses | None
    """Where the units are addresses, or the stock is asked what to expect; None too where none is known."""


def read(scope: Scope, values: Mapping[str, Any]) -> ScannedTerritory:
    """Read the units, their stock, and their reported dwellings."""
    by_address = values["unit"] == UnitKind.ADRESSE
    if by_address and values["step"]:
        raise InvalidParameters({"step": "Temps : par adresse, seule la période entière est balayée"})
    territory = read_territory_counts(scope, values)
    units, cube = territory.units, None
    if values["step"]:
        cube = report_cube(units, scope, ReportSelection.of(values), values["step"])
    if by_address:
        return ScannedTerritory(territory, cube, np.ones(units.codes.size), Addresses.of(territory))
    asks_the_stock = values["denominator"] == STOCK
    addresses = Addresses.under(territory, scope, values) if asks_the_stock else None
    return ScannedTerritory(territory, cube, dwelling_sources(units), addresses)


def compute(inputs: ScannedTerritory, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Find the groups of units; the likeliest first."""
    territory = inputs.territory
    compared = comparison(territory, inputs.addresses, values["denominator"])
    exposure = compared.exposure
    known = np.flatnonzero(exposure > 0)
    if known.size < 2:
        raise NothingToAnalyse("il faut au moins deux unités dont le nombre de logements est connu")
    x, y = (axis[known] for axis in centres(territory.units))
    cells = np.floor(np.column_stack([x, y]) / CELL_M)
    by_address = territory.units.kind == UnitKind.ADRESSE
    places = len(np.unique(cells, axis=0)) if by_address else known.size
    limits, limit_notes = _limits(territory.units, places, values)
    asked: dict[str, Any] = {
        "rng": rng,
        "replications": values["replications"],
        "limits": limits,
        "shapes": ELLIPSES if values["shape"] == "ellipse" else CIRCLE,
    }
    starts: list[date] = []
    with spread_over(settings.DASK_SCHEDULER) as spread:
        asked["spread"] = spread
        if inputs.cube is not None:
            counts, at_risk, starts = _over_time(inputs.cube, known, exposure, values)
            asked |= {"sources": _sources(inputs)[known], "overdispersion": "estimated"}
            scan = scan_periods(x, y, counts, at_risk, prospective=values["window"] == "current", **asked)
        else:
            scan = _over_space(inputs, compared, known, values, asked)
    outcome = outcome_of(
        territory, known, scan, starts, values, is_of_buildings=compared.by_address and not starts
    )
    return replace(outcome, notes=(*counting_notes(territory), *compared.notes, *limit_notes))


def _over_space(
    inputs: ScannedTerritory,
    compared: Comparison,
    known: NDArray[np.intp],
    values: Mapping[str, Any],
    asked: dict[str, Any],
) -> Scan:
    """Scan the units ``known`` over the whole period: once, or again after each cluster that is taken out."""
    held = (compared.expected > 0) & np.isin(compared.unit, known)
    row, unit = np.flatnonzero(held), compared.unit[held]
    x, y = (axis[unit] for axis in centres(inputs.territory.units))
    cases, dwellings = compared.seen.counts.cases[row], np.nan_to_num(compared.seen.stock.dwellings[row])
    _refuse_few(int(cases.sum()))
    in_turn, sources = values["reporting"] == IN_TURN, _sources(inputs)
    asked |= {"reporting": "hierarchical" if in_turn else values["reporting"]}
    margin = LEARNT if compared.learn else 1.0
    following = max(
        FOLLOWING, math.ceil(200 * margin / values["alpha"])
    )  # twice what the level can be told with

    def scan(some: NDArray[np.intp], expected: FloatArray) -> Scan:
        where, drawn = (x[some], y[some], cases[some]), values["replications"]
        given = asked | {"replications": drawn if some.size == row.size else min(drawn, following)}
        if compared.by_address:
            return scan_buildings(*where, dwellings[some], expected, margin=margin, **given)
        return scan_areas(*where, expected, sources=sources[row[some]], overdispersion="estimated", **given)

    def expected_from(kept: BoolArray) -> FloatArray:
        usual = np.ones(compared.expected.size, dtype=bool)
        usual[row] = kept
        return compared.outside(usual)[row]

    if in_turn:
        found = scan_in_turn(np.column_stack([x, y]), cases, expected_from, scan, level=values["alpha"] / 100)
    else:
        found = scan(np.arange(row.size), compared.expected[row])
    position = np.searchsorted(known, unit)
    return replace(
        found, clusters=tuple(replace(c, areas=np.unique(position[c.areas])) for c in found.clusters)
    )


def _sources(inputs: ScannedTerritory) -> FloatArray:
    """Give (n,) what has a risk of its own in each unit, assumed where no address is known."""
    assumed = np.maximum(np.nan_to_num(inputs.territory.stock.dwellings), 1) / DWELLINGS_A_SOURCE
    return np.where(np.isfinite(inputs.sources), inputs.sources, assumed)


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


def _limits(units: Units, places: int, values: Mapping[str, Any]) -> tuple[Limits, list[str]]:
    """Give the bounds of the windows, and what must be said of those that we add."""
    radius = values["max_radius_m"] or None
    if np.unique(units.srids).size > 1:
        radius = min(radius or APART_M, APART_M / 2)
    share, neighbours, notes = values["max_share"] / 100, None, []
    if places * places * share > MOST_WINDOWS:
        neighbours = max(FEWEST_NEIGHBOURS, MOST_WINDOWS // places)
        what = f"carrés de {CELL_M:.0f} m" if units.kind == UnitKind.ADRESSE else "unités"
        notes.append(f"Vu leur nombre, un foyer compte au plus {neighbours} {what}.")
    return Limits(share, max_radius_m=radius, max_neighbours=neighbours), notes


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
