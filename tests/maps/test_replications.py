"""The replications of a scan on a dask cluster: the same figures as here, and none lost with it."""

import numpy as np
import pytest

from maps.analysis.scan.statistic import scan_areas
from maps.services.replications import spread_over
from tests.cadastre_import.national.dask_cluster import dask_cluster

UNANSWERED = "tcp://127.0.0.1:9"


def scan(spread):
    rng = np.random.default_rng(4)
    x, y = rng.uniform(0, 1e4, (2, 60))
    cases, dwellings = rng.poisson(6, 60), rng.uniform(200, 600, 60)
    return scan_areas(
        x,
        y,
        cases,
        dwellings,
        rng=np.random.default_rng(1),
        replications=300,
        overdispersion=0.2,
        spread=spread,
    )


@pytest.fixture(scope="module")
def alone():
    with spread_over("") as spread:
        return scan(spread)


def assert_same(found, alone):
    np.testing.assert_array_equal(found.maxima, alone.maxima)
    assert [c.p_overdispersed for c in found.clusters] == [c.p_overdispersed for c in alone.clusters]


def test_workers_elsewhere_give_the_same_maxima_and_their_death_costs_none(
    tmp_path, alone, caplog, monkeypatch
):
    monkeypatch.setattr("maps.services.replications.CONNECTING_S", 5)
    with dask_cluster(tmp_path / "dask") as cluster, spread_over(cluster.address) as spread:
        assert_same(scan(spread), alone)
        assert not caplog.records
        cluster.stop()
        assert_same(scan(spread), alone)
        assert "computed here" in caplog.text


def test_a_scheduler_that_does_not_answer_is_done_without(alone, caplog, monkeypatch):
    monkeypatch.setattr("maps.services.replications.CONNECTING_S", 0.2)
    with spread_over(UNANSWERED) as spread:
        assert_same(scan(spread), alone)
    assert UNANSWERED in caplog.text
