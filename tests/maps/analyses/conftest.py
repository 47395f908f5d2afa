"""The town, as a fixture."""

import pytest

from tests.maps.analyses.town import populate


@pytest.fixture
def town(commune, other_commune):
    """Two IRIS in each commune, twelve and three dwellings reported here, five and one there."""
    populate(commune, 0, (12, 3))
    populate(other_commune, 5000, (5, 1))
    return commune
