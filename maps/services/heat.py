"""The heat surface of reports: aggregated into cells, cleared for publication, then smoothed.

The surface is made from the published cells alone and never from the points: whoever holds the document cannot
find a household in it, and the map and the raster say the same.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from layers.scope import Scope
from layers.selectors.heat_points import Perimeter, dwelling_points, perimeter_of, report_points
from maps.analysis.density import DensitySurface, kernel_density
from maps.analysis.disclosure import Audience, suppress
from maps.services import squares
from maps.services.squares import Squares, squares_over

BANDWIDTH_M = 500.0
UNIT = "signalements/km²"


@dataclass(frozen=True, slots=True, eq=False)
class Heat:
    """What a committee document shows, and what it must say of it."""

    perimeter: Perimeter
    since: date
    until: date
    squares: NDArray[np.object_]
    """Published cells that hold a report: squares in the projection of the perimeter."""
    counts: NDArray[np.int64]
    """Dwellings reported in each of them, once for each year in which they were."""
    surface: DensitySurface
    reports: int
    left_out: int
    """Reports whose position is not sure enough to be drawn."""
    hidden: int | None
    """Reported dwellings in the cells that are not published; None when even this total would tell too much."""


def compute_heat(scope: Scope, since: date, until: date) -> Heat:
    """Make the heat surface of the reader's reports of a period.

    A dwelling counts once in each calendar year, and a cell is shown if each year of it may be: what two editions
    differ by, years that came and years that went, is then made of counts that may be published too.

    Raises NothingToAnalyse when there is no perimeter, no report, or no cell that may be published.
    """
    perimeter = perimeter_of(scope)
    if perimeter is None:
        raise NothingToAnalyse(
            "votre périmètre ne contient aucun territoire : demandez-en un à l’administrateur"
        )
    points = [report_points(scope, *span, perimeter.srid) for span in _calendar_years(since, until)]
    if not any(year.x.size for year in points):
        raise NothingToAnalyse(
            f"aucun signalement placé au numéro entre le {since:%d/%m/%Y} et le {until:%d/%m/%Y}"
        )
    stock = dwelling_points(perimeter.ground, perimeter.srid)
    held = squares_over(
        perimeter.shapes,
        [(year.x, year.y, np.ones_like(year.x)) for year in points],
        (stock.x, stock.y, stock.dwellings),
    )
    cells = np.unique(held.corners)
    cases, dwellings = held.total(held.cases)[cells], held.total(held.dwellings)[cells]
    inhabited = (cases > 0) | (dwellings > 0)
    cells, cases, dwellings = cells[inhabited], cases[inhabited], dwellings[inhabited]
    by_year = [held.total(year)[cells] for year in held.by_year if year.any()]
    rules = [suppress(year, dwellings, Audience.PUBLIC) for year in by_year]
    shown = np.all([cases > 0, *(rule.shown for rule in rules)], axis=0)
    if not shown.any():
        raise NothingToAnalyse(
            "aucune cellule ne peut être publiée : il y a trop peu de signalements ou de logements,"
            " ou bien les adresses et les nombres de logements ne sont pas importés"
        )
    return Heat(
        perimeter=perimeter,
        since=since,
        until=until,
        squares=held.shapes(cells[shown]),
        counts=cases[shown].astype(np.int64),
        surface=_surface(held, cells[shown], cases[shown]),
        reports=sum(year.reports for year in points),
        left_out=sum(year.left_out for year in points),
        hidden=int(cases[~shown].sum()) if all(rule.total_shown for rule in rules) else None,
    )


def _calendar_years(since: date, until: date) -> list[tuple[date, date]]:
    """Cut a period at each new year."""
    years = range(since.year, until.year + 1)
    return [(max(since, date(year, 1, 1)), min(until, date(year, 12, 31))) for year in years]


def _surface(held: Squares, cells: NDArray[np.int64], cases: NDArray[np.float64]) -> DensitySurface:
    """Smooth the published counts; in a cell of several squares each takes its share of the dwellings."""
    x, y, mass = held.points(held.spread(cells, cases))
    return kernel_density(x, y, held.surface_grid, BANDWIDTH_M, weights=mass)


def inside(heat: Heat) -> NDArray[np.bool_]:
    """Tell which cells of the surface lie in the perimeter: outside nothing is known."""
    return squares.inside(heat.surface.grid, heat.perimeter.shapes)
