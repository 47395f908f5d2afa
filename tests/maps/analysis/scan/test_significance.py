"""What p values are worth: their size without clusters, their precision, and where they are computed."""

import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from maps.analysis.scan.overdispersion import risk_variance
from maps.analysis.scan.replications import (
    Block,
    Replications,
    blocks_of,
    draw,
    gumbel_p,
    here,
    monte_carlo_p,
    replicate_maxima,
)
from maps.analysis.scan.statistic import scan_areas, scan_periods
from maps.analysis.scan.study import read_study
from maps.analysis.scan.windows import Limits

SPACE_ONLY = np.array([[0, 1]])


def town(areas=60, seed=0):
    """Give the positions and the dwellings of areas strewn over ten kilometres."""
    rng = np.random.default_rng(seed)
    return *rng.uniform(0, 1e4, (2, areas)), rng.uniform(100, 900, areas).round()


def study_of(areas=60, cases=300):
    x, y, dwellings = town(areas)
    counts = np.random.default_rng(1).multinomial(cases, dwellings / dwellings.sum())
    return read_study(x, y, counts[:, None], dwellings[:, None], spans=SPACE_ONLY)


def test_maps_without_cluster_are_significant_one_time_in_twenty():
    """Four hundred maps: between 2.6 and 7.8 per cent lies within five in a thousand of chance."""
    x, y, dwellings = town(30)
    rng = np.random.default_rng(2026)
    p = [
        scan_areas(
            x, y, rng.multinomial(120, dwellings / dwellings.sum()), dwellings, rng=rng, replications=39
        )
        .clusters[0]
        .p
        for _ in range(400)
    ]
    significant = sum(value <= 0.05 for value in p)
    assert 11 <= significant <= 31
    assert stats.binom.cdf(10, 400, 0.05) + stats.binom.sf(31, 400, 0.05) < 0.02
    # p of the likeliest cluster is uniform: neither cautious nor bold
    assert stats.kstest(np.array(p) - rng.uniform(0, 1 / 40, 400), "uniform").pvalue > 0.01


def test_more_replications_narrow_p_and_do_not_shift_it():
    study = study_of()
    reference = replicate_maxima(Replications(study), blocks_of(np.random.default_rng(9), 9_999))
    ratio = float(np.quantile(reference, 0.93))
    few, many = (
        np.array(
            [
                monte_carlo_p(
                    ratio, replicate_maxima(Replications(study), blocks_of(np.random.default_rng(s), size))
                )
                for s in range(60)
            ]
        )
        for size in (49, 799)
    )
    assert many.std() < few.std() / 2
    for p, size in ((few, 49), (many, 799)):
        # (1 + successes) / (1 + size): its mean is above the chance by (1 - chance) / (1 + size), by design
        expected = 0.07 + 0.93 / (size + 1)
        assert abs(p.mean() - expected) < 4 * np.sqrt(0.07 * 0.93 / size / 60)


def test_gumbel_agrees_with_many_replications():
    study = study_of()
    maxima = replicate_maxima(Replications(study), blocks_of(np.random.default_rng(0), 999))
    many = replicate_maxima(Replications(study), blocks_of(np.random.default_rng(1), 19_999))
    for chance in (0.2, 0.05, 0.01):
        ratio = float(np.quantile(many, 1 - chance))
        assert gumbel_p(ratio, maxima) == pytest.approx(chance, rel=0.5)
    assert 0 < gumbel_p(30.0, maxima) < 1e-6


def test_gumbel_of_equal_maxima_is_the_monte_carlo_p():
    assert gumbel_p(3.0, np.full(9, 2.0)) == 0.1
    assert gumbel_p(1.0, np.full(9, 2.0)) == 1


@given(st.integers(0, 2**64), st.integers(1, 200))
def test_the_same_seed_gives_the_same_maxima_wherever_blocks_are_computed(seed, size):
    replications = Replications(study_of(20, 80))
    blocks = blocks_of(np.random.default_rng(seed), size)
    together = replicate_maxima(replications, blocks)
    assert together.size == size
    assert len(pickle.dumps(replications)) < 4_000  # without the windows that were just built
    elsewhere = pickle.loads(pickle.dumps(replications))
    alone = [replicate_maxima(elsewhere, [block]) for block in pickle.loads(pickle.dumps(blocks))]
    np.testing.assert_array_equal(together, np.concatenate(alone))


def test_a_scan_spread_over_threads_is_the_same_scan():
    x, y, dwellings = town()
    cases = np.random.default_rng(3).poisson(dwellings / 50)

    def threads(maxima, replications, blocks):
        with ThreadPoolExecutor(2) as pool:
            return np.concatenate(list(pool.map(lambda block: maxima(replications, [block]), blocks)))

    found = [
        scan_areas(
            x,
            y,
            cases,
            dwellings,
            rng=np.random.default_rng(5),
            replications=150,
            overdispersion=0.1,
            spread=spread,
        )
        for spread in (here, threads)
    ]
    np.testing.assert_array_equal(found[0].maxima, found[1].maxima)
    assert [c.p_overdispersed for c in found[0].clusters] == [c.p_overdispersed for c in found[1].clusters]


def test_draws_follow_the_exposure_and_keep_the_total():
    study = study_of(12, 500)
    drawn = draw(Replications(study), Block(np.random.SeedSequence(1), 400))[:, :, 0]
    assert (drawn.sum(axis=1) == 500).all()
    chance = study.expected[:, 0] / 500
    error = np.sqrt(500 * chance * (1 - chance) / 400)
    assert (np.abs(drawn.mean(axis=0) - study.expected[:, 0]) < 4.5 * error).all()
    np.testing.assert_allclose(drawn.var(axis=0), 500 * chance * (1 - chance), rtol=0.35)


