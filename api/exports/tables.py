"""A layer as a table to be written: its columns, and its rows read in blocks, never all at once."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models.functions import AsWKB, Transform
from django.db import connection, models, transaction
from django.db.models import Expression, F, QuerySet

from api.fields import field_at
from layers.crs import WGS84
from layers.registry import LAYERS, Layer
from layers.scope import Scope

Follow = Callable[[int], Any]  # told, block after block, how many rows were written
BLOCK = 2_000  # rows held in memory at once, whatever the size of the file
UNKNOWN = "Unknown"
GEOMETRY_TYPES = {"POINT": "Point", "MULTIPOLYGON": "MultiPolygon", "POLYGON": "Polygon"}  # of PostGIS


class Kind(Enum):
    """What the values of a column are."""

    TEXT = "texte"
    WHOLE = "nombre entier"
    NUMBER = "nombre"
    TRUTH = "oui ou non"
    DAY = "date"
    INSTANT = "date et heure"


KINDS: tuple[tuple[type[models.Field], Kind], ...] = (
    (models.BooleanField, Kind.TRUTH),
    (models.DateTimeField, Kind.INSTANT),
    (models.DateField, Kind.DAY),
    (models.IntegerField, Kind.WHOLE),
    (models.FloatField, Kind.NUMBER),
    (models.DecimalField, Kind.NUMBER),
)


def _nobody_follows(rows: int) -> None:
    """Leave the count alone."""


@dataclass(frozen=True)
class Column:
    """A published field: its name, its meaning in French, what its values are."""

    name: str
    label: str
    kind: Kind
    path: str


@dataclass(frozen=True)
class Table:
    """The rows of a layer that one reader asked for, in one projection; ``follow`` is told of each block."""

    layer: Layer
    rows: QuerySet
    columns: tuple[Column, ...]
    geometry_type: str
    srid: int
    follow: Follow = _nobody_follows

    @property
    def shape(self) -> Expression:
        """The geometry in the projection asked for."""
        return F(self.layer.geometry) if self.srid == WGS84 else Transform(self.layer.geometry, self.srid)

    def count(self) -> int:
        """Count the rows."""
        return self.rows.count()

    def blocks(self, *shapes: Expression) -> Iterator[list[tuple[Any, ...]]]:
        """Give the rows by blocks: the shapes asked for (the geometry as WKB by default), then each column.

        The cursor is the server's, inside a transaction: outside one, PostgreSQL would first write the whole answer.
        """
        shapes = shapes or (AsWKB(self.shape),)
        values = self.rows.order_by("pk").values_list(*shapes, *(column.path for column in self.columns))
        with transaction.atomic():
            found = values.iterator(chunk_size=BLOCK)
            while block := list(islice(found, BLOCK)):
                yield block
                self.follow(len(block))


def table_of(layer: Layer, rows: QuerySet, srid: int) -> Table:
    """Describe the table of a layer; ``rows`` were already scoped and filtered."""
    geometry = _field(rows, layer.geometry)
    kind = geometry.geom_type if isinstance(geometry, GeometryField) else "GEOMETRY"
    columns = tuple(_column(rows, name, path) for name, path in layer.fields.items())
    return Table(layer, rows, columns, GEOMETRY_TYPES.get(kind, UNKNOWN), srid)


def layers_open_to(layers: Sequence[Layer], scope: Scope) -> list[Layer]:
    """Keep the layers in which a reader may have rows: those of the perimeter are empty without one."""
    inside = bool(scope.everything or scope.communes or scope.zones)
    return [layer for layer in layers if scope.signed_in and (inside or is_reference(layer))]


def layers_told(scope: Scope) -> list[Layer]:
    """Give the layers that a reader may read, with the fields that they may see; none to the public services."""
    return [layer.read_by(scope) for layer in layers_open_to(list(LAYERS.values()), scope)]


def is_reference(layer: Layer) -> bool:
    """Say whether a layer is open data: the same rows for whoever is signed in."""
    return not layer.is_personal


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read every layer of a file as of one instant: an import that ends meanwhile does not enter by half."""
    if connection.in_atomic_block:  # the caller's transaction began before: its isolation cannot change
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _column(rows: QuerySet, name: str, path: str) -> Column:
    field = _field(rows, path)
    kind = next((kind for type_, kind in KINDS if isinstance(field, type_)), Kind.TEXT)
    return Column(name, str(getattr(field, "verbose_name", None) or name), kind, path)


def _field(rows: QuerySet, path: str) -> models.Field:
    annotation = rows.query.annotations.get(path)
    return annotation.output_field if annotation is not None else field_at(rows.model, path)
