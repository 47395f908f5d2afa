"""Our writer of GML against the library's: the same bytes, for every layer and every way of asking."""

import re

import pytest
from gisserver.output import DBGML32Renderer

from api.wfs import operations
from layers.registry import LAYERS
from tests.factories import SignalementFactory, point
from tests.ogc.wfs import ask, body

INSTANT = re.compile(rb'timeStamp="[^"]+"')
BY_ID = "urn:ogc:def:query:OGC-WFS::GetFeatureById"


def written(client, **parameters) -> bytes:
    response = ask(client, "GetFeature", **parameters)
    content = body(response)
    assert response.status_code == 200, content
    return INSTANT.sub(b"", content)


@pytest.fixture
def both(reader, monkeypatch):
    """Give the function that asks the same of our writer and of the library's."""

    def ask_both(**parameters) -> tuple[bytes, bytes]:
        ours = written(reader, **parameters)
        with monkeypatch.context() as patched:
            patched.setattr(operations, "GmlOfRows", DBGML32Renderer)
            theirs = written(reader, **parameters)
        return ours, theirs

    return ask_both


@pytest.mark.parametrize("layer", LAYERS)
def test_every_layer_is_written_as_the_library_does(both, layer):
    ours, theirs = both(typenames=layer)
    assert b"<wfs:member>" in ours
    assert ours == theirs


@pytest.mark.parametrize(
    "asked",
    [
        {"srsname": "urn:ogc:def:crs:EPSG::2154"},
        {"srsname": "http://www.opengis.net/gml/srs/epsg.xml#2154"},
        {"srsname": "EPSG:4326"},
        {"propertyname": "reference"},
        {"propertyname": "geom"},
        {"sortby": "criticite DESC"},
        {"startindex": 2, "count": 2},
        {"resulttype": "hits"},
        {"count": 0},
    ],
    ids=str,
)
def test_every_way_of_asking_is_written_as_the_library_does(both, commune, asked):
    SignalementFactory(commune=commune, reference='<&">', geom=point(7, 7), closed_on=None, criticite=None)
    ours, theirs = both(typenames="signalements", **asked)
    assert ours == theirs


def test_several_types_and_a_row_alone_are_too(both, reader):
    ours, theirs = both(typenames="(signalements)(parcelles)")
    assert ours == theirs
    key = re.search(rb'gml:id="(parcelles\.\w+)"', ours)[1].decode()
    alone, theirs = both(storedquery_id=BY_ID, id=key)
    assert key.encode() in alone
    assert alone == theirs


def test_no_row_becomes_an_object(reader, monkeypatch):
    """An object of Django for each row is half of what a page of the library costs."""
    monkeypatch.setattr(
        "layers.models.Parcelle.from_db", classmethod(lambda *_: pytest.fail("an object was made"))
    )
    assert b"geolhi:idu" in written(reader, typenames="parcelles")
