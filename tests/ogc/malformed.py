"""Requests that the WFS 2.0 and FES 2.0 standards do not allow, one a kind, in the order of their clauses."""

from tests.ogc.wfs import DECLARED, get_feature

POINT = "<gml:Point srsName='urn:ogc:def:crs:EPSG::4326'><gml:pos>46.5 3</gml:pos></gml:Point>"
GEOM, REFERENCE = (f"<fes:ValueReference>{name}</fes:ValueReference>" for name in ("geom", "reference"))
LITERAL = "<fes:Literal>x</fes:Literal>"
EQUAL = f"<fes:PropertyIsEqualTo>{REFERENCE}{LITERAL}</fes:PropertyIsEqualTo>"
TYPES = {"typenames": "signalements"}
BY_ID = {"storedquery_id": "urn:ogc:def:query:OGC-WFS::GetFeatureById"}
RING = "<gml:exterior><gml:LinearRing><gml:posList>{}</gml:posList></gml:LinearRing></gml:exterior>"


def where(condition: str) -> str:
    """Write a GetFeature document with a condition."""
    return get_feature(f"<fes:Filter>{condition}</fes:Filter>")


def compared(
    literal: str, name: str = "reference", operator: str = "PropertyIsEqualTo", more: str = ""
) -> str:
    """Write a document that compares a field with what is given."""
    return where(
        f"<fes:{operator}{more}><fes:ValueReference>{name}</fes:ValueReference>{literal}</fes:{operator}>"
    )


def near(shape: str, operator: str = "Intersects", after: str = "") -> str:
    """Write a document that compares the geometry with a shape."""
    return where(f"<fes:{operator}>{GEOM}{shape}{after}</fes:{operator}>")


def query(content: str = "", **attributes: str) -> str:
    """Write a GetFeature document around a query of its own."""
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    head = f'<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}>'
    return f"{head}<wfs:Query{given}>{content}</wfs:Query></wfs:GetFeature>"


def stored(content: str, **attributes: str) -> str:
    """Write a GetFeature document around a stored query."""
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    head = f'<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}>'
    return f"{head}<wfs:StoredQuery{given}>{content}</wfs:StoredQuery></wfs:GetFeature>"


