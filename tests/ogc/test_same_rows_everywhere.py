"""Whatever the service, the same reader gets the same features of a layer."""

import pytest

from layers.registry import LAYERS
from tests.factories import point
from tests.mvt import decode, tile_at
from tests.ogc.features_api import ask as ask_features
from tests.ogc.wfs import ask as ask_wfs
from tests.ogc.wfs import collection

ZOOM = 16


def by_wfs(client, layer: str) -> list:
    features = collection(ask_wfs(client, "GetFeature", typenames=layer, outputformat="geojson"))["features"]
    return [feature["properties"][LAYERS[layer].key] for feature in features]


def by_features_api(client, layer: str) -> list:
    features = ask_features(client, f"/collections/{layer}/items", limit=1000)["features"]
    return [feature["properties"][LAYERS[layer].key] for feature in features]


def by_tiles(client, layer: str) -> list:
    """Ask the tiles of a ground wider than all the rows; a feature may lie in several."""
    (_, west, north), (_, east, south) = (
        map(int, tile_at(ZOOM, point(x, y)).split("/")) for x, y in ((-100, 1100), (6100, -100))
    )
    found = set()
    for x in range(west, east + 1):
        for y in range(north, south + 1):
            response = client.get(f"/tiles/{layer}/{ZOOM}/{x}/{y}.mvt")
            assert response.status_code in (200, 204)
            rows = decode(response.content).get(layer, []) if response.content else []
            found |= {row[LAYERS[layer].key] for row in rows}
    return list(found)


@pytest.mark.parametrize("who", ["partner", "administrator", "without partner"])
def test_every_service_gives_the_same_identifiers(
    reader,
    administrator_client,
    signed_in,
    user_without_partner,
    who,
):
    client = {
        "partner": lambda: reader,
        "administrator": lambda: administrator_client,
        "without partner": lambda: signed_in(user_without_partner),
    }[who]()
    numbers = {}
    for layer in LAYERS:
        answers = [sorted(service(client, layer)) for service in (by_wfs, by_features_api, by_tiles)]
        assert answers[0] == answers[1] == answers[2], layer
        numbers[layer] = len(answers[0])
    empty = {layer for layer, number in numbers.items() if not number}
    if who == "without partner":
        assert empty >= {"signalements", "arretes", "analyse_taux", "lieux_prioritaires"}
        assert not empty & {layer.id for layer in LAYERS.values() if layer.is_open}
    else:
        assert not empty
    assert numbers["signalements"] == {"partner": 7, "administrator": 9, "without partner": 0}[who]
