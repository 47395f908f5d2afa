"""Vector tiles: what they hold, for whom, at which zoom, and how they are cached."""

import gzip

import pytest
from django.contrib.gis.geos import Point

from benchmarks._territory import lay_town
from layers.registry import LAYERS
from tests.factories import (
    BatimentFactory,
    ParcelleFactory,
    SignalementFactory,
    bbox,
    point,
    square,
)
from tests.layer_rows import lay_one_of_each
from tests.mvt import decode, shapes, tile_at

MVT = "application/vnd.mapbox-vector-tile"
Z10, Z13, Z14, Z16 = (tile_at(z, point(5, 5)) for z in (10, 13, 14, 16))


def tile(client, layer: str, address: str, query: str = ""):
    return client.get(f"/tiles/{layer}/{address}.mvt{query}")


def features(response, layer: str) -> list[dict]:
    assert response.status_code == 200, response.content
    return decode(response.content)[layer]


@pytest.fixture
def everywhere(commune):
    """One row in each layer, at the origin."""
    lay_one_of_each(commune)


@pytest.mark.parametrize("layer", LAYERS)
def test_each_layer_has_the_published_fields_and_no_other(partner_client, everywhere, layer):
    [feature] = features(tile(partner_client, layer, Z16), layer)
    assert feature.keys() <= LAYERS[layer].fields.keys()
    assert LAYERS[layer].key in feature


def test_values_keep_their_types_and_dates_are_iso(partner_client, everywhere, commune):
    [report] = features(tile(partner_client, "signalements", Z16), "signalements")
    assert report["reference"] == "2026-1"
    assert report["depose_le"] == "2026-03-15"
    assert report["a_verifier"] == False  # noqa: E712 (GDAL reads a boolean as 0)
    assert report["criticite"] == 10.0
    assert report["commune"] == commune.code
    assert "ferme_le" not in report


def test_names_follow_a_relation(partner_client, everywhere):
    assert features(tile(partner_client, "adresses", Z16), "adresses")[0]["voie"] == "Rue Droite"
    assert features(tile(partner_client, "iris_taux", Z16), "iris_taux")[0]["nom"] == "Centre"


def test_the_shape_is_where_the_row_is(partner_client, commune):
    ParcelleFactory(commune=commune, geom=square(0, 0, 50))
    content = tile(partner_client, "parcelles", Z16).content
    [drawn] = shapes(content, "parcelles", Z16)
    assert drawn.bounds == pytest.approx(square(0, 0, 50).extent, abs=2e-6)  # a unit of the tile: 15 cm


def test_what_lies_just_outside_is_in_the_buffer_and_no_further(partner_client, commune):
    z, x, y = map(int, Z16.split("/"))
    west_edge = x / 2**z * 360 - 180
    metre = 360 / 2**z / 611  # a tile of this zoom is 611 m wide on the map
    latitude = point(5, 5).y
    for name, distance_m in (("near", 5), ("far", 20)):
        place = Point(west_edge - distance_m * metre, latitude, srid=4326)
        SignalementFactory(commune=commune, reference=name, geom=place)
    found = features(tile(partner_client, "signalements", Z16), "signalements")
    assert [report["reference"] for report in found] == ["near"]
    neighbour = features(tile(partner_client, "signalements", f"{z}/{x - 1}/{y}"), "signalements")
    assert len(neighbour) == 2


@pytest.mark.parametrize("layer", ["sections", "adresses"])
def test_below_its_zoom_a_layer_has_no_tile(partner_client, everywhere, layer):
    first = LAYERS[layer].min_zoom
    below = tile(partner_client, layer, tile_at(first - 1, point(5, 5)))
    assert (below.status_code, below.content) == (204, b"")
    assert tile(partner_client, layer, tile_at(first, point(5, 5))).status_code == 200


def test_buildings_have_their_identifiers_from_zoom_15(partner_client, commune):
    BatimentFactory(commune=commune, code="RNB1")
    [far] = features(tile(partner_client, "batiments", Z14), "batiments")
    [near] = features(tile(partner_client, "batiments", tile_at(15, point(5, 5))), "batiments")
    assert far == {"type": "01"}
    assert near["code"] == "RNB1"


