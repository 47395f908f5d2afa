"""GDAL, the library under QGIS and most GIS tools, reads both services over the network of the machine."""

import json
import re

import pytest

from api.wfs.views import LayersWFS
from layers.registry import LAYERS
from tests.factories import ParcelleFactory, SignalementFactory, point, square, token_of
from tests.ogc.gdal import OAPIF, WFS, Gdal, count, needs_gdal
from tests.ogc.traffic import assert_refused

pytestmark = [*needs_gdal, pytest.mark.django_db(transaction=True)]
BOTH = pytest.mark.parametrize("gdal", [WFS, OAPIF], ids=lambda service: service.driver, indirect=True)


@pytest.fixture
def gdal(live_server, partner_user, tmp_path, request) -> Gdal:
    """Give GDAL with a token of ``partner_user``, on the WFS unless the test says otherwise."""
    service = getattr(request, "param", WFS)
    return Gdal(service, live_server.url, token_of(partner_user, service.scope), tmp_path)


@pytest.fixture
def reports(commune, other_commune):
    """Give the number of reports of the reader, ten metres apart; there are others."""
    for n in range(25):
        SignalementFactory(
            commune=commune,
            geom=point(10 * n + 5, 10 * n + 5),
            criticite=float(n),
            status="CLOSED" if n % 5 == 0 else "ACTIVE",
        )
    SignalementFactory(commune=other_commune, geom=point(5100, 100), status="CLOSED")
    return 25


def read(gdal, *options: str, layer: str = "signalements") -> dict:
    """Copy a layer to a GeoJSON file; gives what the file holds."""
    path = gdal.home / "out.json"
    printed = gdal("ogr2ogr", "-f", "GeoJSON", path.name, *options, "{url}", f"{{layer}}{layer}")
    assert path.exists(), printed
    return json.loads(path.read_text())


@BOTH
def test_the_layers_are_listed(gdal, db):
    listed = gdal("ogrinfo", "-ro", "{url}")
    for name in LAYERS:
        assert re.search(rf"^\d+: {gdal.service.prefix}{name}\b", listed, re.MULTILINE), (name, listed)


@BOTH
def test_rows_are_counted_inside_the_perimeter(gdal, reports):
    assert count(gdal("ogrinfo", "-ro", "-so", "-noextent", "{url}", "{layer}signalements")) == reports


@BOTH
def test_all_the_pages_are_read(gdal, reports, traffic, monkeypatch):
    monkeypatch.setattr(LayersWFS, "max_page_size", 10)
    options = ("-oo", "PAGE_SIZE=10") if gdal.service is OAPIF else ()
    features = read(gdal, *options)["features"]
    assert sorted(one["properties"]["criticite"] for one in features) == [float(n) for n in range(reports)]
    pages = [one for one in traffic if _asks_features(one)]
    assert 3 <= len(pages) <= 5


def _asks_features(exchange) -> bool:
    asked = exchange.parameters
    return exchange.path.endswith("/items") or (
        asked.get("REQUEST") == "GetFeature" and "RESULTTYPE" not in asked
    )


@BOTH
def test_an_extent_is_asked_of_the_server(gdal, reports, traffic):
    box = ("2.9999", "46.4999", "3.0003", "46.5003")
    output = gdal("ogrinfo", "-ro", "-al", "-noextent", "-spat", *box, "{url}", "{layer}signalements")
    assert output.count("OGRFeature(") == 2
    last = [one for one in traffic if _asks_features(one)][
        -1
    ].parameters  # the first may be to guess the fields
    assert "Envelope" in last.get("FILTER", "") or "BBOX" in last, last


@BOTH
def test_a_condition_is_asked_of_the_server(gdal, reports, traffic):
    where = ("-where", "statut = 'CLOSED'")
    output = gdal("ogrinfo", "-ro", "-al", "-noextent", *where, "{url}", "{layer}signalements")
    assert output.count("OGRFeature(") == 5
    last = [one for one in traffic if _asks_features(one)][-1].parameters
    assert "PropertyIsEqualTo" in last.get("FILTER", "") or last.get("STATUT") == "CLOSED", last


@BOTH
def test_an_extent_and_a_condition_go_together(gdal, reports, traffic):
    box = ("2.9999", "46.4999", "3.0009", "46.5009")
    where = ("-where", "statut = 'CLOSED'", "-spat", *box)
    output = gdal("ogrinfo", "-ro", "-al", "-noextent", *where, "{url}", "{layer}signalements")
    assert output.count("OGRFeature(") == 2
    last = [one for one in traffic if _asks_features(one)][-1].parameters
    assert ("And>" in last.get("FILTER", "") and "BBOX" in last["FILTER"]) or {"BBOX", "STATUT"} <= set(last)


# By OGC API Features, GDAL 3.6 reads longitudes and latitudes only: test_crs.py holds the others
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


@BOTH
@pytest.mark.parametrize("password", ["", "geo_faux"], ids=["anonymous", "wrong token"])
def test_without_a_right_token_nothing_is_read(gdal, reports, traffic, password):
    output = gdal("ogrinfo", "-ro", "-al", "-noextent", "{url}", "{layer}signalements", password=password)
    assert "401" in output
    assert "OGRFeature(" not in output
    assert_refused(traffic, "Basic")


@BOTH
def test_nothing_can_be_written(gdal, reports, tmp_path, traffic):
    (tmp_path / "new.json").write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"reference":"x"},'
        '"geometry":{"type":"Point","coordinates":[3,46]}}]}'
    )
    for verb in (
        ("ogr2ogr", "-append", "-nln", "{layer}signalements", "{url}", "new.json"),
        ("ogr2ogr", "-update", "-overwrite", "-nln", "{layer}signalements", "{url}", "new.json"),
        ("ogrinfo", "{url}", "-sql", 'DELETE FROM "{layer}signalements"'),
    ):
        assert re.search("ERROR|FAILURE|Unable|not exist", gdal(*verb)), verb
    assert all(one.method in ("GET", "HEAD") or one.answer.status_code >= 400 for one in traffic)
    assert count(gdal("ogrinfo", "-ro", "-so", "-noextent", "{url}", "{layer}signalements")) == reports


@BOTH
@pytest.mark.parametrize("layer", ["communes", "parcelles", "adresses", "iris_taux", "signalements"])
def test_the_schema_is_understood_and_codes_stay_text(gdal, reader, layer):
    output = gdal("ogrinfo", "-ro", "-so", "-noextent", "{url}", f"{{layer}}{layer}")
    fields = dict(re.findall(r"^(\w+): (\w+)[^ ]* \(", output, re.MULTILINE))
    assert set(LAYERS[layer].fields) <= fields.keys(), output
    for name in ("commune", "code", "idu", "ban_id"):
        assert fields.get(name, "String") == "String"
    for name in ("population", "contenance", "numero"):
        assert fields.get(name, "Integer") == "Integer"
    assert fields.get("depose_le", "Date") == "Date"


@pytest.mark.slow
def test_twenty_thousand_rows_are_read_in_six_requests(gdal, commune, traffic, tmp_path):
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
    assert len([one for one in traffic if one.parameters.get("REQUEST") == "GetFeature"]) <= 6
