"""A WFS client for the tests: asks with the case and the namespaces of a real one, and reads the answers."""

import json
import xml.etree.ElementTree as ET
from typing import Any

from django.test import Client

NAMESPACES = {
    "wfs": "http://www.opengis.net/wfs/2.0",
    "fes": "http://www.opengis.net/fes/2.0",
    "gml": "http://www.opengis.net/gml/3.2",
    "ows": "http://www.opengis.net/ows/1.1",
    "geolhi": "urn:x-geo-lhi:couches",
}
DECLARED = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items())


def ask(client: Client, request: str, **parameters: Any):
    """Send a KVP request; ``typenames`` and others as keyword arguments."""
    query = {"SERVICE": "WFS", "VERSION": "2.0.0", "REQUEST": request}
    return client.get("/wfs/", query | {name.upper(): value for name, value in parameters.items()})


def send(client: Client, document: str | bytes, content_type: str = "text/xml"):
    """Post a document."""
    return client.post("/wfs/", data=document, content_type=content_type)


def get_feature(filter_: str = "", layer: str = "signalements", **attributes: Any) -> str:
    """Write a GetFeature document."""
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><wfs:GetFeature service="WFS" version="2.0.0" {DECLARED}{given}>'
        f'<wfs:Query typeNames="geolhi:{layer}">{filter_}</wfs:Query></wfs:GetFeature>'
    )


def body(response) -> bytes:
    """Give the bytes of an answer, streamed or not."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def tree(response) -> ET.Element:
    """Parse an XML answer of status 200."""
    content = body(response)
    assert response.status_code == 200, content
    return ET.fromstring(content)


def collection(response) -> dict[str, Any]:
    """Parse a GeoJSON answer of status 200."""
    content = body(response)
    assert response.status_code == 200, content
    return json.loads(content)


def values(response, name: str, layer: str = "signalements") -> list[str]:
    """Give the values of a property over the features of a GML answer."""
    return [found.text for found in tree(response).iterfind(f".//geolhi:{layer}/geolhi:{name}", NAMESPACES)]


def exception_of(response) -> str:
    """Check that the answer is an OWS exception report of status 400, and give its code."""
    report = ET.fromstring(body(response))
    assert report.tag == f"{{{NAMESPACES['ows']}}}ExceptionReport"
    assert response.status_code == 400
    return report.find("ows:Exception", NAMESPACES).get("exceptionCode")


def exception_report(response) -> str:
    """Give the sentence of an OWS exception report, whatever its status."""
    report = ET.fromstring(body(response))
    assert report.tag == f"{{{NAMESPACES['ows']}}}ExceptionReport"
    return report.find("ows:Exception/ows:ExceptionText", NAMESPACES).text
