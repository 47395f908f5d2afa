"""The heat surface of reports: aggregated into cells, cleared for publication, then smoothed.

The surface is made from the published cells alone and never from the points: whoever holds the document cannot
find a household in it, and the map and the raster say the same.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from layers.scope import Scope
from layers.selectors.heat_points import Perimeter, dwelling_points, perimeter_of, report_points
from maps.analysis.density import DensitySurface, MetricGrid, kernel_density
from maps.analysis.disclosure import Audience, cell_corners, cell_levels, suppress

CELL_M = 200.0  # the side of the Insee's squares
DEEPEST = 3  # the largest cells are 1 600 m a side
SURFACE_CELL_M = 50.0
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


@dataclass(frozen=True, slots=True, eq=False)
class _Squares:
    """Unit squares of ``CELL_M``, flat arrays: what each holds, and the cell it belongs to."""

    grid: MetricGrid
    cases: NDArray[np.float64]
    dwellings: NDArray[np.float64]
    levels: NDArray[np.int64]
    corners: NDArray[np.int64]


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
    grid = _grid(perimeter, points.x, points.y)
    squares = _squares(
        grid,
        _per_square(grid, points.x, points.y, np.ones_like(points.x)),
        _per_square(grid, stock.x, stock.y, stock.dwellings),
    )
    cells = np.unique(squares.corners)
    cases = np.bincount(squares.corners, squares.cases)[cells]
    dwellings = np.bincount(squares.corners, squares.dwellings)[cells]
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
        squares=_shapes(squares, cells[shown]),
        counts=cases[shown].astype(np.int64),
        surface=_surface(squares, cells[shown], cases[shown]),
        reports=points.reports,
        left_out=points.left_out,
        hidden=int(cases[~shown].sum()) if rule.total_shown else None,
    )


def inside(heat: Heat) -> NDArray[np.bool_]:
    """Tell which cells of the surface lie in the perimeter: outside nothing is known."""
    from rasterio import Affine
    from rasterio.features import geometry_mask

    grid = heat.surface.grid
    transform = Affine(grid.cell_m, 0, grid.x_min, 0, -grid.cell_m, grid.y_max)
    shapes = [shape for shape in heat.perimeter.shapes if not shape.is_empty]
    return geometry_mask(shapes, (grid.rows, grid.columns), transform, invert=True)


def _grid(perimeter: Perimeter, x: NDArray[np.float64], y: NDArray[np.float64]) -> MetricGrid:
    """Cover the perimeter and the points by whole cells of the largest level, on multiples of their side."""
    west, south, east, north = shapely.total_bounds(perimeter.shapes)
    x, y = np.append(x, [west, east]), np.append(y, [south, north])
    try:
        largest = MetricGrid.covering(x, y, CELL_M * 2**DEEPEST)
        shrink = round(largest.cell_m / SURFACE_CELL_M)
        MetricGrid(
            largest.x_min, largest.y_max, SURFACE_CELL_M, largest.rows * shrink, largest.columns * shrink
        )
    except ValueError:
        raise NothingToAnalyse("le périmètre est trop étendu pour une seule surface de chaleur") from None
    rows, columns = largest.rows * 2**DEEPEST, largest.columns * 2**DEEPEST
    return MetricGrid(largest.x_min, largest.y_max, CELL_M, rows, columns)


def _per_square(
    grid: MetricGrid, x: NDArray[np.float64], y: NDArray[np.float64], mass: NDArray[np.float64]
) -> NDArray[np.float64]:
    column = np.floor((x - grid.x_min) / grid.cell_m).astype(np.int64)
    row = np.floor((grid.y_max - y) / grid.cell_m).astype(np.int64)
    within = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
    square = row[within] * grid.columns + column[within]
    return np.bincount(square, mass[within], minlength=grid.rows * grid.columns)


def _squares(grid: MetricGrid, cases: NDArray[np.float64], dwellings: NDArray[np.float64]) -> _Squares:
    shape = (grid.rows, grid.columns)
    levels = cell_levels(cases.reshape(shape), dwellings.reshape(shape), DEEPEST)
    return _Squares(grid, cases, dwellings, levels.ravel(), cell_corners(levels).ravel())


def _shapes(squares: _Squares, cells: NDArray[np.int64]) -> NDArray[np.object_]:
    row, column = np.divmod(cells, squares.grid.columns)
    side = CELL_M * 2.0 ** squares.levels[cells]
    west, north = squares.grid.x_min + column * CELL_M, squares.grid.y_max - row * CELL_M
    return shapely.box(west, north - side, west + side, north)


def _surface(squares: _Squares, cells: NDArray[np.int64], cases: NDArray[np.float64]) -> DensitySurface:
    """Smooth the published counts; in a cell of several squares each takes its share of the dwellings."""
    grid = squares.grid
    published = np.zeros(squares.corners.size)
    published[cells] = cases
    stock = np.bincount(squares.corners, squares.dwellings, minlength=squares.corners.size)
    share = np.divide(
        squares.dwellings, stock[squares.corners], out=np.zeros_like(published), where=squares.dwellings > 0
    )
    mass = published[squares.corners] * share
    held = np.flatnonzero(mass)
    row, column = np.divmod(held, grid.columns)
    shrink = round(CELL_M / SURFACE_CELL_M)
    fine = MetricGrid(grid.x_min, grid.y_max, SURFACE_CELL_M, grid.rows * shrink, grid.columns * shrink)
    x, y = grid.x_min + (column + 0.5) * CELL_M, grid.y_max - (row + 0.5) * CELL_M
    return kernel_density(x, y, fine, BANDWIDTH_M, weights=mass[held])
