"""Places reported again and again: the same building, parcel, owner, or parcels side by side.

Ten reports in a tower of 300 dwellings are no surprise; three in a house of four are. Repetition is told beside
what chance alone would give: reports that fall on dwellings at random, none calling another.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special
from scipy.sparse import csgraph

from maps.analysis.inputs import BoolArray, FloatArray, check_same_length, read_counts, read_values

UNKNOWN = -1


@dataclass(frozen=True, slots=True, eq=False)
class Repeats:
    """What n places hold, against what chance would put there."""

    expected: FloatArray
    """(n,) reports if they fell at random on the dwellings of all places."""
    p: FloatArray
    """(n,) probability of at least as many reports by chance; 1 where there is none, and where not ``tested``."""
    tested: BoolArray
    """(n,) False where the dwellings are not known."""
    least: int
    found: int
    """Tested places with at least ``least`` reports."""
    found_by_chance: float
    """How many such places chance would give, on average."""


@dataclass(frozen=True, slots=True)
class NeighbourRepeats:
    """Pairs of adjoining places that are both reported."""

    found: int
    expected: float
    """Such pairs by chance, on average."""
    deviation: float
    """Standard deviation of their number under chance."""
    z: float
    """Deviations above the expected; 0 where chance leaves no doubt."""


def repeated_places(cases: ArrayLike, dwellings: ArrayLike, *, least: int = 2) -> Repeats:
    """Tell of each place, or group of places, how likely its reports are by chance.

    ``cases`` (n,) are whole numbers >= 0; ``dwellings`` (n,) numbers >= 0, of every place of the territory and
    not of the reported ones only; 0 says that they are not known, and leaves the place and its reports out.
    Raises ValueError on anything else.

    Notes: the count of a place is taken as Poisson, its mean in proportion to its dwellings. A small p among
    thousands of places is not rare: compare ``found`` with ``found_by_chance``, or control the false
    discoveries over ``p``.
    """
    if least < 1:
        raise ValueError(f"least must be at least 1, got {least}")
    counts, stock, known = _read(cases, dwellings)
    expected = _expected(counts, stock, known)
    p = np.where(known & (counts > 0), special.gammainc(np.maximum(counts, 1), expected), 1.0)
    by_chance = special.gammainc(least, expected[known]).sum()
    return Repeats(
        expected=expected,
        p=p,
        tested=known,
        least=least,
        found=int(np.count_nonzero(known & (counts >= least))),
        found_by_chance=float(by_chance),
    )


def repeated_neighbours(cases: ArrayLike, dwellings: ArrayLike, pairs: ArrayLike) -> NeighbourRepeats:
    """Count the pairs of adjoining places that are both reported, against chance.

    Inputs as in ``repeated_places``, and ``pairs`` (m, 2): the places that touch, each pair once or more.
    To look only at the neighbours of reported places would find them grouped in any territory: give them all.

    Notes: each place is reported with probability 1 - exp(-mean), independently; the mean and the variance
    are exact, pairs that share a place included.
    """
    counts, stock, known = _read(cases, dwellings)
    links = _links(counts.size, _pairs(pairs, counts.size))
    reported = known & (counts > 0)
    chance = np.where(known, -np.expm1(-_expected(counts, stock, known)), 0.0)
    found = float((links @ reported.astype(float)) @ reported / 2)
    around, squares = links @ chance, links @ chance**2
    expected = chance @ around / 2
    apart = expected - chance**2 @ squares / 2
    shared = (chance * (1 - chance) * (around**2 - squares)).sum()  # pairs of pairs with one place in common
    deviation = float(np.sqrt(max(apart + shared, 0.0)))
    z = (found - expected) / deviation if deviation > 0 else 0.0
    return NeighbourRepeats(round(found), float(expected), deviation, float(z))


def reported_neighbours(cases: ArrayLike, pairs: ArrayLike) -> NDArray[np.int64]:
    """Give (n,) how many of the places that touch each one are reported, itself not counted.

    ``cases`` (n,) are whole numbers >= 0, ``pairs`` (m, 2) the places that touch. Raises ValueError on anything else.
    """
    counts = read_counts(cases)
    links = _links(counts.size, _pairs(pairs, counts.size))
    return np.asarray(links @ (counts > 0), dtype=np.int64)


def group_places(keys: Sequence[ArrayLike], pairs: ArrayLike = ()) -> NDArray[np.int64]:
    """Give (n,) the number of the group of each place: those that share a key, or touch, are one group.

    ``keys`` are (n,) whole numbers each (the building, the parcel, the owner), -1 where not known: nothing is
    shared by not being known. ``pairs`` (m, 2) are places that touch. Groups are numbered from 0 by their first
    place. What links A to B and B to C puts the three together. Raises ValueError on anything else.
    """
    vectors = [np.asarray(key) for key in keys]
    sizes = {vector.shape for vector in vectors}
    if len(sizes) != 1 or any(v.ndim != 1 or v.dtype.kind not in "iu" or not v.size for v in vectors):
        raise ValueError("keys must be vectors of whole numbers, one entry a place, at least one vector")
    if min(vector.min() for vector in vectors) < UNKNOWN:
        raise ValueError("a key is a whole number from 0, or -1 where it is not known")
    size = vectors[0].size
    links = [_pairs(pairs, size)]
    for vector in vectors:
        order = np.argsort(vector, kind="stable")
        same = (vector[order][1:] == vector[order][:-1]) & (vector[order][1:] != UNKNOWN)
        links.append(np.column_stack([order[:-1][same], order[1:][same]]))
    _, label = csgraph.connected_components(_links(size, np.concatenate(links)), directed=False)
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[group]


def _read(cases: ArrayLike, dwellings: ArrayLike) -> tuple[FloatArray, FloatArray, BoolArray]:
    counts, stock = read_counts(cases), read_values(dwellings, "dwellings")
    check_same_length(cases=counts, dwellings=stock)
    if (stock < 0).any():
        raise ValueError("dwellings must be >= 0")
    return counts, stock, stock > 0


def _expected(counts: FloatArray, stock: FloatArray, known: BoolArray) -> FloatArray:
    total = stock.sum()
    return stock * (counts[known].sum() / total) if total else np.zeros_like(stock)


def _pairs(pairs: ArrayLike, size: int) -> NDArray[np.int64]:
    given = np.asarray(pairs)
    if not given.size:
        return np.empty((0, 2), dtype=np.int64)
    if given.ndim != 2 or given.shape[1] != 2 or given.dtype.kind not in "iu":
        raise ValueError(f"pairs must be (m, 2) whole numbers, got {given.dtype} {given.shape}")
    if given.min() < 0 or given.max() >= size:
        raise ValueError(f"pairs must name places from 0 to {size - 1}")
    return given.astype(np.int64)


def _links(size: int, pairs: NDArray[np.int64]) -> sparse.csr_array:
    """Give the symmetric 0/1 matrix of the pairs, no place linked to itself."""
    first, second = pairs[pairs[:, 0] != pairs[:, 1]].T
    ends = np.concatenate([first, second]), np.concatenate([second, first])
    matrix = sparse.csr_array((np.ones(2 * first.size), ends), shape=(size, size))
    matrix.sum_duplicates()
    matrix.data[:] = 1
    return matrix
