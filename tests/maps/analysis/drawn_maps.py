"""Maps drawn for the tests of spatial statistics."""

import numpy as np
from hypothesis import strategies as st
from scipy import sparse

from maps.analysis.graphs import distance_band

finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def valued_graphs(draw):
    """Draw any finite values with any weights: islands, ties, huge and tiny numbers, one area."""
    areas = draw(st.integers(1, 12))
    values = draw(st.lists(finite, min_size=areas, max_size=areas))
    weight = st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1e15))
    cells = draw(st.lists(weight, min_size=areas**2, max_size=areas**2))
    return np.array(values), sparse.csr_array(np.array(cells).reshape(areas, areas))


def line(areas):
    """Give the weights of areas in a row, each the neighbour of the next."""
    return distance_band(np.arange(areas), np.zeros(areas), 1).weights
