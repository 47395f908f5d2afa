"""Tiles of the surface of a run: the class of the cell under each pixel, for whoever reads the whole run."""

import io
import re

import numpy as np
import pytest
import rasterio
from django.contrib.gis.geos import Point
from pyproj import Transformer
from rasterio.io import MemoryFile

from geo_lhi.accounts.models import TokenScope
from layers.models import AnalysisRun, AnalysisSurface
from layers.scope import Scope
from layers.tile_grid import Tile
from maps.services.methods.register import METHODS
from maps.services.methods.surface_risque import CUTS
from maps.views.analysis_words import map_views
from tests.factories import AnalysisRunFactory, token_of
from tests.mvt import tile_at

CHANGING = re.compile(rb'(value|nonce)="[^"]*"')  # the tokens of forms and scripts
CELL_M, SIZE = 100.0, 60
WEST, NORTH = 700_000.0, 6_606_000.0
TO_LAMBERT = Transformer.from_crs(3857, 2154, always_xy=True)
TO_DEGREES = Transformer.from_crs(2154, 4326, always_xy=True)


def values() -> np.ndarray:
    """Give risks of every class, some of them exactly a cut, and a quarter of the ground where nothing is said."""
    rng = np.random.default_rng(7)
    laid = rng.uniform(0, 4, (SIZE, SIZE)).astype(np.float32)
    laid[:3, : len(CUTS)] = CUTS
    laid[SIZE // 2 :, SIZE // 2 :] = -9999
    return laid


@pytest.fixture
def run(db, commune) -> AnalysisRun:
    """A surface over 6 km, of a run on the whole base."""
    made = AnalysisRunFactory(
        method="surface_risque", summary={"rows": 0, "cuts": {"risk": list(CUTS), "rate": []}}
    )
    profile = {
        "width": SIZE,
        "height": SIZE,
        "count": 1,
        "dtype": "float32",
        "crs": "EPSG:2154",
        "nodata": -9999.0,
    }
    with MemoryFile() as file:
        transform = rasterio.Affine(CELL_M, 0, WEST, 0, -CELL_M, NORTH)
        with file.open(driver="COG", transform=transform, overview_resampling="average", **profile) as raster:
            raster.write(values(), 1)
        AnalysisSurface.objects.create(run=made, unit="rapport", geotiff=bytes(file.read()))
    return made


def address(run: AnalysisRun, z: int, x: float = WEST + 2950, y: float = NORTH - 2950) -> str:
    longitude, latitude = TO_DEGREES.transform(x, y)
    return f"/tiles/surfaces/{run.pk}/{tile_at(z, Point(longitude, latitude))}.png"


def pixels(content: bytes) -> tuple[np.ndarray, dict[int, tuple]]:
    with rasterio.open(io.BytesIO(content)) as png:
        assert (png.driver, png.width, png.height) == ("PNG", 256, 256)
        return png.read(1), png.colormap(1)


def expected_classes(tile: Tile) -> tuple[np.ndarray, np.ndarray]:
    """Give the class of each pixel, 0 where nothing is said, and which pixels lie clear of any edge of a cell."""
    west, _, _, north = tile.bounds_m
    step = tile.side_m / 256
    x, y = np.meshgrid(west + (np.arange(256) + 0.5) * step, north - (np.arange(256) + 0.5) * step)
    easting, northing = TO_LAMBERT.transform(x, y)
    column, row = (easting - WEST) / CELL_M, (NORTH - northing) / CELL_M
    clear = np.ones_like(column, dtype=bool)
    for place in (column, row):
        clear &= np.abs(place - np.round(place)) * CELL_M > 0.3 * step
    inside = (column >= 0) & (column < SIZE) & (row >= 0) & (row < SIZE)
    held = values()[np.clip(row, 0, SIZE - 1).astype(int), np.clip(column, 0, SIZE - 1).astype(int)]
    classes = np.digitize(held, CUTS, right=True) + 1
    return np.where(inside & (held != -9999), classes, 0), clear


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
@pytest.mark.parametrize("z", [13, 14, 16, 17])
def test_a_pixel_has_the_colour_of_the_class_of_its_cell(administrator_client, run, z):
    url = address(run, z)
    response = administrator_client.get(url)
    assert (response.status_code, response["Content-Type"]) == (200, "image/png")
    drawn, palette = pixels(response.content)
    expected, clear = expected_classes(Tile(*map(int, url.removesuffix(".png").split("/")[-3:])))
    assert clear.mean() > 0.5
    assert (drawn[clear] == expected[clear]).all()
    assert palette[0][3] == 0
    steps = next(
        view for view in map_views(run, METHODS[run.method], Scope.whole()) if view["field"] == "risk"
    )["steps"]
    for number, step in enumerate(steps, start=1):
        assert palette[number] == (*bytes.fromhex(step["colour"][1:]), 255)


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_seen_from_far_it_is_small_and_still_there(administrator_client, run):
    drawn, _ = pixels(administrator_client.get(address(run, 9)).content)
    assert 0 < (drawn > 0).sum() < 2_000
    assert len(administrator_client.get(address(run, 17)).content) < 20_000


def test_outside_and_where_nothing_is_said_there_is_no_tile(administrator_client, run):
    assert administrator_client.get(address(run, 14, x=WEST - 50_000)).status_code == 204
    hidden = administrator_client.get(address(run, 18, x=WEST + 4500, y=NORTH - 4500))
    assert (hidden.status_code, hidden.content) == (204, b"")
    for off in ("3/8/0", "23/0/0", f"0/0/{10**30}"):
        assert administrator_client.get(f"/tiles/surfaces/{run.pk}/{off}.png").status_code == 404


def test_an_unchanged_tile_is_not_read_again(administrator_client, run, django_assert_max_num_queries):
    url = address(run, 14)
    first = administrator_client.get(url)
    assert first["Cache-Control"] == "private, max-age=0, must-revalidate"
    with django_assert_max_num_queries(3) as asked:
        assert administrator_client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert not any("geotiff" in query["sql"] for query in asked)


def test_a_surface_is_for_whoever_reads_the_whole_run(
    client, partner_client, other_partner_client, partner_user, commune, run
):
    url, description = address(run, 14), f"/tiles/surfaces/{run.pk}.json"
    missing = other_partner_client.get(f"/tiles/surfaces/{10**9}.json")
    for kept in (partner_client, other_partner_client):  # on the whole base: more than any of them reads
        assert kept.get(url).status_code == kept.get(description).status_code == 404
    AnalysisRun.objects.unscoped("test").filter(pk=run.pk).delete()
    own = AnalysisRunFactory(
        method="surface_risque", summary=run.summary, everything=False, communes=[commune.code]
    )
    AnalysisSurface.objects.create(run=own, unit="rapport", geotiff=run.surface.geotiff)
    assert partner_client.get(address(own, 14)).status_code == 200
    foreign = other_partner_client.get(f"/tiles/surfaces/{own.pk}.json")
    assert foreign.status_code == missing.status_code == 404
    assert CHANGING.sub(b"", foreign.content) == CHANGING.sub(b"", missing.content)
    assert client.get(address(own, 14)).status_code == 401
    token = token_of(partner_user, TokenScope.TILES)
    assert client.get(address(own, 14), headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_run_without_a_surface_has_no_tiles(administrator_client):
    without = AnalysisRunFactory(method="surface_risque")
    assert administrator_client.get(f"/tiles/surfaces/{without.pk}.json").status_code == 404


def test_tilejson_says_where_it_is_and_its_classes(administrator_client, run):
    document = administrator_client.get(f"/tiles/surfaces/{run.pk}.json").json()
    assert document["tiles"] == [f"http://testserver/tiles/surfaces/{run.pk}/{{z}}/{{x}}/{{y}}.png"]
    assert [step["high"] for step in document["classes"]] == [*CUTS, None]
    west, south, east, north = document["bounds"]
    inner = TO_DEGREES.transform(WEST + 3000, NORTH - 3000)
    assert west < inner[0] < east
    assert south < inner[1] < north
    assert east - west == pytest.approx(0.08, abs=0.01)


def test_the_page_of_the_run_shows_it(administrator_client, run):
    page = administrator_client.get(f"/analyses/{run.pk}/")
    views = page.context["config"]["views"]
    assert [view["id"] for view in views] == ["surface", "risk", "rate"]
    assert views[0]["tiles"] == f"/tiles/surfaces/{run.pk}/{{z}}/{{x}}/{{y}}.png"


def test_a_signed_address_opens_the_tiles_of_its_surface_alone(
    client, administrator, administrator_client, run
):
    document = administrator_client.get(f"/tiles/surfaces/{run.pk}.json?signer=1").json()
    template, _, query = document["tiles"][0].removeprefix("http://testserver").partition("?")
    assert template == f"/tiles/surfaces/{run.pk}/{{z}}/{{x}}/{{y}}.png"
    url = address(run, 14)
    assert client.get(url).status_code == 401
    signed = client.get(f"{url}?{query}")
    assert (signed.status_code, signed["Content-Type"]) == (200, "image/png")
    assert "private" in signed["Cache-Control"]
    other = AnalysisRunFactory(method="surface_risque", summary=run.summary)
    AnalysisSurface.objects.create(run=other, unit="rapport", geotiff=run.surface.geotiff)
    assert client.get(f"{address(other, 14)}?{query}").status_code == 401
    assert client.get(f"/tiles/parcelles.json?{query}").status_code == 401
    again = client.get(f"/tiles/surfaces/{run.pk}.json?signer=1&{query}").json()
    assert "acces=" not in again["tiles"][0]  # not signed again for longer
    administrator.is_superuser = False
    administrator.save()
    assert client.get(f"{url}?{query}").status_code == 401


def test_the_signature_of_a_layer_opens_no_surface(client, administrator_client, run):
    tiles = administrator_client.get("/tiles/signalements.json?signer=1").json()["tiles"][0]
    assert client.get(f"{address(run, 14)}?{tiles.partition('?')[2]}").status_code == 401
