"""Each layer is described to those who may read it, by documents that catalogues read."""

import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from cadastre_import.sources import SOURCES
from layers.provenance import PRODUCERS
from layers.registry import LAYERS
from tests.factories import ImportRunFactory
from tests.ogc.wfs import NAMESPACES, ask, body

SCHEMAS = Path(settings.REAL_DATA_DIR).parents[1] / "schemas" / "xsd"
GMD = {"gmd": "http://www.isotc211.org/2005/gmd", "gco": "http://www.isotc211.org/2005/gco"}
OF_PEOPLE = {name for name in LAYERS if name.startswith("analyse_")}
OF_PEOPLE |= {"signalements", "arretes", "iris_taux", "lieux_prioritaires"}


@pytest.fixture
def imported(db):
    ImportRunFactory(source="parcelles", millesime=date(2026, 1, 1))
    ImportRunFactory(source="parcelles", millesime=date(2026, 4, 1))
    ImportRunFactory(source="edigeo-parcelles", status="failed", millesime=date(2030, 1, 1))


def texts(document: bytes, path: str) -> list[str]:
    return [found.text for found in ET.fromstring(document).iterfind(path, GMD)]


def test_the_layers_of_people_are_those_declared():
    assert {name for name, layer in LAYERS.items() if layer.is_personal} == OF_PEOPLE


def test_every_source_told_its_producer_and_licence():
    told = {producer.source: producer for producers in PRODUCERS.values() for producer in producers}
    assert told.keys() == SOURCES.keys()
    assert all(producer.producer and producer.licence for producer in told.values())


def test_a_record_tells_its_sources_and_their_newest_edition(imported, partner_client):
    content = partner_client.get("/catalogue/parcelles.jsonld").json()
    [source] = content["prov:wasDerivedFrom"]
    assert source["dct:issued"]["@value"] == "2026-04-01"
    assert source["dct:publisher"]["foaf:name"]["@value"] == SOURCES["parcelles"].producer
    assert source["dct:license"]["@id"].startswith("https://www.etalab.gouv.fr/licence-ouverte")
    assert content["dct:title"]["@value"] == LAYERS["parcelles"].title
    assert content["dct:accessRights"]["@id"].endswith("/PUBLIC")
    iso = partner_client.get("/catalogue/parcelles.xml").content
    assert texts(iso, ".//gmd:LI_Source//gmd:title/gco:CharacterString") == [SOURCES["parcelles"].title]
    assert texts(iso, ".//gmd:LI_Source//gmd:date/gco:Date") == ["2026-04-01"]
    page = partner_client.get("/catalogue/parcelles/").content.decode()
    assert "millésime du 01/04/2026" in page
    assert "Licence Ouverte 2.0" in page


def test_every_address_told_answers(imported, partner_client):
    for name in ("parcelles", "signalements"):
        ways = partner_client.get(f"/catalogue/{name}.jsonld").json()["dcat:distribution"]
        assert len(ways) == 5
        for way in ways:
            response = partner_client.get(way["dcat:accessURL"]["@id"].removeprefix("http://testserver"))
            assert response.status_code == 200, way
            body(response)


def test_only_the_layers_one_may_read_are_told(partner_client, signed_in, user_without_partner, client):
    alone = signed_in(user_without_partner)
    for asking, told in ((partner_client, set(LAYERS)), (alone, set(LAYERS) - OF_PEOPLE)):
        catalogue = asking.get("/catalogue.jsonld").json()
        assert {dataset["dct:identifier"] for dataset in catalogue["dcat:dataset"]} == told
        page = asking.get("/catalogue/").content.decode()
        assert set(re.findall(r'href="/catalogue/(\w+)/"', page)) == told
    for path in ("signalements.xml", "signalements.jsonld", "signalements/", "inconnue.xml", "inconnue/"):
        assert alone.get(f"/catalogue/{path}").status_code == 404
    assert client.get("/catalogue.jsonld").status_code == 401
    assert client.get("/catalogue/")["Location"].startswith("/connexion/")


def test_the_services_lead_to_the_records(imported, partner_client, signed_in, user_without_partner):
    for asking, is_told in ((partner_client, True), (signed_in(user_without_partner), False)):
        capabilities = ET.fromstring(body(ask(asking, "GetCapabilities")))
        xlink = "{http://www.w3.org/1999/xlink}href"
        told = {link.get(xlink) for link in capabilities.iterfind(".//wfs:MetadataURL", NAMESPACES)}
        assert "http://testserver/catalogue/parcelles.xml" in told
        assert "http://testserver/catalogue/signalements.xml" in told  # the same document for every reader
        links = asking.get("/ogc/collections/signalements?f=json").json()["links"]
        assert any("/catalogue/" in link["href"] for link in links) is is_told


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("xmllint"), reason="xmllint n’est pas installé (libxml2-utils)")
@pytest.mark.skipif(not SCHEMAS.exists(), reason=f"schemas not found in {SCHEMAS}")
def test_every_record_is_valid_iso_19139(imported, partner_client, tmp_path):
    files = []
    for name in LAYERS:
        files.append(tmp_path / f"{name}.xml")
        files[-1].write_bytes(partner_client.get(f"/catalogue/{name}.xml").content)
    schema = SCHEMAS / "ogc/iso/19139/20070417/gmd/gmd.xsd"
    checked = subprocess.run(
        ["xmllint", "--nonet", "--noout", "--schema", str(schema), *map(str, files)],
        env={"XML_CATALOG_FILES": str(SCHEMAS / "catalog.xml"), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr[-3000:]