def test_places_without_exposure_never_get_a_case():
    x, y, dwellings = town(20)
    dwellings[[3, 19]] = 0
    study = read_study(x, y, np.where(dwellings > 0, 4, 0)[:, None], dwellings[:, None], spans=SPACE_ONLY)
    drawn = draw(Replications(study), Block(np.random.SeedSequence(1), 50))
    assert (drawn[:, study.expected[:, 0] == 0] == 0).all()


def test_overdispersed_draws_have_the_variance_asked_for():
    study = study_of(40, 4_000)
    drawn = draw(Replications(study, 0.25), Block(np.random.SeedSequence(1), 300))[:, :, 0]
    assert (drawn.sum(axis=1) == 4_000).all()
    variances = [risk_variance(counts, study.expected[:, 0]) for counts in drawn]
    assert 0.15 < np.median(variances) < 0.4
    shares = drawn / study.expected[:, 0]
    poisson = (1 / study.expected[:, 0]).mean()
    assert shares.var(axis=0).mean() - poisson == pytest.approx(0.25, rel=0.15)


def test_chance_alone_has_nearly_no_variance_of_risk():
    study = study_of(400, 20_000)
    drawn = draw(Replications(study), Block(np.random.SeedSequence(1), 100))[:, :, 0]
    assert np.mean([risk_variance(counts, study.expected[:, 0]) for counts in drawn]) < 0.003
    assert risk_variance([0, 0], [1, 1]) == 0
    with pytest.raises(ValueError, match="must be positive"):
        risk_variance([1, 2], [1, 0])


def test_overdispersion_makes_chance_clusters_fewer():
    """Places that differ in risk by chance: the plain p is far too bold, the second one holds."""
    x, y, dwellings = town(50)
    rng = np.random.default_rng(8)
    plain, second = [], []
    for _ in range(120):
        cases = rng.poisson(rng.gamma(4, 1 / 4, 50) * dwellings / 40)
        best = scan_areas(
            x, y, cases, dwellings, rng=rng, replications=39, overdispersion=1 / 4, limits=Limits(0.25)
        ).clusters[0]
        plain.append(best.p <= 0.05)
        second.append(best.p_overdispersed <= 0.05)
    assert np.mean(plain) > 0.5
    assert np.mean(second) <= 0.12


def test_estimated_overdispersion_leaves_a_real_cluster_alone():
    x, y, dwellings = town(80)
    near = np.argsort(np.hypot(x - x[0], y - y[0]))[:6]
    risk = np.random.default_rng(4).gamma(20, 1 / 20, 80)
    risk[near] = 3
    cases = np.random.default_rng(5).poisson(risk * dwellings / 25)
    scan = scan_areas(
        x, y, cases, dwellings, rng=np.random.default_rng(6), overdispersion="estimated", limits=Limits(0.25)
    )
    assert set(near) <= set(scan.clusters[0].areas)
    assert 0 < scan.variance < 3 / 20
    assert scan.clusters[0].p_overdispersed == 0.001
    assert scan.significant()[0] is scan.clusters[0]


@pytest.mark.parametrize("true", [0.05, 0.6])
def test_the_variance_is_that_of_a_source_even_beside_clusters_and_among_sparse_places(true):
    """Places of one to thirty buildings that expect half a case to sixty; one in fifty is a cluster."""
    rng = np.random.default_rng(11)
    estimates, cautious, moments = [], [], []
    for _ in range(60):
        sources = rng.integers(1, 30, 400)
        expected = sources * rng.choice([0.5, 2.0], 400)
        risk = rng.gamma(sources / true, true / sources) * np.where(rng.random(400) < 1 / 50, 4, 1)
        cases = rng.poisson(expected * risk)
        estimates.append(risk_variance(cases, expected, sources))
        cautious.append(risk_variance(cases, expected, sources, caution=0.842))
        fair = expected * cases.sum() / expected.sum()
        moments.append(((cases - fair) ** 2 - fair).sum() / (fair**2 / sources).sum())
    assert np.median(estimates) == pytest.approx(true, abs=0.15)
    assert np.mean(moments) > true + 1  # what it is for
    assert (np.array(cautious) >= estimates).all()
    assert np.mean(np.array(cautious) > true) > 0.7


@given(
    st.lists(st.tuples(st.integers(0, 50), st.floats(0.01, 50), st.floats(0.1, 50)), min_size=1, max_size=30)
)
def test_the_variance_is_finite_and_the_unit_of_the_expected_does_not_matter(places):
    cases, expected, sources = np.array(places).T
    variance = risk_variance(cases, expected, sources)
    assert 0 <= variance <= 100
    assert risk_variance(cases, 8 * expected, sources) == pytest.approx(variance, rel=1e-6, abs=1e-9)


def test_a_cluster_of_one_season_is_found_with_its_months():
    x, y, dwellings = town(40)
    exposure = np.outer(dwellings, np.full(12, 30.0))
    near = np.argsort(np.hypot(x - x[3], y - y[3]))[:4]
    risk = np.ones((40, 12))
    risk[near, 5:9] = 4
    cases = np.random.default_rng(0).poisson(risk * exposure / 9_000)
    best = scan_periods(x, y, cases, exposure, rng=np.random.default_rng(1), replications=199).clusters[0]
    assert set(best.areas) == set(near)
    assert best.periods == (5, 8)
    assert best.p == 1 / 200
