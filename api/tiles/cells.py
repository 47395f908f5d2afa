"""What a tile holds when it is seen from far: counts by cell, clusters of reports and squares of the cadastre."""

from collections.abc import Mapping

from django.contrib.gis.db.models import GeometryField
from django.db.models import (
    BigIntegerField,
    Case,
    ExpressionWrapper,
    F,
    FloatField,
    Func,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from api.tiles.functions import EXTENT, Of, Slot, in_tile, point_at
from layers.models import Signalement
from layers.models.tile_cells import GROUND_LEVELS, REPORT_LEVELS
from layers.scope import Scope
from layers.selectors.tile_cells import ground_cells, level_for, report_cells

CLUSTER_DEPTH = 3  # eight clusters along the side of a tile: 64 pixels of a tile of 512
SQUARE_DEPTH = 4  # sixteen squares
SQUARE_FIELDS = ("nombre",)
SQUARED = ("parcelles", "batiments")  # layers that are squares below their zoom
E7 = 1e7


def clusters_of_cells(z: int, scope: Scope, parameters: Mapping[str, str]) -> QuerySet | None:
    """Give the clusters of reports of a tile of zoom ``z`` from their cells; None where only the reports can tell."""
    finest = z + CLUSTER_DEPTH
    lines = report_cells(scope, parameters, finest)
    if lines is None:
        return None
    inside = _inside(lines, z, level_for(finest, REPORT_LEVELS), finest)
    return (
        inside.annotate(
            nombre=Sum("n"),
            ouverts=Coalesce(Sum("n", filter=Q(status__in=Signalement.OPEN_STATUSES)), 0),
            alone=Case(When(nombre=1, then=Cast(Sum("ids"), BigIntegerField()))),
            shape=in_tile(point_at(_mean("longitudes_e7"), _mean("latitudes_e7")), z),
        )
        .filter(nombre__gt=0)
        .order_by("line", "column")
        .values_list("nombre", "ouverts", "alone", "shape")
    )


def squares_of_cells(layer: str, z: int, scope: Scope) -> QuerySet:
    """Give the squares of a tile of ``parcelles`` or ``batiments``, each with how many have their middle in it."""
    finest = min(z + SQUARE_DEPTH, max(GROUND_LEVELS))
    lines = ground_cells(layer, scope, finest)
    inside = _inside(lines, z, level_for(finest, GROUND_LEVELS), finest)
    side = EXTENT >> (finest - z)
    west = (F("column") - Of(Slot.X) * Value(1 << (finest - z))) * Value(side)
    north = (F("line") - Of(Slot.Y) * Value(1 << (finest - z))) * Value(side)
    corners = (west, north, west + Value(side), north + Value(side))
    square = Func(*corners, function="ST_MakeEnvelope", output_field=GeometryField(srid=0))
    return (
        inside.annotate(nombre=Sum("n"), shape=square)
        .filter(nombre__gt=0)
        .order_by("line", "column")
        .values_list("nombre", "shape")
    )


def _inside(lines: QuerySet, z: int, level: int, finest: int) -> QuerySet:
    """Keep the lines of a level in the tile, by ``column`` and ``line`` of the cells of zoom ``finest``."""
    cells, up = Value(1 << (level - z)), level - finest
    column, line = Of(Slot.X), Of(Slot.Y)
    return (
        lines.filter(
            x__gte=column * cells,
            x__lt=(column + 1) * cells,
            y__gte=line * cells,
            y__lt=(line + 1) * cells,
        )
        .annotate(column=F("x").bitrightshift(up), line=F("y").bitrightshift(up))
        .values("column", "line")
    )


def _mean(sums: str) -> ExpressionWrapper:
    return ExpressionWrapper(Sum(sums) / (Sum("n") * Value(E7)), output_field=FloatField())