# By name: the parameters, which replace or (None) remove those of a good GetFeature
PARAMETERS: dict[str, dict[str, str | None]] = {
    # WFS 7.6: common to all requests
    "no service": {**TYPES, "service": None},
    "no request": {**TYPES, "request": None},
    "no version": {**TYPES, "version": None},
    "an empty request": {**TYPES, "request": ""},
    "a version that is too precise": {**TYPES, "version": "2.0.2"},
    "a version of letters": {**TYPES, "version": "deux"},
    # WFS 8: GetCapabilities
    "versions that nobody has": {"request": "GetCapabilities", "version": None, "acceptversions": "9.9.9"},
    # WFS 9: DescribeFeatureType
    "an unknown type described": {"request": "DescribeFeatureType", "typenames": "nope"},
    "a schema in an unknown language": {"request": "DescribeFeatureType", "outputformat": "relax-ng"},
    # WFS 10: GetPropertyValue
    "the value of nothing": {**TYPES, "request": "GetPropertyValue"},
    "the value of an unknown property": {
        **TYPES,
        "request": "GetPropertyValue",
        "valuereference": "description",
    },
    "the value of an expression": {**TYPES, "request": "GetPropertyValue", "valuereference": "count(*)"},
    "the value of a path that is cut": {
        **TYPES,
        "request": "GetPropertyValue",
        "valuereference": "reference[",
    },
    # WFS 11: GetFeature
    "neither type nor stored query": {},
    "a join": {"typenames": "communes,signalements"},
    "aliases of a join": {"typenames": "(communes,signalements)", "aliases": "(a,b)"},
    "twice the same type under an alias too many": {**TYPES, "aliases": "(a,b)"},
    "an unknown language of filters": {**TYPES, "filter_language": "cql", "filter": "a"},
    "a filter and an extent": {**TYPES, "filter": f"<Filter>{EQUAL}</Filter>", "bbox": "1,2,3,4"},
    "ids and an extent": {**TYPES, "resourceid": "signalements.1", "bbox": "1,2,3,4"},
    "ids and a filter": {**TYPES, "resourceid": "signalements.1", "filter": f"<Filter>{EQUAL}</Filter>"},
    "ids of another type": {**TYPES, "resourceid": "communes.1"},
    "more filters than types": {**TYPES, "filter": "(<Filter/>)(<Filter/>)"},
    "an extent of five numbers": {**TYPES, "bbox": "1,2,3,4,5"},
    "an extent of spaces": {**TYPES, "bbox": "1 2 3 4"},
    "an empty extent": {**TYPES, "bbox": ",,,"},
    "an order in a direction that is none": {**TYPES, "sortby": "reference SIDEWAYS"},
    "an order of a path": {**TYPES, "sortby": "commune/nom"},
    "links resolved in an unknown way": {**TYPES, "resolve": "sideways"},
    "a depth of links that is not a number": {**TYPES, "resolvedepth": "profond"},
    "an empty property": {**TYPES, "propertyname": "reference,,statut"},
    "a path as a property": {**TYPES, "propertyname": "../../../etc/passwd"},
    "a projection of digits": {**TYPES, "srsname": "99999999999999999999"},
    "a format of nothing": {**TYPES, "outputformat": "/"},
    "a type and its alias in a namespace not declared": {"typenames": "nope:signalements"},
    "a type by an address": {"typenames": "{urn:nope}signalements"},
    "a page that is a fraction": {**TYPES, "count": "1.5"},
    "a start in hexadecimal": {**TYPES, "startindex": "0x10"},
    # WFS 14: stored queries
    "a stored query without its parameter": {**BY_ID},
    "a stored query for a type that is none": {**BY_ID, "id": "nope.1"},
    "a stored query with a type": {**BY_ID, "id": "signalements.abc"},
    "an unknown stored query described": {"request": "DescribeStoredQueries", "storedquery_id": "urn:nope"},
    "a stored query made": {"request": "CreateStoredQuery"},
    "a stored query dropped": {"request": "DropStoredQuery", "storedquery_id": BY_ID["storedquery_id"]},
    # WFS 12, 13, 15
    "a lock on features": {**TYPES, "request": "GetFeatureWithLock"},
    "a lock": {**TYPES, "request": "LockFeature"},
}

