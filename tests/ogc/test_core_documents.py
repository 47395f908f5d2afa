"""OGC API Features Part 1, abstract tests on the documents of the service (annex A.2, A.3, A.4)."""

import re

from drf_spectacular.validation import validate_schema

from api.ogc.collections import CONFORMANCE
from layers.models import Signalement
from layers.registry import LAYERS
from tests.ogc.features_api import (
    CRS84,
    ROOT,
    ask,
    assert_valid,
    every_page,
    ids,
    link,
    refused,
    rels,
    with_schemas,
)

DOCUMENTS = ["/", "/api", "/conformance", "/collections", "/collections/parcelles"]
DOCUMENTS += ["/collections/parcelles/schema", "/collections/parcelles/items"]
CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"


@with_schemas
def test_the_landing_page_leads_to_every_part(reader):  # /conf/core/root-op, root-success
    landing = ask(reader, "/")
    assert_valid(landing, "landingPage")
    assert {"self", "alternate", "service-desc", "service-doc", "conformance", "data"} <= rels(landing)
    for rel in ("self", "service-desc", "conformance", "data"):
        ask(reader, link(landing, rel))
    for rel in ("alternate", "service-doc"):
        assert b"<h1>" in reader.get(link(landing, rel)).content


def test_the_definition_is_valid_openapi(reader):  # /conf/core/api-definition-*, /conf/oas30/*
    definition = ask(reader, "/api")
    validate_schema(definition)
    assert definition["openapi"].startswith("3.0")
    assert definition["servers"][0]["url"] == ROOT
    for name in LAYERS:
        assert {f"/collections/{name}/items", f"/collections/{name}/items/{{featureId}}"} <= set(
            definition["paths"]
        )


def test_every_operation_of_the_definition_answers(reader):  # /conf/oas30/completeness
    definition = ask(reader, "/api")
    operations = [path["get"]["operationId"] for path in definition["paths"].values()]
    assert len(set(operations)) == len(operations)
    for path in definition["paths"]:
        query = {"updated_since": "2024-01-01T00:00:00Z"} if path.endswith("/deletions") else {}
        if "{" not in path:
            ask(reader, path, **query)


def test_parameters_are_declared_as_the_standard_says(reader):  # fc-limit-, fc-bbox-, fc-time-definition
    parameters = ask(reader, "/api")["components"]["parameters"]
    limit = parameters["limit"]["schema"]
    assert (limit["type"], limit["minimum"], limit["default"]) == ("integer", 1, 100)
    assert limit["maximum"] == 10_000
    assert [size["minItems"] for size in parameters["bbox"]["schema"]["oneOf"]] == [4, 6]
    for name in ("limit", "bbox", "datetime"):
        assert (parameters[name]["style"], parameters[name]["explode"]) == ("form", False)
        assert (parameters[name]["in"], parameters[name]["required"]) == ("query", False)


@with_schemas
def test_the_conformance_declares_what_is_held(reader):  # /conf/core/conformance-*
    document = ask(reader, "/conformance")
    assert_valid(document, "confClasses")
    assert document["conformsTo"] == list(CONFORMANCE)
    assert {f"{CORE}{name}" for name in ("core", "oas30", "geojson", "html")} <= set(CONFORMANCE)


@with_schemas
def test_the_collections_are_the_layers(reader):  # /conf/core/fc-md-*, rc-md-*
    document = ask(reader, "/collections")
    assert_valid(document, "collections")
    assert {"self", "alternate"} <= rels(document)
    assert [found["id"] for found in document["collections"]] == list(LAYERS)
    for found in document["collections"]:
        assert found["itemType"] == "feature"
        assert found["extent"]["spatial"]["crs"] == CRS84
        items = [each for each in found["links"] if each["rel"] == "items"]
        assert {each["type"] for each in items} == {"application/geo+json", "text/html"}
        assert all(each["type"] for each in found["links"])


@with_schemas
def test_a_collection_alone_is_what_the_list_says(reader):  # /conf/core/sfc-md-*
    for listed in ask(reader, "/collections")["collections"]:
        alone = ask(reader, f"/collections/{listed['id']}")
        assert_valid(alone, "collection")
        assert alone == listed


def test_the_extent_holds_every_feature(reader):
    west, south, east, north = ask(reader, "/collections/communes")["extent"]["spatial"]["bbox"][0]
    for name in LAYERS:
        inside = ask(reader, f"/collections/{name}/items", bbox=f"{west},{south},{east},{north}")
        assert inside["numberMatched"] == ask(reader, f"/collections/{name}/items")["numberMatched"]
    assert east - west < 1  # it is that of this territory, not of the world


