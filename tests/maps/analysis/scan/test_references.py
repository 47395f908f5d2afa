"""The scan against SaTScan 10.3.2 and smerc 1.8.4 on published data, and on invented IRIS."""

import csv
import json
import math
import os
from pathlib import Path

import numpy as np
import pytest

from maps.analysis.scan.likelihood import log_ratio
from maps.analysis.scan.statistic import scan_areas, scan_periods
from maps.analysis.scan.windows import Limits
from tests.maps.analysis.conftest import DATA, ROOT, read_csv

RATIO_TOLERANCE = 1e-5  # SaTScan prints six decimals
NC = DATA / "nc_sids"
SATSCAN = json.loads((NC / "expected_satscan.json").read_text())["cases"]
SMERC = json.loads((NC / "expected_smerc.json").read_text())["cases"]


def assert_p_agrees(found, expected, replications):
    """Both are drawn: four standard errors of the shorter run, and its resolution."""
    error = math.sqrt(expected * (1 - expected) / replications)
    assert abs(found - expected) <= 4 * error + 1 / (replications + 1)


def nc_case(name):
    counties = read_csv(NC / "scan.csv")

    def column(key):
        return np.array([float(county[key]) for county in counties])

    years = {"SID74": ["1974"], "SID79": ["1979"], "SID7484": ["1974", "1979"]}[name.split("_")[0]]
    return (
        np.array([county["fips"] for county in counties]),
        column("x_utm_km"),
        column("y_utm_km"),
        sum(column(f"sids_{year}") for year in years),
        sum(column(f"births_{year}") for year in years),
    )


def scan_nc(name):
    codes, x, y, cases, births = nc_case(name)
    _, model, share = name.split("_")
    limits = Limits(max_share=int(share[-2:]) / 100)
    return codes, scan_areas(x, y, cases, births, rng=np.random.default_rng(7), model=model, limits=limits)


@pytest.mark.parametrize("name", SATSCAN)
def test_clusters_are_those_of_satscan(name):
    codes, scan = scan_nc(name)
    assert len(scan.clusters) == len(SATSCAN[name])
    for found, expected in zip(scan.clusters, SATSCAN[name], strict=True):
        assert set(codes[found.areas]) == set(expected["ids"])
        assert found.observed == expected["cases"]
        assert found.log_ratio == pytest.approx(expected["llr"], abs=RATIO_TOLERANCE)
        assert found.expected == pytest.approx(expected["expected"], abs=0.006)
        assert found.relative_risk == pytest.approx(expected["rr"], abs=0.006)
        assert_p_agrees(found.p, expected["p"], scan.maxima.size)


@pytest.mark.parametrize("name", SMERC)
def test_the_likeliest_cluster_is_that_of_smerc(name):
    codes, scan = scan_nc(name)
    found, expected = scan.clusters[0], SMERC[name]
    assert set(codes[found.areas]) == set(expected["ids"])
    assert found.log_ratio == pytest.approx(expected["llr"], rel=1e-9)
    assert found.expected == pytest.approx(expected["expected"], rel=1e-9)
    assert found.relative_risk == pytest.approx(expected["rr"], rel=1e-9)
    assert found.radius_m == pytest.approx(expected["radius"], rel=1e-9)


@pytest.fixture(scope="module")
def brain():
    """Give the brain cancers of New Mexico by county and year, and what SaTScan found."""
    folder = Path(os.environ.get("GEO_LHI_REFERENCE", ROOT.parent / "shared" / "reference")) / "nm_brain"
    if not folder.is_dir():
        pytest.skip(f"reference case not found in {folder} (set GEO_LHI_REFERENCE)")
    counties = read_csv(folder / "nm_counties_simple.csv")
    with (folder / "nm_cases_county_year.csv").open(newline="") as lines:
        header, *rows = csv.reader(lines)
    assert [row[0] for row in rows] == [county["county"] for county in counties]
    years = np.array(header[1:], int)
    return (
        np.array([row[0] for row in rows]),
        years,
        np.array([[float(county["x_km"]), float(county["y_km"])] for county in counties]).T,
        np.array([row[1:] for row in rows], float),
        np.outer([float(county["pop82"]) for county in counties], np.where(years % 4, 365, 366)),
        json.loads((folder / "expected_satscan.json").read_text())["retrospective_st50_t50"],
    )


def test_space_time_clusters_are_those_of_satscan(brain):
    """The two that are the best window of a centre. It lists two more, of p 0.99, which are not."""
    names, years, xy, cases, exposure, expected = brain
    scan = scan_periods(*xy, cases, exposure, rng=np.random.default_rng(7))
    assert len(scan.clusters) == 2
    for found, cluster in zip(scan.clusters, expected, strict=False):
        first, last = years[list(found.periods)]
        assert set(names[found.areas]) == set(cluster["ids"])
        assert cluster["time_frame"] == f"{first}/1/1 to {last}/12/31"
        assert found.observed == cluster["cases"]
        assert found.log_ratio == pytest.approx(cluster["llr"], abs=RATIO_TOLERANCE)
        assert found.expected == pytest.approx(cluster["expected"], abs=0.006)
        assert found.relative_risk == pytest.approx(cluster["rr"], abs=0.006)
        assert_p_agrees(found.p, cluster["p"], scan.maxima.size)


@pytest.mark.parametrize("rank", range(4))
def test_each_space_time_window_of_satscan_has_the_same_ratio(brain, rank):
    names, years, _, cases, exposure, expected = brain
    cluster = expected[rank]
    first, last = (int(day.split("/")[0]) for day in cluster["time_frame"].split(" to "))
    inside = np.ix_(np.isin(names, cluster["ids"]), (years >= first) & (years <= last))
    total = cases.sum()
    awaited = exposure[inside].sum() / exposure.sum() * total
    assert cases[inside].sum() == cluster["cases"]
    ratio = log_ratio(cases[inside].sum(), awaited, total, math.inf)
    assert ratio == pytest.approx(cluster["llr"], abs=RATIO_TOLERANCE)


def test_planted_clusters_are_significant_and_the_trap_is_not(planted, planted_centres):
    scan = scan_areas(
        *planted_centres, planted.cases, planted.exposure, rng=np.random.default_rng(1), limits=Limits(0.1)
    )
    trap = int(np.argmax(planted.cases / planted.exposure))
    assert planted.cases[trap] == 2
    assert len(scan.significant()) >= 2
    assert all(trap not in cluster.areas or len(cluster.areas) > 3 for cluster in scan.significant())
    assert scan.clusters[0].p == 1 / 1000
    assert scan.clusters[0].p_gumbel < 1 / 1000
