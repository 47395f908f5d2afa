"""Expected reports and suspicious silence on drawn territories."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.analysis.expected import LeftOut, StockClass, TooFewAreas, expected_counts


def territory(seed, areas=400, risk=0.02, silent=()):
    """Draw areas whose risk rises with the share of old and of private rented dwellings."""
    rng = np.random.default_rng(seed)
    dwellings = np.clip(rng.lognormal(6.8, 0.5, areas), 60, 5_000).round()
    old, rented = rng.beta(2, 3, (2, areas))
    mean = risk * dwellings * np.exp(2 * (old - 0.4) + 1.2 * (rented - 0.4)) * rng.gamma(6, 1 / 6, areas)
    mean[list(silent)] = 0
    return rng.poisson(mean), dwellings, {"before_1949": old, "private_rented": rented}


def test_effects_come_back_in_the_unit_of_their_deviation():
    cases, dwellings, indicators = territory(1, areas=2_000)
    found = expected_counts(cases, dwellings, indicators)
    for effect, slope in zip(found.effects, (2, 1.2), strict=True):
        assert effect.deviation == pytest.approx(indicators[effect.name].std())
        assert effect.lower < np.exp(slope * effect.deviation) < effect.upper
        assert effect.p_two_sided < 1e-6
        assert effect.inflation == pytest.approx(1, abs=0.05)
    assert found.model.overdispersion == pytest.approx(1 / 6, abs=0.03)
    assert found.difference.sum() == pytest.approx(0, abs=0.02 * cases.sum())


def test_large_old_areas_without_a_report_are_blind_spots():
    cases, dwellings, indicators = territory(2)
    exposed = 2 * indicators["before_1949"] + 1.2 * indicators["private_rented"]
    old_and_large = np.flatnonzero((exposed > np.quantile(exposed, 0.8)) & (dwellings > 800))[:6]
    cases[old_and_large] = 0
    found = expected_counts(cases, dwellings, indicators)
    assert set(found.classes[old_and_large]) == {StockClass.BLIND_SPOT}
    assert (found.p_below[old_and_large] < 0.02).all()


def test_where_nobody_is_silent_blind_spots_are_those_of_chance():
    spots, by_chance = 0, 0.0
    for seed in range(25):
        found = expected_counts(*territory(100 + seed))
        spots += (found.classes == StockClass.BLIND_SPOT).sum()
        by_chance += found.blind_spots_by_chance
    assert 0.5 * by_chance < spots < by_chance + 4 * np.sqrt(by_chance)


def test_areas_of_a_cluster_can_be_kept_out_of_what_is_learnt():
    """The oldest areas are reported five times too much: learnt with them, age explains it."""
    cases, dwellings, indicators = territory(3)
    old = indicators["before_1949"] > 0.75
    usual_cases = cases.copy()
    cases[old] *= 5
    with_all = expected_counts(cases, dwellings, indicators)
    outside = expected_counts(cases, dwellings, indicators, usual=~old)
    truth = usual_cases[old].sum()
    assert abs(outside.expected[old].sum() - truth) < 0.3 * abs(with_all.expected[old].sum() - truth)
    assert outside.assessed.all()
    assert (outside.difference[old].sum()) > with_all.difference[old].sum()
    with pytest.raises(TooFewAreas):
        expected_counts(cases, dwellings, indicators, usual=np.arange(400) < 5)


def test_a_place_that_reports_more_than_the_whole_is_never_silent():
    """The stock of one area announces an extreme rate; it reports half of it, far above everyone."""
    cases, dwellings, indicators = territory(12)
    indicators["before_1949"][0], dwellings[0] = 2.5, 3_000
    cases[0] = 2 * dwellings[0] * cases[1:].sum() / dwellings[1:].sum()
    found = expected_counts(cases, dwellings, indicators)
    assert found.p_below[0] < 0.05
    assert found.classes[0] == StockClass.REPORTED


def test_an_excess_where_risk_is_low_is_not_a_blind_spot():
    cases, dwellings, indicators = territory(3)
    recent = int(np.argmin(indicators["before_1949"] + indicators["private_rented"]))
    cases[recent] = 0.2 * dwellings[recent]
    found = expected_counts(cases, dwellings, indicators)
    assert found.classes[recent] == StockClass.UNEXPLAINED
    assert found.p_above[recent] < 0.001


def test_a_few_old_dwellings_without_report_are_too_few_to_judge():
    cases, dwellings, indicators = territory(4)
    indicators["before_1949"][0] = indicators["private_rented"][0] = 0.95
    cases[0], dwellings[0] = 0, 20
    found = expected_counts(cases, dwellings, indicators)
    assert found.classes[0] == StockClass.TOO_SMALL
    assert found.p_below[0] > found.alpha


def test_what_is_missing_or_says_nothing_is_told_and_not_guessed():
    cases, dwellings, indicators = territory(5)
    indicators["old_copy"] = 3 * indicators["before_1949"] + 1
    indicators["constant"] = np.full(400, 0.3)
    indicators["rare"] = np.where(np.arange(400) < 100, 0.5, np.nan)
    indicators["private_rented"][:10] = np.nan
    dwellings[20] = 0
    cases[20] = 0
    found = expected_counts(cases, dwellings, indicators)
    assert found.left_out == {
        "old_copy": LeftOut.REPEATS_OTHERS,
        "constant": LeftOut.CONSTANT,
        "rare": LeftOut.TOO_OFTEN_MISSING,
    }
    assert [effect.name for effect in found.effects] == ["before_1949", "private_rented"]
    assert np.flatnonzero(~found.assessed).tolist() == [*range(10), 20]
    assert set(found.classes[~found.assessed]) == {StockClass.NOT_ASSESSED}
    assert (found.expected[~found.assessed] == 0).all()
    assert all(LeftOut(reason).label for reason in found.left_out.values())


def test_two_indicators_that_nearly_say_the_same_show_it():
    cases, dwellings, indicators = territory(6)
    noise = np.random.default_rng(7).normal(0, 0.05, 400)
    indicators["nearly"] = indicators["before_1949"] + noise
    found = expected_counts(cases, dwellings, indicators)
    by_name = {effect.name: effect for effect in found.effects}
    assert by_name["before_1949"].inflation > 5
    assert by_name["nearly"].inflation > 5
    assert by_name["private_rented"].inflation < 1.2


def test_without_an_indicator_every_area_expects_the_overall_rate_and_none_is_strong():
    cases, dwellings, _ = territory(8)
    found = expected_counts(cases, dwellings, {})
    np.testing.assert_allclose(found.expected / dwellings, found.expected[0] / dwellings[0])
    assert set(found.classes) <= {StockClass.QUIET, StockClass.UNEXPLAINED}


@given(st.integers(0, 2**32 - 1), st.integers(15, 60), st.sampled_from([0.0005, 0.02]))
def test_no_territory_gives_nan_and_the_order_of_areas_does_not_matter(seed, areas, risk):
    cases, dwellings, indicators = territory(seed, areas, risk)
    cases[0] += 1
    found = expected_counts(cases, dwellings, indicators)
    for figures in (found.expected, found.difference, found.p_below, found.p_above, found.q):
        assert np.isfinite(figures).all()
    assert (abs(found.p_below + found.p_above - 1) < 1e-9).all()
    assert {StockClass(name).label for name in found.classes}
    back = expected_counts(
        cases[::-1], dwellings[::-1], {name: values[::-1] for name, values in indicators.items()}
    )
    np.testing.assert_allclose(back.expected[::-1], found.expected, rtol=1e-3, atol=1e-6)


@given(st.floats(0.1, 50), st.floats(-20, 20))
def test_the_unit_of_an_indicator_does_not_matter(scale, shift):
    cases, dwellings, indicators = territory(9, areas=80)
    there = expected_counts(cases, dwellings, indicators)
    turned = indicators | {"before_1949": scale * indicators["before_1949"] + shift}
    np.testing.assert_allclose(expected_counts(cases, dwellings, turned).expected, there.expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cases": np.zeros(60)}, "nothing to explain"),
        ({"cases": np.full(60, 0.5)}, "whole numbers"),
        ({"dwellings": np.full(60, -1.0)}, "dwellings must be"),
        ({"dwellings": np.zeros(60)}, "too few"),
        ({"dwellings": np.full(60, np.nan)}, "finite"),
        ({"indicators": {"x": np.full(60, np.inf)}}, "finite"),
        ({"indicators": {"x": np.ones(3)}}, "3 values"),
        ({"alpha": 1}, "alpha"),
        ({"level": 0}, "level"),
    ],
)
def test_wrong_input_is_refused_in_clear_words(change, message):
    cases, dwellings, indicators = territory(10, areas=60)
    with pytest.raises(ValueError, match=message):
        expected_counts(**({"cases": cases, "dwellings": dwellings, "indicators": indicators} | change))


def test_a_handful_of_areas_is_too_few():
    cases, dwellings, indicators = territory(11, areas=9)
    with pytest.raises(TooFewAreas, match="too few for 2 indicators"):
        expected_counts(cases, dwellings, indicators)