DOCUMENTS: dict[str, str | bytes] = {
    # the document
    "an encoding that is none": "<?xml version='1.0' encoding='klingon'?>" + query(typeNames="signalements"),
    "two roots": query(typeNames="geolhi:signalements") * 2,
    "a byte that is not of the encoding": get_feature(EQUAL).encode().replace(b"x<", b"\xff<"),
    "a null byte": get_feature(EQUAL).encode().replace(b"x<", b"\0<"),
    "a SOAP envelope": '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
    "a prefix that is not declared": get_feature("<nope:Filter/>"),
    "a document of WFS 1.1": '<GetFeature service="WFS" version="1.1.0" xmlns="http://www.opengis.net/wfs"/>',
    "an operation without a namespace": '<GetFeature service="WFS" version="2.0.0"/>',
    "no service in the document": f'<wfs:GetFeature version="2.0.0" {DECLARED}/>',
    "another version in the document": f'<wfs:GetFeature service="WFS" version="3.0" {DECLARED}/>',
    # WFS 11: the query
    "a request without a query": f'<wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}/>',
    "a query of no type": query(),
    "a query of an empty type": query(typeNames=""),
    "a query joined": query(typeNames="geolhi:communes geolhi:signalements"),
    "a query in an unknown projection": query(typeNames="geolhi:signalements", srsName="EPSG:1"),
    "a result type that is none": get_feature(resultType="some"),
    "a format that is none": get_feature(outputFormat="text/nope"),
    "an unknown property of a query": query(
        "<wfs:PropertyName>description</wfs:PropertyName>", typeNames="geolhi:signalements"
    ),
    "an empty property of a query": query("<wfs:PropertyName/>", typeNames="geolhi:signalements"),
    "an order by nothing": query("<fes:SortBy/>", typeNames="geolhi:signalements"),
    "an order by an unknown property": query(
        "<fes:SortBy><fes:SortProperty><fes:ValueReference>nope</fes:ValueReference></fes:SortProperty></fes:SortBy>",
        typeNames="geolhi:signalements",
    ),
    "an order in no direction": query(
        f"<fes:SortBy><fes:SortProperty>{REFERENCE}<fes:SortOrder>UP</fes:SortOrder></fes:SortProperty></fes:SortBy>",
        typeNames="geolhi:signalements",
    ),
    "two filters": get_feature(f"<fes:Filter>{EQUAL}</fes:Filter>" * 2),
    "a stored query that is none": stored("", id="urn:nope"),
    "a stored query without a name": stored(""),
    "a stored query with an unknown parameter": stored(
        '<wfs:Parameter name="nope">1</wfs:Parameter>', id=BY_ID["storedquery_id"]
    ),
    # FES 7.7: comparisons
    "a comparison of nothing": where("<fes:PropertyIsEqualTo/>"),
    "a comparison with nothing": where(f"<fes:PropertyIsEqualTo>{REFERENCE}</fes:PropertyIsEqualTo>"),
    "a comparison of three": compared(LITERAL * 2),
    "a comparison of an unknown property": compared(LITERAL, "description"),
    "a comparison of an empty property": compared(LITERAL, ""),
    "a comparison of a path that is cut": compared(LITERAL, "reference[1"),
    "a comparison of a parent": compared(LITERAL, "../reference"),
    "an unknown comparison": compared(LITERAL, operator="PropertyIsRoughly"),
    "an unknown way to match": compared(LITERAL, more=' matchAction="Most"'),
    "a case that is neither true nor false": compared(LITERAL, more=' matchCase="perhaps"'),
    "a text compared with a shape": compared(POINT),
    "a shape compared with a text": compared(LITERAL, "geom"),
    "a number that is a word": compared(LITERAL, "criticite"),
    "a boolean that is a word": compared(LITERAL, "a_verifier"),
    "a day that is not in the calendar": compared("<fes:Literal>2026-02-30</fes:Literal>", "depose_le"),
    "a day beyond calendars": compared("<fes:Literal>99999-01-01</fes:Literal>", "depose_le"),
    "a literal with elements": compared("<fes:Literal><a/><b/></fes:Literal>"),
    "a pattern without its signs": compared(LITERAL, operator="PropertyIsLike"),
    "a pattern of a number": compared(
        LITERAL, "criticite", "PropertyIsLike", ' wildCard="*" singleChar="?" escapeChar="!"'
    ),
    "a pattern with long signs": compared(
        LITERAL, operator="PropertyIsLike", more=' wildCard="***" singleChar="" escapeChar="!!"'
    ),
    "an interval without an end": compared(
        f"<fes:LowerBoundary>{LITERAL}</fes:LowerBoundary>", operator="PropertyIsBetween"
    ),
    "an interval of nothing": compared(
        "<fes:LowerBoundary/><fes:UpperBoundary/>", "criticite", "PropertyIsBetween"
    ),
    "the absence of nothing": where("<fes:PropertyIsNull/>"),
    "the absence of a literal": where(f"<fes:PropertyIsNull>{LITERAL}</fes:PropertyIsNull>"),
    # FES 7.8: spatial
    "a shape compared with nothing": where(f"<fes:Intersects>{GEOM}</fes:Intersects>"),
    "a text that touches a shape": where(f"<fes:Intersects>{REFERENCE}{POINT}</fes:Intersects>"),
    "a shape that touches a text": near(LITERAL),
    "two shapes and no property": where(f"<fes:Intersects>{POINT * 2}</fes:Intersects>"),
    "an unknown spatial operator": near(POINT, "NearlyTouches"),
    "an extent without an envelope": near("", "BBOX"),
    "an envelope of one corner": near(
        "<gml:Envelope><gml:lowerCorner>1 2</gml:lowerCorner></gml:Envelope>", "BBOX"
    ),
    "an envelope of three axes": near(
        "<gml:Envelope><gml:lowerCorner>1 2 3</gml:lowerCorner><gml:upperCorner>4 5 6</gml:upperCorner>"
        "</gml:Envelope>",
        "BBOX",
    ),
    "an envelope of words": near(
        "<gml:Envelope><gml:lowerCorner>a b</gml:lowerCorner><gml:upperCorner>c d</gml:upperCorner>"
        "</gml:Envelope>",
        "BBOX",
    ),
    "near without a distance": near(POINT, "DWithin"),
    "near by a distance that is a word": near(POINT, "DWithin", "<fes:Distance uom='m'>loin</fes:Distance>"),
    "near by a distance below zero": near(POINT, "DWithin", "<fes:Distance uom='m'>-5</fes:Distance>"),
    "near in a unit that is none": near(POINT, "DWithin", "<fes:Distance uom='toise'>5</fes:Distance>"),
    "near without a unit": near(POINT, "DWithin", "<fes:Distance>5</fes:Distance>"),
    "near by a distance that is not a number": near(
        POINT, "DWithin", "<fes:Distance uom='m'>NaN</fes:Distance>"
    ),
    "beyond an infinite distance": near(POINT, "Beyond", "<fes:Distance uom='m'>Infinity</fes:Distance>"),
    # GML 3.2: shapes
    "an unknown shape": near("<gml:Dodecahedron/>"),
    "a point of no position": near("<gml:Point/>"),
    "a point of one axis": near("<gml:Point><gml:pos>1</gml:pos></gml:Point>"),
    "a line of one point": near("<gml:LineString><gml:posList>1 2</gml:posList></gml:LineString>"),
    "a polygon without an edge": near("<gml:Polygon/>"),
    "a polygon of two corners": near(f"<gml:Polygon>{RING.format('0 0 1 1')}</gml:Polygon>"),
    "a position of four axes": near("<gml:Point srsDimension='4'><gml:pos>1 2 3 4</gml:pos></gml:Point>"),
    "a shape by its address": near("<gml:Point xlink:href='http://127.0.0.1:9/p' xmlns:xlink='http://x'/>"),
    # FES 7.9 to 7.13
    "a temporal operator": compared(LITERAL, "depose_le", "During"),
    "the negation of nothing": where("<fes:Not/>"),
    "the negation of two": where(f"<fes:Not>{EQUAL * 2}</fes:Not>"),
    "an alternative of one": where(f"<fes:Or>{EQUAL}</fes:Or>"),
    "a conjunction of nothing": where("<fes:And/>"),
    "two conditions without a link": where(EQUAL * 2),
    "an id and a condition": where(f"<fes:ResourceId rid='signalements.1'/>{EQUAL}"),
    "an id of nothing": where("<fes:ResourceId/>"),
    "an id of another type": where("<fes:ResourceId rid='communes.1'/>"),
    "an unknown function": compared("<fes:Function name='nope'/>"),
    "a function of no name": compared("<fes:Function/>"),
    "a function of words": compared(f"<fes:Function name='area'>{LITERAL}</fes:Function>", "criticite"),
    "a division by zero": compared(
        "<fes:Div><fes:Literal>1</fes:Literal><fes:Literal>0</fes:Literal></fes:Div>", "criticite"
    ),
    "a sum of words": compared(f"<fes:Add>{LITERAL * 2}</fes:Add>", "criticite"),
    "a sum of one": compared(f"<fes:Add>{LITERAL}</fes:Add>", "criticite"),
}
