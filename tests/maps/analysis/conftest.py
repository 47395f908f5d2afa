"""Reference cases with figures computed elsewhere, and the settings of the property tests."""

import csv
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from scipy import sparse

# No deadline: the first example of a run pays for the imports. Repeatable: a failure is found by all or none.
settings.register_profile("analysis", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("analysis")

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "tests" / "data"


@dataclass(frozen=True)
class RateCase:
    """Areas with cases and exposure, a neighbourhood, and published figures by area."""

    codes: list[str]
    cases: np.ndarray
    exposure: np.ndarray
    queen: sparse.csr_array
    other_weights: sparse.csr_array | None = None
    expected: dict | None = None

    def figures(self, *path: str) -> np.ndarray:
        """Give the expected figures found along ``path``, one an area, in the order of ``codes``."""
        found = self.expected
        for name in path:
            found = found[name]
        return np.array([found[code] for code in self.codes], dtype=float)


@pytest.fixture(scope="session")
def nc_sids() -> RateCase:
    folder = DATA / "nc_sids"
    counties = read_csv(folder / "counties.csv")
    codes = [county["fips"] for county in counties]
    return RateCase(
        codes=codes,
        cases=np.array([int(county["sids_1974"]) for county in counties]),
        exposure=np.array([float(county["births_1974"]) for county in counties]),
        queen=read_links(folder / "queen.csv", codes),
        other_weights=read_links(folder / "cressie_chan_1989.csv", codes),
        expected=json.loads((folder / "expected_spdep.json").read_text()),
    )


@pytest.fixture(scope="session")
def planted() -> RateCase:
    """Give 800 invented IRIS with planted clusters, one island, and one IRIS of 2 reports for 40 dwellings."""
    folder = Path(os.environ.get("GEO_LHI_REFERENCE", ROOT.parent / "shared" / "reference")) / "planted"
    if not folder.is_dir():
        pytest.skip(f"reference case not found in {folder} (set GEO_LHI_REFERENCE)")
    iris = read_csv(folder / "iris_planted.csv")
    codes = [row["code_iris"] for row in iris]
    return RateCase(
        codes=codes,
        cases=np.array([int(row["sig_total"]) for row in iris]),
        exposure=np.array([float(row["logements"]) for row in iris]),
        queen=read_links(folder / "edges_queen.csv", codes),
    )


@pytest.fixture(scope="session")
def planted_centres(planted) -> np.ndarray:
    """Give (2, 800) x and y, in Lambert-93, of the planted IRIS."""
    folder = Path(os.environ.get("GEO_LHI_REFERENCE", ROOT.parent / "shared" / "reference")) / "planted"
    return np.array([[float(row["x"]), float(row["y"])] for row in read_csv(folder / "iris_planted.csv")]).T


@pytest.fixture(scope="session")
def getisord() -> tuple[np.ndarray, np.ndarray, np.ndarray, dict]:
    """Give x, y, values of the 256 cells of Getis and Ord, and the expected Gi* by distance."""
    folder = DATA / "getisord"
    cells = read_csv(folder / "cells.csv")
    x, y, values = (np.array([float(cell[name]) for cell in cells]) for name in ("x_m", "y_m", "value"))
    return x, y, values, json.loads((folder / "expected_spdep.json").read_text())


@pytest.fixture(scope="session")
def real_iris() -> np.ndarray:
    """Give the outlines of the 1 284 IRIS of 46 communes, as published (Lambert-93)."""
    folder = Path(os.environ.get("GEO_LHI_REAL_DATA", ROOT.parent / "shared" / "data" / "real"))
    path = folder / "iris" / "iris_46communes_filosofi2019.gpkg"
    if not path.is_file():
        pytest.skip(f"real IRIS not found: {path} (set GEO_LHI_REAL_DATA)")
    import geopandas

    return geopandas.read_file(path).geometry.values


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def read_links(path: Path, codes: list[str]) -> sparse.csr_array:
    """Read directed links, code by code, as a binary matrix."""
    place = {code: number for number, code in enumerate(codes)}
    with path.open(newline="", encoding="utf-8") as lines:
        pairs = [(place[a], place[b]) for a, b in list(csv.reader(lines))[1:]]
    rows, columns = np.array(pairs).T
    return sparse.csr_array((np.ones(len(pairs)), (rows, columns)), shape=(len(codes),) * 2)
