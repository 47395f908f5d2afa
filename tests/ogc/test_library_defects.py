"""The defects of django-gisserver that ``api/wfs`` works round: each is shown alone, then shown mended.

When a test of the first kind fails, the library was mended: take our work-around out.
"""

import inspect
from dataclasses import replace
from pathlib import Path

import pytest
from defusedxml.common import DefusedXmlException
from django.db import connection
from django.test.utils import CaptureQueriesContext
from gisserver.crs import CRS
from gisserver.exceptions import ExternalParsingError
from gisserver.features import FeatureType, field
from gisserver.operations import wfs20
from gisserver.output.results import SimpleFeatureCollection
from gisserver.parsers.gml.geometries import GEOSGMLGeometry
from gisserver.parsers.xml import parse_xml_from_string
from gisserver.types import XsdTypes
from gisserver.views import WFSView

from api.wfs import geometries
from api.wfs.views import LayersWFS
from layers.models import IrisResult, Parcelle, Signalement
from layers.registry import LAYERS
from tests.factories import IrisResultFactory, SignalementFactory, point
from tests.ogc.wfs import ask, body, exception_of, get_feature, send, tree, values

ENVELOPE = (
    '<gml:Envelope xmlns:gml="http://www.opengis.net/gml/3.2"><gml:lowerCorner>46.4999 2.9999</gml:lowerCorner>'
    "<gml:upperCorner>46.5002 3.0002</gml:upperCorner></gml:Envelope>"
)


class TestEnvelopeWithoutProjection:
    def test_the_library_refuses_it(self):
        with pytest.raises(ExternalParsingError, match="srsName"):
            geometries.library_from_xml(GEOSGMLGeometry, parse_xml_from_string(ENVELOPE))

    def test_it_is_read_in_the_default_projection_of_the_type(self, partner_client, commune):
        SignalementFactory(commune=commune, reference="in", geom=point(5, 5))
        SignalementFactory(commune=commune, reference="out", geom=point(500, 500))
        box = f"<fes:Filter><fes:BBOX><fes:ValueReference>geom</fes:ValueReference>{ENVELOPE}</fes:BBOX></fes:Filter>"
        assert values(send(partner_client, get_feature(box)), "reference") == ["in"]


class TestExtentInTheOldNotation:
    def test_the_library_reads_latitude_first(self):
        geometry = geometries.library_from_bbox(GEOSGMLGeometry, "2.9,46.4,3.1,46.6,EPSG:4326")
        assert CRS.from_string("EPSG:4326").force_xy
        assert geometry.geos_data._axis_order is not None
        assert geometry.geos_data._axis_order.name == "AUTHORITY"

    def test_it_is_read_longitude_first(self, partner_client, commune):
        SignalementFactory(commune=commune, reference="in", geom=point(5, 5))
        answer = ask(
            partner_client,
            "GetFeature",
            typenames="signalements",
            bbox="2.9999,46.4999,3.0002,46.5002,EPSG:4326",
        )
        assert values(answer, "reference") == ["in"]


class TestLengthOfAPage:
    def test_the_library_does_not_say_it_where_clients_look(self, partner_client, monkeypatch):
        stock = WFSView.accept_operations
        monkeypatch.setattr(LayersWFS, "accept_operations", stock)
        assert b"CountDefault" not in ask(partner_client, "GetCapabilities").content

    def test_it_is_said_on_the_operation(self, partner_client):
        capabilities = tree(ask(partner_client, "GetCapabilities"))
        namespaces = {"ows": "http://www.opengis.net/ows/1.1"}
        [operation] = [
            found
            for found in capabilities.iterfind(".//ows:Operation", namespaces)
            if found.get("name") == "GetFeature"
        ]
        constraint = operation.find("ows:Constraint[@name='CountDefault']/ows:DefaultValue", namespaces)
        assert constraint.text == str(LayersWFS.max_page_size)


class TestContact:
    def test_the_library_writes_an_empty_provider_without_one(self, partner_client, monkeypatch):
        """The schema wants a ProviderSite or a ServiceContact after the name."""
        monkeypatch.setattr(LayersWFS.service_description, "contact_person", None)
        content = ask(partner_client, "GetCapabilities").content.decode()
        provider = content.partition("<ows:ServiceProvider>")[2].partition("</ows:ServiceProvider>")[0]
        assert "ServiceContact" not in provider
        assert "ProviderSite" not in provider


