"""What stands around each building: how dense, how old. It tells of the tenants that no register tells of."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse
from scipy.spatial import cKDTree

from maps.analysis.inputs import FloatArray, check_same_length, read_points, read_values

CELL_M, NEAR_M = 50.0, 100.0
"""Surroundings are the squares whose middle is so near to that of the building's own."""


def surroundings(
    x: ArrayLike, y: ArrayLike, dwellings: ArrayLike, shares: Mapping[str, ArrayLike]
) -> dict[str, FloatArray]:
    """Describe the surroundings of n buildings, their own square included.

    Parameters
    ----------
    x, y : (n,) metres of a projected system
    dwellings : (n,) numbers >= 0
    shares : name -> (n,) from 0 to 1       part of the dwellings of each building that have some trait

    Gives ``density``, the log of 1 + the dwellings around, and by the names of ``shares`` the part of the dwellings
    around that have the trait, 0 where there are none. Raises ValueError on anything else.
    """
    east, north = read_points(x, y)
    homes = read_values(dwellings, "dwellings")
    check_same_length(x=east, dwellings=homes)
    if (homes < 0).any():
        raise ValueError("dwellings must be >= 0")
    cells, cell = np.unique(np.floor(np.column_stack([east, north]) / CELL_M), axis=0, return_inverse=True)
    cell = cell.ravel()
    near = cKDTree(cells * CELL_M).query_pairs(NEAR_M * (1 + 1e-9), output_type="ndarray")
    beside = sparse.coo_array((np.ones(len(near)), near.T), (len(cells), len(cells))).tocsr()

    def around(values: FloatArray) -> FloatArray:
        own = np.bincount(cell, values, len(cells))
        return (own + beside @ own + beside.T @ own)[cell]

    whole = around(homes)
    told = {"density": np.log1p(whole)}
    for name, given in shares.items():
        share = read_values(given, name)
        check_same_length(dwellings=homes, share=share)
        part = around(homes * share)
        told[name] = np.divide(part, whole, out=np.zeros_like(part), where=whole > 0)
    return told
