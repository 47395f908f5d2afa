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
    """Reported dwellings in each of them."""
    surface: DensitySurface
    reports: int
    left_out: int
    """Reports whose position is not sure enough to be drawn."""
    hidden: int | None
    """Reported dwellings in the cells that are not published; None when even this total would tell too much."""


def compute_heat(scope: Scope, since: date, until: date) -> Heat:
    """Make the heat surface of the reader's reports of a period.

    Raises NothingToAnalyse when there is no perimeter, no report, or no cell that may be published.
    """
    perimeter = perimeter_of(scope)
    if perimeter is None:
        raise NothingToAnalyse(
            "votre périmètre ne contient aucun territoire : demandez-en un à l’administrateur"
        )
    points = report_points(scope, since, until, perimeter.srid)
    if not points.x.size:
        raise NothingToAnalyse(
            f"aucun signalement placé au numéro entre le {since:%d/%m/%Y} et le {until:%d/%m/%Y}"
        )
    stock = dwelling_points(perimeter.ground, perimeter.srid)
    held = squares_over(
        perimeter.shapes,
        (points.x, points.y, np.ones_like(points.x)),
        (stock.x, stock.y, stock.dwellings),
    )
    cells = np.unique(held.corners)
    cases, dwellings = held.total(held.cases)[cells], held.total(held.dwellings)[cells]
    inhabited = (cases > 0) | (dwellings > 0)
    cells, cases, dwellings = cells[inhabited], cases[inhabited], dwellings[inhabited]
    rule = suppress(cases, dwellings, Audience.PUBLIC)
    shown = rule.shown & (cases > 0)
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
        reports=points.reports,
        left_out=points.left_out,
        hidden=int(cases[~shown].sum()) if rule.total_shown else None,
    )


def _surface(held: Squares, cells: NDArray[np.int64], cases: NDArray[np.float64]) -> DensitySurface:
    """Smooth the published counts; in a cell of several squares each takes its share of the dwellings."""
    x, y, mass = held.points(held.spread(cells, cases))
    return kernel_density(x, y, held.surface_grid, BANDWIDTH_M, weights=mass)


def inside(heat: Heat) -> NDArray[np.bool_]:
    """Tell which cells of the surface lie in the perimeter: outside nothing is known."""
    return squares.inside(heat.surface.grid, heat.perimeter.shapes)
