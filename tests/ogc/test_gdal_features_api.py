"""GDAL reads OGC API Features over the network of the machine: pages, rectangles, rights, no writing."""

import json
import os
import re
import shutil
import subprocess

import pytest

from geo_lhi.accounts.models import TokenScope
from layers.registry import LAYERS
from tests.factories import SignalementFactory, point, token_of

pytestmark = [
    pytest.mark.clients,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("ogr2ogr"), reason="gdal-bin n’est pas installé (bin/setup --dev)"),
]
TIMEOUT_S = 120


@pytest.fixture
def gdal(live_server, partner_user, tmp_path):
    """Give the function that runs a GDAL tool with a token of ``partner_user``, and gives what it prints."""
    token = token_of(partner_user, TokenScope.OGC)

    def run(tool: str, *arguments: str, password: str = token) -> str:
        environment = os.environ | {
            "GDAL_HTTP_AUTH": "BASIC",
            "GDAL_HTTP_USERPWD": f"ici:{password}",
            "HOME": str(tmp_path),
            "NO_PROXY": "*",
            "no_proxy": "*",
        }
        done = subprocess.run(
            [tool, *(argument.format(url=f"OAPIF:{live_server.url}/ogc/") for argument in arguments)],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        return done.stdout + done.stderr

    return run


@pytest.fixture
def reports(commune, other_commune):
    """Give the number of reports of the reader; there are others."""
    for n in range(25):
        SignalementFactory(commune=commune, geom=point(10 * n, 10 * n), criticite=float(n))
    SignalementFactory(commune=other_commune, geom=point(5100, 100))
    return 25


def count(output: str) -> int:
    found = re.search(r"Feature Count: (\d+)", output)
    assert found, output
    return int(found[1])


def test_gdal_lists_the_layers_and_reads_all_pages(gdal, reports, tmp_path):
    listed = gdal("ogrinfo", "-ro", "{url}")
    for name in LAYERS:
        assert re.search(rf"^\d+: {name} ", listed, re.MULTILINE), (name, listed)
    told = gdal("ogr2ogr", "-f", "GeoJSON", "tout.geojson", "-oo", "PAGE_SIZE=10", "{url}", "signalements")
    assert (tmp_path / "tout.geojson").exists(), told
    features = json.loads((tmp_path / "tout.geojson").read_text())["features"]
    assert len(features) == reports
    assert sorted(one["properties"]["criticite"] for one in features) == [float(n) for n in range(25)]
    lon, lat = features[0]["geometry"]["coordinates"]
    assert (round(lon), round(lat)) == (3, 46)


def test_gdal_pushes_its_rectangle_down(gdal, reports):
    west_south_east_north = ("2.9999", "46.4999", "3.0006", "46.5006")
    output = gdal("ogrinfo", "-ro", "-so", "{url}", "signalements", "-spat", *west_south_east_north)
    assert 0 < count(output) < reports


def test_gdal_without_a_right_token_reads_nothing(gdal, reports):
    output = gdal("ogrinfo", "-ro", "{url}", "signalements", password="geo_faux")
    assert "401" in output
    assert "Feature Count" not in output
