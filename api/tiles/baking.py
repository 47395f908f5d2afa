"""Write the tiles of a layer into one archive (PMTiles 3), level after level, from one state of the database."""

import fcntl
import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.gis.db.models import Extent
from django.db import connection, transaction
from django.db.models import Max, Min
from django.utils import timezone
from pmtiles.tile import Compression, TileType, zxy_to_tileid
from pmtiles.writer import Writer

from api.tiles.archives import ANYONE, WORLD_E7, path_of
from api.tiles.contents import first_zoom, tile_of
from api.tiles.described import field_types
from api.tiles.functions import BUFFER, EXTENT
from layers.registry import Layer
from layers.scope import Scope
from layers.tile_grid import Tile

COMPRESSION = 6
MILLESIME = "millesime"  # the column of the registers, or the field of a layer that has one of its own

Progress = Callable[[Iterable[Tile]], Iterable[Tile]]


@contextmanager
def only_baker() -> Iterator[None]:
    """Wait until nobody else bakes, and remove what a killed one left half-written."""
    folder = path_of("any").parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in folder.glob(".*.partial"):
            left.unlink()
        yield


def bake(layer: Layer, deepest: int, progress: Progress = iter) -> int:
    """Write the archive of a layer and put it in place of the last one by a rename; give the number of its tiles.

    Killed or failed, it leaves the last archive as it was. A layer without rows has no archive: an older one goes.
    Needs ``only_baker``, outside a transaction. The tiles are those of ``/tiles/``, byte for byte.
    """
    path = path_of(layer.id)
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("w+b") as file, one_state():
            written = _write(layer, deepest, Writer(file), progress)
            file.flush()
            os.fsync(file.fileno())
        if written:
            os.replace(partial, path)
        else:
            path.unlink(missing_ok=True)
    finally:
        partial.unlink(missing_ok=True)
    return written


@contextmanager
def one_state() -> Iterator[None]:
    """Read the database as it is now, whatever is imported meanwhile."""
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _write(layer: Layer, deepest: int, writer: Writer, progress: Progress) -> int:
    written = 0
    held = [Tile(0, 0, 0)]
    for z in range(deepest + 1):
        if z:
            held = tiles_below(layer, held, ANYONE)
        if z < first_zoom(layer):
            continue
        # In the order of the identifiers, so that tiles near each other on the ground are so in the file
        for tile in progress(held):
            if content := tile_of(layer, tile, ANYONE, {}):
                packed = gzip.compress(content, COMPRESSION, mtime=0)
                writer.write_tile(_number(tile), packed)
                written += 1
    if written:
        writer.finalize(_header(layer), _metadata(layer))
    writer.tile_f.close()
    return written


def tiles_below(layer: Layer, tiles: list[Tile], scope: Scope) -> list[Tile]:
    """Give the tiles of the next zoom that may hold something: a row's rectangle touches them or their buffer."""
    rows = layer.rows(scope, {}).order_by()
    children = [
        child
        for tile in tiles
        for child in tile.children()
        if rows.filter(**{f"{layer.geometry}__bboverlaps": child.area(BUFFER / EXTENT)}).exists()
    ]
    return sorted(children, key=_number)


def _number(tile: Tile) -> int:
    return zxy_to_tileid(tile.z, tile.x, tile.y)


def _header(layer: Layer) -> dict[str, Any]:
    """Give what the writer does not find by itself; a rectangle in units of 1e-7 degree."""
    extent = layer.rows(ANYONE, {}).order_by().aggregate(extent=Extent(layer.geometry))["extent"]
    west, south, east, north = (round(side * WORLD_E7) for side in extent)
    return {
        "tile_type": TileType.MVT,
        "tile_compression": Compression.GZIP,
        "min_lon_e7": west,
        "min_lat_e7": south,
        "max_lon_e7": east,
        "max_lat_e7": north,
        "center_zoom": layer.min_zoom,
        "center_lon_e7": (west + east) // 2,
        "center_lat_e7": (south + north) // 2,
    }


def _metadata(layer: Layer) -> dict[str, Any]:
    """Describe the layer as TileJSON does, with the edition of its rows and the day it was baked."""
    return {
        "name": layer.title,
        "description": layer.abstract,
        "vector_layers": [{"id": layer.id, "minzoom": first_zoom(layer), "fields": field_types(layer)}],
        "promoteId": layer.key,
        "millesime": millesimes(layer),
        "baked_at": timezone.now().isoformat(timespec="seconds"),
    }


def millesimes(layer: Layer) -> dict[str, str] | None:
    """Give the oldest and the newest edition of the rows; None for a layer that has none."""
    rows = layer.rows(ANYONE, {}).order_by()
    columns = {field.name for field in rows.model._meta.get_fields()}
    path = layer.fields.get(MILLESIME) or (MILLESIME if MILLESIME in columns else None)
    if path is None:
        return None
    found = rows.aggregate(oldest=Min(path), newest=Max(path))
    return {name: str(value) for name, value in found.items() if value is not None} or None
