"""Hostile and broken WFS requests end in an exception report of status 400, quickly, and touch nothing else."""

import time

import pytest

from layers.models import Signalement
from tests.factories import SignalementFactory, point
from tests.ogc.wfs import DECLARED, ask, body, exception_of, get_feature, send, tree

LONGEST_S = 1.0


@pytest.fixture(autouse=True)
def _report(commune):
    SignalementFactory(commune=commune, reference="2026-1", geom=point(5, 5))


def equal(reference: str, literal: str) -> str:
    return (
        f"<fes:Filter><fes:PropertyIsEqualTo><fes:ValueReference>{reference}</fes:ValueReference>"
        f"<fes:Literal>{literal}</fes:Literal></fes:PropertyIsEqualTo></fes:Filter>"
    )


def compared(expression: str) -> str:
    condition = f"<fes:PropertyIsEqualTo>{expression}<fes:Literal>1</fes:Literal></fes:PropertyIsEqualTo>"
    return f"<fes:Filter>{condition}</fes:Filter>"


def intersects(shape: str) -> str:
    condition = f"<fes:Intersects><fes:ValueReference>geom</fes:ValueReference>{shape}</fes:Intersects>"
    return f"<fes:Filter>{condition}</fes:Filter>"


def with_doctype(doctype: str, literal: str) -> str:
    head, _, rest = get_feature(equal("reference", literal)).partition("?>")
    return f"{head}?>{doctype}{rest}"


LAUGHS = "".join(
    f'<!ENTITY {name} "{f"&{previous};" * 10}">'
    for previous, name in zip("abcdefghi", "bcdefghij", strict=True)
)
ONE_TERM = (
    "<fes:PropertyIsEqualTo><fes:ValueReference>reference</fes:ValueReference>"
    "<fes:Literal>x</fes:Literal></fes:PropertyIsEqualTo>"
)
TRANSACTION = (
    f'<wfs:Transaction service="WFS" version="2.0.0" {DECLARED}>'
    '<wfs:Delete typeName="geolhi:signalements"/></wfs:Transaction>'
)
POLYGON = (
    "<gml:Polygon srsName='EPSG:4326'><gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList>"
    "</gml:LinearRing></gml:exterior></gml:Polygon>"
)

