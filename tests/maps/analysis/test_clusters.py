"""Groups of points: planted ones found, and the same wherever the map lies."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from maps.analysis.clusters import NOISE, group_points


def planted_blocks(seed=1, blocks=4, noise=60):
    """Give blocks of 25 points within 40 m, far from one another, and points scattered over 6 km."""
    rng = np.random.default_rng(seed)
    centres = np.array([[1_000, 1_000], [4_000, 1_500], [2_000, 4_500], [5_000, 5_000]])[:blocks]
    inside = (centres[:, None] + rng.uniform(-20, 20, (blocks, 25, 2))).reshape(-1, 2)
    x, y = np.concatenate([inside, rng.uniform(0, 6_000, (noise, 2))]).T
    truth = np.concatenate([np.repeat(np.arange(blocks), 25), np.full(noise, NOISE)])
    return x, y, truth


def likeness(a, b):
    """Give 1 where two labellings part the points alike, whatever the numbers; 0 for what chance would do."""
    return adjusted_rand_score(a, b)


def test_planted_blocks_are_found_whole_and_apart():
    x, y, truth = planted_blocks()
    found = group_points(x, y)
    for block in range(4):
        (label,) = set(found.label[truth == block])
        assert label != NOISE
        assert np.mean(truth[found.label == label] == block) > 0.8


def test_a_lone_point_is_noise_and_told_as_such():
    x, y, _ = planted_blocks(noise=0)
    found = group_points(np.append(x, 50_000), np.append(y, 50_000))
    assert found.label[-1] == NOISE
    assert found.strength[-1] == 0
    assert found.noise == np.count_nonzero(found.label == NOISE)


def test_outlines_hold_their_points_and_sizes_count_them():
    x, y, _ = planted_blocks()
    found = group_points(x, y)
    for group, (size, outline) in enumerate(zip(found.sizes, found.outlines, strict=True)):
        members = found.label == group
        assert size == members.sum()
        assert shapely.covers(outline, shapely.points(x[members], y[members])).all()


def test_a_scatter_without_blocks_has_no_group():
    x, y = np.random.default_rng(2).uniform(0, 20_000, (2, 400))
    assert group_points(x, y).noise == 400


def test_two_blocks_within_reach_of_each_other_are_parted():
    rng = np.random.default_rng(3)
    x = np.concatenate([rng.uniform(0, 40, 40), rng.uniform(110, 150, 40)])
    y = rng.uniform(0, 40, 80)
    found = group_points(x, y)
    assert likeness(found.label, np.repeat([0, 1], 40)) > 0.9


def test_one_block_alone_is_one_group():
    x, y, _ = planted_blocks(blocks=1, noise=0)
    assert group_points(x, y).sizes.max() >= 20


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(0, 2 * np.pi), st.floats(-1e6, 1e6))
def test_moving_and_turning_the_map_changes_no_group(seed, angle, shift):
    x, y, _ = planted_blocks(seed)
    turned = np.cos(angle) * x - np.sin(angle) * y + shift, np.sin(angle) * x + np.cos(angle) * y - shift
    found, moved = group_points(x, y), group_points(*turned)
    assert likeness(found.label, moved.label) > 0.9  # a tie broken by rounding moves a point of the edge


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_the_order_of_the_points_hardly_matters(seed):
    x, y, _ = planted_blocks(seed)
    order = np.random.default_rng(seed).permutation(x.size)
    assert likeness(group_points(x, y).label[order], group_points(x[order], y[order]).label) > 0.9


def test_all_in_one_place_is_one_group_and_too_few_are_none():
    one = group_points([650_000] * 9, [6_860_000] * 9)
    assert (one.sizes.tolist(), one.noise) == ([9], 0)
    few = group_points([0, 1, 2], [0, 0, 0])
    assert (few.sizes.tolist(), few.noise) == ([], 3)
    twins = group_points(np.repeat([0.0, 900.0, 970.0], 6), np.zeros(18))
    assert np.isfinite(twins.strength).all()
    assert twins.label[:6].tolist() == [0] * 6
    assert twins.label[6] != 0


@pytest.mark.parametrize(
    ("given_", "options", "said"),
    [
        (([], []), {}, "empty"),
        (([1, np.nan], [1, 2]), {}, "finite"),
        (([1], [1, 2]), {}, "lengths"),
        (([1], [1]), {"min_points": 1}, "min_points"),
        (([1], [1]), {"reach_m": 0}, "reach_m"),
        (([1] * 10_000, [1] * 10_000), {}, "too wide"),
        (([1] * 50_001, [1] * 50_001), {}, "at most 50000"),
    ],
)
def test_wrong_input_is_refused(given_, options, said):
    with pytest.raises(ValueError, match=said):
        group_points(*given_, **options)
