"""The styles of the tiles, and the tiles that are kept for a while."""

import gzip

import pytest
from django.db import connection

from benchmarks._territory import lay_town
from layers.registry import LAYERS
from maps.services.methods.register import METHODS
from tests.api.test_tiles import Z16, tile
from tests.factories import (
    AnalysisResultFactory,
    ParcelleFactory,
    PriorityRunFactory,
    point,
)
from tests.mvt import tile_at


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS.keys())
def test_every_layer_has_a_style_that_draws_its_tiles(partner_client, layer):
    style = partner_client.get(f"/tiles/{layer.id}/style.json").json()
    [(source, tiles)] = style["sources"].items()
    assert (style["version"], source, tiles["type"]) == (8, layer.id, "vector")
    assert tiles["tiles"] == [f"http://testserver/tiles/{layer.id}/{{z}}/{{x}}/{{y}}.mvt"]
    assert {(drawn["source"], drawn["source-layer"]) for drawn in style["layers"]} == {(layer.id, layer.id)}
    assert len({drawn["id"] for drawn in style["layers"]}) == len(style["layers"])


def test_points_are_circles_and_surfaces_have_an_inside(partner_client):
    def kinds(layer: str) -> list[str]:
        return [drawn["type"] for drawn in partner_client.get(f"/tiles/{layer}/style.json").json()["layers"]]

    assert kinds("signalements") == ["circle"]
    assert kinds("sections") == ["fill", "line", "circle"]
    assert kinds("parcelles") == ["fill", "line", "circle", "fill"]  # the last: squares that count them


def test_the_classes_of_a_method_have_their_colours(partner_client):
    style = partner_client.get("/tiles/analyse_points_chauds/style.json").json()
    match = style["layers"][0]["paint"]["fill-color"]
    assert match[:2] == ["match", ["get", "classe"]]
    assert match[2:-1:2] == [category.code for category in METHODS["points_chauds"].categories]
    assert all(colour.startswith("#") for colour in match[3::2])


def test_the_colours_of_reports_and_rates_are_those_of_the_map(partner_client):
    paint = partner_client.get("/tiles/signalements/style.json").json()["layers"][-1]["paint"]
    assert paint["circle-color"][1] == ["get", "statut"]
    pairs = paint["circle-color"][2:-1]
    assert dict(zip(pairs[::2], pairs[1::2], strict=True))["ACTIVE"] == "#1f4e8c"
    document = partner_client.get("/tiles/iris_taux/style.json").json()
    assert document["layers"][0]["paint"]["fill-color"][1] == ["get", "classe"]
    assert "hatched" not in str(document)
    assert "Non testé" in document["metadata"]["geo_lhi:legende"].values()


def test_the_filters_of_a_style_are_those_of_its_tiles(partner_client):
    style = partner_client.get("/tiles/signalements/style.json?statut=ACTIVE").json()
    assert style["sources"]["signalements"]["tiles"][0].endswith(".mvt?statut=ACTIVE")


def test_an_open_tile_asked_again_asks_nothing_of_the_tables(
    partner_client, commune, django_assert_num_queries
):
    ParcelleFactory(commune=commune)
    first = tile(partner_client, "parcelles", Z16)
    url = f"/tiles/parcelles/{Z16}.mvt"
    with django_assert_num_queries(1):  # who asks and their perimeter; none for the tile
        assert partner_client.get(url).content == first.content
    with django_assert_num_queries(1):
        assert partner_client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_kept_tile_is_sent_packed_or_plain_as_the_client_can(partner_client, commune):
    ParcelleFactory.create_batch(20, commune=commune)
    url = f"/tiles/parcelles/{Z16}.mvt"
    plain = partner_client.get(url)
    packed = partner_client.get(url, headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in plain.headers
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert partner_client.get(url).content == plain.content  # kept packed by now
    assert "Accept-Encoding" in packed["Vary"]
    assert packed["ETag"] == f"W/{plain['ETag']}"
    again = partner_client.get(url, headers={"Accept-Encoding": "gzip", "If-None-Match": packed["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_dense_tile_is_kept_too(administrator_client, django_assert_num_queries):
    lay_town(parcelles=24_000, reports=0)
    url = f"/tiles/parcelles/{tile_at(14, point(1700, 1700))}.mvt"
    assert len(administrator_client.get(url).content) > 256 * 1024
    with django_assert_num_queries(1):  # who asks
        assert len(administrator_client.get(url).content) > 256 * 1024


def test_a_kept_tile_is_for_the_same_rights_only(client, partner_client, administrator_client, commune):
    ParcelleFactory(commune=commune)
    tile(administrator_client, "parcelles", Z16)
    assert client.get(f"/tiles/parcelles/{Z16}.mvt").status_code == 401
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.tiles.views.tile_of", lambda *asked: b"made again")
        assert tile(partner_client, "parcelles", Z16).content == b"made again"
        assert tile(administrator_client, "parcelles", Z16).content != b"made again"


@pytest.mark.parametrize("reader", ["administrator_client", "partner_client"])
def test_the_places_of_a_whole_town_fit_in_half_a_megabyte(request, commune, reader):
    """Every 26 m a place: thousands in the tile of zoom 14."""
    run = PriorityRunFactory()
    figures = {column.name: 12.345 for column in METHODS["priorites"].columns}
    rows = [
        AnalysisResultFactory.build(
            run=run,
            position=n,
            unit_kind="batiment",
            unit_code=f"B{n}",
            label=f"{n} Rue de la République",
            category="sensitive",
            figures=figures,
            communes=[commune.code],
            geom=point(26 * (n % 100), 26 * (n // 100)),
        )
        for n in range(12_000)
    ]
    type(rows[0]).objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_analysisresult")  # as the end of a run does
    client = request.getfixturevalue(reader)
    for z in range(6, 17):
        content = tile(client, "lieux_prioritaires", tile_at(z, point(1300, 1500))).content
        assert 0 < len(content) < 500_000, z
