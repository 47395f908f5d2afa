"""Which test of ours holds each abstract test of OGC API Features (Parts 1 to 3) and CQL2; and those left over.

An abstract test without a test of ours, or a class declared without its abstract tests, fails here.
"""

from importlib import import_module

import pytest

from api.ogc.collections import CONFORMANCE
from layers.registry import LAYERS
from tests.ogc.features_api import CRS84, ask, ids

ITEMS = "/collections/signalements/items"
HERE = "test_abstract_tests"

# By class of conformance: the abstract tests, and where each is held
CORE = {
    "http": "test_core_documents.test_nothing_can_be_written",
    "root-op": "test_core_documents.test_the_landing_page_leads_to_every_part",
    "root-success": "test_core_documents.test_the_landing_page_leads_to_every_part",
    "api-definition-op": "test_core_documents.test_the_definition_is_valid_openapi",
    "api-definition-success": "test_core_documents.test_the_definition_is_valid_openapi",
    "conformance-op": "test_core_documents.test_the_conformance_declares_what_is_held",
    "conformance-success": "test_core_documents.test_the_conformance_declares_what_is_held",
    "fc-md-op": "test_core_documents.test_the_collections_are_the_layers",
    "fc-md-success": "test_core_documents.test_the_collections_are_the_layers",
    "fc-md-links": f"{HERE}.test_every_link_says_its_type_and_opens",
    "fc-md-items": "test_core_documents.test_the_collections_are_the_layers",
    "fc-md-items-links": "test_core_documents.test_the_collections_are_the_layers",
    "fc-md-extent": f"{HERE}.test_the_extents_hold_the_features",
    "sfc-md-op": "test_core_documents.test_a_collection_alone_is_what_the_list_says",
    "sfc-md-success": "test_core_documents.test_a_collection_alone_is_what_the_list_says",
    "fc-op": "test_core_items.test_features_are_geojson",
    "fc-response": "test_core_items.test_features_are_geojson",
    "fc-limit-definition": "test_core_documents.test_parameters_are_declared_as_the_standard_says",
    "fc-limit-response": "test_core_items.test_pages_follow_each_other_without_gap_or_repeat",
    "fc-bbox-definition": "test_core_documents.test_parameters_are_declared_as_the_standard_says",
    "fc-bbox-response": "test_core_items.test_a_rectangle_keeps_what_touches_it",
    "fc-time-definition": "test_core_documents.test_parameters_are_declared_as_the_standard_says",
    "fc-time-response": "test_core_items.test_a_period_keeps_what_is_of_then",
    "fc-links": "test_core_items.test_pages_follow_each_other_without_gap_or_repeat",
    "fc-rel-type": f"{HERE}.test_every_link_says_its_type_and_opens",
    "fc-timeStamp": "test_core_items.test_a_page_says_when_it_was_made_and_how_many_there_are",
    "fc-numberMatched": "test_core_items.test_a_page_says_when_it_was_made_and_how_many_there_are",
    "fc-numberReturned": "test_core_items.test_a_page_says_when_it_was_made_and_how_many_there_are",
    "f-op": "test_core_items.test_features_are_geojson",
    "f-success": "test_core_items.test_features_are_geojson",
    "f-links": f"{HERE}.test_every_link_says_its_type_and_opens",
    "query-param-unknown": "test_core_documents.test_unknown_parameters_are_refused",
    "query-param-invalid": "test_core_items.test_a_period_that_is_none_is_refused",
    "crs84": f"{HERE}.test_the_extents_hold_the_features",
}
OAS30 = {
    "oas-definition-1": "test_core_documents.test_the_definition_is_valid_openapi",
    "oas-definition-2": "test_core_documents.test_the_definition_is_valid_openapi",
    "oas-impl": "tests.api.test_openapi_documents.test_every_answer_is_as_the_document_says",
    "completeness": "test_core_documents.test_every_operation_of_the_definition_answers",
    "exceptions-codes": f"{HERE}.test_refusals_and_identification_are_described",
    "security": f"{HERE}.test_refusals_and_identification_are_described",
}
GEOJSON = {
    "definition": "test_core_items.test_the_media_types_are_geojson",
    "content": "test_core_items.test_features_are_geojson",
}
HTML = {
    "definition": "test_core_documents.test_every_document_comes_in_both_formats",
    "content": "test_core_documents.test_pages_for_people_are_french_and_have_a_map",
}
CRS = {
    "crs-uri": "test_crs.test_every_collection_lists_its_systems",
    "fc-md-crs-list": "test_crs.test_every_collection_lists_its_systems",
    "fc-md-storageCrs": "test_crs.test_every_collection_lists_its_systems",
    "fc-md-crs-list-global": "test_crs.test_every_collection_lists_its_systems",
    "fc-crs-definition": f"{HERE}.test_systems_are_parameters_of_pages_and_of_features",
    "fc-bbox-crs-definition": f"{HERE}.test_systems_are_parameters_of_pages_and_of_features",
    "fc-crs-valid-value": "test_crs.test_a_system_that_is_not_listed_is_refused",
    "fc-bbox-crs-valid-value": "test_crs.test_a_system_that_is_not_listed_is_refused",
    "fc-crs-default-value": f"{HERE}.test_systems_are_parameters_of_pages_and_of_features",
    "fc-bbox-crs-default-value": "test_crs.test_a_rectangle_is_read_in_its_system",
    "fc-bbox-crs-action": "test_crs.test_a_rectangle_is_read_in_its_system",
    "crs-action": "test_crs.test_positions_are_those_of_proj_with_its_axes",
    "ogc-crs-header": "test_crs.test_the_answer_says_its_system",
    "ogc-crs-header-value": "test_crs.test_the_answer_says_its_system",
    "geojson": "test_crs.test_the_answer_says_its_system",
}
QUERYABLES = {
    "queryables-link": "test_filters.test_every_collection_tells_its_queryables",
    "get-queryables": "test_filters.test_every_collection_tells_its_queryables",
    "get-queryables-response": "test_filters.test_every_collection_tells_its_queryables",
}
QUERY_PARAMETERS = {
    "parameters": f"{HERE}.test_each_field_is_a_parameter_of_its_type",
    "logical-operator": "test_core_items.test_fields_filter",
}
FILTER = {
    "filter-param": f"{HERE}.test_filters_are_declared_as_the_standard_says",
    "filter-param-multiple-collections": "test_filters.test_every_collection_tells_its_queryables",
    "filter-lang-param": f"{HERE}.test_filters_are_declared_as_the_standard_says",
    "filter-lang-default": "test_filters.test_filters_keep_the_rows_for_which_they_are_true",
    "filter-crs-param": f"{HERE}.test_filters_are_declared_as_the_standard_says",
    "filter-crs-wgs84": "test_filters.test_shapes_filter",
    "mixing-expressions": "test_filters.test_filters_go_with_the_other_parameters_and_the_pages",
    "response": "test_filters.test_filters_keep_the_rows_for_which_they_are_true",
    "invalid": "test_filters.test_what_is_not_a_filter_of_the_collection_is_refused",
}
COMPARED = "test_filters.test_filters_keep_the_rows_for_which_they_are_true"
HELD = {
    "ogcapi-common-1/1.0/conf/core": {"landing-page": CORE["root-op"], "conformance": CORE["conformance-op"]},
    "ogcapi-common-2/1.0/conf/collections": {"list": CORE["fc-md-op"], "one": CORE["sfc-md-op"]},
    "ogcapi-features-1/1.0/conf/core": CORE,
    "ogcapi-features-1/1.0/conf/oas30": OAS30,
    "ogcapi-features-1/1.0/conf/geojson": GEOJSON,
    "ogcapi-features-1/1.0/conf/html": HTML,
    "ogcapi-features-2/1.0/conf/crs": CRS,
    "ogcapi-features-3/1.0/conf/queryables": QUERYABLES,
    "ogcapi-features-3/1.0/conf/queryables-query-parameters": QUERY_PARAMETERS,
    "ogcapi-features-3/1.0/conf/filter": FILTER,
    "ogcapi-features-3/1.0/conf/features-filter": {"items": COMPARED},
    "cql2/1.0/conf/cql2-text": {
        "validate": COMPARED,
        "examples": "test_filters.test_no_example_of_the_standard_is_a_fault",
    },
    "cql2/1.0/conf/cql2-json": {
        "validate": COMPARED,
        "examples": "test_filters.test_no_example_of_the_standard_is_a_fault",
    },
    "cql2/1.0/conf/basic-cql2": {"comparison": COMPARED, "is-null": COMPARED, "logical": COMPARED},
    "cql2/1.0/conf/advanced-comparison-operators": {"like": COMPARED, "between": COMPARED, "in": COMPARED},
    "cql2/1.0/conf/case-insensitive-comparison": {"casei": COMPARED},
    "cql2/1.0/conf/accent-insensitive-comparison": {"accenti": COMPARED},
    "cql2/1.0/conf/basic-spatial-functions": {"s_intersects": "test_filters.test_shapes_filter"},
    "cql2/1.0/conf/basic-spatial-functions-plus": {"s_intersects": "test_filters.test_shapes_filter"},
    "cql2/1.0/conf/spatial-functions": {"all": "test_filters.test_shapes_filter"},
    "cql2/1.0/conf/property-property": {
        **dict.fromkeys(
            ("comparison-value-property", "comparison-property-property", "comparison-value-value"),
            "test_filters.test_a_field_is_compared_with_a_field_and_a_value_with_a_value",
        ),
        "logical": "test_filters.test_every_predicate_takes_fields_and_values_on_both_sides",
    },
    "cql2/1.0/conf/temporal-functions": {
        "all": "test_temporal_filters.test_a_relation_keeps_the_rows_for_which_it_is_true"
    },
}


