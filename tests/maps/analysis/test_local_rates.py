"""Rates shrunk toward their surroundings, against spdep, esda and the global smoother."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from maps.analysis.rates import smooth_rates, smooth_rates_locally


def everyone(areas):
    """Make every area the neighbour of every other."""
    return sparse.csr_array(np.ones((areas, areas)) - np.eye(areas))


areas = st.lists(
    st.tuples(st.integers(0, 1_000), st.floats(1, 1e6), st.booleans()), min_size=1, max_size=25
).map(lambda rows: tuple(map(np.array, zip(*rows, strict=True))))


def test_local_rates_are_those_of_spdep_in_the_convention_of_geoda(nc_sids):
    rates = smooth_rates_locally(nc_sids.cases, nc_sids.exposure, nc_sids.queen)
    np.testing.assert_allclose(rates.smoothed, nc_sids.figures("EBlocal_queen_geoda"), rtol=1e-9)


def test_local_rates_are_those_of_pysal(planted):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from esda.smoothing import Spatial_Empirical_Bayes
        from libpysal.weights import WSP

        links = WSP(sparse.csr_matrix(planted.queen)).to_W()
        expected = Spatial_Empirical_Bayes(planted.cases, planted.exposure, links).r.ravel()
    rates = smooth_rates_locally(planted.cases, planted.exposure, planted.queen)
    apart = ~rates.has_neighbours
    assert apart.sum() == 1
    np.testing.assert_allclose(rates.smoothed[~apart], expected[~apart], rtol=1e-9)


@given(areas)
def test_where_everyone_is_a_neighbour_local_is_global(drawn):
    cases, exposure, _ = drawn
    local = smooth_rates_locally(cases, exposure, everyone(cases.size))
    whole = smooth_rates(cases, exposure)
    # the two variances are the same sum in another order: their rounding is that of the spread itself
    np.testing.assert_allclose(local.smoothed, whole.smoothed, rtol=1e-6, atol=1e-9 * whole.raw.max())


@given(areas)
def test_a_smoothed_rate_lies_between_the_area_and_its_surroundings(drawn):
    cases, exposure, kept = drawn
    links = everyone(cases.size).toarray() * np.outer(kept, kept)
    rates = smooth_rates_locally(cases, exposure, sparse.csr_array(links))
    low, high = np.minimum(rates.raw, rates.local), np.maximum(rates.raw, rates.local)
    assert (low * (1 - 1e-9) <= rates.smoothed).all()
    assert (rates.smoothed <= high * (1 + 1e-9)).all()
    assert ((rates.weight >= 0) & (rates.weight <= 1)).all()


def test_an_island_is_shrunk_toward_the_whole_and_not_left_at_its_own_noise():
    links = sparse.csr_array(np.pad(everyone(3).toarray(), (0, 1)))
    cases, exposure = [30, 10, 2, 2], [1_000, 1_000, 1_000, 40]
    rates = smooth_rates_locally(cases, exposure, links)
    assert rates.has_neighbours.tolist() == [True, True, True, False]
    assert rates.smoothed[3] == pytest.approx(smooth_rates(cases, exposure).smoothed[3])


def test_surroundings_without_a_case_have_a_rate_of_zero():
    links = sparse.csr_array(np.kron(np.eye(2), np.ones((2, 2)) - np.eye(2)))
    rates = smooth_rates_locally([0, 0, 5, 7], [10, 20, 500, 600], links)
    assert rates.smoothed[:2].tolist() == [0, 0]
    assert (rates.smoothed[2:] > 0).all()


def test_the_size_of_a_weight_does_not_count_nor_one_on_the_diagonal(nc_sids):
    plain = smooth_rates_locally(nc_sids.cases, nc_sids.exposure, nc_sids.queen)
    scaled = sparse.csr_array(0.3 * nc_sids.queen + sparse.eye_array(100))
    np.testing.assert_array_equal(
        smooth_rates_locally(nc_sids.cases, nc_sids.exposure, scaled).smoothed, plain.smoothed
    )


@pytest.mark.parametrize(
    ("cases", "exposure", "links", "message"),
    [
        ([1], [0], sparse.csr_array((1, 1)), "denominator"),
        ([np.nan], [1], sparse.csr_array((1, 1)), "finite"),
        ([1], [1], sparse.csr_array((2, 2)), "shape"),
        ([1], [1], np.zeros((1, 1)), "sparse"),
    ],
)
def test_wrong_input_is_refused(cases, exposure, links, message):
    with pytest.raises(ValueError, match=message):
        smooth_rates_locally(cases, exposure, links)