DOCUMENTS = {
    "entities that multiply": with_doctype(f'<!DOCTYPE l [<!ENTITY a "lol">{LAUGHS}]>', "&j;"),
    "one long entity many times": with_doctype(f'<!DOCTYPE l [<!ENTITY a "{"x" * 10_000}">]>', "&a;" * 2_000),
    "a file as an entity": with_doctype('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "&x;"),
    "a URL as a document type": with_doctype('<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd">', "x"),
    "5 000 negations": get_feature(
        f"<fes:Filter>{'<fes:Not>' * 5000}{ONE_TERM}{'</fes:Not>' * 5000}</fes:Filter>"
    ),
    "500 negations": get_feature(
        f"<fes:Filter>{'<fes:Not>' * 500}{ONE_TERM}{'</fes:Not>' * 500}</fes:Filter>"
    ),
    "20 000 alternatives": get_feature(f"<fes:Filter><fes:Or>{ONE_TERM * 20_000}</fes:Or></fes:Filter>"),
    "400 alternatives": get_feature(f"<fes:Filter><fes:Or>{ONE_TERM * 400}</fes:Or></fes:Filter>"),
    "SQL as a property": get_feature(equal("reference') OR 1=1 --", "1")),
    "a function of the database": get_feature(
        compared("<fes:Function name='pg_sleep'><fes:Literal>5</fes:Literal></fes:Function>")
    ),
    "an expression as a property": get_feature(equal("exec(java.lang.Runtime.getRuntime(),'id')", "1")),
    "a lookup of the ORM": get_feature(equal("commune__partners__users__password__regex", "^pbkdf2")),
    "a URL as a projection": get_feature(
        intersects("<gml:Point srsName='http://127.0.0.1:9/gml'><gml:pos>1 2</gml:pos></gml:Point>")
    ),
    "a file as a projection": get_feature(
        intersects("<gml:Point srsName='/etc/passwd'><gml:pos>1 2</gml:pos></gml:Point>")
    ),
    "a PROJ string as a projection": get_feature(
        intersects("<gml:Point srsName='+proj=longlat +datum=WGS84'><gml:pos>1 2</gml:pos></gml:Point>")
    ),
    "a projection we do not offer": get_feature(
        intersects("<gml:Point srsName='urn:ogc:def:crs:EPSG::27700'><gml:pos>1 2</gml:pos></gml:Point>")
    ),
    "a ring that does not close": get_feature(intersects(POLYGON.format("0 0 1 0 1 1 0 1"))),
    "coordinates that are not numbers": get_feature(intersects(POLYGON.format("NaN NaN 1 0 1 1 NaN NaN"))),
    "infinite coordinates": get_feature(intersects(POLYGON.format("0 0 inf 0 1 1 0 0"))),
    "half a pair of coordinates": get_feature(intersects(POLYGON.format("0 0 1 0 1"))),
    "a distance beyond the world": get_feature(
        "<fes:Filter><fes:DWithin><fes:ValueReference>geom</fes:ValueReference><gml:Point srsName='EPSG:4326'>"
        "<gml:pos>1 2</gml:pos></gml:Point><fes:Distance uom='m'>1e300</fes:Distance></fes:DWithin></fes:Filter>"
    ),
    "a write": TRANSACTION,
    "a lock": f'<wfs:LockFeature service="WFS" version="2.0.0" {DECLARED}/>',
    "UTF-16 that hides a document type": (
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        f'<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}>'
        '<wfs:Query typeNames="geolhi:signalements"/></wfs:GetFeature>'
    ).encode("utf-16"),
    "an unknown type": get_feature(layer="proprietaires"),
    "a filter without a condition": get_feature("<fes:Filter/>"),
    "a negative page": get_feature(count="-1"),
    "a page that is not a number": get_feature(count="beaucoup"),
    "a start beyond reason": get_feature(startIndex=str(10**30)),
    "a word where a date is expected": get_feature(equal("depose_le", "hier")),
    "an element of another standard": get_feature("<gml:Point/>"),
    "a document cut short": get_feature(equal("reference", "x"))[:-20],
    "nothing": "",
    "JSON": '{"request": "GetFeature"}',
    "not text": b"\xff\xfe\x00\x01\x02",
    "another document": "<html/>",
    "200 kB of spaces": get_feature(" " * 200_000),
}


@pytest.mark.filterwarnings(
    "ignore:Non closed ring:RuntimeWarning"
)  # GDAL's own word, once pyogrio listens to it
@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS.keys())
def test_a_hostile_document_is_refused(partner_client, document):
    start = time.thread_time()
    response = send(partner_client, document)
    assert time.thread_time() - start < LONGEST_S
    assert exception_of(response)
    assert b"2026-1" not in body(response)
    assert Signalement.objects.unscoped("what the request may have touched").count() == 1


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded"])
def test_a_body_that_is_not_xml_is_refused_whatever_it_says_it_is(partner_client, kind):
    assert exception_of(send(partner_client, '{"a": 1}', content_type=kind))


