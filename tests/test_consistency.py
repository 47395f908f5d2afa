"""House rules that a reviewer would otherwise have to remember."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.gis.db.models import GeometryField

from layers.crs import WGS84

ROOT = Path(settings.BASE_DIR)
PACKAGES = ("geo_lhi", "layers", "cadastre_import", "api", "maps")
LONGEST_FILE = 400
ROOMS_WITHOUT_A_NAME = {"utils", "helpers", "common", "core", "misc"}

SOURCES = sorted(
    path for package in (*PACKAGES, "tests", "benchmarks") for path in (ROOT / package).rglob("*.py")
)
CODE = [path for path in SOURCES if "migrations" not in path.parts]


def models():
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in PACKAGES]


def test_geometry_is_stored_in_one_projection():
    srids = {
        field.srid for model in models() for field in model._meta.fields if isinstance(field, GeometryField)
    }
    assert srids == {WGS84}


def test_every_geometry_column_has_a_named_index():
    for model in models():
        indexed = {index.name for index in model._meta.indexes}
        for field in model._meta.fields:
            if isinstance(field, GeometryField) and field.name == "geom" and model.__name__ != "Voie":
                assert any(name.endswith("geom_gist") for name in indexed), model.__name__


def test_files_are_short_enough_to_be_read():
    long = [str(p.relative_to(ROOT)) for p in CODE if len(p.read_text().splitlines()) > LONGEST_FILE]
    assert long == []


def test_no_room_without_a_name():
    assert [p for p in SOURCES if {p.stem, *p.parts} & ROOMS_WITHOUT_A_NAME] == []


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_words_on_screen_are_french_and_lower_case(model):
    acronyms = {"EPCI", "IRIS", "ADIL", "SIREN", "RNB", "BAN", "QPV"}
    names = [model._meta.verbose_name, *(f.verbose_name for f in model._meta.fields if not f.auto_created)]
    inherited = {
        f.verbose_name for base in model.__mro__[1:] if hasattr(base, "_meta") for f in base._meta.fields
    }
    for name in names:
        first = str(name).split()[0]
        assert first in acronyms or first == first.lower() or name in inherited, f"{model.__name__} : {name}"


def test_every_setting_is_in_the_example():
    text = (ROOT / "geo_lhi/settings.py").read_text()
    asked = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', text))
    offered = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == offered


def test_public_functions_say_what_they_give():
    silent = []
    for path in CODE:
        if path.parts[len(ROOT.parts)] in ("tests", "benchmarks"):
            continue
        tree = ast.parse(path.read_text())
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")
            if public and not ast.get_docstring(node):
                silent.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert silent == []


def test_no_page_asks_another_site():
    pages = [
        p for package in PACKAGES for p in (ROOT / package).rglob("*") if p.suffix in {".html", ".js", ".css"}
    ]
    asking = re.compile(
        r"""(?:src|href)\s*=\s*["']https?://[^"']+\.(?:js|css|png|woff2?)|@import|url\(\s*["']?https?:"""
    )
    assert [str(p.relative_to(ROOT)) for p in pages if asking.search(p.read_text())] == []


def test_lock_files_name_no_registry():
    for name in ("requirements.lock", "requirements-dev.lock", "package-lock.json"):
        text = (ROOT / name).read_text()
        assert not re.search(
            r"--(extra-)?index-url|\"resolved\"|files\.pythonhosted|registry\.npmjs", text
        ), name