class TestErrors:
    def test_the_library_lets_a_document_type_through_as_a_bug(self):
        with pytest.raises(DefusedXmlException):
            parse_xml_from_string("<!DOCTYPE r [<!ENTITY a 'x'>]><r>&a;</r>")

    def test_the_library_lets_a_function_through_as_a_bug(self, partner_client, commune, monkeypatch):
        monkeypatch.setattr(LayersWFS, "handle_exception", WFSView.handle_exception)
        with pytest.raises(NotImplementedError):
            ask(partner_client, "GetFeature", typenames="signalements", sortby="length(reference)")

    def test_it_ends_in_an_exception_report(self, partner_client, commune):
        answer = ask(partner_client, "GetFeature", typenames="signalements", sortby="length(reference)")
        assert exception_of(answer) == "OperationParsingFailed"

    @pytest.mark.parametrize("kind", [RuntimeError, TypeError, LookupError, ValueError, AttributeError])
    def test_a_bug_of_ours_stays_a_bug(self, partner_client, commune, monkeypatch, kind):
        """Even of the kinds that the library lets through for what it cannot read."""

        def broken(*args, **kwargs):
            raise kind("a bug")

        with monkeypatch.context() as patched:
            patched.setattr("api.wfs.views.feature_types", broken)
            with pytest.raises(kind, match="a bug"):
                ask(partner_client, "GetCapabilities")
        reads = LAYERS["signalements"]
        monkeypatch.setitem(LAYERS, "signalements", replace(reads, rows=broken))
        with pytest.raises(kind, match="a bug"):
            ask(partner_client, "GetFeature", typenames="signalements")


class TestNameOfARow:
    def test_the_library_publishes_the_text_of_a_row(self, commune):
        report = SignalementFactory(commune=commune, reference="its text")
        stock = FeatureType(Signalement.objects.unscoped("the library's default"), fields=["id", "geom"])
        assert stock.show_name_field
        assert stock.get_display_value(report) == "its text"

    def test_nothing_but_the_fields_leaves(self, partner_client, commune):
        SignalementFactory(commune=commune)
        for output in ({}, {"outputformat": "geojson"}):
            content = body(ask(partner_client, "GetFeature", typenames="signalements", **output))
            assert b"gml:name" not in content
            assert b"geometry_name" not in content


class TestDeepPages:
    def test_the_library_pages_by_offset_alone(self):
        assert "pk__in" not in inspect.getsource(SimpleFeatureCollection)

    @pytest.mark.parametrize("output", [{}, {"outputformat": "geojson"}, {"outputformat": "csv"}])
    def test_a_deep_page_is_chosen_by_its_keys(self, partner_client, commune, output):
        SignalementFactory.create_batch(6, commune=commune)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            content = body(
                ask(partner_client, "GetFeature", typenames="signalements", startindex=4, count=2, **output)
            )
        [page] = [query["sql"] for query in queries if "OFFSET 4" in query["sql"]]
        inner = page.partition(" IN (SELECT ")[2]
        assert "OFFSET 4" in inner
        assert "ST_As" not in inner
        assert content.count(b"2026-03-15") == 2


class TestCounts:
    def test_the_library_publishes_a_type_that_gdal_does_not_read(self):
        stock = FeatureType(Parcelle.objects.all(), fields=["contenance", "geom"])
        stock.bind_namespace("urn:x")
        assert stock.xsd_type.elements[0].type is XsdTypes.nonNegativeInteger

    def test_they_are_integers(self, partner_client):
        schema = ask(partner_client, "DescribeFeatureType").content
        assert b'name="contenance" type="integer"' in schema
        assert b"nonNegativeInteger" not in schema


class TestGeometryOnARelatedRow:
    def test_the_library_looks_for_it_twice(self, commune):
        """Hence LayerType: the path of the geometry is only valid from the main row."""
        assert "sub_fields" not in inspect.getsource(FeatureType.get_related_queryset)

    def test_it_is_written_once(self, partner_client, commune):
        IrisResultFactory(iris__commune=commune)
        with CaptureQueriesContext(connection) as queries:
            tree(ask(partner_client, "GetFeature", typenames="iris_taux"))
        assert sum("ST_AsGML" in query["sql"] for query in queries) == 1

    def test_the_stock_type_fails(self, partner_client, commune, monkeypatch):
        IrisResultFactory(iris__commune=commune)
        rows = IrisResult.objects.unscoped("the library's default").order_by("pk")
        stock = FeatureType(
            rows,
            name="iris_taux",
            fields=["id", field("geom", model_attribute="iris.geom")],
            geometry_field_name="iris.geom",
        )
        monkeypatch.setattr("api.wfs.views.feature_types", lambda *given, **named: [stock])
        with pytest.raises(Exception, match="Cannot resolve keyword 'iris'"):
            ask(partner_client, "GetFeature", typenames="iris_taux")


def test_the_operations_that_are_not_ours_are_the_librarys():
    ours = LayersWFS.accept_operations["WFS"]
    assert ours.keys() == WFSView.accept_operations["WFS"].keys()
    assert ours["DescribeFeatureType"] is wfs20.DescribeFeatureType


def test_the_library_writes_no_address_of_a_description():
    template = Path(inspect.getfile(WFSView)).parent / "templates/gisserver/wfs/2.0.0/get_capabilities.xml"
    assert "{{ metadata_url|urljoin" in template.read_text()
