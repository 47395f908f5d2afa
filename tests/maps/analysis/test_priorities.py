"""The score against sums done by hand, and what must hold whatever the places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.priorities import Axis, Criterion, Rate, count_below, score_places
from maps.analysis.rates import smooth_rates


@st.composite
def boards(draw):
    """Draw places, criteria on both axes and indicators with ties and unknown values."""
    places, size = draw(st.integers(1, 12)), draw(st.integers(1, 4))
    criteria, indicators = [], {}
    for number in range(size):
        weight, axis = draw(st.floats(0.01, 100)), draw(st.sampled_from(Axis))
        criteria.append(Criterion(f"c{number}", weight, axis))
        values = draw(st.lists(st.integers(0, 5), min_size=places, max_size=places))
        unknown = draw(st.lists(st.booleans(), min_size=places, max_size=places))
        unknown[0] = False
        indicators[f"c{number}"] = np.ma.array(values, mask=unknown, dtype=float)
    return criteria, indicators


def test_a_score_is_read_back_criterion_by_criterion():
    """Weights 3 and 1 make 75 and 25 points; of four places, the worst is above three quarters."""
    scores = score_places(
        [Criterion("severity", 3), Criterion("wait", 1)],
        {"severity": [0, 1, 2, 3], "wait": [10, 10, 10, 40]},
    )
    assert scores.contributions.tolist() == [[0, 0], [18.75, 0], [37.5, 0], [56.25, 18.75]]
    assert scores.need.tolist() == [0, 18.75, 37.5, 75]
    assert scores.rank.tolist() == [4, 3, 2, 1]


def test_equal_scores_share_the_better_rank():
    assert score_places([Criterion("a", 1)], {"a": [5, 7, 7, 1]}).rank.tolist() == [3, 1, 1, 4]


def test_need_and_capacity_are_never_added_up():
    criteria = [Criterion("grave", 1), Criterion("one owner", 9, Axis.CAPACITY)]
    scores = score_places(criteria, {"grave": [1, 0], "one owner": [0, 1]})
    assert scores.need.tolist() == [50, 0]
    assert scores.capacity.tolist() == [0, 50]
    assert scores.rank.tolist() == [1, 2]


def test_a_percentile_is_that_of_the_reference_set():
    scores = score_places(
        [Criterion("a", 1)], {"a": [0, 1, 2, 3, 2.5]}, reference=[True, True, True, True, False]
    )
    assert scores.need.tolist() == [0, 25, 50, 75, 75]


def test_what_is_not_known_earns_no_point_and_weighs_on_nobody():
    values = np.ma.array([4.0, 1.0, 2.0], mask=[True, False, False])
    scores = score_places([Criterion("dpe", 1)], {"dpe": values})
    assert scores.need.tolist() == [0, 0, 50]
    assert scores.known.ravel().tolist() == [False, True, True]


def test_a_rate_is_judged_shrunken():
    """Two cases for 40 dwellings are the highest crude rate, and not the first place."""
    cases, exposure = [2, 60, 20, 10, 10], [40, 2_000, 1_500, 1_000, 1_100]
    scores = score_places([Criterion("rate", 1)], {"rate": Rate(cases, exposure)})
    assert scores.rank.tolist() == stats.rankdata(-smooth_rates(cases, exposure).smoothed).tolist()
    assert np.argmax(np.divide(cases, exposure)) == 0
    assert scores.rank[0] != 1


def test_a_rate_without_denominator_is_not_known():
    scores = score_places([Criterion("rate", 1)], {"rate": Rate([5, 1, 9], [0, 100, 100])})
    assert scores.known.ravel().tolist() == [False, True, True]
    assert scores.need[0] == 0


def test_two_criteria_that_say_the_same_are_told():
    rng = np.random.default_rng(1)
    values = rng.random(200)
    scores = score_places(
        [Criterion("reports", 1), Criterion("hotspot", 1), Criterion("age", 1)],
        {"reports": values, "hotspot": np.exp(3 * values), "age": rng.random(200)},
    )
    ((first, second, correlation),) = scores.redundant_pairs()
    assert (first, second, correlation) == ("reports", "hotspot", pytest.approx(1))


def test_the_correlation_is_that_of_the_percentiles():
    rng = np.random.default_rng(2)
    a, b = rng.random((2, 50))
    scores = score_places([Criterion("a", 1), Criterion("b", 1)], {"a": a, "b": a + b})
    assert scores.correlation[0, 1] == pytest.approx(stats.spearmanr(a, a + b).statistic)


@given(boards())
def test_contributions_add_up_to_the_scores_and_ranks_lie_in_one_to_n(board):
    criteria, indicators = board
    scores = score_places(criteria, indicators)
    for axis, found in ((Axis.NEED, scores.need), (Axis.CAPACITY, scores.capacity)):
        columns = [criterion.axis is axis for criterion in criteria]
        np.testing.assert_allclose(scores.contributions[:, columns].sum(axis=1), found, atol=1e-8)
        assert ((found >= 0) & (found < 100)).all()
    np.testing.assert_array_equal(scores.rank, stats.rankdata(-scores.need, method="min"))
    assert np.isfinite(scores.correlation).all()


@given(boards(), st.integers(0, 2**32 - 1))
def test_moving_the_places_moves_the_answer(board, seed):
    criteria, indicators = board
    scores = score_places(criteria, indicators)
    order = np.random.default_rng(seed).permutation(scores.rank.size)
    moved = score_places(criteria, {name: values[order] for name, values in indicators.items()})
    np.testing.assert_array_equal(moved.rank, scores.rank[order])
    np.testing.assert_array_equal(moved.contributions, scores.contributions[order])


@given(boards(), st.floats(0.001, 1_000))
def test_only_the_proportions_of_the_weights_matter(board, factor):
    criteria, indicators = board
    scaled = [Criterion(c.name, c.weight * factor, c.axis) for c in criteria]
    np.testing.assert_allclose(
        score_places(scaled, indicators).need, score_places(criteria, indicators).need, atol=1e-6
    )


@given(boards(), st.floats(-3, 3))
def test_a_criterion_that_does_not_vary_gives_all_the_same(board, value):
    criteria, indicators = board
    places = len(next(iter(indicators.values())))
    scores = score_places(
        [*criteria, Criterion("constant", 2)], indicators | {"constant": np.full(places, value)}
    )
    assert np.ptp(scores.contributions[:, -1]) == 0


@given(st.lists(st.integers(-3, 3), min_size=1, max_size=30), st.data())
def test_the_count_below_is_counted(values, data):
    among = np.array(data.draw(st.lists(st.booleans(), min_size=len(values), max_size=len(values))))
    vector = np.array(values, dtype=float)
    expected = [(vector[among] < value).sum() for value in vector]
    np.testing.assert_array_equal(count_below(vector, among), expected)


@pytest.mark.parametrize(
    ("criteria", "indicators", "said"),
    [
        ([], {}, "empty"),
        ([Criterion("a", 0)], {"a": [1]}, "weights must be positive"),
        ([Criterion("a", -1)], {"a": [1]}, "weights must be positive"),
        ([Criterion("a", np.nan)], {"a": [1]}, "finite"),
        ([Criterion("a", 1), Criterion("a", 2)], {"a": [1]}, "once only"),
        ([Criterion("a", 1)], {"b": [1]}, "no indicator"),
        ([Criterion("a", 1)], {"a": [np.nan]}, "finite"),
        ([Criterion("a", 1)], {"a": []}, "empty"),
        ([Criterion("a", 1), Criterion("b", 1)], {"a": [1], "b": [1, 2]}, "lengths"),
        ([Criterion("a", 1)], {"a": np.ma.masked_all(2)}, "no place of the reference set is known"),
        ([Criterion("a", 1)], {"a": Rate([1, 2], [0, 0])}, "no place of the reference set is known"),
        ([Criterion("a", 1)], {"a": Rate([1, 2], [1])}, "lengths"),
    ],
)
def test_wrong_input_is_refused(criteria, indicators, said):
    with pytest.raises(ValueError, match=said):
        score_places(criteria, indicators)


def test_a_reference_set_is_booleans():
    with pytest.raises(ValueError, match="2 booleans"):
        score_places([Criterion("a", 1)], {"a": [1, 2]}, reference=[1, 0])