def test_every_class_that_is_declared_is_held():
    assert {f"http://www.opengis.net/spec/{name}" for name in HELD} == set(CONFORMANCE)


@pytest.mark.parametrize("name", HELD)
def test_each_abstract_test_has_a_test(name):
    for abstract, where in HELD[name].items():
        module, _, function = where.rpartition(".")
        module = module if module.startswith("tests.") else f"tests.ogc.{module}"
        assert hasattr(import_module(module), function), (abstract, where)


def test_every_link_says_its_type_and_opens(reader):  # fc-md-links, fc-rel-type, f-links
    one = ids(ask(reader, ITEMS))[0]
    for path in ("/", "/collections", "/collections/signalements", f"{ITEMS}?limit=2", f"{ITEMS}/{one}"):
        found = ask(reader, path)["links"]
        assert {"self", "alternate"} <= {link["rel"] for link in found}, path
        for link in found:
            if link["href"].endswith("/deletions"):  # asks since when
                continue
            response = reader.get(link["href"], headers={"Accept": link["type"]})
            assert response.status_code == 200, link
            assert response["Content-Type"].partition(";")[0] == link["type"].partition(";")[0], link


def test_the_extents_hold_the_features(reader):  # fc-md-extent, crs84
    for name, layer in LAYERS.items():
        extent = ask(reader, f"/collections/{name}")["extent"]
        west, south, east, north = extent["spatial"]["bbox"][0]
        assert extent["spatial"]["crs"] == CRS84
        assert ("temporal" in extent) == bool(layer.time_field), name
        if layer.time_field:  # an open interval holds every day
            assert extent["temporal"]["interval"] == [[None, None]]
        for feature in ask(reader, f"/collections/{name}/items")["features"]:
            for lon, lat in positions(feature["geometry"]["coordinates"]):
                assert west <= lon <= east, name
                assert south <= lat <= north, name


