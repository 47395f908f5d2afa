"""Read the arrays that the analyses take, and refuse what would end as NaN or a silent error."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

# Booleans, integers, floats, and the objects that become floats (Decimal; None becomes NaN and is refused).
NUMBERS = "buifO"
# Outside these, squares and quotients leave what a float can hold.
LARGEST_COUNT = LARGEST_WEIGHT = 1e15
SMALLEST_EXPOSURE, LARGEST_EXPOSURE = 1e-6, 1e15
LARGEST_COORDINATE_M = 1e8


def read_values(values: ArrayLike, name: str) -> FloatArray:
    """Give ``values`` as a new vector of finite floats, at least one long."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked entries: leave those areas out first")
    try:
        given = np.asarray(values)
        vector = given.astype(np.float64) if given.dtype.kind in NUMBERS else None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a vector of numbers: {error}") from None
    if vector is None:
        raise ValueError(f"{name} must be numbers, got {given.dtype}")
    if vector.ndim != 1:
        raise ValueError(f"{name} must have one dimension, got shape {vector.shape}")
    if not vector.size:
        raise ValueError(f"{name} is empty")
    _refuse(~np.isfinite(vector), vector, f"{name} must be finite")
    return vector


def read_matrix(values: ArrayLike, name: str) -> FloatArray:
    """Give ``values`` as a new matrix of finite floats, at least one row and one column."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked entries: leave those areas out first")
    try:
        given = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must be a matrix of numbers: {error}") from None
    if given.ndim != 2:
        raise ValueError(f"{name} must have two dimensions, got shape {given.shape}")
    return read_values(given.ravel(), name).reshape(given.shape)


def read_counts(cases: ArrayLike, name: str = "cases") -> FloatArray:
    """Give ``cases`` as a vector of whole numbers >= 0."""
    vector = read_values(cases, name)
    wrong = (vector < 0) | (vector > LARGEST_COUNT) | (vector != np.floor(vector))
    _refuse(wrong, vector, f"{name} must be whole numbers from 0 to {LARGEST_COUNT:g}")
    return vector


def read_rate_inputs(cases: ArrayLike, exposure: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Give ``cases`` and ``exposure`` as vectors of one length; exposure must be positive."""
    counts = read_counts(cases)
    at_risk = read_values(exposure, "exposure")
    check_same_length(cases=counts, exposure=at_risk)
    _refuse(at_risk <= 0, at_risk, "exposure must be positive (leave areas without a denominator out first)")
    wrong = (at_risk < SMALLEST_EXPOSURE) | (at_risk > LARGEST_EXPOSURE)
    _refuse(wrong, at_risk, f"exposure must lie between {SMALLEST_EXPOSURE:g} and {LARGEST_EXPOSURE:g}")
    return counts, at_risk


def read_points(x: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Give ``x`` and ``y`` as vectors of one length, in metres of a projected system."""
    east, north = read_values(x, "x"), read_values(y, "y")
    check_same_length(x=east, y=north)
    for name, axis in (("x", east), ("y", north)):
        _refuse(np.abs(axis) > LARGEST_COORDINATE_M, axis, f"{name} must be metres, up to 100 000 km")
    return east, north


def check_same_length(**vectors: NDArray[np.generic]) -> None:
    """Refuse vectors that do not describe the same areas."""
    lengths = {name: vector.size for name, vector in vectors.items()}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"one entry an area is expected, got lengths {lengths}")


def read_weights(weights: sparse.sparray, areas: int) -> sparse.csr_array:
    """Give ``weights`` as a new (areas, areas) CSR of floats >= 0, without stored zeros or duplicates."""
    if not sparse.issparse(weights):
        raise ValueError("weights must be a scipy.sparse matrix, see maps.analysis.graphs")
    if weights.shape != (areas, areas):
        raise ValueError(f"weights has shape {weights.shape}, expected {(areas, areas)}")
    matrix = sparse.csr_array(weights, dtype=np.float64, copy=True)
    matrix.sum_duplicates()
    if not ((matrix.data >= 0) & (matrix.data <= LARGEST_WEIGHT)).all():
        raise ValueError(f"weights must lie between 0 and {LARGEST_WEIGHT:g}")
    matrix.eliminate_zeros()
    return matrix


def _refuse(wrong: BoolArray, vector: FloatArray, rule: str) -> None:
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ValueError(f"{rule}: entry {first} is {vector[first]:g} ({int(wrong.sum())} such entries)")
