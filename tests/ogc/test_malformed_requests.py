"""Each kind of malformed request is answered an exception report of status 400, and costs little."""

import time

import pytest

from tests.factories import SignalementFactory, point
from tests.ogc.malformed import DOCUMENTS, PARAMETERS
from tests.ogc.wfs import body, exception_of, get_feature, send, tree

GOOD = {"service": "WFS", "version": "2.0.0", "request": "GetFeature"}
LONGEST_S = 1.0
# GDAL's own word, once pyogrio listens to it
pytestmark = pytest.mark.filterwarnings("ignore:Non closed ring:RuntimeWarning")


def ask_malformed(client, parameters: dict[str, str | None]):
    """Send a good request but for these parameters."""
    query = {name.upper(): value for name, value in (GOOD | parameters).items() if value is not None}
    return client.get("/wfs/", query)


@pytest.fixture(autouse=True)
def _report(commune):
    SignalementFactory(commune=commune, reference="2026-1", geom=point(5, 5))


@pytest.mark.parametrize("parameters", PARAMETERS.values(), ids=PARAMETERS.keys())
def test_malformed_parameters_are_told(partner_client, parameters):
    start = time.thread_time()
    response = ask_malformed(partner_client, parameters)
    assert time.thread_time() - start < LONGEST_S
    assert exception_of(response)
    assert b"2026-1" not in body(response)


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_malformed_document_is_told(partner_client, document):
    start = time.thread_time()
    response = send(partner_client, document)
    assert time.thread_time() - start < LONGEST_S
    assert exception_of(response)
    assert b"2026-1" not in body(response)


def test_the_kinds_are_many():
    assert len(PARAMETERS) + len(DOCUMENTS) > 77


WELL_FORMED = {
    "a pattern": "<fes:PropertyIsLike wildCard='%' singleChar='_' escapeChar='!'>"
    "<fes:ValueReference>reference</fes:ValueReference><fes:Literal>2026%</fes:Literal></fes:PropertyIsLike>",
    "an absence denied": "<fes:Not><fes:PropertyIsNull><fes:ValueReference>reference</fes:ValueReference>"
    "</fes:PropertyIsNull></fes:Not>",
    "an interval": "<fes:PropertyIsBetween><fes:ValueReference>id</fes:ValueReference><fes:LowerBoundary>"
    "<fes:Literal>0</fes:Literal></fes:LowerBoundary><fes:UpperBoundary><fes:Literal>999999999</fes:Literal>"
    "</fes:UpperBoundary></fes:PropertyIsBetween>",
    "an extent without a field": "<fes:BBOX><gml:Envelope srsName='urn:ogc:def:crs:EPSG::4326'><gml:lowerCorner>46 2"
    "</gml:lowerCorner><gml:upperCorner>47 4</gml:upperCorner></gml:Envelope></fes:BBOX>",
}


@pytest.mark.parametrize("condition", WELL_FORMED.values(), ids=WELL_FORMED.keys())
def test_what_looks_like_it_and_is_well_formed_is_answered(partner_client, condition):
    document = get_feature(f"<fes:Filter>{condition}</fes:Filter>")
    assert tree(send(partner_client, document)).get("numberReturned") == "1"
