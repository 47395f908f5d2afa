"""Heat surfaces against the kernel's own formula, for mass, for place and for speed."""

import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from maps.analysis.density import DensitySurface, MetricGrid, kernel_density, relative_risk

KERNELS = ("quartic", "gaussian")
GRID = MetricGrid(x_min=650_000, y_max=6_860_000, cell_m=50, rows=60, columns=80)
REACH_M = {"quartic": 1, "gaussian": 4}


def centres(grid):
    x = grid.x_min + (np.arange(grid.columns) + 0.5) * grid.cell_m
    y = grid.y_max - (np.arange(grid.rows) + 0.5) * grid.cell_m
    return np.meshgrid(x, y)


def exact(kernel, x, y, grid, bandwidth_m):
    """Sum the textbook kernel over the points, cell by cell, per km²."""
    east, north = centres(grid)
    total = np.zeros(east.shape)
    for px, py in zip(x, y, strict=True):
        d2 = ((east - px) ** 2 + (north - py) ** 2) / bandwidth_m**2
        if kernel == "quartic":
            total += 3 / (np.pi * bandwidth_m**2) * np.maximum(1 - d2, 0) ** 2
        else:
            total += np.exp(-d2 / 2) / (2 * np.pi * bandwidth_m**2)
    return total * 1_000_000


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_surface_is_the_textbook_kernel(kernel):
    rng = np.random.default_rng(2)
    x, y = rng.uniform(650_000, 654_000, 300), rng.uniform(6_857_000, 6_860_000, 300)
    found = kernel_density(x, y, GRID, 400, kernel=kernel).values
    expected = exact(kernel, x, y, GRID, 400)
    assert np.abs(found - expected).max() < 0.02 * expected.max()


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_point_on_a_cell_centre_has_the_closed_form_peak(kernel):
    """The quartic kernel peaks at 3 / (pi h²), the gaussian at 1 / (2 pi h²)."""
    grid = MetricGrid(0, 1_000, 10, 100, 100)
    values = kernel_density([505], [495], grid, 200, kernel=kernel).values
    peak = {"quartic": 3 / np.pi, "gaussian": 1 / (2 * np.pi)}[kernel] / 0.2**2
    assert np.unravel_index(values.argmax(), values.shape) == (50, 50)
    assert values[50, 50] == pytest.approx(peak, rel=0.005)


def test_north_is_up_and_west_is_left():
    values = kernel_density([650_130], [6_859_980], GRID, 60).values
    assert np.unravel_index(values.argmax(), values.shape) == (0, 2)
    assert GRID.bounds == (650_000, 6_857_000, 654_000, 6_860_000)


def test_a_point_beyond_the_edge_counts_as_far_as_its_kernel_reaches():
    x, y = [650_000 - 100, 654_000 + 300], [6_858_000, 6_858_000]
    found = kernel_density(x, y, GRID, 400).values
    expected = exact("quartic", x, y, GRID, 400)
    assert found[:, 0].max() > 0
    assert np.abs(found - expected).max() < 0.02 * 3 / (np.pi * 0.4**2)
    assert (kernel_density([650_000 - 500], [6_858_000], GRID, 400).values == 0).all()


@pytest.mark.parametrize("kernel", KERNELS)
def test_dropping_far_points_or_widening_the_grid_changes_nothing_inside(kernel):
    rng = np.random.default_rng(7)
    x, y = rng.uniform(648_000, 656_000, 500), rng.uniform(6_855_000, 6_862_000, 500)
    wide = MetricGrid(GRID.x_min - 1_000, GRID.y_max + 1_000, 50, GRID.rows + 40, GRID.columns + 40)
    small = kernel_density(x, y, GRID, 300, kernel=kernel).values
    large = kernel_density(x, y, wide, 300, kernel=kernel).values
    np.testing.assert_allclose(large[20:-20, 20:-20], small, rtol=1e-9, atol=1e-9 * small.max())


def test_weights_count_as_repeated_points():
    x, y, times = [651_000, 652_222], [6_859_000, 6_858_100], [3, 1]
    weighted = kernel_density(x, y, GRID, 300, weights=times).values
    repeated = kernel_density(np.repeat(x, times), np.repeat(y, times), GRID, 300).values
    np.testing.assert_allclose(weighted, repeated, rtol=1e-9, atol=1e-9)


