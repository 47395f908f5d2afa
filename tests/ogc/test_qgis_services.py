"""QGIS opens our layers by each service, counts, filters and draws: without a token, with a wrong one, with its own.

QGIS keeps answers for whoever asks next in the same profile: the right token goes first, then the two others.
"""

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from scipy import ndimage

from geo_lhi.accounts.models import TokenScope
from tests.factories import ParcelleFactory, SignalementFactory, point, square, token_of
from tests.ogc.headless_qgis import real_qgis, rectangle_3857, see
from tests.ogc.traffic import assert_refused

READER = Path(__file__).with_name("qgis_layers.py")
KEY, WRONG_KEY = "geolhi1", "geolhi2"
WRONG = "geo_faux"

pytestmark = [*real_qgis, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _places(commune, other_commune):
    """Lay five reports from 10 to 50 m of the origin, two of them closed, one elsewhere; and two parcelles."""
    for n in range(1, 6):
        SignalementFactory(
            commune=commune, geom=point(10 * n, 10 * n), status="CLOSED" if n > 3 else "ACTIVE"
        )
    SignalementFactory(commune=other_commune, geom=point(5010, 10))
    ParcelleFactory(commune=commune, geom=square(0, 0, 20))
    ParcelleFactory(commune=commune, geom=square(40, 40, 20))


@pytest.fixture
def opened(live_server, tmp_path, partner_user):
    """Give the function that opens layers in a new QGIS of the profile of the test; ``{url}`` is our server."""
    token = token_of(partner_user, TokenScope.TILES)

    def open_(**asked: dict[str, Any]) -> dict[str, Any]:
        layers = json.dumps(asked).replace("{url}", live_server.url)
        return see(READER, tmp_path, layers, json.dumps({KEY: ("ici", token), WRONG_KEY: ("ici", WRONG)}))

    return open_


def box(side: float) -> list[float]:
    """Give the square from the origin of the tests, in degrees."""
    return [*point(-5, -5).coords, *point(side, side).coords]


def marks(opacity: str) -> int:
    """Count the separate marks of a picture that QGIS drew."""
    pixels = np.frombuffer(base64.b64decode(opacity), np.uint8)
    assert pixels.size == 200 * 200
    return ndimage.label(pixels.reshape(200, 200), np.ones((3, 3)))[1]


def features(kind: str, layer: str, password: str = "") -> dict[str, Any]:
    """Say what to open by WFS or OGC API Features, and what to do with it."""
    address = "{url}/wfs/" if kind == "WFS" else "{url}/ogc/"
    type_name = f"geolhi:{layer}" if kind == "WFS" else layer
    uri = (
        f"url='{address}' typename='{type_name}' version='{'2.0.0' if kind == 'WFS' else 'OGC_API_FEATURES'}'"
        " srsname='EPSG:4326' pagingEnabled='true' restrictToRequestBBOX='1'"
    )
    if password:
        uri += f" username='ici' password='{password}'"
    return {
        "kind": kind,
        "uri": uri,
        "box": box(25),
        "draw": rectangle_3857(70),
        "subset": "statut = 'CLOSED'",
    }


@pytest.mark.parametrize(
    ("kind", "path", "scope"), [("WFS", "/wfs/", TokenScope.WFS), ("OAPIF", "/ogc", TokenScope.OGC)]
)
def test_a_service_of_features_is_opened_counted_filtered_and_drawn(
    opened, partner_user, traffic, kind, path, scope
):
    token = token_of(partner_user, scope)
    right = opened(reports=features(kind, "signalements", token))["reports"]
    assert right["valid"]
    assert (right["count"], right["in_box"]) == (5, 2)
    assert (right["took_subset"], right["in_subset"]) == (True, 2)
    assert right["first"].startswith("Point (3.000")  # longitude first, as QGIS draws
    assert marks(right["drawn"]) == 5
    assert "statut" in right["fields"]
    asked = [exchange for exchange in traffic if exchange.answer.status_code == 200]
    assert asked
    assert any("BBOX" in exchange.parameters for exchange in asked)
    if kind == "WFS":
        assert any("CLOSED" in exchange.parameters.get("FILTER", "") for exchange in asked)

    traffic.clear()
    refused = opened(wrong=features(kind, "signalements", WRONG), anonymous=features(kind, "signalements"))
    assert all(exchange.path.startswith(path) for exchange in traffic)
    assert_refused(traffic, "Basic")
    for seen in refused.values():
        assert (seen["valid"], seen["count"], marks(seen["drawn"])) == (False, 0, 0)


def tiles(address: str, more: str = "") -> dict[str, Any]:
    """Say what to open as vector tiles."""
    uri = f"type=xyz&url={quote(address, safe='{}:/')}&zmin=0&zmax=16{more}"
    return {"kind": "tiles", "uri": uri, "draw": rectangle_3857(70), "subset": "statut = 'CLOSED'"}


def signed(client, live_server, layer: str, **parameters: str) -> str:
    """Give the address of tiles that carries the right of ``client`` to read them."""
    host = {"Host": live_server.url.removeprefix("http://")}
    told = client.get(f"/tiles/{layer}.json", {"signer": "1", **parameters}, headers=host)
    return told.json()["tiles"][0]


def test_vector_tiles_are_opened_filtered_and_drawn(opened, partner_client, live_server, traffic):
    address = signed(partner_client, live_server, "signalements")
    closed = signed(partner_client, live_server, "signalements", statut="CLOSED")
    bare = "{url}/tiles/signalements/{z}/{x}/{y}.mvt"
    style = address.replace("/{z}/{x}/{y}.mvt", "/style.json")  # QGIS 3.22 sends no token for a style
    traffic.clear()
    seen = opened(
        signalements=tiles(address, f"&styleUrl={quote(style)}"),
        closed=tiles(closed),
        plots=tiles(signed(partner_client, live_server, "parcelles")),
        key=tiles(bare, f"&authcfg={KEY}"),
    )
    assert {exchange.answer.status_code for exchange in traffic} <= {200, 304}
    assert {name: marks(found["drawn"]) for name, found in seen.items()} == {
        "signalements": 5,
        "closed": 2,
        "plots": 2,
        "key": 5,
    }
    assert marks(seen["signalements"]["drawn_subset"]) == 2
    assert seen["signalements"]["styled"]
    assert seen["signalements"]["styles"] == ["signalements-point"]
    assert marks(seen["signalements"]["drawn_styled"]) == 5

    traffic.clear()
    refused = opened(
        anonymous=tiles(bare), changed=tiles(address[:-1] + "A"), wrong=tiles(bare, f"&authcfg={WRONG_KEY}")
    )
    assert_refused(traffic, "Basic")
    assert {name: marks(found["drawn"]) for name, found in refused.items()} == dict.fromkeys(refused, 0)
