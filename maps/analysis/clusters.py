"""Groups of reported places on the ground: the block, the end of a street, where a map shows only points.

A group is drawn, not proved: there are denser places in any scatter, and nothing is said here of how many
dwellings are exposed. Whether there is more than chance is asked of the scan statistic and of Gi*.
"""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy import spatial

from maps.analysis.inputs import FloatArray, read_points

NOISE = -1
MAX_POINTS = 50_000
MAX_NEIGHBOURS = 50_000_000
"""Pairs of points within reach beyond which the work is refused: some GB of memory."""
MARGIN_M = 10.0
"""Ground drawn around the outermost points of a group, which are centres of buildings."""


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """n points, each in a group or in none."""

    label: NDArray[np.int64]
    """(n,) the number of the group, from 0, numbered by their first point; -1 for noise: in no group."""
    strength: FloatArray
    """(n,) from 0 to 1, how deep in its group a point lies; 0 for noise."""
    sizes: NDArray[np.int64]
    """(groups,) points in each."""
    outlines: NDArray[np.object_]
    """(groups,) polygons: the convex hull of the points and a margin of 10 m."""

    @property
    def noise(self) -> int:
        """Points in no group."""
        return int(np.count_nonzero(self.label == NOISE))


def group_points(x: ArrayLike, y: ArrayLike, *, min_points: int = 5, reach_m: float = 100.0) -> Groups:
    """Group points by density: patches where places are near one another, parted where a patch has several cores.

    Parameters
    ----------
    x, y : (n,) metres                  reported places, each once: a building with ten reports is one point,
                                        or the tower would hide the street; at most 50 000
    min_points                          least points in a group, and within reach of its inner points; from 2
    reach_m                             > 0: a point with fewer around it than this is in no group, or at the
                                        edge of one

    Raises ValueError on anything else, and when ``reach_m`` is so wide that the pairs cannot be held.

    Notes: DBSCAN (Ester et al. 1996, KDD) gives the patches, for HDBSCAN alone attaches places kilometres away
    where the rest is emptier still; HDBSCAN (Campello, Moulavi and Sander 2013, PAKDD) parts each. Equal
    distances are told apart by the order of the points: one at an edge may fall in or out in another order.
    """
    east, north = read_points(x, y)
    if east.size > MAX_POINTS:
        raise ValueError(f"at most {MAX_POINTS} points can be grouped, got {east.size}")
    if min_points < 2:
        raise ValueError(f"min_points must be at least 2, got {min_points}")
    if not (np.isfinite(reach_m) and reach_m > 0):
        raise ValueError(f"reach_m must be a positive number, got {reach_m}")
    points = np.column_stack([east - east.min(), north - north.min()])
    tree = spatial.cKDTree(points)
    if tree.count_neighbors(tree, reach_m) > MAX_NEIGHBOURS:
        raise ValueError(f"reach_m is too wide for {east.size} points so near one another, got {reach_m:g}")
    label, strength = _parted(points, min_points, reach_m)
    sizes = np.bincount(label[label != NOISE])
    hulls = [shapely.convex_hull(shapely.multipoints(points[label == group])) for group in range(sizes.size)]
    corner = np.array([east.min(), north.min()])
    placed = shapely.transform(np.array(hulls, dtype=object), lambda vertices: vertices + corner)
    return Groups(label, strength, sizes, shapely.buffer(placed, MARGIN_M))


def _parted(points: FloatArray, min_points: int, reach_m: float) -> tuple[NDArray[np.int64], FloatArray]:
    from sklearn.cluster import DBSCAN, HDBSCAN

    patch = DBSCAN(eps=reach_m, min_samples=min_points).fit(points).labels_
    label, strength = np.full(len(points), NOISE), np.zeros(len(points))
    groups = 0
    for number in range(patch.max() + 1):
        inside = np.flatnonzero(patch == number)
        if inside.size < min_points:  # its edges went to another patch
            continue
        parts, depth = np.zeros(inside.size, dtype=np.int64), np.ones(inside.size)
        if inside.size > min_points and np.ptp(points[inside], axis=0).any():
            found = HDBSCAN(
                min_cluster_size=min_points, algorithm="kd_tree", allow_single_cluster=True, copy=True
            ).fit(points[inside])
            depth = np.nan_to_num(found.probabilities_)
            if found.labels_.max() > 0:  # else the patch is one group, its loose edge included
                parts = found.labels_
        kept = parts != NOISE
        label[inside[kept]] = parts[kept] + groups
        strength[inside[kept]] = depth[kept]
        groups += int(parts.max()) + 1
    return _numbered_by_first(label), strength


def _numbered_by_first(label: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the groups by the place of their first point: the same groups then have the same numbers."""
    inside = label != NOISE
    groups, first = np.unique(label[inside], return_index=True)
    number = np.full(groups.size + 1, NOISE)
    number[groups[np.argsort(first)]] = np.arange(groups.size)
    return number[label]
