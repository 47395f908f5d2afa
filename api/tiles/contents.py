"""What a tile holds: the rows of a layer, or their clusters where there are too many to draw."""

import hashlib
from collections.abc import Iterable, Mapping

from django.core.cache import cache
from django.db.models import Avg, Case, Count, F, Min, Q, QuerySet, Value, When
from django.db.models.functions import Collate, Floor

from api.tiles.cells import SQUARE_FIELDS, SQUARED, clusters_of_cells, squares_of_cells
from api.tiles.functions import (
    AREA,
    EXTENT,
    WIDE_AREA,
    Latitude,
    Longitude,
    Of,
    Slot,
    in_tile,
    point_at,
)
from api.tiles.statements import Statement, run, tiles_of
from layers.models import Signalement
from layers.registry import Layer
from layers.scope import Scope
from layers.tile_grid import Tile

CLUSTERED_BELOW = {"signalements": 14}  # zoom from which each report is drawn
CLUSTER_FIELDS = ("nombre", "ouverts", "id")
CELLS = 8  # clusters along the side of a tile: 64 pixels of a tile of 512
# Ten thousand buildings in a dense town: their identifiers would weigh more than their shapes.
LIGHT_BELOW = {"batiments": 15}
LIGHT_FIELDS = {"batiments": ("type",)}
# Places of a run, first ones first: a whole town of them weighs megabytes, and is read from nearer
FIRST_BELOW = {"lieux_prioritaires": 12, "analyse_repetitions": 12}
FIRST = 5_000
PLACE_LIGHT_BELOW = 15
PLACE_FIELDS = ("id", "rang", "classe", "rang_besoin", "rang_bas", "rang_haut", "reports")
STATEMENT_KEPT_S = 60  # as the tiles
TOLERANCE = 2  # units of the tile, a quarter of a pixel


def tile_of(layer: Layer, tile: Tile, scope: Scope, parameters: Mapping[str, str]) -> bytes:
    """Give the vector tile, empty when it shows nothing or the layer is not drawn at this zoom."""
    # To write the SQL takes as long as the database takes for a tile near the ground
    asked = hashlib.sha256(repr((layer.id, tile.z, scope.version, sorted(parameters.items()))).encode())
    key = f"tile-statement-{asked.hexdigest()}"
    statement = cache.get(key)
    if statement is None:
        statement = _written(layer, tile, scope, parameters)
        if statement is not None:
            cache.set(key, statement, STATEMENT_KEPT_S)
    return b"" if statement is None else run(statement, tile)


def _written(layer: Layer, tile: Tile, scope: Scope, parameters: Mapping[str, str]) -> Statement | None:
    """Write the SQL of the tiles of the zoom of ``tile``; None if they show nothing."""
    if tile.z < layer.min_zoom:
        squares = squares_of_cells(layer.id, tile.z, scope) if layer.id in SQUARED else None
        return None if squares is None else tiles_of(layer, tile.z, squares, SQUARE_FIELDS)
    if tile.z < CLUSTERED_BELOW.get(layer.id, 0):
        clusters = clusters_of_cells(tile.z, scope, parameters)
        if clusters is None:
            clusters = _clusters(layer.rows(scope, parameters), tile.z)
        return tiles_of(layer, tile.z, clusters, CLUSTER_FIELDS)
    return _rows(layer, tile, scope, parameters)


def _rows(layer: Layer, tile: Tile, scope: Scope, parameters: Mapping[str, str]) -> Statement | None:
    """Write the rows of a layer as they are drawn at the zoom of ``tile``."""
    rows = layer.rows(scope, parameters)
    inside = rows.filter(**{f"{layer.geometry}__bboverlaps": WIDE_AREA})
    tolerance = 0.0
    if tile.z < layer.simplified_below:
        tolerance = TOLERANCE * tile.side_m / EXTENT
    shape = in_tile(layer.geometry, tile.z, tolerance=tolerance, short_sided=layer.short_sided)
    if tile.z < FIRST_BELOW.get(layer.id, 0):
        inside = inside.filter(position__lt=FIRST)
    fields = _fields(layer, tile)
    order = layer.key
    if layer.key not in fields:
        # Not by shape: to compare shapes takes half of the time of a dense tile. No index has this collation, which
        # the planner could follow through the whole table
        inside, order = inside.order_by(Collate(layer.fields[layer.key], "C")), ""
    return tiles_of(layer, tile.z, inside.values_list(*fields.values(), shape), fields, order)


def counted(layer: Layer) -> tuple[int, tuple[str, ...]] | None:
    """Give the zoom below which a layer is counts by cell, and their fields; None for a layer that never is."""
    if layer.id in SQUARED:
        return layer.min_zoom, SQUARE_FIELDS
    below = CLUSTERED_BELOW.get(layer.id)
    return (below, CLUSTER_FIELDS) if below else None


def first_zoom(layer: Layer) -> int:
    """Give the first zoom at which the tiles of a layer hold something."""
    return 0 if counted(layer) else layer.min_zoom


def _fields(layer: Layer, tile: Tile) -> Mapping[str, str]:
    """Give the fields that a tile of this zoom carries."""
    light: Iterable[str] = layer.fields
    if tile.z < LIGHT_BELOW.get(layer.id, 0):
        light = LIGHT_FIELDS[layer.id]
    elif layer.id in FIRST_BELOW and tile.z < PLACE_LIGHT_BELOW:
        light = PLACE_FIELDS
    return {name: path for name, path in layer.fields.items() if name in light}


def _clusters(rows: QuerySet, z: int) -> QuerySet:
    """Count the reports in each cell of the tile, around their mean position; a report alone keeps its id.

    No buffer, and cells without their north and east edges: each report belongs to one cell of one tile, so that
    the counts add up. The grid is in degrees: a projection of each report would cost as much as all the rest.
    """
    west, south, east, north = map(Of, (Slot.WEST, Slot.SOUTH, Slot.EAST, Slot.NORTH))
    columns = Floor((Longitude("geom") - west) * Value(float(CELLS)) / (east - west))
    lines = Floor((Latitude("geom") - south) * Value(float(CELLS)) / (north - south))
    return (
        rows.filter(geom__bboverlaps=AREA)
        .annotate(column=columns, line=lines)
        .filter(column__gte=0, column__lt=CELLS, line__gte=0, line__lt=CELLS)
        .values("column", "line")
        .annotate(
            nombre=Count("pk"),
            ouverts=Count("pk", filter=Q(status__in=Signalement.OPEN_STATUSES)),
            first=Min("pk"),
            alone=Case(When(nombre=1, then=F("first"))),
            shape=in_tile(point_at(Avg(Longitude("geom")), Avg(Latitude("geom"))), z),
        )
        .order_by("first")
        .values_list("nombre", "ouverts", "alone", "shape")
    )