def test_beyond_the_kernel_the_density_is_exactly_zero():
    """And not the rounding of a Fourier transform, which a map would show as a class of its own."""
    values = kernel_density([652_000], [6_858_500], GRID, 300).values
    east, north = centres(GRID)
    assert (values[np.hypot(east - 652_000, north - 6_858_500) > 400] == 0).all()


def test_no_point_gives_zero():
    assert (kernel_density([], [], GRID, 300).values == 0).all()


points = st.lists(
    st.tuples(st.floats(-5_000, 5_000), st.floats(-5_000, 5_000), st.integers(0, 1_000)),
    min_size=1,
    max_size=30,
).map(lambda rows: np.array(rows, dtype=float).T)


@given(points, st.sampled_from(KERNELS), st.sampled_from([25.0, 100.0, 130.0]), st.floats(1, 8))
def test_no_mass_is_lost_on_a_grid_with_a_margin_and_nothing_is_negative(rows, kernel, cell_m, cells):
    x, y, weights = rows
    bandwidth = cells * cell_m
    grid = MetricGrid.covering(x, y, cell_m, margin_m=bandwidth * REACH_M[kernel] + 2 * cell_m)
    surface = kernel_density(x, y, grid, bandwidth, kernel=kernel, weights=weights)
    assert surface.values.shape == (grid.rows, grid.columns)
    assert (surface.values >= 0).all()
    assert np.isfinite(surface.values).all()
    assert surface.values.sum() * grid.cell_area_km2 == pytest.approx(weights.sum(), rel=1e-6, abs=1e-9)


@given(points, st.integers(1, 3))
def test_turning_the_map_by_quarter_turns_turns_the_surface(rows, turns):
    """The grid is a square around the origin, so that a quarter turn maps cell on cell."""
    x, y, weights = rows
    grid = MetricGrid(-6_000, 6_000, 200, 60, 60)
    straight = kernel_density(x, y, grid, 700, weights=weights).values
    for _ in range(turns):
        x, y = -y, x
    turned = kernel_density(x, y, grid, 700, weights=weights).values
    np.testing.assert_allclose(turned, np.rot90(straight, turns), atol=1e-9 * (1 + straight.max()))


@given(points)
def test_the_covering_grid_holds_its_points_on_whole_cells(rows):
    x, y, _ = rows
    grid = MetricGrid.covering(x, y, 100, margin_m=250)
    west, south, east, north = grid.bounds
    assert west <= x.min() - 250
    assert south <= y.min() - 250
    assert x.max() + 250 <= east
    assert y.max() + 250 <= north
    assert all(edge % 100 == 0 for edge in grid.bounds)


def test_the_risk_is_one_where_cases_follow_the_dwellings_and_the_strength_of_a_cluster_elsewhere():
    """A town of a dense and a sparse half; cases at 1 % of dwellings, three times that in one quarter."""
    rng = np.random.default_rng(13)
    x = np.concatenate([rng.uniform(650_000, 652_000, 60_000), rng.uniform(652_000, 654_000, 20_000)])
    y = rng.uniform(6_857_000, 6_860_000, x.size)
    cluster = (x > 652_500) & (x < 653_500) & (y > 6_858_000) & (y < 6_859_000)
    sick = rng.random(x.size) < np.where(cluster, 0.3, 0.1)
    cases, dwellings = (kernel_density(x[at], y[at], GRID, 300) for at in (sick, slice(None)))
    risk = relative_risk(cases, dwellings, floor_per_km2=500)
    overall = sick.mean()
    assert risk.shown.all()
    east, north = centres(GRID)
    inside = (abs(east - 653_000) < 150) & (abs(north - 6_858_500) < 150)
    assert risk.values[inside].mean() == pytest.approx(0.3 / overall, rel=0.1)
    assert risk.values[east < 651_500].mean() == pytest.approx(0.1 / overall, rel=0.05)


def test_where_little_is_exposed_nothing_is_shown():
    x, y = np.array([650_500.0] * 100 + [653_500.0]), np.full(101, 6_858_500.0)
    dwellings = kernel_density(x, y, GRID, 300)
    cases = kernel_density(x[-2:], y[-2:], GRID, 300)
    risk = relative_risk(cases, dwellings, floor_per_km2=50)
    east, _ = centres(GRID)
    assert not risk.shown[east > 652_000].any()
    assert (risk.values[~risk.shown] == 0).all()
    assert risk.shown.any()