ADDRESSES = {
    "an unknown request": {"request": "GetEverything"},
    "a write": {"request": "Transaction"},
    "an unknown service": {"service": "WMS"},
    "an unknown version": {"version": "1.0.0"},
    "a path as a version": {"version": "../../etc"},
    "no type": {"typenames": ""},
    "an unknown type": {"typenames": "proprietaires"},
    "an unknown namespace": {"typenames": "nope:nope"},
    "an unknown format": {"outputformat": "application/x-shockwave-flash"},
    "an unknown projection": {"srsname": "urn:ogc:def:crs:EPSG::27700"},
    "a URL as a projection": {"srsname": "http://127.0.0.1:9/crs"},
    "a file as a projection": {"srsname": "/etc/passwd"},
    "a word as a projection": {"srsname": "Lambert"},
    "an extent that is not numbers": {"bbox": "a,b,c,d"},
    "an extent of three numbers": {"bbox": "1,2,3"},
    "an infinite extent": {"bbox": "-inf,-inf,inf,inf"},
    "an extent of NaN": {"bbox": "nan,nan,nan,nan"},
    "an extent beyond floats": {"bbox": "1e400,0,1,1"},
    "an extent in a URL": {"bbox": "1,2,3,4,http://127.0.0.1:9/crs"},
    "an extent in an unknown projection": {"bbox": "1,2,3,4,EPSG:99999999"},
    "a negative count": {"count": "-1"},
    "a count that is not a number": {"count": "ten"},
    "a count in other digits": {"count": "٣"},
    "a count beyond integers": {"count": str(10**40)},
    "a negative start": {"startindex": "-5"},
    "a start beyond integers": {"startindex": str(10**40)},
    "an unknown property": {"propertyname": "description"},
    "SQL as a property": {"propertyname": "reference;drop table layers_signalement"},
    "an unknown order": {"sortby": "description"},
    "SQL as an order": {"sortby": "reference;select pg_sleep(5)"},
    "an unknown stored query": {"storedquery_id": "urn:x:everything"},
    "an id of an unknown type": {"resourceid": "proprietaires.1"},
    "an id that is not a number": {"resourceid": "signalements.un"},
    "an unknown result type": {"resulttype": "everything"},
    "a filter that is not XML": {"filter": "reference = 'x'"},
    "a filter with a document type": {"filter": "<!DOCTYPE r [<!ENTITY a 'x'>]><Filter>&a;</Filter>"},
    "a filter that is another element": {"filter": "<html/>"},
    "two filters for one type": {"filter": "(<a/>)(<b/>)"},
    "a deep filter": {"filter": "<Not>" * 100 + "</Not>" * 100},
    "a zero": {"typenames": "signalements\0"},
    "a broken namespace": {"namespaces": "xmlns(a"},
    "a language of namespaces": {"namespaces": "javascript:alert(1)"},
}


@pytest.mark.parametrize("parameters", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_a_hostile_address_is_refused(partner_client, parameters):
    query = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": "GetFeature", "TYPENAMES": "signalements"}
    start = time.thread_time()
    response = partner_client.get(
        "/wfs/", query | {name.upper(): value for name, value in parameters.items()}
    )
    assert time.thread_time() - start < LONGEST_S
    assert exception_of(response)


HARMLESS = {
    "SQL as a value": equal("reference", "x' OR '1'='1"),
    "a link as a value": equal("reference", "http://127.0.0.1:9/x"),
    "a wildcard of SQL": equal("reference", "%"),
    "a number beyond its column": equal("id", str(10**30)),
}


@pytest.mark.parametrize("filter_", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_is_only_a_value_finds_nothing(partner_client, filter_):
    assert tree(send(partner_client, get_feature(filter_))).get("numberReturned") == "0"


def test_a_good_document_is_answered(partner_client):
    assert tree(send(partner_client, get_feature(equal("reference", "2026-1")))).get("numberReturned") == "1"


def test_a_filter_of_a_hundred_values_is_answered(partner_client):
    document = get_feature(f"<fes:Filter><fes:Or>{ONE_TERM * 100}</fes:Or></fes:Filter>")
    assert tree(send(partner_client, document)).get("numberReturned") == "0"


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_other_methods_are_refused(partner_client, method):
    assert getattr(partner_client, method)("/wfs/").status_code == 405


def test_a_query_that_takes_too_long_is_told_as_such(partner_client, monkeypatch):
    from tests.api.test_http import cancelled

    monkeypatch.setattr("api.wfs.views.feature_types", cancelled)
    response = ask(partner_client, "GetFeature", typenames="signalements")
    assert response.status_code == 503
    assert b"OperationProcessingFailed" in body(response)