def test_rows_that_left_the_register_are_not_drawn(partner_client, commune):
    ParcelleFactory(commune=commune, closed_on="2026-04-01")
    assert tile(partner_client, "parcelles", Z16).status_code == 204


def test_reports_are_counted_by_cell_below_zoom_14_and_drawn_above(partner_client, commune):
    SignalementFactory.create_batch(3, commune=commune, geom=point(5, 5))
    SignalementFactory(commune=commune, geom=point(6, 6), status="CLOSED")
    alone = SignalementFactory(commune=commune, geom=point(900, 900), status="CLOSED")
    clusters = features(tile(partner_client, "signalements", Z13), "signalements")
    assert [(c["nombre"], c["ouverts"], c.get("id")) for c in clusters] == [(4, 3, None), (1, 0, alone.pk)]
    near, far = (
        features(tile(partner_client, "signalements", tile_at(14, place)), "signalements")
        for place in (point(5, 5), point(900, 900))
    )
    assert (len(near), [report["id"] for report in far]) == (4, [alone.pk])


def test_a_cluster_stands_at_the_middle_of_its_reports(partner_client, commune):
    for x in (10, 20, 30):
        SignalementFactory(commune=commune, geom=point(x, 40))
    content = tile(partner_client, "signalements", Z13).content
    [drawn] = shapes(content, "signalements", Z13)
    assert (drawn.x, drawn.y) == pytest.approx(point(20, 40).coords, abs=2e-5)


def test_the_clusters_of_neighbouring_tiles_add_up(administrator_client, commune):
    for x in range(-9000, 9001, 1500):
        for y in range(-9000, 9001, 3000):
            SignalementFactory(commune=commune, geom=point(x, y))
    for z in (0, 6, 10, 13):
        west, south, east, north = map(float, bbox(-9500, -9500, 19_000, 19_000).split(","))
        count = sum(
            sum(cluster["nombre"] for cluster in decode(response.content).get("signalements", []))
            for address in addresses(z, west, south, east, north)
            if (response := tile(administrator_client, "signalements", address)).status_code == 200
        )
        assert count == 13 * 7, z


