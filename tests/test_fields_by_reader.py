"""A field reserved in the register leaves to its readers by every protocol, and to nobody else by any."""

import json
from dataclasses import replace

import pytest

from layers.registry import LAYERS
from layers.scope import Reader, Scope
from tests.factories import SignalementFactory, point
from tests.mvt import decode, tile_at
from tests.ogc.wfs import ask, body, collection, exception_of

FIELD, VALUE = "reference", "canari-7f3a"
ROLES = ("partner", "administrator")


@pytest.fixture(params=list(Reader), ids=lambda reader: reader.name)
def least(request, monkeypatch) -> Reader:
    """Reserve the field to readers from this one on."""
    monkeypatch.setitem(
        LAYERS, "signalements", replace(LAYERS["signalements"], reserved={FIELD: request.param})
    )
    return request.param


@pytest.fixture
def report(commune):
    return SignalementFactory(commune=commune, reference=VALUE, geom=point(5, 5))


@pytest.fixture
def client_of(partner_client, administrator_client):
    clients = {"partner": partner_client, "administrator": administrator_client}
    readers = {"partner": Reader.PARTNER, "administrator": Reader.ADMINISTRATOR}
    return lambda role: (clients[role], readers[role])


def answers(client, report) -> dict[str, bytes]:
    """Give what each protocol says of the report."""
    tile = client.get(f"/tiles/signalements/{tile_at(16, point(5, 5))}.mvt").content
    shown = {
        "tile": repr(decode(tile)).encode(),
        "tilejson": client.get("/tiles/signalements.json").content,
        "api list": client.get("/api/v1/signalements/").content,
        "api detail": client.get(f"/api/v1/signalements/{report.pk}/").content,
        "ogc items": body(client.get("/ogc/collections/signalements/items?f=json")),
        "ogc item": body(client.get(f"/ogc/collections/signalements/items/{report.pk}?f=json")),
        "ogc page": body(client.get("/ogc/collections/signalements/items?f=html")),
        "ogc queryables": client.get("/ogc/collections/signalements/queryables").content,
        "ogc schema": client.get("/ogc/collections/signalements/schema").content,
        "file csv": body(client.get("/telecharger/signalements.csv")),
        "file geojson": body(client.get("/telecharger/signalements.geojson")),
        "wfs schema": body(ask(client, "DescribeFeatureType", typenames="signalements")),
    }
    for format_ in ("geojson", "csv", "text/xml; subtype=gml/3.2.1"):
        found = ask(client, "GetFeature", typenames="signalements", outputformat=format_)
        shown[f"wfs {format_}"] = body(found)
    return shown


@pytest.mark.parametrize("role", ROLES)
def test_every_protocol_shows_the_field_to_its_readers_only(least, report, client_of, role):
    client, reader = client_of(role)
    told = {
        name: VALUE.encode() in content or FIELD.encode() in content
        for name, content in answers(client, report).items()
    }
    assert told == dict.fromkeys(told, reader >= least)


@pytest.mark.parametrize("role", ROLES)
def test_the_other_fields_are_the_same_by_every_protocol(least, report, client_of, role):
    client, reader = client_of(role)
    expected = LAYERS["signalements"].fields.keys() - ({FIELD} if reader < least else set())
    [wfs] = collection(ask(client, "GetFeature", typenames="signalements", outputformat="geojson"))[
        "features"
    ]
    [api] = client.get("/api/v1/signalements/").json()["features"]
    [ogc] = json.loads(body(client.get("/ogc/collections/signalements/items?f=json")))["features"]
    [file] = collection(client.get("/telecharger/signalements.geojson"))["features"]
    described = client.get("/tiles/signalements.json").json()["vector_layers"][0]["fields"]
    for found in (wfs["properties"], api["properties"], ogc["properties"], file["properties"], described):
        assert found.keys() == expected


def test_whoever_has_no_partner_sees_open_data_without_what_is_for_partners(
    monkeypatch, partner_client, signed_in, user_without_partner
):
    monkeypatch.setitem(
        LAYERS, "communes", replace(LAYERS["communes"], reserved={"population": Reader.PARTNER})
    )
    for client, is_told in ((partner_client, True), (signed_in(user_without_partner), False)):
        contents = (
            body(ask(client, "GetFeature", typenames="communes", outputformat="geojson")),
            client.get("/tiles/communes.json").content,
            repr(decode(client.get(f"/tiles/communes/{tile_at(14, point(5, 5))}.mvt").content)).encode(),
            body(client.get("/ogc/collections/communes/items?f=json")),
            client.get("/ogc/api")
            .content.partition(b"/collections/communes/items")[2]
            .partition(b"/items/")[0],
        )
        assert [b"population" in content for content in contents] == [is_told] * len(contents)


def test_a_field_that_is_kept_cannot_be_guessed_by_a_filter(monkeypatch, report, partner_client):
    reserved = replace(LAYERS["signalements"], reserved={FIELD: Reader.ADMINISTRATOR})
    monkeypatch.setitem(LAYERS, "signalements", reserved)
    filter_ = (
        '<Filter xmlns="http://www.opengis.net/fes/2.0"><PropertyIsEqualTo><ValueReference>reference'
        f"</ValueReference><Literal>{VALUE}</Literal></PropertyIsEqualTo></Filter>"
    )
    exception_of(ask(partner_client, "GetFeature", typenames="signalements", filter=filter_))
    exception_of(ask(partner_client, "GetFeature", typenames="signalements", sortby="reference"))
    items = "/ogc/collections/signalements/items"
    for query in (f"reference={VALUE}", f"filter=reference='{VALUE}'", "filter=reference IS NOT NULL"):
        assert partner_client.get(f"{items}?{query}").status_code == 400
    assert partner_client.get(f"{items}?filter=statut='ACTIVE'").status_code == 200


def test_a_feature_keeps_what_it_is_found_by():
    layer = LAYERS["signalements"]
    for name in (layer.key, layer.time_field, "inconnu"):
        with pytest.raises(ValueError, match="cannot be reserved"):
            replace(layer, reserved={name: Reader.PARTNER})


def test_who_reads_is_told_by_the_scope():
    scopes = [
        Scope.nobody(),
        Scope(signed_in=True),
        Scope(True, communes=frozenset({"01001"})),
        Scope.whole(),
    ]
    assert [scope.reader for scope in scopes] == list(Reader)
    assert Scope(signed_in=True, zones=frozenset({1})).reader is Reader.PARTNER
