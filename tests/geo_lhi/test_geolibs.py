"""The wheels' libraries: found, overridden, missing; and PROJ still answers after a fork."""

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from geo_lhi import geolibs

PROJECT = Path(__file__).parents[2]

USE_PROJ_THEN_FORK = """
import multiprocessing, os, sys
from django.conf import settings
from geo_lhi.geolibs import wheel_libraries

settings.configure(**wheel_libraries())
from django.contrib.gis.geos import Point

def in_lambert_93(longitude):
    point = Point(longitude, 48.9, srid=4326).transform(2154, clone=True)
    return round(point.x), round(point.y)

before = [in_lambert_93(longitude) for longitude in (2.4, 2.5, 3.0)]
if not (child := os.fork()):
    os._exit(in_lambert_93(2.5) != before[1])
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
    sys.exit("PROJ does not answer in a forked child")
with multiprocessing.get_context("fork").Pool(2) as pool:
    print(pool.map(in_lambert_93, (2.4, 2.5, 3.0)) == before, before[2])
"""


def test_both_libraries_are_files_of_the_wheels(monkeypatch):
    monkeypatch.delenv("GDAL_LIBRARY_PATH", raising=False)
    monkeypatch.delenv("GEOS_LIBRARY_PATH", raising=False)
    found = geolibs.wheel_libraries()
    assert set(found) == {"GDAL_LIBRARY_PATH", "GEOS_LIBRARY_PATH"}
    assert all(Path(library).is_file() for library in found.values())
    assert "pyogrio" in found["GDAL_LIBRARY_PATH"]
    assert "shapely" in found["GEOS_LIBRARY_PATH"]


def test_the_environment_wins_without_any_wheel(monkeypatch):
    monkeypatch.setenv("GDAL_LIBRARY_PATH", "/usr/lib/libgdal.so")
    monkeypatch.setenv("GEOS_LIBRARY_PATH", "/usr/lib/libgeos_c.so")
    monkeypatch.setattr(geolibs, "find_spec", lambda name: None)
    assert geolibs.wheel_libraries() == {
        "GDAL_LIBRARY_PATH": "/usr/lib/libgdal.so",
        "GEOS_LIBRARY_PATH": "/usr/lib/libgeos_c.so",
    }


def test_a_missing_package_is_named_with_what_to_do(monkeypatch):
    monkeypatch.delenv("GDAL_LIBRARY_PATH", raising=False)
    monkeypatch.setattr(geolibs, "find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match=r"« pyogrio » est absent : lancez bin/setup"):
        geolibs.wheel_libraries()


def test_a_package_without_its_library_is_told_apart(monkeypatch, tmp_path):
    monkeypatch.setenv("GDAL_LIBRARY_PATH", "/usr/lib/libgdal.so")
    monkeypatch.delenv("GEOS_LIBRARY_PATH", raising=False)
    (tmp_path / "shapely").mkdir()
    built_from_source = ModuleSpec("shapely", None, origin=str(tmp_path / "shapely" / "__init__.py"))
    monkeypatch.setattr(geolibs, "find_spec", lambda name: built_from_source)
    with pytest.raises(ImproperlyConfigured, match=r"Aucun fichier libgeos_c\* .*GEOS_LIBRARY_PATH"):
        geolibs.wheel_libraries()


@pytest.mark.parametrize("proj_data", [None, "/nonexistent"], ids=["usual", "another PROJ_DATA"])
def test_proj_answers_after_a_fork(proj_data):
    """In a process of its own: the trap is in the state of the library, and a fork pool would hang."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("GDAL", "PROJ"))}
    if proj_data:
        environment["PROJ_DATA"] = proj_data
    done = subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore::DeprecationWarning", "-c", USE_PROJ_THEN_FORK],
        cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    # 3° E is the central meridian of Lambert-93: x is exactly its false easting.
    assert (done.stdout.split(" ", 1)[0], done.returncode) == ("True", 0), done.stderr
    assert "(700000," in done.stdout
