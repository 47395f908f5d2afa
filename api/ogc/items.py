"""Features of a collection: which ones, in what order, written by PostGIS and sent as they come.

Pages follow each other by the last identifier seen and not by a rank: the last page costs what the first does, and a
row that comes or goes meanwhile moves no other.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

import orjson
from django.db.models import QuerySet

from api.fields import field_at, model_of
from api.ogc import changes, filters
from api.ogc.answers import AFTER
from api.ogc.crs import CRS84, Crs, read_crs
from api.ogc.extents import in_bbox, in_period
from api.ogc.values import read_text
from layers.errors import InvalidFilter
from layers.registry import Layer
from layers.scope import Scope
from layers.selectors.tile_cells import counted_rows

DEFAULT_LIMIT, MOST = 100, 10_000
CHUNK = 1_000  # features: up to so many, one query and one block; beyond, a server-side cursor
MOST_COUNTED = 1_000_000  # beyond, numberMatched is left out, as the standard lets one do
UNFILTERED = ("limit", AFTER, "crs")  # parameters that change no row
PARAMETERS = ("limit", AFTER, "bbox", "bbox-crs", "crs", "datetime", *filters.PARAMETERS)


def parameters_of(layer: Layer) -> tuple[str, ...]:
    """Name the parameters of the features of a layer."""
    followed = (changes.PARAMETER,) if layer.id in changes.FOLLOWED else ()
    return (*PARAMETERS, *followed, *layer.fields)


@dataclass(frozen=True)
class Page:
    """The rows that match, those of the page, and how they are written."""

    layer: Layer
    rows: QuerySet
    limit: int
    crs: Crs
    after: Any = None
    scope: Scope | None = None
    """Whose rows these are, when nothing but rights chose them."""

    @classmethod
    def read(cls, layer: Layer, scope: Scope, parameters: Mapping[str, str]) -> "Page":
        """Read the parameters of a request; raises InvalidFilter, InvalidBBox or InvalidCrs."""
        key = field_at(model_of(layer), layer.fields[layer.key])
        after = parameters.get(AFTER)
        return cls(
            layer,
            selected(layer, scope, parameters),
            read_limit(parameters),
            read_crs(parameters.get("crs", CRS84.uri), "crs"),
            None if after is None else read_text(key, after, AFTER),
            scope if parameters.keys() <= {"f", *UNFILTERED} else None,
        )

    @property
    def key(self) -> str:
        """The ORM path of the identifier."""
        return self.layer.fields[self.layer.key]

    def matched(self) -> int | None:
        """Count the rows that match, over all pages; None on a page that follows another, or when they are too many.

        Counting 200 000 parcelles one by one costs four times what writing a page of 1 000 does: it is done for a
        filter only, and on its first page only. Without one, the counts kept as the rows are written say it.
        """
        if self.after is not None:
            return None
        kept = None if self.scope is None else counted_rows(self.layer.id, self.scope)
        if kept is not None:
            return kept
        found = self.rows.order_by()[: MOST_COUNTED + 1].count()
        return found if found <= MOST_COUNTED else None

    def size(self) -> int:
        """Count the rows of the page without reading them."""
        return self._following().order_by()[: self.limit].count()

    def values(self) -> Iterator[tuple]:
        """Give identifier, geometry and properties of the rows of the page, and of one more to know if one is."""
        values = written(self._following().order_by(self.key), self.layer, self.crs)[: self.limit + 1]
        return values.iterator(CHUNK) if self.limit > CHUNK else iter(values)

    def _following(self) -> QuerySet:
        return self.rows if self.after is None else self.rows.filter(**{f"{self.key}__gt": self.after})


def selected(layer: Layer, scope: Scope, parameters: Mapping[str, str]) -> QuerySet:
    """Give the rows of a layer that the reader may see and that pass the filters."""
    rows = layer.rows_for(scope, parameters.keys() | filters.properties_in(parameters))
    box_crs = read_crs(parameters.get("bbox-crs", CRS84.uri), "bbox-crs")
    if "bbox" in parameters:
        rows = in_bbox(rows, layer.geometry, parameters["bbox"], box_crs)
    if "datetime" in parameters:
        rows = in_period(rows, layer, parameters["datetime"])
    for name in layer.fields.keys() & parameters.keys():
        path = layer.fields[name]
        rows = rows.filter(**{path: read_text(field_at(rows.model, path), parameters[name], name)})
    return filters.filtered(changes.updated(rows, parameters), layer, parameters)


def read_limit(parameters: Mapping[str, str]) -> int:
    """Give the size of the page: what was asked, up to the most we give; raises InvalidFilter."""
    text = parameters.get("limit", str(DEFAULT_LIMIT))
    if not re.fullmatch(r"\d{1,18}", text, re.ASCII) or int(text) < 1:
        raise InvalidFilter(f"limit attend un nombre entier de 1 à {MOST}, reçu : {text[:40]!r}")
    return min(int(text), MOST)


def written(rows: QuerySet, layer: Layer, crs: Crs) -> QuerySet:
    """Give for each row its identifier, its geometry as GeoJSON and its properties."""
    return rows.values_list(layer.fields[layer.key], crs.geojson(layer.geometry), *layer.fields.values())


def feature_of(layer: Layer, row: tuple, **more: Any) -> dict[str, Any]:
    """Give a row as a GeoJSON feature, ready to be written."""
    key, shape, *values = row
    return {
        "type": "Feature",
        "id": key,
        "geometry": orjson.Fragment(shape) if shape else None,
        "properties": dict(zip(layer.fields, values, strict=True)),
        **more,
    }


def members(features: list[dict[str, Any]]) -> bytes:
    """Write features as members of an array: all at once costs a quarter of one after the other."""
    return orjson.dumps(features, default=str)[1:-1]


def blocks(page: Page, head: dict[str, Any], tail: Any) -> Iterator[bytes]:
    """Write a FeatureCollection by blocks; ``tail(returned, last)`` gives the members that end it.

    ``last`` is the identifier to go on from, None when nothing is left.
    """
    yield orjson.dumps({"type": "FeatureCollection", **head})[:-1] + b',"features":['
    returned, last, more, block = 0, None, False, []
    for row in page.values():
        if returned == page.limit:
            more = True
            break
        block.append(feature_of(page.layer, row))
        returned, last = returned + 1, row[0]
        if len(block) == CHUNK:
            yield (b",\n" if returned > CHUNK else b"") + members(block)
            block = []
    if block:
        yield (b",\n" if returned > len(block) else b"") + members(block)
    yield b"]," + orjson.dumps(tail(returned, last if more else None))[1:]


def begun(stream: Iterator[bytes]) -> Iterator[bytes]:
    """Read a stream up to its first features, so that what is wrong with a request is known before the answer."""
    first = [next(stream), next(stream)]
    return chain(first, stream)
