"""The SQL of the tiles of a layer at a zoom: written once, run for each tile with what is of that tile."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from api.tiles.functions import BUFFER, EXTENT, FLAT_FROM, Slot
from layers.registry import Layer
from layers.tile_grid import Tile

# The column names of the answer are those that the layer publishes, whatever the tables call them.
TILE = "SELECT ST_AsMVT(tile.*, %s, {extent}, 'geom'{order}) FROM ({rows}) AS tile ({names})"
PLACE = re.compile("%[s%]")


@dataclass(frozen=True, slots=True)
class Statement:
    """The SQL of the tiles of a layer at a zoom, with numbered places for the slots."""

    sql: str
    slots: tuple[Slot, ...]
    plans_once: bool
    database: str


def tiles_of(layer: Layer, z: int, rows: QuerySet, names: Iterable[str], order: str = "") -> Statement | None:
    """Let the database write tiles from the query of ``rows``; None for rights or filters that match nothing.

    ``order`` names the column that gives the same bytes to the same rows, hence the same ETag. The order is the
    aggregate's: as the query's, it would lead the planner to read the whole table along its key.
    """
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return None
    quote = connections[rows.db].ops.quote_name
    tile = TILE.format(
        extent=EXTENT,
        rows=sql,
        names=", ".join(quote(name) for name in (*names, "geom")),
        # the bytes of the text, not its French order, which takes three times as long
        order=f' ORDER BY tile.{quote(order)}::text COLLATE "C"' if order else "",
    )
    sql, slots = _numbered(tile, (layer.id, *parameters), rows.db)
    # Near the ground a tile is little of any table, wherever it lies: one plan does, and takes a tenth of the time of
    # a tile. From far it may be all of a table or nothing: the planner must see where it lies
    return Statement(sql, slots, plans_once=z >= FLAT_FROM, database=rows.db)


def run(statement: Statement, tile: Tile) -> bytes:
    """Give a tile."""
    west, south, east, north = tile.extent()
    wide = tile.extent(BUFFER / EXTENT)
    values = (
        *(west, south, east, north, *wide, tile.x, tile.y),
        "BOX({} {},{} {})".format(*tile.bounds_m),
        f"BOX({west} {south},{east} {north})",
    )
    # Public layers have a connection of their own, whose role reads nothing else
    with connections[statement.database].numbered_cursor(plans_once=statement.plans_once) as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement.sql, [str(values[slot.value]) for slot in statement.slots])
        return cursor.fetchone()[0] or b""


def _numbered(sql: str, parameters: Iterable[Any], database: str) -> tuple[str, tuple[Slot, ...]]:
    """Write the parameters in the SQL, and number the places of the slots; a slot has one number, wherever it stands.

    What is left to give is text that PostgreSQL reads as the type written beside the place, so that a statement has
    the same types for all tiles.
    """
    given, slots = iter(parameters), dict[Slot, int]()
    compose = connections[database].ops.compose_sql  # type: ignore[attr-defined]

    def written(place: re.Match[str]) -> str:
        if place[0] == "%%":
            return "%"
        value = next(given)
        if isinstance(value, Slot):
            return f"${slots.setdefault(value, len(slots) + 1)}::{value.type}"
        return str(compose("%s", [value]))

    return PLACE.sub(written, sql), tuple(slots)
