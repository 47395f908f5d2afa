"""OGC API Features Part 2, abstract tests: reference systems listed, answered, and asked of a rectangle.

PROJ, asked by pyproj with the axes that the registry of the EPSG gives, is the reference: nothing of ours says there
which axis comes first.
"""

import pytest
from pyproj import Transformer

from api.ogc.crs import BY_URI
from layers.registry import CRS_LIST, LAYERS
from tests.factories import SignalementFactory, point
from tests.ogc.features_api import CRS84, EPSG, ROOT, ask, ids, refused

ITEMS = "/collections/signalements/items"
OVERSEAS = {5490: (-61.53, 16.24), 2972: (-52.33, 4.94), 2975: (55.45, -20.88), 4471: (45.23, -12.78)}
OVERSEAS |= {4467: (-56.17, 46.78)}


def of_registry(srid: int, lon: float, lat: float) -> tuple[float, float]:
    """Give a position in the system and with the axes of the EPSG registry."""
    return Transformer.from_crs("OGC:CRS84", f"EPSG:{srid}", allow_ballpark=True).transform(lon, lat)


def test_every_collection_lists_its_systems(reader):  # /conf/crs/crs-uri, fc-md-crs-list, storageCrs
    document = ask(reader, "/collections")
    assert document["crs"] == [CRS84, *(f"{EPSG}{srid}" for srid in CRS_LIST)]
    for found in document["collections"]:
        assert found["crs"] == document["crs"]
        assert found["storageCrs"] == CRS84
        assert found["extent"]["spatial"]["crs"] == CRS84
    parameters = ask(reader, "/api")["components"]["parameters"]
    for name in ("crs", "bbox-crs"):
        assert parameters[name]["schema"]["format"] == "uri"


@pytest.mark.parametrize("srid", CRS_LIST)
def test_positions_are_those_of_proj_with_its_axes(reader, commune, srid):  # fc-crs-definition, crs-action
    if srid in OVERSEAS:
        SignalementFactory(commune=commune, geom=point(0, 0).__class__(*OVERSEAS[srid], srid=4326))
    here = ask(reader, ITEMS)["features"]
    there = ask(reader, ITEMS, crs=f"{EPSG}{srid}")["features"]
    assert [one["id"] for one in there] == [one["id"] for one in here]
    tolerance = 2e-7 if srid == 4326 else 0.01  # what seven decimals of a degree leave
    compared = here[-1:] if srid in OVERSEAS else here
    for one, other in zip(compared, there[-len(compared) :], strict=True):
        expected = of_registry(srid, *one["geometry"]["coordinates"])
        assert other["geometry"]["coordinates"] == pytest.approx(expected, abs=tolerance)
    alone = ask(reader, f"{ITEMS}/{there[0]['id']}", crs=f"{EPSG}{srid}")
    assert alone["geometry"] == there[0]["geometry"]


def test_polygons_are_moved_whole(reader):
    in_degrees = ask(reader, "/collections/parcelles/items")["features"][0]["geometry"]
    for srid in (4326, 2154, 3857):
        moved = ask(reader, "/collections/parcelles/items", crs=f"{EPSG}{srid}")["features"][0]["geometry"]
        assert moved["type"] == in_degrees["type"]
        for (lon, lat), corner in zip(
            in_degrees["coordinates"][0][0], moved["coordinates"][0][0], strict=True
        ):
            assert corner == pytest.approx(of_registry(srid, lon, lat), abs=0.02)


def test_the_answer_says_its_system(reader):  # /conf/crs/ogc-crs-header, geojson
    one = ids(ask(reader, ITEMS))[0]
    for path in (ITEMS, f"{ITEMS}/{one}"):
        assert reader.get(f"{ROOT}{path}")["Content-Crs"] == f"<{CRS84}>"
        for uri in BY_URI:
            response = reader.get(f"{ROOT}{path}", {"crs": uri})
            assert response["Content-Crs"] == f"<{uri}>"
            assert b'"crs":' not in response.content  # the member of the old GeoJSON


def test_a_rectangle_is_read_in_its_system(reader):  # bbox-crs-definition, -action
    lon, lat = ask(reader, ITEMS)["features"][2]["geometry"]["coordinates"]
    expected = ids(ask(reader, ITEMS, bbox=f"{lon - 2e-4},{lat - 2e-4},{lon + 2e-4},{lat + 2e-4}"))
    assert len(expected) == 1
    for srid in (4326, 2154, 3857):
        x, y = of_registry(srid, lon, lat)
        reach = 2e-4 if srid == 4326 else 15
        box = f"{x - reach},{y - reach},{x + reach},{y + reach}"
        assert ids(ask(reader, ITEMS, bbox=box, **{"bbox-crs": f"{EPSG}{srid}"})) == expected, srid
        if srid == 4326:  # the same numbers, longitude first, are elsewhere
            assert ids(ask(reader, ITEMS, bbox=box)) == []
    assert ids(ask(reader, ITEMS, bbox=f"{lon},{lat},{lon},{lat}", **{"bbox-crs": CRS84})) is not None


def test_the_edges_of_a_projected_rectangle_are_straight_in_the_projection(reader, commune):
    """In degrees a wide rectangle of Lambert-93 bends by kilometres from the chord between its corners."""
    to_degrees = Transformer.from_crs(2154, "OGC:CRS84")
    lon, lat = to_degrees.transform(700_000, 6_600_000 - 50)  # just under the north edge, at its middle
    inside = SignalementFactory(commune=commune, geom=point(0, 0).__class__(lon, lat, srid=4326))
    box = "200000,6300000,1200000,6600000"
    found = ids(ask(reader, ITEMS, bbox=box, **{"bbox-crs": f"{EPSG}2154"}))
    assert inside.pk in found


@pytest.mark.parametrize("name", ["crs", "bbox-crs"])
def test_a_system_that_is_not_listed_is_refused(reader, name):  # fc-crs-valid-value, bbox-crs-valid-value
    one = ids(ask(reader, ITEMS))[0]
    for uri in (
        "",
        "EPSG:2154",
        "2154",
        f"{EPSG}27572",
        "http://evil.example/crs",
        "+proj=longlat",
        f"{EPSG}2154 ",
    ):
        assert name in refused(reader, ITEMS, bbox="1,1,2,2", **{name: uri})
        if name == "crs":
            assert name in refused(reader, f"{ITEMS}/{one}", crs=uri)


def test_a_projected_rectangle_out_of_the_world_is_refused_and_not_a_fault(reader):
    for box in ("1e300,1e300,2e300,2e300", "5,5,1,1", "1,1,1,1"):
        refused(reader, ITEMS, bbox=box, **{"bbox-crs": f"{EPSG}2154"})


def test_every_layer_is_answered_in_every_system(reader):
    for name in LAYERS:
        for uri in BY_URI:
            assert ask(reader, f"/collections/{name}/items", crs=uri)["features"]
