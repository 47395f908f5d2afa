"""Archives of tiles: the tiles of the site byte for byte, baked whole or not at all, for whoever reads the layer."""

import gzip
import os
import signal
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.contrib.gis.db.models import Extent
from django.core.management import CommandError, call_command
from django.db import connection
from pmtiles.reader import MmapSource, Reader, all_tiles

from api.tiles.archives import ANYONE, open_layers, path_of
from benchmarks._territory import lay_town
from geo_lhi.accounts.models import TokenScope
from layers.registry import LAYERS
from tests.api.test_tiles import addresses
from tests.factories import BatimentFactory, ParcelleFactory, square, token_of
from tests.layer_rows import lay_one_of_each

pytestmark = pytest.mark.django_db(transaction=True)
ZOOM = 16


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.TILE_ARCHIVES_DIR = tmp_path / "tuiles"
    return settings.TILE_ARCHIVES_DIR


def baked(layer: str) -> dict[tuple[int, int, int], bytes]:
    with path_of(layer).open("rb") as file:
        return {address: gzip.decompress(content) for address, content in all_tiles(MmapSource(file))}


def reader_of(layer: str) -> Reader:
    content = path_of(layer).read_bytes()
    return Reader(lambda offset, length: content[offset : offset + length])


@pytest.fixture
def town(commune):
    """A row in each layer, and a few more parcelles and buildings around, on both sides of an edge of tiles."""
    lay_one_of_each(commune)
    for x in range(-900, 901, 300):
        ParcelleFactory(commune=commune, geom=square(x, x, 120))
        BatimentFactory(commune=commune, geom=square(x, x, 12))


@pytest.mark.parametrize("layer", open_layers(), ids=lambda layer: layer.id)
def test_every_tile_of_every_zoom_is_that_of_the_site_and_none_is_missing(town, administrator_client, layer):
    call_command("bake_tiles", layer.id, verbosity=0)
    held = baked(layer.id)
    assert held
    west, south, east, north = layer.rows(ANYONE, {}).aggregate(e=Extent(layer.geometry))["e"]
    around = 0.002
    for z in range(ZOOM + 1):
        site = {}
        for address in addresses(z, west - around, south - around, east + around, north + around):
            response = administrator_client.get(f"/tiles/{layer.id}/{address}.mvt")
            if response.status_code == 200:
                site[tuple(map(int, address.split("/")))] = response.content
        assert {key: content for key, content in held.items() if key[0] == z} == site, z


def test_an_archive_says_what_it_holds(commune):
    ParcelleFactory(commune=commune, millesime="2025-01-01")
    ParcelleFactory(commune=commune, millesime="2026-04-01", geom=square(100, 100, 20))
    call_command("bake_tiles", "parcelles", verbosity=0)
    reader = reader_of("parcelles")
    header, metadata = reader.header(), reader.metadata()
    assert (header["version"], header["min_zoom"], header["max_zoom"]) == (3, 0, 16)
    assert header["clustered"]
    assert metadata["millesime"] == {"oldest": "2025-01-01", "newest": "2026-04-01"}
    [described] = metadata["vector_layers"]
    assert described["fields"].keys() == LAYERS["parcelles"].fields.keys()


def test_only_the_layers_that_everybody_reads_are_baked(town, partner_client):
    call_command("bake_tiles", verbosity=0)
    listed = {held["layer"]: held for held in partner_client.get("/tiles/archives.json").json()["archives"]}
    assert listed.keys() == {layer.id for layer in LAYERS.values() if layer.is_open}
    assert not listed.keys() & {"signalements", "arretes", "iris_taux", "lieux_prioritaires"}
    parcelles = listed["parcelles"]
    assert parcelles["url"] == "http://testserver/tiles/parcelles.pmtiles"
    assert parcelles["bytes"] == path_of("parcelles").stat().st_size
    assert (parcelles["minzoom"], parcelles["maxzoom"]) == (0, 16)  # squares below 14
    with pytest.raises(CommandError, match="signalements"):
        call_command("bake_tiles", "signalements", verbosity=0)
    # whoever puts a file there opens nothing
    path_of("signalements").write_bytes(b"x")
    assert partner_client.get("/tiles/signalements.pmtiles").status_code == 404


def test_baking_again_replaces_and_an_emptied_layer_has_no_archive(commune, partner_client):
    parcelle = ParcelleFactory(commune=commune)
    call_command("bake_tiles", "parcelles", verbosity=0)
    first = partner_client.head("/tiles/parcelles.pmtiles")
    ParcelleFactory(commune=commune, geom=square(2000, 2000, 20))
    call_command("bake_tiles", "parcelles", verbosity=0)
    second = partner_client.head("/tiles/parcelles.pmtiles")
    assert first["ETag"] != second["ETag"]
    assert len(baked("parcelles")) > 3
    type(parcelle).objects.all().delete()
    call_command("bake_tiles", "parcelles", verbosity=0)
    assert partner_client.get("/tiles/parcelles.pmtiles").status_code == 404
    assert os.listdir(path_of("parcelles").parent) == [".lock"]


def test_killed_while_it_bakes_it_leaves_the_last_archive(commune, folder):
    lay_town(parcelles=20_000, reports=0)
    ParcelleFactory(commune=commune)
    call_command("bake_tiles", "parcelles", zoom=14, verbosity=0)
    before = path_of("parcelles").read_bytes()
    base = connection.settings_dict
    url = f"postgis://{base['USER']}:{quote(base['PASSWORD'])}@{base['HOST']}:{base['PORT']}/{base['NAME']}"
    with subprocess.Popen(
        [sys.executable, "manage.py", "bake_tiles", "parcelles", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "TILE_ARCHIVES_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 60
        while not list(folder.glob(".*.partial")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)
        time.sleep(0.3)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert list(folder.glob(".*.partial"))  # killed at work, not after
    assert path_of("parcelles").read_bytes() == before
    call_command("bake_tiles", "parcelles", verbosity=0)
    assert not list(folder.glob(".*.partial"))
    assert reader_of("parcelles").header()["max_zoom"] == 16


READ = """
import pyogrio, sys
layers = [name for name, _ in pyogrio.list_layers(sys.argv[1])]
meta, _, shapes, columns = pyogrio.raw.read(sys.argv[1], layer=layers[0])
print(layers, len(shapes), len(set(columns[list(meta["fields"]).index("idu")])))
"""


def test_gdal_reads_an_archive_over_the_network(town, live_server, partner_user):
    """GDAL 3.12 of the wheels; that of Debian 12 (3.6) has no driver of PMTiles."""
    call_command("bake_tiles", "parcelles", verbosity=0)
    token = token_of(partner_user, TokenScope.TILES)
    environment = {
        "GDAL_HTTP_HEADERS": f"Authorization: Bearer {token}",
        "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
        "NO_PROXY": "*",
    }
    done = subprocess.run(
        [sys.executable, "-c", READ, f"/vsicurl/{live_server.url}/tiles/parcelles.pmtiles"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.startswith("['parcelles'] "), done.stderr
    shapes, parcelles = map(int, done.stdout.split()[1:])
    assert parcelles == 8
    assert shapes >= 8  # one that lies on an edge is in several tiles
