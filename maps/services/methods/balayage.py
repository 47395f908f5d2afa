"""``balayage``: which groups of units have a raised risk, in space or for a time (Kulldorff's scan statistic)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from django.conf import settings

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_addresses import address_covariates, dwelling_sources
from layers.selectors.unit_counts import ReportCube, TerritoryCounts, report_cube
from layers.selectors.units import Units
from maps.analysis.expected import ExpectedCounts, TooFewAreas, expected_counts
from maps.analysis.inputs import BoolArray, FloatArray
from maps.analysis.scan.buildings import CELL_M, UNTOLD, scan_twice
from maps.analysis.scan.statistic import scan_areas, scan_periods
from maps.analysis.scan.windows import CIRCLE, ELLIPSES, Limits
from maps.analysis.surroundings import surroundings
from maps.services.methods.balayage_form import (
    CHANCE,
    COLUMNS,
    FRAGILE,
    METHOD_WORDS,
    NEAT,
    PARAMETERS,
    STOCK,
)
from maps.services.methods.balayage_rows import APART_M, centres, outcome_of
from maps.services.methods.counting import counting_notes, known_exposure, whole_steps
from maps.services.methods.method import Category, Method, Shading
from maps.services.methods.outcome import Outcome
from maps.services.methods.report_parameters import read_territory_counts
from maps.services.methods.silence import INDICATORS
from maps.services.replications import spread_over

DWELLINGS_A_SOURCE = 10
"""So many dwellings share one risk where no address is known: the usual building of several dwellings."""
MOST_WINDOWS = 20_000_000
FEWEST_NEIGHBOURS = 50


@dataclass(frozen=True, slots=True, eq=False)
class ScannedTerritory:
    """The counts of n units, step by step if time is scanned, and what is known of their addresses."""

    territory: TerritoryCounts
    cube: ReportCube | None
    sources: FloatArray
    """(n,) what has a risk of its own in each unit; NaN where no address is known."""
    own: Mapping[str, FloatArray]
    """(n,) what the registers tell of the building at each address, and of those around; empty for larger units."""


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
        return ScannedTerritory(territory, cube, np.ones(units.codes.size), _own_and_around(territory))
    return ScannedTerritory(territory, cube, dwelling_sources(units), {})


def _own_and_around(territory: TerritoryCounts) -> dict[str, FloatArray]:
    """Give what the registers tell of the building at each address, and of those around: how dense, how old."""
    own = address_covariates(territory.units)
    old = own["block_before_1919"] + own["block_of_1919_1945"] + own["house_before_1946"]
    dwellings = np.nan_to_num(territory.stock.dwellings)
    shares = {"blocks_around": own["block"], "old_around": old}
    return own | surroundings(*centres(territory.units), dwellings, shares)


def compute(inputs: ScannedTerritory, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Find the groups of units; the likeliest first."""
    territory = inputs.territory
    exposure, note = _exposure(inputs, values["denominator"])
    known = np.flatnonzero(exposure > 0)
    if known.size < 2:
        raise NothingToAnalyse("il faut au moins deux unités dont le nombre de logements est connu")
    x, y = (axis[known] for axis in centres(territory.units))
    cases, dwellings = territory.counts.cases[known], np.nan_to_num(territory.stock.dwellings[known])
    by_address = territory.units.kind == UnitKind.ADRESSE
    places = (
        np.unique(np.floor(np.column_stack([x, y]) / CELL_M), axis=0).shape[0] if by_address else known.size
    )
    limits, limit_notes = _limits(territory.units, places, values)
    asked: dict[str, Any] = {
        "rng": rng,
        "replications": values["replications"],
        "limits": limits,
        "shapes": ELLIPSES if values["shape"] == "ellipse" else CIRCLE,
    }
    if not by_address:
        assumed = np.maximum(dwellings, 1) / DWELLINGS_A_SOURCE
        sources = np.where(np.isfinite(inputs.sources[known]), inputs.sources[known], assumed)
        asked |= {"sources": sources, "overdispersion": "estimated"}
    starts: list[date] = []
    with spread_over(settings.DASK_SCHEDULER) as spread:
        asked["spread"] = spread
        if inputs.cube is not None:
            counts, at_risk, starts = _over_time(inputs.cube, known, exposure, values)
            scan = scan_periods(x, y, counts, at_risk, prospective=values["window"] == "current", **asked)
        else:
            _refuse_few(int(cases.sum()))
            asked["reporting"] = values["reporting"]
            if by_address:

                def expected_from(usual: BoolArray) -> FloatArray:
                    if usual.all():
                        return exposure[known]
                    return _expected_outside(inputs, values["denominator"], known[~usual], exposure)[known]

                scan = scan_twice(x, y, cases, dwellings, expected_from, untold=UNTOLD, **asked)
            else:
                scan = scan_areas(x, y, cases, exposure[known], **asked)
    outcome = outcome_of(territory, known, scan, starts, values)
    return replace(outcome, notes=(*counting_notes(territory), *note, *limit_notes))


def _exposure(inputs: ScannedTerritory, denominator: str) -> tuple[FloatArray, list[str]]:
    """Give what each unit is compared to, 0 where it is not known, and what must be said of it."""
    territory = inputs.territory
    if denominator != STOCK:
        return known_exposure(territory, denominator), []
    try:
        found = _expected(inputs)
    except TooFewAreas as error:
        raise NothingToAnalyse(
            "trop peu d’unités dont le parc est connu pour en tirer un nombre attendu : rapportez aux logements"
        ) from error
    left = int((~found.assessed & (known_exposure(territory) > 0)).sum())
    notes = [f"Unités laissées de côté, leur parc n’étant pas connu : {left}."] if left else []
    return np.where(found.assessed, found.expected, 0), notes


def _expected_outside(
    inputs: ScannedTerritory, denominator: str, clustered: np.ndarray, exposure: FloatArray
) -> FloatArray:
    """Give what each address is compared to, learnt outside of those in a cluster, if that can be."""
    if denominator != STOCK:
        return exposure
    usual = np.ones(exposure.size, dtype=bool)
    usual[clustered] = False
    try:
        found = _expected(inputs, usual)
    except TooFewAreas:
        return exposure
    return np.where(exposure > 0, found.expected, 0)


def _expected(inputs: ScannedTerritory, usual: BoolArray | None = None) -> ExpectedCounts:
    territory = inputs.territory
    shares = {name: territory.stock.covariates[name] for name in INDICATORS}
    dwellings = known_exposure(territory)
    return expected_counts(territory.counts.cases, dwellings, inputs.own | shares, usual=usual)


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
