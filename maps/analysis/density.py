"""Heat surfaces: density of points per km² on a metric grid, and the risk relative to what is exposed.

A density of cases alone draws the town: a committee is shown ``relative_risk``, where the same kernel has
passed over the cases and over the dwellings.
"""

from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy import ndimage, signal

from maps.analysis.inputs import (
    LARGEST_WEIGHT,
    BoolArray,
    FloatArray,
    check_same_length,
    read_points,
    read_values,
)

Kernel = Literal["quartic", "gaussian"]
M2_PER_KM2 = 1_000_000
MAX_CELLS = 25_000_000
"""Cells beyond which a grid is refused: 200 MB a surface, 5 000 cells a side."""
GAUSSIAN_REACH = 4
"""Standard deviations at which the gaussian kernel is cut: it then holds 99.97 % of its mass."""
# Below this share of the peak, a value is the rounding of the Fourier transform.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class MetricGrid:
    """Square cells in a projected system; row 0 is the northernmost, column 0 the westernmost."""

    x_min: float
    y_max: float
    cell_m: float
    rows: int
    columns: int

    def __post_init__(self) -> None:
        if not (np.isfinite([self.x_min, self.y_max, self.cell_m]).all() and self.cell_m > 0):
            raise ValueError(f"a grid needs a finite corner and a positive cell, got {self}")
        if self.rows < 1 or self.columns < 1 or self.rows * self.columns > MAX_CELLS:
            raise ValueError(f"a grid has 1 to {MAX_CELLS:,} cells, got {self.rows:,} x {self.columns:,}")

    @classmethod
    def covering(cls, x: ArrayLike, y: ArrayLike, cell_m: float, margin_m: float = 0.0) -> Self:
        """Give the smallest grid around the points and a margin, its edges on multiples of ``cell_m``.

        With a margin of the kernel's reach and two cells more, nothing is lost: the surface then sums to
        the number of points.
        """
        east, north = read_points(x, y)
        if not (np.isfinite(cell_m) and cell_m > 0 and np.isfinite(margin_m) and margin_m >= 0):
            raise ValueError(f"cell_m must be positive and margin_m >= 0, got {cell_m} and {margin_m}")
        west, south = (np.floor((axis.min() - margin_m) / cell_m) for axis in (east, north))
        right, top = (np.floor((axis.max() + margin_m) / cell_m) + 1 for axis in (east, north))
        return cls(float(west * cell_m), float(top * cell_m), cell_m, int(top - south), int(right - west))

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north, in metres."""
        return (
            self.x_min,
            self.y_max - self.rows * self.cell_m,
            self.x_min + self.columns * self.cell_m,
            self.y_max,
        )

    @property
    def cell_area_km2(self) -> float:
        return self.cell_m**2 / M2_PER_KM2


@dataclass(frozen=True, slots=True, eq=False)
class DensitySurface:
    """Points per km², smoothed."""

    values: FloatArray
    """(rows, columns), at the cell centres, >= 0."""
    grid: MetricGrid
    bandwidth_m: float
    kernel: Kernel
    unit: str = "par km²"


@dataclass(frozen=True, slots=True, eq=False)
class RelativeRiskSurface:
    """Cases found over cases expected if the overall risk held everywhere."""

    values: FloatArray
    """(rows, columns), >= 0, 1 where the risk is the overall one; 0 where not ``shown``."""
    shown: BoolArray
    """(rows, columns), False where too little is exposed for a ratio to mean anything."""
    grid: MetricGrid
    bandwidth_m: float
    kernel: Kernel
    unit: str = "rapport au risque moyen"


def kernel_density(
    x: ArrayLike,
    y: ArrayLike,
    grid: MetricGrid,
    bandwidth_m: float,
    *,
    kernel: Kernel = "quartic",
    weights: ArrayLike | None = None,
) -> DensitySurface:
    """Spread each point over a kernel of fixed width, the same on every map.

    Parameters
    ----------
    x, y : (n,) metres                  points outside the grid count as far as their kernel reaches in;
                                        no point at all is allowed, and gives zero
    bandwidth_m                         radius of the quartic kernel, standard deviation of the gaussian
                                        (a quartic of radius h spreads like a gaussian of h / 2.83);
                                        at least one cell, five or more for a smooth surface
    weights : (n,) numbers >= 0         for instance dwellings of each address; 1 by default

    Raises ValueError on NaN, on arrays of different lengths, and on a bandwidth below the cell size.

    Notes: points are shared between the four nearest cell centres, then filtered: exact up to the cell
    size, in time proportional to points plus cells. Mass is not folded back at the edge of the grid.
    """
    if kernel not in ("quartic", "gaussian"):
        raise ValueError(f"kernel must be quartic or gaussian, got {kernel!r}")
    if not (np.isfinite(bandwidth_m) and bandwidth_m >= grid.cell_m):
        raise ValueError(f"bandwidth_m must be at least the cell size, {grid.cell_m:g} m, got {bandwidth_m}")
    reach_m = bandwidth_m * (GAUSSIAN_REACH if kernel == "gaussian" else 1)
    reach = int(np.ceil(reach_m / grid.cell_m))
    if (grid.rows + 2 * reach) * (grid.columns + 2 * reach) > 4 * MAX_CELLS:
        raise ValueError(f"a bandwidth of {bandwidth_m:g} m is too wide for cells of {grid.cell_m:g} m")
    mass = _binned(x, y, weights, grid, margin=reach + 1)
    if kernel == "quartic":
        smooth = signal.oaconvolve(mass, _quartic(bandwidth_m / grid.cell_m, reach), mode="valid")[1:-1, 1:-1]
    else:
        sigma = bandwidth_m / grid.cell_m
        smooth = ndimage.gaussian_filter(mass, sigma, mode="constant", radius=reach)
        smooth = smooth[reach + 1 : -reach - 1, reach + 1 : -reach - 1]
    smooth[smooth < smooth.max() * ROUNDING] = 0
    return DensitySurface(smooth / grid.cell_area_km2, grid, bandwidth_m, kernel)


def relative_risk(
    cases: DensitySurface, at_risk: DensitySurface, floor_per_km2: float
) -> RelativeRiskSurface:
    """Divide the density of cases by that of dwellings, both scaled to their totals on the grid.

    Where ``at_risk`` is below ``floor_per_km2`` (> 0, in its own unit) nothing is shown. Without any case
    the ratio is 0 everywhere. Raises ValueError unless both surfaces have one grid, kernel and bandwidth.
    """
    if (cases.grid, cases.kernel, cases.bandwidth_m) != (at_risk.grid, at_risk.kernel, at_risk.bandwidth_m):
        raise ValueError("cases and at_risk must share grid, kernel and bandwidth")
    if not (np.isfinite(floor_per_km2) and floor_per_km2 > 0):
        raise ValueError(f"floor_per_km2 must be a positive number, got {floor_per_km2}")
    shown = at_risk.values >= floor_per_km2
    total = cases.values.sum()
    overall = total / at_risk.values.sum() if total and shown.any() else 1.0
    ratio = np.divide(cases.values / overall, at_risk.values, out=np.zeros_like(cases.values), where=shown)
    return RelativeRiskSurface(ratio, shown, cases.grid, cases.bandwidth_m, cases.kernel)


def _binned(
    x: ArrayLike, y: ArrayLike, weights: ArrayLike | None, grid: MetricGrid, margin: int
) -> FloatArray:
    """Share the mass of each point between the four cell centres around it, on the grid and a margin."""
    rows, columns = grid.rows + 2 * margin, grid.columns + 2 * margin
    if np.size(x) == np.size(y) == 0:
        return np.zeros((rows, columns))
    east, north = read_points(x, y)
    mass = np.ones_like(east) if weights is None else read_values(weights, "weights")
    check_same_length(x=east, weights=mass)
    if (mass < 0).any() or (mass > LARGEST_WEIGHT).any():
        raise ValueError(f"weights must lie between 0 and {LARGEST_WEIGHT:g}")
    column = (east - grid.x_min) / grid.cell_m - 0.5 + margin
    row = (grid.y_max - north) / grid.cell_m - 0.5 + margin
    within = (column >= 0) & (column < columns - 1) & (row >= 0) & (row < rows - 1)
    column, row, mass = column[within], row[within], mass[within]
    left, top = column.astype(np.intp), row.astype(np.intp)
    to_right, to_bottom = column - left, row - top
    corner = top * columns + left
    binned = np.zeros(rows * columns)
    for offset, share in (
        (0, (1 - to_right) * (1 - to_bottom)),
        (1, to_right * (1 - to_bottom)),
        (columns, (1 - to_right) * to_bottom),
        (columns + 1, to_right * to_bottom),
    ):
        binned += np.bincount(corner + offset, mass * share, binned.size)
    return binned.reshape(rows, columns)


def _quartic(radius: float, reach: int) -> FloatArray:
    """Give the kernel (1 - d²/radius²)² at the cell centres, summing to 1; ``radius`` in cells."""
    step: FloatArray = (np.arange(-reach, reach + 1) / radius) ** 2
    kernel: FloatArray = np.maximum(1 - (step[:, None] + step[None, :]), 0) ** 2
    return kernel / kernel.sum()
