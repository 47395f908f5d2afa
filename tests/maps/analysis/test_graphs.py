"""Neighbourhoods against libpysal, against pictures that fit in the head, and under rotation and reordering."""

import warnings

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from maps.analysis.graphs import contiguity, distance_band, k_nearest, row_standardised

points = st.lists(
    st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=2, max_size=40, unique=True
).map(lambda pairs: np.array(pairs, dtype=float).T)


def squares(*corners, side=10):
    return [shapely.box(x, y, x + side, y + side) for x, y in corners]


def links(neighbours):
    rows, columns = neighbours.weights.nonzero()
    return set(zip(rows.tolist(), columns.tolist(), strict=True))


def both_ways(*pairs):
    return {*pairs, *((b, a) for a, b in pairs)}


def test_polygons_are_neighbours_by_an_edge_by_a_corner_and_across_a_slit():
    shapes = squares((0, 0), (10, 0), (20, 10), (30.5, 10), (60, 60))
    neighbours = contiguity(shapes, tolerance_m=1)
    assert links(neighbours) == both_ways((0, 1), (1, 2), (2, 3))
    assert neighbours.islands.tolist() == [4]
    assert neighbours.weights.shape == (5, 5)
    assert set(neighbours.weights.data) == {1.0}
    assert neighbours.weights.has_canonical_format


def test_no_tolerance_asks_for_contact():
    neighbours = contiguity(squares((0, 0), (10, 0), (20.01, 0)), tolerance_m=0)
    assert links(neighbours) == both_ways((0, 1))
    assert neighbours.islands.tolist() == [2]


def test_the_tolerance_is_included():
    assert links(contiguity(squares((0, 0), (13, 0)), tolerance_m=3)) == both_ways((0, 1))
    assert links(contiguity(squares((0, 0), (13, 0)), tolerance_m=2.999)) == set()


def test_overlaps_holes_and_separate_parts_make_neighbours():
    ring = shapely.box(0, 0, 30, 30) - shapely.box(10, 10, 20, 20)
    inside = shapely.box(10, 10, 20, 20)
    overlapping = shapely.box(29, 0, 40, 5)
    two_parts = shapely.MultiPolygon([shapely.box(500, 0, 510, 10), shapely.box(40, 0, 50, 10)])
    neighbours = contiguity([ring, inside, overlapping, two_parts], tolerance_m=0)
    assert links(neighbours) == both_ways((0, 1), (0, 2), (2, 3))


def test_contiguity_is_libpysals_on_real_iris(real_iris):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from geopandas import GeoSeries
        from libpysal.graph import Graph

        expected = Graph.build_contiguity(GeoSeries(real_iris), rook=False, strict=True)
    neighbours = contiguity(real_iris, tolerance_m=0)
    assert (neighbours.weights != expected.sparse).nnz == 0
    assert neighbours.islands.size == len(expected.isolates)


def test_one_polygon_is_an_island():
    neighbours = contiguity(squares((0, 0)))
    assert neighbours.weights.nnz == 0
    assert neighbours.islands.tolist() == [0]


@given(points, st.integers(1, 5))
def test_nearest_points_are_those_of_sorted_distances(xy, k):
    x, y = xy
    if k >= x.size:
        return
    weights = k_nearest(x, y, k).weights
    distance = np.hypot(x[:, None] - x, y[:, None] - y)
    np.fill_diagonal(distance, np.inf)
    assert (np.diff(weights.indptr) == k).all()
    assert (weights.diagonal() == 0).all()
    kth = np.sort(distance, axis=1)[:, k - 1]
    assert np.where(weights.toarray() > 0, distance, 0).max(axis=1) == pytest.approx(kth)


def test_points_at_one_place_are_each_others_nearest():
    x, y = [0, 0, 0, 0, 50], [0, 0, 0, 0, 0]
    weights = k_nearest(x, y, 2).weights.toarray()
    assert (weights.sum(axis=1) == 2).all()
    assert (weights[:4, 4] == 0).all()
    assert (weights.diagonal() == 0).all()


def test_nearest_and_band_are_libpysals():
    rng = np.random.default_rng(8)
    xy = rng.uniform(0, 10_000, (400, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from libpysal.graph import Graph

        nearest = Graph.build_knn(xy, k=6).sparse
        band = Graph.build_distance_band(xy, 600)
    assert (k_nearest(*xy.T, 6).weights != nearest).nnz == 0
    ours = distance_band(*xy.T, 600)
    assert (ours.weights != band.sparse).nnz == 0
    assert ours.islands.tolist() == sorted(band.isolates)


def test_the_band_includes_its_distance_and_points_at_one_place():
    neighbours = distance_band([0, 0, 30, 61], [0, 0, 0, 0], 30)
    assert links(neighbours) == both_ways((0, 1), (0, 2), (1, 2))
    assert neighbours.islands.tolist() == [3]


@given(points, st.floats(0.1, 6.2), st.integers(0, 2**32 - 1))
def test_turning_and_reordering_the_map_changes_nothing(xy, angle, seed):
    order = np.random.default_rng(seed).permutation(xy.shape[1])
    cos, sin = np.cos(angle), np.sin(angle)
    x, y = np.array([[cos, -sin], [sin, cos]]) @ xy[:, order] + 1_000
    distance = 50.25  # squared, it is no sum of two squares: rounding cannot decide
    turned = distance_band(x, y, distance).weights
    assert (turned != distance_band(*xy, distance).weights[order][:, order]).nnz == 0


def test_rows_are_scaled_to_one_and_islands_stay_empty():
    weights = distance_band([0, 10, 20, 500], [0, 0, 0, 0], 15).weights
    assert row_standardised(weights).toarray() == pytest.approx(
        np.array([[0, 1, 0, 0], [0.5, 0, 0.5, 0], [0, 1, 0, 0], [0, 0, 0, 0]])
    )


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([], "at least one"),
        ([None], "non-empty"),
        ([shapely.Polygon()], "non-empty"),
        ([shapely.Point(0, 0)], "non-empty"),
    ],
)
def test_shapes_that_are_no_areas_are_refused(shapes, message):
    with pytest.raises(ValueError, match=message):
        contiguity(shapes)


def test_wrong_numbers_are_refused():
    for tolerance in (-1, np.nan, np.inf):
        with pytest.raises(ValueError, match="tolerance_m"):
            contiguity(squares((0, 0)), tolerance)
    for k in (0, 3, -1):
        with pytest.raises(ValueError, match="k must lie between 1 and 2 for 3 points"):
            k_nearest([0, 1, 2], [0, 0, 0], k)
    for distance in (0, -1, np.nan):
        with pytest.raises(ValueError, match="distance_m"):
            distance_band([0, 1], [0, 0], distance)
    with pytest.raises(ValueError, match="lengths"):
        k_nearest([0, 1], [0], 1)
    with pytest.raises(ValueError, match="metres"):
        distance_band([0, 1e9], [0, 0], 5)
    with pytest.raises(ValueError, match="sparse"):
        row_standardised(np.eye(2))
    with pytest.raises(ValueError, match="expected"):
        row_standardised(sparse.csr_array((2, 3)))


def test_a_band_that_links_everything_is_refused_before_it_fills_the_memory():
    x = np.arange(8_000.0)
    with pytest.raises(ValueError, match="shorten it"):
        distance_band(x, x, 1e6)
