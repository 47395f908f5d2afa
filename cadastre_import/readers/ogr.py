"""Layers that only GDAL can read: in a child process, with the one driver that the file's first bytes call for."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pyogrio
import pyproj
import shapely

from layers.crs import ACCEPTED_SRIDS
from layers.errors import UnreadableFile

CHILD = Path(__file__).with_name("ogr_child.py")
KEPT_ENVIRONMENT = ("PATH", "HOME", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Layer:
    """A layer: the layers of its file, its own name (None if there are several), its projection, its features."""

    names: list[str]
    name: str | None
    crs: str | None
    count: int


def describe(path: Path, driver: str, *, layer: str = "", name: str = "") -> Layer:
    """Describe the layer of a file; ``name`` is what the file is called in messages. Raises UnreadableFile."""
    with _child(path, driver, layer, name or path.name, "--describe") as lines:
        told = json.loads(lines.readline() or "{}")
    return Layer(told.get("layers", []), told.get("layer"), told.get("crs"), told.get("count", 0))


def features(path: Path, driver: str, *, layer: str = "", name: str = "") -> Iterator[tuple[int, Any]]:
    """Give the features of a layer, in the order of the file; a geometry that cannot be read is None."""
    with opened(path, driver, layer=layer, name=name) as (_, found):
        yield from found


@contextmanager
def opened(
    path: Path, driver: str, *, layer: str = "", name: str = ""
) -> Iterator[tuple[Layer, Iterator[tuple[int, Any]]]]:
    """Give the description of a layer and its features, read in one go; to leave them unread, raise."""
    with _child(path, driver, layer, name or path.name) as lines:
        told = json.loads(lines.readline() or "{}")
        yield (
            Layer(told.get("layers", []), told.get("layer"), told.get("crs"), told.get("count", 0)),
            _features(lines),
        )


def _features(lines: IO[str]) -> Iterator[tuple[int, Any]]:
    for line in lines:
        fid, properties, wkb = json.loads(line)
        shape = shapely.from_wkb(wkb, on_invalid="ignore") if wkb else None
        yield fid, {"properties": properties, "geometry": shape}


def accepted_srid(crs: str | None) -> tuple[int | None, str]:
    """Give an accepted projection, or the problem; « RGF93 Lambert 93 » has no code, its definition tells it."""
    if crs is None:
        return None, "projection absente"
    try:
        declared = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        return None, "projection illisible"
    number = declared.to_epsg(min_confidence=70)
    if number not in ACCEPTED_SRIDS:
        return None, f"projection non acceptée « {declared.name} »"
    return int(number), ""


@contextmanager
def _child(path: Path, driver: str, layer: str, name: str, *options: str) -> Iterator[IO[str]]:
    """Run the child and give its lines; a child that fails makes the file unreadable, one left early is stopped."""
    others = ",".join(known for known in pyogrio.list_drivers() if known != driver)
    environment = {key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ}
    environment |= {"OGR_SKIP": others, "OPENBLAS_NUM_THREADS": "1", "CPL_DEBUG": "OFF"}
    child = subprocess.Popen(  # noqa: S603 - our own script, arguments as a list
        [sys.executable, "-I", str(CHILD), str(path.resolve()), layer, *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        encoding="utf-8",
    )
    assert child.stdout is not None
    try:
        yield child.stdout
        if child.wait() != 0:
            raise UnreadableFile(f"{name} : fichier abîmé, ou qui n’est pas du format « {driver} »")
    finally:
        child.kill()
        child.stdout.close()
        child.wait()
