"""Layers as text: CSV for a French spreadsheet, GeoJSON; both stream from the database, a block at a time."""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from io import StringIO
from typing import Any

import orjson
from django.contrib.gis.db.models.functions import AsGeoJSON, AsWKT, GeoFunc
from django.db.models import FloatField
from django.utils import timezone

from api.exports.tables import Kind, Table
from layers.crs import WGS84

BOM = "\ufeff"
DECIMALS = 7  # one centimetre
# What a spreadsheet takes for the beginning of a formula, or of a command
LIVE = ("=", "+", "-", "@", "\t", "\r", "\n")


class X(GeoFunc):
    """The first coordinate of a point."""

    function = "ST_X"
    output_field = FloatField()


class Y(GeoFunc):
    """The second coordinate of a point."""

    function = "ST_Y"
    output_field = FloatField()


def csv_lines(table: Table) -> Iterator[bytes]:
    """Stream a CSV: semicolons, UTF-8 with its mark, no live formula; points as two columns, other shapes as WKT."""
    points = table.geometry_type == "Point"
    places = ("longitude", "latitude") if table.srid == WGS84 else ("x", "y")
    shapes = (X(table.shape), Y(table.shape)) if points else (AsWKT(table.shape),)
    head = [*(column.name for column in table.columns), *(places if points else ("wkt",))]
    yield (BOM + _lines([head])).encode()
    kinds = [column.kind for column in table.columns]
    decimals = DECIMALS if table.srid == WGS84 else 2
    for block in table.blocks(*shapes):
        rows = []
        for row in block:
            place, values = row[: len(shapes)], row[len(shapes) :]
            cells = [cell(value, kind) for value, kind in zip(values, kinds, strict=True)]
            cells += [_coordinate(value, decimals) for value in place] if points else [place[0] or ""]
            rows.append(cells)
        yield _lines(rows).encode()


def cell(value: Any, kind: Kind) -> str:
    """Write a value for a French spreadsheet: decimal comma, days as the standard says, dead formulas."""
    if value is None:
        return ""
    if kind is Kind.TRUTH:
        return "oui" if value else "non"
    if kind is Kind.NUMBER:
        return f"{value:.10g}".replace(".", ",")
    if isinstance(value, datetime):
        return timezone.localtime(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if kind is Kind.WHOLE else dead(plain(value))


def dead(text: str) -> str:
    """Give a text that no spreadsheet runs: an apostrophe before what would be a formula."""
    return f"'{text}" if text.startswith(LIVE) else text


def plain(value: Any) -> str:
    """Give the text of a value, a list or a mapping as JSON."""
    return orjson.dumps(value).decode() if isinstance(value, list | dict) else str(value)


def geojson_pieces(table: Table) -> Iterator[bytes]:
    """Stream a FeatureCollection (RFC 7946: longitude and latitude, seven decimals)."""
    yield b'{"type":"FeatureCollection","name":' + orjson.dumps(table.layer.id) + b',"features":[\n'
    names = [column.name for column in table.columns]
    key = names.index(table.layer.key)
    first = True
    for block in table.blocks(AsGeoJSON(table.layer.geometry, precision=DECIMALS)):
        features = [
            {
                "type": "Feature",
                "id": values[key],
                "geometry": orjson.Fragment(shape) if shape else None,
                "properties": dict(zip(names, values, strict=True)),
            }
            for shape, *values in block
        ]
        yield (b"" if first else b",\n") + orjson.dumps(features, default=str)[1:-1]
        first = False
    yield b"\n]}\n"


def _coordinate(value: float | None, decimals: int) -> str:
    return "" if value is None else f"{value:.{decimals}f}".replace(".", ",")


def _lines(rows: list[list[str]]) -> str:
    written = StringIO()
    csv.writer(written, delimiter=";", lineterminator="\r\n").writerows(rows)
    return written.getvalue()
