"""No answer, to anyone, by any URL, holds what is not theirs; and what is theirs is all there.

Every URL is asked in every role; tiles and files are unpacked. The lists are compared with an oracle that knows the
world and nothing of the code. ``test_random_worlds`` does the same where perimeters overlap.
"""

import json
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import resolve, reverse

from geo_lhi.accounts.access import token_use_of
from layers.models import Signalement
from tests.factories import point, token_of
from tests.foreign import as_missing_everywhere
from tests.leaks import (
    ADDRESSES,
    SPACES,
    WFS,
    client_of,
    ids,
    leaks,
    listed_reports,
    paged_reports,
    read,
    text_of,
    unpacked,
)
from tests.mvt import decode, tile_at
from tests.probes import Address, probe
from tests.world import World, build_world

ROLES = ("anonymous", "without partner", "here", "there", "administrator")


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.EXPORT_FILES_DIR = tmp_path
    return build_world()


def places(world: World) -> list:
    return [point(side.x + 5, 5) for side in world.sides]


@pytest.mark.parametrize("role", ROLES)
def test_no_url_betrays_the_other_side(world, role):
    assert leaks(world, role) == []


def test_the_tokens_do_reach_who_may_read_them(world):
    """Without this, a suite that reads nothing would pass."""
    client = client_of(world, "here")
    texts = [text_of(client.get(url)) for address in ADDRESSES for url in probe(address, world)]
    for token in world.here.tokens:
        assert any(token in text for text in texts)
    assert any(figure in SPACES.sub("", text) for figure in world.here.figures for text in texts)


def test_what_is_in_a_file_inside_a_file_is_read():
    inner, outer = BytesIO(), BytesIO()
    with ZipFile(inner, "w") as archive:
        archive.writestr("cache.txt", "canari")
    with ZipFile(outer, "w") as archive:
        archive.writestr("dedans.zip", inner.getvalue())
    assert "canari" in unpacked(outer.getvalue())


@pytest.mark.parametrize("role", ROLES[1:])
def test_every_list_holds_exactly_the_reports_of_the_reader(world, role):
    expected = {report.pk for side in world.visible_to(role) for report in side.reports}
    client = client_of(world, role)
    found = listed_reports(client, places(world)) | paged_reports(client)
    assert {name: ids for name, ids in found.items() if ids != expected} == {}


@pytest.mark.parametrize("role", ROLES[1:])
def test_every_count_is_that_of_the_reader(world, role):
    client = client_of(world, role)
    expected = sum(len(side.reports) for side in world.visible_to(role))
    hits = read(client, reverse("wfs"), WFS | {"RESULTTYPE": "hits", "TYPENAMES": "signalements"}).decode()
    assert f'numberMatched="{expected}"' in hits
    assert json.loads(read(client, reverse("api-signalements")))["numberMatched"] == expected
    ogc = reverse("ogc-items", args=["signalements"])
    assert json.loads(read(client, ogc, {"limit": 1}))["numberMatched"] == expected
    for z in (0, 8, 13):
        urls = {
            reverse("tile", args=["signalements", *map(int, tile_at(z, place).split("/"))])
            for place in places(world)
        }
        clusters = [cluster for url in urls for cluster in decode(read(client, url)).get("signalements", [])]
        assert sum(cluster["nombre"] for cluster in clusters) == expected


@pytest.mark.parametrize("role", ROLES[1:])
def test_rates_and_orders_are_those_of_the_reader(world, role):
    client = client_of(world, role)
    wfs = WFS | {"OUTPUTFORMAT": "geojson"}
    orders = ids(json.loads(read(client, reverse("wfs"), wfs | {"TYPENAMES": "arretes"}))["features"])
    assert orders == {order.pk for side in world.visible_to(role) for order in side.orders}
    iris = {side.iris.code for side in world.visible_to(role)}
    rates = json.loads(read(client, reverse("api-iris")))["features"]
    assert {feature["id"] for feature in rates} == iris
    rates = json.loads(read(client, reverse("wfs"), wfs | {"TYPENAMES": "iris_taux"}))["features"]
    assert {feature["properties"]["code"] for feature in rates} == iris


@pytest.mark.parametrize("role", ["without partner", "here", "there"])
def test_what_is_foreign_cannot_be_told_from_what_is_missing(world, role):
    hidden = world.hidden_from(role)
    foreign = {
        "report": [report.pk for side in hidden for report in side.reports],
        "order": [order.pk for side in hidden for order in side.orders],
        "rate": [side.iris.code for side in hidden],
        "run": [side.runs[0].pk for side in hidden],
        "ranking": [side.priorities[0].pk for side in hidden],
        "asked analysis": [asked.pk for side in hidden for asked in side.requests],
        "asked file": [asked.pk for side in hidden for asked in side.exports],
        "upload": [upload.pk for side in hidden for upload in side.uploads],
        "import": [upload.run_id for side in hidden for upload in side.uploads if upload.run_id],
        "token": [token.pk for side in hidden for token in side.user.tokens.all()],
    }
    assert as_missing_everywhere(client_of(world, role), foreign) == []
    assert Signalement.objects.unscoped("nothing was written").filter(merged_into=None).count() == 6


@pytest.fixture
def token_client(world, settings) -> Client:
    """Give a client that presents a token of the person here for every service, and no session."""
    settings.REQUESTS_PER_MINUTE = settings.TILES_PER_MINUTE = settings.EXPORTS_PER_HOUR = 10_000
    return Client(headers={"Authorization": f"Bearer {token_of(world.here.user)}", "Accept-Encoding": "gzip"})


def takes_tokens(address: Address, world: World) -> bool:
    return token_use_of(resolve(probe(address, world)[0].partition("?")[0])) is not None


def test_a_token_betrays_no_more_than_its_owner_may_read(world, token_client):
    services = [address for address in ADDRESSES if takes_tokens(address, world)]
    assert len(services) > 12
    assert leaks(world, "here", services, token_client) == []


def test_a_token_lists_exactly_the_reports_of_its_owner(world, token_client):
    expected = {report.pk for report in world.here.reports}
    found = listed_reports(token_client, places(world))
    assert {name: ids for name, ids in found.items() if ids != expected} == {}
