"""GDAL, the library under QGIS and most GIS tools, reads the WFS over the network of the machine."""

import json
import os
import re
import shutil
import subprocess

import pytest

from api.wfs.views import LayersWFS
from geo_lhi.accounts.models import TokenScope
from layers.registry import LAYERS
from tests.factories import ParcelleFactory, SignalementFactory, point, square, token_of

pytestmark = [
    pytest.mark.clients,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not shutil.which("ogr2ogr"), reason="gdal-bin n’est pas installé (bin/setup --dev)"),
]
TIMEOUT_S = 120


@pytest.fixture
def gdal(live_server, partner_user, tmp_path):
    """Give the function that runs a GDAL tool as ``partner_user``, and gives what it prints."""

    token = token_of(partner_user, TokenScope.WFS)

    def run(tool: str, *arguments: str, password: str = token) -> str:
        environment = os.environ | {
            "GDAL_HTTP_AUTH": "BASIC",
            "GDAL_HTTP_USERPWD": f"ici:{password}",
            "HOME": str(tmp_path),  # GDAL keeps schemas there
            "NO_PROXY": "*",
            "no_proxy": "*",
        }
        done = subprocess.run(
            [tool, *(argument.format(url=f"WFS:{live_server.url}/wfs/") for argument in arguments)],
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
def requests(monkeypatch):
    """Give the list, which fills as they come, of the parameters of the requests received."""
    received = []
    answer = LayersWFS.get

    def get(view, request):
        received.append({name.upper(): value for name, value in request.GET.items()})
        return answer(view, request)

    monkeypatch.setattr(LayersWFS, "get", get)
    return received


def count(output: str) -> int:
    found = re.search(r"Feature Count: (\d+)", output)
    assert found, output
    return int(found[1])


def test_the_layers_are_listed(gdal):
    listed = re.findall(r"^\d+: geolhi:(\w+)", gdal("ogrinfo", "-ro", "{url}"), re.MULTILINE)
    assert listed == list(LAYERS)


def test_rows_are_counted_inside_the_perimeter(gdal, commune, other_commune):
    SignalementFactory.create_batch(7, commune=commune)
    SignalementFactory(commune=other_commune, geom=point(5005, 5))
    assert count(gdal("ogrinfo", "-ro", "-so", "-noextent", "{url}", "geolhi:signalements")) == 7


def test_a_long_layer_is_read_in_few_requests(gdal, commune, requests, monkeypatch):
    monkeypatch.setattr(LayersWFS, "max_page_size", 50)
    ParcelleFactory.create_batch(120, commune=commune)
    gdal("ogr2ogr", "-f", "GeoJSON", "all.json", "{url}", "geolhi:parcelles")
    pages = [query for query in requests if query["REQUEST"] == "GetFeature" and "RESULTTYPE" not in query]
    assert len(pages) <= 4


@pytest.mark.slow
def test_twenty_thousand_rows_are_read_in_six_requests(gdal, commune, requests, tmp_path):
    ParcelleFactory._meta.model.objects.bulk_create(
        [
            ParcelleFactory.build(
                commune=commune, idu=f"0150000{n:07d}", geom=square(n % 200 * 5, n // 200 * 5, 5)
            )
            for n in range(20_000)
        ]
    )
    gdal("ogr2ogr", "-f", "CSV", "all.csv", "{url}", "geolhi:parcelles")
    assert len((tmp_path / "all.csv").read_text().splitlines()) == 20_001
    assert len([query for query in requests if query["REQUEST"] == "GetFeature"]) <= 6


@pytest.mark.parametrize("layer", ["communes", "parcelles", "adresses", "iris_taux", "signalements"])
def test_the_schema_is_understood_and_codes_stay_text(gdal, commune, layer):
    output = gdal("ogrinfo", "-ro", "-so", "-noextent", "{url}", f"geolhi:{layer}")
    fields = dict(re.findall(r"^(\w+): (\w+)[^ ]* \(", output, re.MULTILINE))
    assert fields.keys() == {"gml_id", *LAYERS[layer].fields}
    for name in ("commune", "code", "idu", "ban_id"):
        assert fields.get(name, "String") == "String"
    for name in ("population", "contenance", "numero"):
        assert fields.get(name, "Integer") == "Integer"
    assert fields.get("depose_le", "Date") == "Date"


def test_an_extent_is_asked_of_the_server(gdal, commune, requests):
    ParcelleFactory(commune=commune, geom=square(0, 0, 10))
    ParcelleFactory(commune=commune, geom=square(500, 500, 10))
    box = ("2.9999", "46.4999", "3.0001", "46.5001")
    output = gdal("ogrinfo", "-ro", "-al", "-noextent", "-spat", *box, "{url}", "geolhi:parcelles")
    assert output.count("OGRFeature(") == 1
    assert any("Envelope" in query.get("FILTER", "") or "BBOX" in query for query in requests)


def test_a_condition_is_asked_of_the_server(gdal, commune, requests):
    SignalementFactory(commune=commune, status="CLOSED")
    SignalementFactory.create_batch(2, commune=commune)
    output = gdal(
        "ogrinfo", "-ro", "-so", "-noextent", "-where", "statut = 'CLOSED'", "{url}", "geolhi:signalements"
    )
    assert count(output) == 1
    assert any("PropertyIsEqualTo" in query.get("FILTER", "") for query in requests)


@pytest.mark.parametrize(
    ("srid", "expected"),
    [(4326, (3.0000652, 46.500045)), (2154, (700_005.0, 6_600_005.0)), (3857, (333_965.73, 5_860_847.11))],
)
def test_each_projection_is_read_where_the_point_is(gdal, commune, tmp_path, srid, expected):
    SignalementFactory(commune=commune, geom=point(5, 5))
    printed = gdal(
        "ogr2ogr",
        *("-f", "GeoJSON", "out.json", "-lco", "RFC7946=NO", "-lco", "COORDINATE_PRECISION=7"),
        f"{{url}}?SRSNAME=urn:ogc:def:crs:EPSG::{srid}",
        "geolhi:signalements",
    )
    assert (tmp_path / "out.json").exists(), printed
    collection = json.loads((tmp_path / "out.json").read_text())
    [feature] = collection["features"]
    tolerance = 1e-6 if srid == 4326 else 0.5
    assert feature["geometry"]["coordinates"] == pytest.approx(expected, abs=tolerance)
    assert str(srid) in collection["crs"]["properties"]["name"] or srid == 4326


def test_a_wrong_password_opens_nothing(gdal):
    output = gdal("ogrinfo", "-ro", "{url}", password="wrong")
    assert "401" in output
    assert "geolhi:" not in output


def test_nothing_can_be_written(gdal, commune, tmp_path):
    SignalementFactory(commune=commune)
    (tmp_path / "new.json").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"reference":"x"},'
        '"geometry":{"type":"Point","coordinates":[3,46]}}]}'
    )
    printed = gdal("ogr2ogr", "-append", "-nln", "geolhi:signalements", "{url}", "new.json")
    assert "ERROR" in printed
    assert count(gdal("ogrinfo", "-ro", "-so", "-noextent", "{url}", "geolhi:signalements")) == 1
