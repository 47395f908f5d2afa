"""The smallest demo territory, written once: one town of ten IRIS in the official formats."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from cadastre_import.demo import DemoTerritory, generate


def features(path: Path) -> list[dict]:
    return json.loads(gzip.decompress(path.read_bytes()))["features"]


def table(path: Path, delimiter: str) -> list[dict[str, str]]:
    content = path.read_bytes()
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return list(csv.DictReader(content.decode("utf-8-sig").splitlines(), delimiter=delimiter))


@pytest.fixture(scope="session")
def territory(tmp_path_factory) -> DemoTerritory:
    return generate(tmp_path_factory.mktemp("demo"), communes=1)


@pytest.fixture(scope="session")
def reports(territory) -> list[dict[str, str]]:
    return table(territory.files["signalements"], ";")


@pytest.fixture(scope="session")
def truth(territory) -> dict[str, dict[str, str]]:
    """The true place of each report, by its reference."""
    return {row["reference"]: row for row in table(territory.files["verite_adresses"], ",")}
