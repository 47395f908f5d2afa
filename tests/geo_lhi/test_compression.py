"""What leaves compressed: what gains by it."""

import pytest

from geo_lhi.compression import is_compressed


@pytest.mark.parametrize(
    ("kind", "compressed"),
    [
        ("application/zip", True),
        ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", True),
        ("application/x-qgis-project", True),
        ("image/png", True),
        ("image/tiff; application=geotiff; profile=cloud-optimized", True),
        ("image/svg+xml", False),
        ("application/geopackage+sqlite3", False),
        ("application/geo+json", False),
        ("application/vnd.mapbox-vector-tile", False),
        ("text/csv; charset=utf-8", False),
        ("", False),
    ],
)
def test_archives_and_pictures_are_compressed_already(kind, compressed):
    assert is_compressed(kind) is compressed
