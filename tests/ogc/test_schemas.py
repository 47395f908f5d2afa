"""Every answer of the WFS is valid by the schemas of the standards, read by xmllint without a network."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings

from layers.registry import CRS_LIST, LAYERS
from tests.factories import SignalementFactory
from tests.layer_rows import lay_one_of_each
from tests.ogc import test_hostile_requests as hostile
from tests.ogc.malformed import DOCUMENTS, PARAMETERS
from tests.ogc.test_malformed_requests import ask_malformed
from tests.ogc.wfs import ask, body, get_feature, send

SCHEMAS = Path(settings.REAL_DATA_DIR).parents[1] / "schemas" / "xsd"
STORED = "urn:ogc:def:query:OGC-WFS::GetFeatureById"
WRAPPER = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
<xs:import namespace="http://www.opengis.net/wfs/2.0" schemaLocation="http://schemas.opengis.net/wfs/2.0/wfs.xsd"/>
<xs:import namespace="http://www.opengis.net/gml/3.2" schemaLocation="http://schemas.opengis.net/gml/3.2.1/gml.xsd"/>
<xs:import namespace="http://www.opengis.net/ows/1.1" schemaLocation="http://schemas.opengis.net/ows/1.1.0/owsAll.xsd"/>
<xs:import namespace="urn:x-geo-lhi:couches" schemaLocation="layers.xsd"/>
</xs:schema>"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("xmllint"), reason="xmllint n’est pas installé (libxml2-utils)"),
    pytest.mark.skipif(not SCHEMAS.exists(), reason=f"schemas not found in {SCHEMAS}"),
]


@pytest.fixture
def validate(partner_client, tmp_path):
    """Give the function that validates answers by name, and gives what xmllint says of those that are not valid."""
    described = body(ask(partner_client, "DescribeFeatureType"))
    (tmp_path / "layers.xsd").write_bytes(described)
    (tmp_path / "all.xsd").write_text(WRAPPER)

    def run(answers: dict[str, bytes]) -> dict[str, str]:
        for name, content in answers.items():
            (tmp_path / f"{quote(name)}.xml").write_bytes(content)
        done = subprocess.run(
            [
                "xmllint",
                "--noout",
                "--nonet",
                "--schema",
                "all.xsd",
                *(f"{quote(name)}.xml" for name in answers),
            ],
            env=os.environ | {"XML_CATALOG_FILES": f"file://{SCHEMAS}/catalog.xml"},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        said = done.stderr
        valid = {name for name in answers if f"{quote(name)}.xml validates" in said}
        return {name: said[:3000] for name in answers if name not in valid}

    return run


def test_the_answers_of_every_layer_are_valid(partner_client, commune, validate):
    lay_one_of_each(commune)
    answers = {}
    for layer in LAYERS:
        asked = {"typenames": layer}
        page = body(ask(partner_client, "GetFeature", **asked, count=5))
        assert f"<geolhi:{layer} ".encode() in page
        identifier = re.search(rb'gml:id="([^"]+)"', page)[1].decode()
        key = LAYERS[layer].key
        responses = {
            "hits": ask(partner_client, "GetFeature", **asked, resulttype="hits"),
            "nothing": ask(partner_client, "GetFeature", **asked, bbox="1,1,2,2"),
            "in metres": ask(partner_client, "GetFeature", **asked, srsname="EPSG:2154"),
            "one field": ask(partner_client, "GetFeature", **asked, propertyname=key),
            "values": ask(partner_client, "GetPropertyValue", **asked, valuereference=key),
            "shapes": ask(partner_client, "GetPropertyValue", **asked, valuereference="geom"),
            "by id": ask(partner_client, "GetFeature", storedquery_id=STORED, id=identifier),
            "by document": send(partner_client, get_feature(layer=layer, count=2)),
        }
        assert {name for name, response in responses.items() if response.status_code != 200} == set(), layer
        answers |= {f"{layer} {name}": body(response) for name, response in responses.items()}
        answers[layer] = page
    assert validate(answers) == {}


def test_the_schema_of_each_layer_alone_is_enough(partner_client, commune, validate, tmp_path):
    """A client asks for the schema of the layer that it reads, and of no other."""
    lay_one_of_each(commune)
    for layer in LAYERS:
        (tmp_path / "layers.xsd").write_bytes(
            body(ask(partner_client, "DescribeFeatureType", typenames=layer))
        )
        page = body(ask(partner_client, "GetFeature", typenames=layer, count=1))
        end = f"</geolhi:{layer}>".encode()
        spoilt = page.replace(
            end, b"<geolhi:nulle/>" + end
        )  # an element that no schema knows would pass alone
        assert set(validate({"as it is": page, "spoilt": spoilt})) == {"spoilt"}, layer


def test_the_answers_of_every_operation_are_valid(partner_client, commune, validate):
    SignalementFactory.create_batch(3, commune=commune)
    pk = SignalementFactory(commune=commune).pk
    reports = {"typenames": "signalements"}
    nothing = {"bbox": "1,1,2,2"}
    answers = {
        "capabilities": ask(partner_client, "GetCapabilities"),
        "first page": ask(partner_client, "GetFeature", **reports, count=2),
        "last page": ask(partner_client, "GetFeature", **reports, count=2, startindex=3),
        "past the last page": ask(partner_client, "GetFeature", **reports, count=2, startindex=90),
        "unpaged": ask(partner_client, "GetFeature", **reports),
        "hits": ask(partner_client, "GetFeature", **reports, resulttype="hits"),
        "no hits": ask(partner_client, "GetFeature", **reports, **nothing, resulttype="hits"),
        "nothing": ask(partner_client, "GetFeature", **reports, **nothing),
        "two types": ask(partner_client, "GetFeature", typenames="(signalements)(communes)", count=5),
        "some properties": ask(partner_client, "GetFeature", **reports, propertyname="reference,statut"),
        "values": ask(partner_client, "GetPropertyValue", **reports, valuereference="reference"),
        "stored queries": ask(partner_client, "ListStoredQueries"),
        "described queries": ask(partner_client, "DescribeStoredQueries"),
        "one feature": ask(partner_client, "GetFeature", storedquery_id=STORED, id=f"signalements.{pk}"),
        "by document": send(partner_client, get_feature(count=2)),
    }
    answers |= {
        f"in {srid}": ask(partner_client, "GetFeature", **reports, srsname=f"urn:ogc:def:crs:EPSG::{srid}")
        for srid in CRS_LIST
    }
    assert {name for name, response in answers.items() if response.status_code != 200} == set()
    assert validate({name: body(response) for name, response in answers.items()}) == {}


def test_the_reports_of_exceptions_are_valid(partner_client, db, validate):
    answers = {
        "unknown type": ask(partner_client, "GetFeature", typenames="proprietaires"),
        "unknown operation": ask(partner_client, "GetEverything"),
        "unknown version": ask(partner_client, "GetFeature", typenames="communes", version="1.0.0"),
        "unreadable": send(partner_client, "{}"),
        "missing feature": ask(partner_client, "GetFeature", storedquery_id=STORED, id="signalements.1"),
        "a write": send(partner_client, '<wfs:Transaction xmlns:wfs="http://www.opengis.net/wfs/2.0"/>'),
    }
    assert {name for name, response in answers.items() if response.status_code < 400} == set()
    assert validate({name: body(response) for name, response in answers.items()}) == {}


@pytest.mark.filterwarnings("ignore:Non closed ring:RuntimeWarning")
def test_the_report_of_every_malformed_or_hostile_request_is_valid(partner_client, db, validate):
    answers = {f"P {name}": ask_malformed(partner_client, asked) for name, asked in PARAMETERS.items()}
    answers |= {f"D {name}": send(partner_client, document) for name, document in DOCUMENTS.items()}
    answers |= {f"H {name}": send(partner_client, document) for name, document in hostile.DOCUMENTS.items()}
    assert {name for name, response in answers.items() if response.status_code != 400} == set()
    assert validate({name: body(response) for name, response in answers.items()}) == {}


def test_an_answer_that_is_not_valid_is_told(partner_client, commune, validate):
    SignalementFactory(commune=commune)
    page = body(ask(partner_client, "GetFeature", typenames="signalements"))
    spoilt = re.sub(rb"<geolhi:depose_le>[^<]*<", b"<geolhi:depose_le>hier<", page)
    assert "depose_le" in validate({"spoilt": spoilt})["spoilt"]