def positions(coordinates: list) -> list:
    """Give the positions of a geometry, whatever its depth."""
    if isinstance(coordinates[0], int | float):
        return [coordinates]
    return [position for part in coordinates for position in positions(part)]


def test_refusals_and_identification_are_described(reader):  # oas30/exceptions-codes, security
    definition = ask(reader, "/api")
    schemes = definition["components"]["securitySchemes"]
    assert schemes["basic"] == {"type": "http", "scheme": "basic"}
    assert all(set(used) <= set(schemes) for used in definition["security"])
    for path, operations in definition["paths"].items():
        assert {"200", "400", "401", "404", "503"} <= set(operations["get"]["responses"]), path


def parameters_of(definition: dict, path: str) -> dict[str, dict]:
    """Give the parameters of an operation by name."""
    shared = definition["components"]["parameters"]
    given = definition["paths"][path]["get"]["parameters"]
    found = [shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in given]
    return {one["name"]: one for one in found}


def test_systems_are_parameters_of_pages_and_of_features(reader):  # fc-crs-definition, -default-value
    definition = ask(reader, "/api")
    for name in LAYERS:
        page = parameters_of(definition, f"/collections/{name}/items")
        feature = parameters_of(definition, f"/collections/{name}/items/{{featureId}}")
        for crs in (page["crs"], page["bbox-crs"], feature["crs"]):
            assert (crs["in"], crs["required"], crs["style"], crs["explode"]) == (
                "query",
                False,
                "form",
                False,
            )
            assert (crs["schema"]["type"], crs["schema"]["format"]) == ("string", "uri")
            assert crs["schema"]["default"] == CRS84


def test_filters_are_declared_as_the_standard_says(reader):  # filter-param, filter-lang-, filter-crs-param
    definition = ask(reader, "/api")
    for name in LAYERS:
        page = parameters_of(definition, f"/collections/{name}/items")
        for parameter in ("filter", "filter-lang", "filter-crs"):
            assert (page[parameter]["in"], page[parameter]["required"]) == ("query", False)
            assert (page[parameter]["style"], page[parameter]["explode"]) == ("form", False)
        language = page["filter-lang"]["schema"]
        assert language["enum"] == ["cql2-text", "cql2-json"]
        assert language["default"] == "cql2-text"
        assert page["filter-crs"]["schema"]["default"] == CRS84


def test_each_field_is_a_parameter_of_its_type(reader):  # queryables-query-parameters/parameters
    definition = ask(reader, "/api")
    for name, layer in LAYERS.items():
        page = parameters_of(definition, f"/collections/{name}/items")
        assert len(page) == len(definition["paths"][f"/collections/{name}/items"]["get"]["parameters"])
        told = ask(reader, f"/collections/{name}/queryables")["properties"]
        feature = ask(reader, f"/collections/{name}/items", limit=1)["features"][0]
        for field in layer.fields:
            assert page[field]["schema"]["type"] == told[field]["type"], (name, field)
            value = feature["properties"][field]
            if value is not None and value != "":
                text = str(value).lower() if isinstance(value, bool) else str(value)
                found = ask(reader, f"/collections/{name}/items", **{field: text})
                assert feature["id"] in ids(found), (name, field, value)
