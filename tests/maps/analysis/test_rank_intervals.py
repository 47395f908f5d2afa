"""Rank intervals against closed forms, the planted trap, and what must hold whatever the places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.priorities import Axis, Criterion, Rate, score_places
from maps.analysis.rank_intervals import Stability, rank_intervals
from maps.analysis.rates import smooth_rates

TWO = [Criterion("a", 1), Criterion("b", 1)]

boards = (
    st.integers(1, 15)
    .flatmap(lambda n: st.tuples(*(st.lists(st.integers(0, 6), min_size=n, max_size=n) for _ in TWO)))
    .map(lambda columns: dict(zip("ab", columns, strict=True)))
)


def intervals(criteria, indicators, seed=1, top=1, **options):
    return rank_intervals(criteria, indicators, np.random.default_rng(seed), top=top, **options)


def test_two_places_that_trade_places_with_the_weights():
    """One leads on a, the other on b: each is first when its weight is over a half.

    Shares drawn around 0.6 and 0.4 with concentration 10 follow Beta(6, 4).
    """
    criteria = [Criterion("a", 0.6), Criterion("b", 0.4)]
    found = intervals(criteria, {"a": [1, 0], "b": [0, 1]}, draws=4_000, concentration=10)
    expected = stats.beta(6, 4).sf(0.5)
    assert found.p_top[0] == pytest.approx(expected, abs=0.02)
    assert found.p_top.sum() == pytest.approx(1)
    assert (found.lower.tolist(), found.upper.tolist()) == ([1, 1], [2, 2])
    assert found.stability.tolist() == [Stability.SENSITIVE] * 2


def test_a_place_that_leads_on_everything_leads_whatever_the_weights():
    found = intervals(TWO, {"a": [3, 2, 0, 1], "b": [9, 5, 0, 7]}, concentration=1)
    assert (found.lower[0], found.upper[0], found.p_top[0]) == (1, 1, 1)
    assert found.stability.tolist() == [Stability.ALWAYS_FIRST] + [Stability.NEVER_FIRST] * 3


def test_without_perturbation_the_interval_is_the_rank():
    indicators = {"a": [3, 2, 0, 2], "b": [1, 5, 0, 5]}
    found = intervals(TWO, indicators, concentration=np.inf, draws=3)
    rank = score_places(TWO, indicators).rank
    np.testing.assert_array_equal(found.lower, rank)
    np.testing.assert_array_equal(found.upper, rank)


def test_the_risk_behind_a_rate_is_drawn_from_its_posterior():
    """Two areas: the chance that the first leads is that of one gamma over the other, by quadrature."""
    cases, exposure = np.array([30, 20, 2, 4]), np.array([1_000.0, 1_000.0, 1_000.0, 1_500.0])
    fit = smooth_rates(cases, exposure)
    prior = fit.overall**2 / fit.between_areas
    laws = [
        stats.gamma(prior + c, scale=1 / (prior + fit.overall * e))
        for c, e in zip(cases, exposure, strict=True)
    ]
    risk = np.linspace(1e-4, 8, 20_001)
    others = np.prod([law.cdf(risk) for law in laws[1:]], axis=0)
    expected = np.trapezoid(laws[0].pdf(risk) * others, risk)
    found = intervals([Criterion("rate", 1)], {"rate": Rate(cases, exposure)}, draws=8_000)
    assert found.p_top[0] == pytest.approx(expected, abs=0.015)


def test_the_small_area_with_two_reports_is_not_sure_of_any_rank(planted):
    """Rank 1 of 800 by its crude rate, 2 reports for 40 dwellings: anywhere from the head to the tail."""
    trap = int(np.argmax(np.where(planted.exposure <= 40, planted.cases / planted.exposure, 0)))
    assert np.argmax(planted.cases / planted.exposure) == trap
    rate = {"rate": Rate(planted.cases, planted.exposure)}
    found = intervals([Criterion("rate", 1)], rate, top=40, draws=1_000)
    assert found.p_top[trap] == pytest.approx(0.14, abs=0.05)
    assert found.upper[trap] - found.lower[trap] > 500
    heavy = planted.cases >= 25
    assert (found.p_top[heavy & (planted.cases / planted.exposure > 0.03)] > 0.8).all()


def test_only_the_criteria_of_the_axis_count():
    criteria = [Criterion("a", 1), Criterion("owner", 50, Axis.CAPACITY)]
    indicators = {"a": [2, 1], "owner": [0, 1]}
    assert intervals(criteria, indicators).upper.tolist() == [1, 2]
    assert intervals(criteria, indicators, axis=Axis.CAPACITY).upper.tolist() == [2, 1]


def test_blocks_of_draws_change_nothing(monkeypatch):
    rng = np.random.default_rng(4)
    indicators = {"a": rng.random(50), "b": Rate(rng.poisson(5, 50), rng.uniform(50, 500, 50))}
    whole = intervals(TWO, indicators, top=5, draws=101)
    monkeypatch.setattr("maps.analysis.rank_intervals.BLOCK_BYTES", 7 * 4 * 50)
    parts = intervals(TWO, indicators, top=5, draws=101)
    for name in ("lower", "upper", "p_top"):
        np.testing.assert_array_equal(getattr(parts, name), getattr(whole, name))


@given(boards, st.integers(0, 99))
def test_ranks_lie_in_one_to_n_and_at_least_the_level_inside(board, seed):
    places = len(board["a"])
    found = intervals(TWO, board, seed, top=places, draws=40)
    assert ((found.lower >= 1) & (found.lower <= found.upper) & (found.upper <= places)).all()
    assert (found.p_top == 1).all()
    narrow = intervals(TWO, board, seed, top=places, draws=40, level=0.5)
    assert ((found.lower <= narrow.lower) & (narrow.upper <= found.upper)).all()


@given(boards, st.integers(0, 99))
def test_moving_the_places_moves_the_intervals(board, seed):
    places = len(board["a"])
    order = np.random.default_rng(seed).permutation(places)
    found = intervals(TWO, board, seed, draws=40)
    moved = intervals(TWO, {name: np.array(values)[order] for name, values in board.items()}, seed, draws=40)
    np.testing.assert_array_equal(moved.lower, found.lower[order])
    np.testing.assert_array_equal(moved.upper, found.upper[order])
    np.testing.assert_array_equal(moved.p_top, found.p_top[order])


@given(st.integers(0, 10_000))
def test_weights_less_sure_give_wider_intervals(seed):
    rng = np.random.default_rng(seed)
    indicators = dict(zip("ab", rng.random((2, 60)), strict=True))
    widths = [
        np.mean(np.subtract(found.upper, found.lower))
        for concentration in (1e6, 100, 10, 1)
        for found in [intervals(TWO, indicators, seed, concentration=concentration, draws=200)]
    ]
    assert widths == sorted(widths)


def test_areas_that_differ_by_chance_only_all_share_the_first_rank():
    found = intervals([Criterion("rate", 1)], {"rate": Rate([1, 2, 3], [1_000, 2_000, 3_000])})
    assert found.upper.tolist() == [1, 1, 1]


def test_one_place_is_first():
    found = intervals([Criterion("a", 1)], {"a": [0]})
    assert (found.lower.tolist(), found.upper.tolist(), found.p_top.tolist()) == ([1], [1], [1])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"top": 0}, "top"),
        ({"top": 3}, "top"),
        ({"draws": 0}, "draws"),
        ({"level": 1}, "level"),
        ({"concentration": 0}, "concentration"),
        ({"concentration": np.nan}, "concentration"),
        ({"axis": Axis.CAPACITY}, "empty"),
        ({"reference": [False, False]}, "reference set"),
    ],
)
def test_wrong_options_are_refused(options, said):
    with pytest.raises(ValueError, match=said):
        intervals(TWO, {"a": [1, 2], "b": [2, 1]}, **options)
