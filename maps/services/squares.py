"""Squares in which what a surface may show is counted: what each holds, and the published cell it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from maps.analysis.density import MetricGrid
from maps.analysis.disclosure import cell_corners, cell_levels

FloatArray = NDArray[np.float64]
CELL_M = 200.0  # the side of the Insee's squares
DEEPEST = 3  # the largest cells are 1 600 m a side
SURFACE_CELL_M = 50.0


@dataclass(frozen=True, slots=True, eq=False)
class Squares:
    """Unit squares of ``CELL_M``, flat arrays: what each holds, and the cell it belongs to."""

    grid: MetricGrid
    by_year: FloatArray
    """(years, squares) cases; one row where they are not told apart."""
    dwellings: FloatArray
    levels: NDArray[np.int64]
    corners: NDArray[np.int64]
    """The number of the first square of its cell: the cell's own name."""

    @property
    def cases(self) -> FloatArray:
        """The cases of all years."""
        return self.by_year.sum(axis=0)

    def total(self, mass: FloatArray) -> FloatArray:
        """Sum over each cell, at the number of its first square; 0 elsewhere."""
        return np.bincount(self.corners, mass, minlength=self.corners.size)

    def sides(self, cells: NDArray[np.int64]) -> FloatArray:
        """Give the sides of cells, in metres."""
        return CELL_M * 2.0 ** self.levels[cells]

    def shapes(self, cells: NDArray[np.int64]) -> NDArray[np.object_]:
        """Give the squares of cells, in the projection of the grid."""
        row, column = np.divmod(cells, self.grid.columns)
        west, north = self.grid.x_min + column * CELL_M, self.grid.y_max - row * CELL_M
        side = self.sides(cells)
        return shapely.box(west, north - side, west + side, north)

    def spread(self, cells: NDArray[np.int64], cases: FloatArray) -> FloatArray:
        """Share the cases of cells between their squares, each by its part of the dwellings."""
        held = np.zeros(self.corners.size)
        held[cells] = cases
        stock = self.total(self.dwellings)
        share = np.divide(
            self.dwellings, stock[self.corners], out=np.zeros_like(held), where=self.dwellings > 0
        )
        return held[self.corners] * share

    def points(self, mass: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Give the squares that hold a mass as points at their middle: x, y, mass."""
        held = np.flatnonzero(mass)
        row, column = np.divmod(held, self.grid.columns)
        x, y = self.grid.x_min + (column + 0.5) * CELL_M, self.grid.y_max - (row + 0.5) * CELL_M
        return x, y, mass[held]

    @property
    def surface_grid(self) -> MetricGrid:
        """The grid of a surface over the same ground."""
        shrink = round(CELL_M / SURFACE_CELL_M)
        rows, columns = self.grid.rows * shrink, self.grid.columns * shrink
        return MetricGrid(self.grid.x_min, self.grid.y_max, SURFACE_CELL_M, rows, columns)


def squares_over(
    ground: NDArray[np.object_], years: Sequence[tuple[FloatArray, ...]], dwellings: tuple[FloatArray, ...]
) -> Squares:
    """Count the cases of each year and the dwellings, each given as x, y, mass, in the squares over a ground.

    A square is as small as each of its years may be published.

    Raises NothingToAnalyse over too wide a ground.
    """
    grid = _grid(ground, *(np.concatenate([year[axis] for year in years]) for axis in (0, 1)))
    by_year = np.array([_per_square(grid, *year) for year in years])
    stock = _per_square(grid, *dwellings)
    shape = (grid.rows, grid.columns)
    levels = cell_levels(by_year.reshape(-1, *shape), stock.reshape(shape), DEEPEST)
    return Squares(grid, by_year, stock, levels.ravel(), cell_corners(levels).ravel())


def inside(grid: MetricGrid, shapes: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Tell which cells of a grid have their centre in one of the shapes."""
    from rasterio import Affine
    from rasterio.features import geometry_mask

    transform = Affine(grid.cell_m, 0, grid.x_min, 0, -grid.cell_m, grid.y_max)
    drawn = [shape for shape in shapes if not shape.is_empty]
    return geometry_mask(drawn, (grid.rows, grid.columns), transform, invert=True)


def _grid(ground: NDArray[np.object_], x: FloatArray, y: FloatArray) -> MetricGrid:
    """Cover the ground and the points by whole cells of the largest level, on multiples of their side."""
    west, south, east, north = shapely.total_bounds(ground)
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


def _per_square(grid: MetricGrid, x: FloatArray, y: FloatArray, mass: FloatArray) -> FloatArray:
    column = np.floor((x - grid.x_min) / grid.cell_m).astype(np.int64)
    row = np.floor((grid.y_max - y) / grid.cell_m).astype(np.int64)
    within = (column >= 0) & (column < grid.columns) & (row >= 0) & (row < grid.rows)
    square = row[within] * grid.columns + column[within]
    return np.bincount(square, mass[within], minlength=grid.rows * grid.columns)