def test_unknown_parameters_are_refused(reader):  # /conf/core/query-param-unknown
    for path in DOCUMENTS:
        assert "paramètre inconnu" in refused(reader, path, inconnu="1")
        assert "donné 2 fois" in refused(reader, f"{path}?f=json&f=html")


ACCEPTED = (
    ({}, "text/html,application/xhtml+xml,*/*;q=0.8", "html"),
    ({}, "*/*", "json"),
    ({}, "application/geo+json, application/json", "json"),
    ({"f": "html"}, "application/json", "html"),
    ({"f": "json"}, "text/html", "json"),
)


def test_every_document_comes_in_both_formats(reader):  # /conf/geojson, /conf/html
    for path in DOCUMENTS:
        for query, accept, kind in ACCEPTED:
            response = reader.get(f"{ROOT}{path}", query, headers={"Accept": accept})
            assert response.status_code == 200
            if not path.endswith("/schema"):
                assert kind in response["Content-Type"], (path, query, accept)
        assert "f attend" in refused(reader, path, f="xml")


def test_a_document_that_was_read_is_not_sent_again(reader):
    for path in DOCUMENTS[:-1]:
        first = reader.get(f"{ROOT}{path}", headers={"Accept": "application/json"})
        again = reader.get(f"{ROOT}{path}", headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert "private" in first["Cache-Control"]


def test_nothing_can_be_written(reader):  # /conf/core/http
    one = ids(ask(reader, "/collections/signalements/items"))[0]
    for path in ("/", "/collections/signalements/items", f"/collections/signalements/items/{one}"):
        for method in (reader.post, reader.put, reader.patch, reader.delete):
            response = method(f"{ROOT}{path}", b"{}", content_type="application/json")
            assert response.status_code == 405
            assert response["Allow"] == "GET, HEAD"
        assert reader.head(f"{ROOT}{path}").status_code == 200
    assert ask(reader, "/collections/signalements/items")["numberMatched"] == 7


def test_what_does_not_exist_is_404(reader):
    for path in ("/collections/nulle", "/collections/nulle/items", "/collections/nulle/items/1"):
        assert "collection inconnue" in refused(reader, path, 404)
    for key in ("999999", "abc", "-1", "9" * 30, "1.5", "a/b", "%00"):
        assert "pas d’objet" in refused(reader, f"/collections/signalements/items/{key}", 404)
    assert "pas d’objet" in refused(reader, "/collections/parcelles/items/a/b", 404)


def test_pages_for_people_are_french_and_have_a_map(reader):
    one = ids(ask(reader, "/collections/signalements/items"))[0]
    for path in (
        "/collections/signalements",
        "/collections/signalements/items",
        f"/collections/signalements/items/{one}",
    ):
        page = reader.get(f"{ROOT}{path}", {"f": "html"}).content.decode()
        assert '<html lang="fr">' in page
        assert page.count("<h1") == 1
        assert 'id="map-config"' in page
        assert "features-map.js" in page
        titles = re.findall(r"<title>(.*?)</title>", page)
        assert "Signalements" in titles[0]
    page = reader.get(f"{ROOT}/collections/signalements/items?f=html&limit=3").content.decode()
    assert "7 objets en tout, 3 sur cette page" in page
    assert 'rel="next"' in page


def test_a_page_says_types_and_numbers_as_people_do(reader, partner_user):
    fields = reader.get(f"{ROOT}/collections/signalements?f=html").content.decode()
    assert re.findall(
        r"<code>(?:statut|depose_le|criticite|a_verifier|geom)</code>.*?<td>([^<]*)</td></tr>", fields
    ) == [
        "texte",
        "date",
        "oui ou non",
        "nombre",
        "point",
    ]
    Signalement.objects.unscoped("essai").update(criticite=4.352240896359)
    rows = reader.get(f"{ROOT}/collections/signalements/items?f=html").content.decode()
    assert "<td>4,352241</td>" in rows
    Signalement.objects.unscoped("essai").update(criticite=1200.0)
    rows = reader.get(f"{ROOT}/collections/signalements/items?f=html").content.decode()
    assert re.search("<td>1\\s200</td>", rows)


def test_every_layer_has_the_ids_of_the_wfs(reader):
    from tests.ogc.wfs import ask as ask_wfs
    from tests.ogc.wfs import collection as wfs_collection

    for name, layer in LAYERS.items():
        features = wfs_collection(ask_wfs(reader, "GetFeature", typenames=name, outputformat="geojson"))[
            "features"
        ]
        expected = {feature["properties"][layer.key] for feature in features}
        found = [
            key for page in every_page(reader, f"/collections/{name}/items", limit=2) for key in ids(page)
        ]
        assert set(found) == expected, name
        assert len(found) == len(expected) == len(features) > 0, name
