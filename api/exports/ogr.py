"""Layers as files of GIS: GeoPackage, Shapefile, FlatGeobuf, written by GDAL from Arrow blocks.

Each layer is one stream of record batches: GDAL writes a block while the next is read, and the memory holds one
block whatever the number of rows.
"""

import sqlite3
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.contrib.gis.db.models.functions import GeoFunc
from django.db.models import IntegerField

from api.exports.styles import qml
from api.exports.tables import Column, Kind, Table
from api.exports.texts import plain

SHAPE = "geom"
GEOPACKAGE = "1.3"  # of the standard: the QGIS and GDAL of Debian 12 warn of 1.4
ARROW_TYPES = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.TRUTH: pa.bool_(),
    Kind.DAY: pa.date32(),
    Kind.INSTANT: pa.timestamp("ms", tz="UTC"),
}
LONGEST_DBF_NAME = 10
KINDS_OF_SHAPES = (("_points", "Point"), ("_lignes", "MultiLineString"), ("_surfaces", "MultiPolygon"))
# As QGIS creates it: a style marked as default is applied when the layer is opened
LAYER_STYLES = """
CREATE TABLE layer_styles (
    id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
    f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
    useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30),
    update_time DATETIME DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))
"""


class Dimension(GeoFunc):
    """0 for points, 1 for lines, 2 for areas."""

    function = "ST_Dimension"
    output_field = IntegerField()


def write_geopackage(tables: list[Table], folder: Path, name: str) -> Path:
    """Write all layers in one file, each with its style, which QGIS applies by itself."""
    path = folder / f"{name}.gpkg"
    for table in tables:
        about = {"IDENTIFIER": table.layer.title, "DESCRIPTION": table.layer.abstract}
        _write(
            table,
            path,
            "GPKG",
            layer=table.layer.id,
            dataset_options={"VERSION": GEOPACKAGE} if not path.exists() else {},
            layer_options={"GEOMETRY_NAME": SHAPE, **about},
        )
    _add_styles(path, tables)
    return path


def write_flatgeobuf(table: Table, folder: Path) -> list[Path]:
    """Write one layer, with its spatial index."""
    path = folder / f"{table.layer.id}.fgb"
    _write(table, path, "FlatGeobuf", layer=table.layer.id)
    return [path]


def write_shapefile(table: Table, folder: Path) -> list[Path]:
    """Write one layer and a table that says what each field is: the format cuts names at ten characters."""
    names = short_names([column.name for column in table.columns])
    for suffix, part in _of_one_kind(table):
        path = folder / f"{table.layer.id}{suffix}.shp"
        _write(part, path, "ESRI Shapefile", names=names, encoding="UTF-8")
    guide = folder / f"{table.layer.id}_champs.csv"
    lines = ["champ;nom;contenu;type"]
    lines += [
        f"{names[column.name]};{column.name};{column.label};{column.kind.value}" for column in table.columns
    ]
    guide.write_text("\ufeff" + "\r\n".join(lines) + "\r\n", encoding="utf-8")
    return sorted(folder.iterdir())


def _of_one_kind(table: Table) -> Iterator[tuple[str, Table]]:
    """Part a layer whose shapes are of several kinds: a Shapefile holds one."""
    if table.geometry_type != "Unknown":
        yield "", table
        return
    rows = table.rows.annotate(shape_dimension=Dimension(table.layer.geometry))
    for dimension, (suffix, kind) in enumerate(KINDS_OF_SHAPES):
        part = rows.filter(shape_dimension=dimension)
        if part.exists():
            yield suffix, replace(table, rows=part, geometry_type=kind)


def short_names(names: list[str]) -> dict[str, str]:
    """Give each name one of at most ten ASCII characters, all different in a table that ignores the case."""
    given: dict[str, str] = {}
    for name in names:
        ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode() or "champ"
        short, number = ascii_name[:LONGEST_DBF_NAME], 1
        while short.lower() in {other.lower() for other in given.values()}:
            number += 1
            short = ascii_name[: LONGEST_DBF_NAME - 1 - len(str(number))] + f"_{number}"
        given[name] = short
    return given


def _write(
    table: Table,
    path: Path,
    driver: str,
    names: dict[str, str] | None = None,
    **options: Any,
) -> None:
    from pyogrio import raw

    fields = [
        pa.field((names or {}).get(column.name, column.name), ARROW_TYPES[column.kind])
        for column in table.columns
    ]
    schema = pa.schema([pa.field(SHAPE, pa.binary()), *fields])
    raw.write_arrow(
        pa.RecordBatchReader.from_batches(schema, _batches(table, schema)),
        str(path),
        driver=driver,
        geometry_name=SHAPE,
        geometry_type=table.geometry_type,
        crs=f"EPSG:{table.srid}",
        **options,
    )


def _batches(table: Table, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    converters = [bytes, *(_converter(column) for column in table.columns)]
    for block in table.blocks():
        arrays = [
            pa.array(
                values
                if convert is None
                else [None if value is None else convert(value) for value in values],
                type=field.type,
            )
            for values, convert, field in zip(zip(*block, strict=True), converters, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _converter(column: Column) -> Callable[[Any], Any] | None:
    """Give what a value needs to become one of Arrow, None for nothing."""
    return {Kind.TEXT: plain, Kind.NUMBER: float}.get(column.kind)


def _add_styles(path: Path, tables: list[Table]) -> None:
    with sqlite3.connect(path) as file:
        file.execute(LAYER_STYLES)
        file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change)"
            " VALUES ('layer_styles', 'attributes', 'layer_styles', '', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))"
        )
        file.executemany(
            "INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName,"
            " styleQML, styleSLD, useAsDefault, description, owner) VALUES ('', '', ?, ?, ?, ?, '', 1, ?, '')",
            [
                (
                    table.layer.id,
                    SHAPE,
                    table.layer.title[:30],
                    qml(table.layer, table.geometry_type == "Point"),
                    table.layer.abstract,
                )
                for table in tables
            ],
        )
    file.close()