def test_without_a_case_the_risk_is_zero():
    dwellings = kernel_density([650_500], [6_858_500], GRID, 300)
    risk = relative_risk(kernel_density([], [], GRID, 300), dwellings, 1)
    assert risk.shown.any()
    assert (risk.values == 0).all()


@given(points, st.floats(0.01, 100))
def test_the_risk_depends_neither_on_the_number_of_cases_nor_on_nan(rows, factor):
    x, y, weights = rows
    grid = MetricGrid(-6_000, 6_000, 200, 60, 60)
    dwellings = kernel_density(x, y, grid, 700)
    one, other = (
        relative_risk(kernel_density(x, y, grid, 700, weights=w), dwellings, 0.01)
        for w in (weights, factor * weights)
    )
    assert np.isfinite(one.values).all()
    np.testing.assert_allclose(one.values, other.values, rtol=1e-6, atol=1e-9)
    same = relative_risk(dwellings, dwellings, 0.01)
    np.testing.assert_allclose(same.values[same.shown], 1)


def test_a_departement_takes_less_than_half_a_second():
    """190 000 points, 1 000 x 1 000 cells; the best of three, for a machine that does other things too."""
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 100_000, (2, 190_000))
    grid = MetricGrid(0, 100_000, 100, 1_000, 1_000)
    for kernel in KERNELS:
        seconds = []
        for _ in range(3):
            start = time.process_time()
            kernel_density(x, y, grid, 500, kernel=kernel)
            seconds.append(time.process_time() - start)
        assert min(seconds) < 0.5


def test_the_gaussian_surface_is_scipys_filter_of_a_histogram():
    x, y = [650_025, 651_025], [6_859_975, 6_858_975]  # cell centres
    counts = np.zeros((60, 80))
    counts[0, 0] = counts[20, 20] = 1
    expected = ndimage.gaussian_filter(counts, 4, mode="constant") / GRID.cell_area_km2
    np.testing.assert_allclose(kernel_density(x, y, GRID, 200, kernel="gaussian").values, expected, atol=1e-9)


def test_wrong_input_is_refused():
    with pytest.raises(ValueError, match="kernel"):
        kernel_density([1], [1], GRID, 300, kernel="round")
    for bandwidth in (0, -1, 49, np.nan, np.inf):
        with pytest.raises(ValueError, match="bandwidth_m"):
            kernel_density([1], [1], GRID, bandwidth)
    with pytest.raises(ValueError, match="too wide"):
        kernel_density([1], [1], GRID, 1e6)
    with pytest.raises(ValueError, match="lengths"):
        kernel_density([1, 2], [1], GRID, 300)
    with pytest.raises(ValueError, match="finite"):
        kernel_density([np.nan], [1], GRID, 300)
    for weights in ([-1], [1e16]):
        with pytest.raises(ValueError, match="weights"):
            kernel_density([1], [1], GRID, 300, weights=weights)
    for wrong in ((0, 0, 0, 1, 1), (0, 0, 10, 0, 1), (np.nan, 0, 10, 1, 1), (0, 0, 10, 10_000, 10_000)):
        with pytest.raises(ValueError, match="a grid"):
            MetricGrid(*wrong)
    with pytest.raises(ValueError, match="cell_m"):
        MetricGrid.covering([1], [1], 0)
    with pytest.raises(ValueError, match="a grid has"):
        MetricGrid.covering([0, 1e7], [0, 1e7], 1)
    surface, other = kernel_density([1], [1], GRID, 300), kernel_density([1], [1], GRID, 301)
    with pytest.raises(ValueError, match="share"):
        relative_risk(surface, other, 1)
    for floor in (0, -1, np.nan):
        with pytest.raises(ValueError, match="floor"):
            relative_risk(surface, surface, floor)


def test_a_surface_says_what_it_is():
    surface = kernel_density([651_000], [6_859_000], GRID, 300)
    assert isinstance(surface, DensitySurface)
    assert (surface.unit, surface.bandwidth_m, surface.kernel, surface.grid) == (
        "par km²",
        300,
        "quartic",
        GRID,
    )
