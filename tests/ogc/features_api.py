"""A client of OGC API Features for the tests: asks, follows links, validates with the schemas of the OGC."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from django.conf import settings
from django.test import Client
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from tests.ogc.wfs import body

SCHEMAS = Path(settings.BASE_DIR).parent / "shared/schemas/oapif_schemas"
CORE = SCHEMAS / "core/openapi/schemas"
ROOT = "http://testserver/ogc"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"

with_schemas = pytest.mark.skipif(not CORE.is_dir(), reason="les schémas de l’OGC ne sont pas là")


def ask(client: Client, path: str, status: int = 200, accept: str = "application/json", **query: Any) -> dict:
    """Ask an address of the service (a path under its root, or a link); gives the document."""
    url = path if path.startswith("http") else f"{ROOT}{path}"
    response = client.get(url, query or None, headers={"Accept": accept})
    content = body(response)
    assert response.status_code == status, (url, response.status_code, content[:400])
    return orjson.loads(content)


def refused(client: Client, path: str, status: int = 400, **query: Any) -> str:
    """Ask what must be refused; gives the sentence of the problem."""
    response = client.get(f"{ROOT}{path}", query)
    assert response.status_code == status, (path, query, response.status_code)
    assert response["Content-Type"] == "application/problem+json"
    problem = orjson.loads(response.content)
    assert problem["status"] == status
    return problem["detail"]


def ids(document: dict) -> list:
    """Give the identifiers of the features of a document."""
    return [feature["id"] for feature in document["features"]]


def link(document: dict, rel: str, media_type: str | None = None) -> str:
    """Give the address of the first link of a relation."""
    return next(
        found["href"]
        for found in document["links"]
        if found["rel"] == rel and media_type in (None, found["type"])
    )


def rels(document: dict) -> set[str]:
    """Give the relations of the links of a document."""
    return {found["rel"] for found in document["links"]}


def every_page(client: Client, path: str, **query: Any) -> list[dict]:
    """Follow the next links from the first page to the last."""
    pages = [ask(client, path, **query)]
    while "next" in rels(pages[-1]):
        pages.append(ask(client, link(pages[-1], "next")))
        assert len(pages) < 100
    return pages


def assert_valid(document: Any, schema: str) -> None:
    """Hold a document against a schema of the standard."""
    validator = Draft202012Validator(_schema(schema), registry=_registry())
    errors = [f"{error.json_path} : {error.message[:200]}" for error in validator.iter_errors(document)]
    assert errors == []


@cache
def _schema(name: str) -> dict:
    return _plain(yaml.safe_load((CORE / f"{name}.yaml").read_text()))


@cache
def _registry() -> Registry:
    return Registry().with_resources(
        (path.name, Resource(contents=_schema(path.stem), specification=DRAFT202012))
        for path in CORE.glob("*.yaml")
    )


def _plain(node: Any) -> Any:
    """Read the OpenAPI 3.0 way of saying nullable as JSON Schema does."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    made = {key: _plain(value) for key, value in node.items() if key != "nullable"}
    if "type" in made and made["type"] is None:  # written null, and not "null"
        made["type"] = "null"
    if node.get("nullable"):
        return {"anyOf": [made, {"type": "null"}]}
    return made