def addresses(z: int, west: float, south: float, east: float, north: float) -> list[str]:
    from pyproj import Transformer

    to_mercator = Transformer.from_crs(4326, 3857, always_xy=True).transform
    side = 2 * 20037508.342789244 / 2**z
    (x0, y0), (x1, y1) = to_mercator(west, south), to_mercator(east, north)
    columns = range(int((x0 + side * 2**z / 2) // side), int((x1 + side * 2**z / 2) // side) + 1)
    rows = range(int((side * 2**z / 2 - y1) // side), int((side * 2**z / 2 - y0) // side) + 1)
    return [f"{z}/{x}/{y}" for x in columns for y in rows]


@pytest.mark.parametrize("address", [Z10, Z13, Z14, Z16])
def test_a_partner_gets_its_own_reports_only(partner_client, other_partner_client, other_commune, address):
    SignalementFactory(commune=other_commune, geom=point(5, 5))
    assert tile(partner_client, "signalements", address).status_code == 204
    assert tile(other_partner_client, "signalements", address).status_code == 200


@pytest.mark.parametrize("address", [Z13, Z16])
def test_the_filters_of_the_table_are_those_of_the_tiles(partner_client, commune, address):
    SignalementFactory(commune=commune, status="ACTIVE", received_on="2026-02-01")
    SignalementFactory(commune=commune, status="CLOSED", received_on="2025-02-01")

    def count(query):
        response = tile(partner_client, "signalements", address, query)
        found = decode(response.content).get("signalements", [])
        return sum(feature.get("nombre", 1) for feature in found)

    assert count("") == 2
    assert count("?statut=CLOSED") == 1
    assert count("?du=2026-01-01") == 1
    assert count("?au=2025-12-31&statut=ACTIVE") == 0
    assert count(f"?territoire={commune.code}") == 2


def test_an_unchanged_tile_is_not_sent_again(partner_client, commune):
    SignalementFactory.create_batch(5, commune=commune)
    first = tile(partner_client, "signalements", Z16)
    assert first["Cache-Control"] == "private, max-age=0, must-revalidate"
    url = f"/tiles/signalements/{Z16}.mvt"
    again = partner_client.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    SignalementFactory(commune=commune)
    assert partner_client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_etag_is_another_for_other_rights(partner_client, administrator_client, commune):
    ParcelleFactory(commune=commune)
    ours, theirs = (tile(client, "parcelles", Z16) for client in (partner_client, administrator_client))
    assert ours.content == theirs.content
    assert ours["ETag"] != theirs["ETag"]


def test_tiles_are_compressed_for_who_accepts_it(partner_client, commune):
    ParcelleFactory.create_batch(20, commune=commune)
    url = f"/tiles/parcelles/{Z16}.mvt"
    plain = partner_client.get(url)
    small = partner_client.get(url, headers={"Accept-Encoding": "gzip"})
    assert small["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.content) == plain.content
    assert plain["Content-Type"] == small["Content-Type"] == MVT


@pytest.mark.parametrize(
    ("url", "status", "sentence"),
    [
        ("/tiles/proprietaires/0/0/0.mvt", 404, "couche inconnue"),
        ("/tiles/proprietaires.json", 404, "couche inconnue"),
        ("/tiles/communes/0/0/1.mvt", 404, "n’existe pas"),
        ("/tiles/communes/3/8/0.mvt", 404, "n’existe pas"),
        ("/tiles/communes/23/0/0.mvt", 404, "n’existe pas"),
        (f"/tiles/communes/{10**12}/0/0.mvt", 404, "n’existe pas"),
        (f"/tiles/communes/0/{10**30}/0.mvt", 404, "n’existe pas"),
        (f"/tiles/signalements/{Z13}.mvt?statut=OUVERT", 400, "statut inconnu"),
        (f"/tiles/signalements/{Z13}.mvt?du=hier", 400, "du attend une date"),
        (f"/tiles/signalements/{Z13}.mvt?bbox=nan,0,1,1", 400, "fini"),
        (f"/tiles/signalements/{Z13}.mvt?territoire=%00", 400, "caractère de contrôle"),
    ],
)
def test_a_bad_address_is_told_in_french(partner_client, url, status, sentence):
    response = partner_client.get(url)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert sentence in response.json()["detail"]


def test_a_tile_takes_one_query_of_its_own(partner_client, commune, django_assert_num_queries):
    SignalementFactory.create_batch(5, commune=commune)
    for address in (Z13, Z16):
        with django_assert_num_queries(2):  # who asks and the revision of the tables, the tile
            tile(partner_client, "signalements", address)


def test_tilejson_describes_the_layer_and_carries_its_filters(partner_client):
    document = partner_client.get("/tiles/signalements.json?statut=ACTIVE&du=2026-01-01").json()
    assert document["tilejson"] == "3.0.0"
    address = "http://testserver/tiles/signalements/{z}/{x}/{y}.mvt?statut=ACTIVE&du=2026-01-01"
    assert document["tiles"] == [address]
    [layer] = document["vector_layers"]
    assert layer["fields"].keys() == LAYERS["signalements"].fields.keys()
    assert (layer["fields"]["criticite"], layer["fields"]["a_verifier"]) == ("Number", "Boolean")
    assert document["promoteId"] == "id"
    assert document["clusters"] == {"maxzoom": 13, "fields": ["nombre", "ouverts", "id"]}


def test_a_dense_town_fits_in_half_a_megabyte(administrator_client):
    """Five thousand parcelles, buildings and reports in the tile of zoom 14: the densest suburbs."""
    lay_town(parcelles=24_000, reports=24_000)
    for layer in ("parcelles", "batiments", "signalements"):
        for z in range(10, 17):
            size = len(tile(administrator_client, layer, tile_at(z, point(1700, 1700))).content)
            assert size < 500_000, (layer, z)
            assert size > 100_000 or z != 14, layer


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_every_layer_has_a_tilejson(partner_client, layer):
    document = partner_client.get(f"/tiles/{layer.id}.json").json()
    first = 0 if layer.id in ("parcelles", "batiments") else layer.min_zoom  # counted by squares from far
    assert (document["minzoom"], document["name"]) == (first, layer.title)
    assert document["maxzoom"] >= document["minzoom"]
