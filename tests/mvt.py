"""Vector tiles read back with GDAL, so that the tests see what a client sees."""

import math
import tempfile
from pathlib import Path
from typing import Any

import pyogrio
import shapely
from django.contrib.gis.geos import Point
from pyproj import Transformer

from layers.crs import WEB_MERCATOR, WGS84


def tile_at(z: int, place: Point) -> str:
    """Give the address z/x/y of the tile that holds a place."""
    x = (place.x + 180) / 360
    y = (1 - math.asinh(math.tan(math.radians(place.y))) / math.pi) / 2
    return f"{z}/{int(x * 2**z)}/{int(y * 2**z)}"


def decode(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """Give the properties of the features by layer; what a feature lacks is not among them."""
    return {name: [found for _, found in _read(content, name)] for name in _layers(content)}


def shapes(content: bytes, layer: str, address: str) -> list[shapely.Geometry]:
    """Give the geometries of a layer of the tile at ``address`` (z/x/y), in longitude and latitude."""
    z, x, y = map(int, address.split("/"))
    to_wgs84 = Transformer.from_crs(WEB_MERCATOR, WGS84, always_xy=True).transform
    return [
        shapely.transform(shape, to_wgs84, interleaved=False)
        for shape, _ in _read(content, layer, Z=z, X=x, Y=y)
    ]


def drawn(content: bytes, layer: str) -> list[tuple[shapely.Geometry, dict[str, Any]]]:
    """Give the geometries of a layer as they are written, in units of the tile, and the properties of each."""
    return _read(content, layer)


def _layers(content: bytes) -> list[str]:
    if not content:
        return []
    with tempfile.TemporaryDirectory() as folder:
        return [str(name) for name, _ in pyogrio.list_layers(_written(content, folder))]


def _read(content: bytes, layer: str, **tile: int) -> list[tuple[shapely.Geometry, dict[str, Any]]]:
    with tempfile.TemporaryDirectory() as folder:
        meta, _, shapes_, columns = pyogrio.raw.read(
            _written(content, folder), layer=layer, CLIP="NO", **tile
        )
    rows = [dict(zip(meta["fields"], row, strict=True)) for row in zip(*columns, strict=True)]
    return [
        (shapely.from_wkb(shape), {name: value for name, value in row.items() if _is_given(name, value)})
        for shape, row in zip(shapes_, rows, strict=True)
    ]


def _written(content: bytes, folder: str) -> str:
    path = Path(folder) / "tile.mvt"
    path.write_bytes(content)
    return f"MVT:{path}"


def _is_given(name: str, value: Any) -> bool:
    is_nan = isinstance(value, float) and value != value
    return name != "mvt_id" and value is not None and not is_nan
