"""A commune with a little of everything, and a folder for the files."""

from datetime import date

import pytest

from tests.factories import (
    AddressFactory,
    ArreteFactory,
    BatimentFactory,
    ParcelleFactory,
    SignalementFactory,
    ZoneFactory,
    point,
    square,
)


@pytest.fixture(autouse=True)
def exports_folder(settings, tmp_path):
    """Keep the files of a test in its own folder."""
    settings.EXPORT_FILES_DIR = tmp_path / "exports"
    return settings.EXPORT_FILES_DIR


@pytest.fixture
def town(commune, other_commune):
    """A little of each layer here (three reports, two parcelles); a report and a parcelle there."""
    for n in range(3):
        SignalementFactory(
            reference=f"ici-{n}", commune=commune, geom=point(10 * n, 5), received_on=date(2026, 1 + n, 1)
        )
    SignalementFactory(reference="ailleurs", commune=other_commune, geom=point(5010, 5))
    ArreteFactory(commune=commune, geom=point(5, 8), taken_on=date(2026, 2, 1))
    ParcelleFactory(commune=commune, geom=square(0, 0, 10))
    ParcelleFactory(commune=commune, geom=square(20, 0, 10))
    ParcelleFactory(commune=other_commune, geom=square(5000, 0, 10))
    BatimentFactory(commune=commune, geom=square(2, 2, 5))
    AddressFactory(voie__commune=commune, geom=point(5, 0))
    ZoneFactory(geom=square(0, 0, 500))
    return commune
