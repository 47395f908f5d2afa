"""Who is whose neighbour: binary sparse matrices from polygons or points, islands told.

Coordinates are metres of a projected system (Lambert-93 or the legal system overseas), never degrees.
The same graphs come out of libpysal; scipy and shapely alone build them 10 to 80 times faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from scipy.spatial import cKDTree

from maps.analysis.inputs import read_points, read_weights

MAX_LINKS = 50_000_000
"""Links of a distance band beyond which it is refused: 600 MB, and no longer a neighbourhood."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """Neighbourhood of n areas."""

    weights: sparse.csr_array
    """(n, n) of ones, diagonal empty; row i holds the neighbours of area i, in increasing order."""
    islands: NDArray[np.intp]
    """Areas without any neighbour: their rows are empty, and no spatial test can judge them."""


def contiguity(
    polygons: Sequence[shapely.Geometry] | NDArray[np.object_], tolerance_m: float = 1.0
) -> Neighbours:
    """Link polygons that touch, by an edge or a corner (queen), or come within ``tolerance_m`` metres.

    The tolerance bridges the slits that generalised contours leave between two areas; 0 asks for contact.
    Overlapping polygons are neighbours too. Raises ValueError on a missing, empty or non-polygonal shape.
    """
    shapes = np.asarray(polygons, dtype=object)
    if shapes.ndim != 1 or not shapes.size:
        raise ValueError("polygons must be a sequence of at least one polygon")
    if not np.isin(shapely.get_type_id(shapes), (3, 6)).all() or shapely.is_empty(shapes).any():
        raise ValueError("polygons must all be non-empty Polygon or MultiPolygon")
    if not (np.isfinite(tolerance_m) and tolerance_m >= 0):
        raise ValueError(f"tolerance_m must be a number >= 0, got {tolerance_m}")
    area, neighbour = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=tolerance_m)
    return _neighbours(area, neighbour, shapes.size)


def k_nearest(x: ArrayLike, y: ArrayLike, k: int) -> Neighbours:
    """Link each point to its ``k`` nearest others; the relation is not symmetric.

    Where several points tie for the last place, which one is kept is arbitrary, though the same on each
    run: on a square grid choose k = 4 or 8, or a distance band. Raises ValueError unless 1 <= k < n.
    """
    points = np.column_stack(read_points(x, y))
    if not 1 <= k < len(points):
        raise ValueError(f"k must lie between 1 and {len(points) - 1} for {len(points)} points, got {k}")
    _, found = cKDTree(points).query(points, k=k + 1)
    itself = found == np.arange(len(points))[:, None]
    itself[~itself.any(axis=1), k] = True  # more than k points share its place: drop one of them instead
    return _neighbours(np.repeat(np.arange(len(points)), k), found[~itself], len(points))


def distance_band(x: ArrayLike, y: ArrayLike, distance_m: float) -> Neighbours:
    """Link points at most ``distance_m`` metres apart, that distance included."""
    points = np.column_stack(read_points(x, y))
    if not (np.isfinite(distance_m) and distance_m > 0):
        raise ValueError(f"distance_m must be a positive number, got {distance_m}")
    tree = cKDTree(points)
    links = int(tree.count_neighbors(tree, distance_m)) - len(points)
    if links > MAX_LINKS:
        raise ValueError(f"{distance_m:g} m makes {links:,} links, more than {MAX_LINKS:,}: shorten it")
    first, second = tree.query_pairs(distance_m, output_type="ndarray").T
    return _neighbours(np.concatenate([first, second]), np.concatenate([second, first]), len(points))


def row_standardised(weights: sparse.sparray) -> sparse.csr_array:
    """Scale each row to sum to 1, so that a lag is a mean; the rows of islands stay empty."""
    matrix = read_weights(weights, weights.shape[0])
    totals = matrix.sum(axis=1)
    return sparse.csr_array(sparse.diags_array(1 / np.where(totals > 0, totals, 1)) @ matrix)


def _neighbours(area: NDArray[np.intp], neighbour: NDArray[np.intp], areas: int) -> Neighbours:
    other = area != neighbour
    links = (np.ones(int(other.sum())), (area[other], neighbour[other]))
    weights = sparse.csr_array(links, shape=(areas, areas))
    return Neighbours(weights, np.flatnonzero(np.diff(weights.indptr) == 0))
