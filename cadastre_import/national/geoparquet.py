"""A partition: the rows of one source in one département, as GeoParquet 1.1 sorted by commune.

Columns: ``line`` (in the official file), those of the source, ``repaired``, ``reason`` (why the geometry was
refused, null for a good row) and ``bbox``, by which readers skip what lies elsewhere.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from pyproj import CRS

from cadastre_import.columnar import Columns, shapes_of
from cadastre_import.rows import Batch
from cadastre_import.source import Source

ROWS_IN_A_GROUP = 50_000
ORDINATES = ("xmin", "ymin", "xmax", "ymax")
TYPES = {
    "text": pa.string(),
    "int": pa.int32(),
    "boolean": pa.bool_(),
    "text[]": pa.list_(pa.string()),
    "uuid": pa.string(),
}
LON_LAT = CRS("OGC:CRS84").to_json_dict()


def schema(source: Source) -> pa.Schema:
    """Give the columns of a partition of ``source``."""
    fields = [pa.field("line", pa.int32(), nullable=False)]
    fields += [pa.field(c.name, TYPES.get(c.sql_type, pa.binary())) for c in source.columns]
    box = pa.struct([pa.field(name, pa.float64()) for name in ORDINATES])
    return pa.schema([*fields, ("repaired", pa.bool_()), ("reason", pa.string()), ("bbox", box)])


def table_of_columns(source: Source, rows: Columns) -> pa.Table:
    """Give rows read as columns as a table."""
    count = len(rows)
    shapes = shapes_of(rows.outlines)
    if not rows.outlines.are_multiple:
        shapes = shapely.multipolygons(shapes, indices=np.arange(count))
    boxes = [pa.array(ordinate) for ordinate in shapely.bounds(shapes).T]
    arrays = [
        pa.array(np.arange(rows.first, rows.first + count, dtype=np.int32)),
        *rows.values,
        pa.array(shapely.to_wkb(shapes, flavor="iso"), pa.binary()),
        pa.array(np.zeros(count, dtype=bool)),
        pa.nulls(count, pa.string()),
        pa.StructArray.from_arrays(boxes, ORDINATES),
    ]
    return pa.Table.from_arrays(arrays, schema=schema(source))


def table(source: Source, batch: Batch) -> pa.Table:
    """Give a batch as a table; a refused geometry is null, as in the staging table."""
    refused = batch.gated.reasons != ""
    shapes = np.where(refused, None, batch.gated.shapes)
    columns: list[Any] = [batch.lines, *zip(*batch.values, strict=True)]
    columns[1 + batch.position] = shapely.to_wkb(shapes, flavor="iso")
    boxes = [pa.array(ordinate, mask=np.isnan(ordinate)) for ordinate in shapely.bounds(shapes).T]
    columns += [batch.gated.repaired, np.where(refused, batch.gated.reasons, None)]
    wanted = schema(source)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, wanted, strict=False)]
    return pa.Table.from_arrays([*arrays, pa.StructArray.from_arrays(boxes, ORDINATES)], schema=wanted)


class PartitionWriter:
    """Writes the rows of one département as they come; ``close`` leaves the file sorted and described."""

    def __init__(self, path: Path, source: Source) -> None:
        """Write to ``path``, which nobody reads before ``close``."""
        self.path, self.source = path, source
        self.rows = 0
        self._waiting: list[pa.Table] = []
        self._sorted, self._last = True, ""
        self._boxes: list[pa.StructArray] = []
        self._writer = pq.ParquetWriter(path, schema(source), compression="zstd")

    def add(self, rows: pa.Table) -> None:
        """Add rows of the département."""
        communes = rows[self.source.commune].combine_chunks()
        ordered = pc.all(pc.less_equal(communes[:-1], communes[1:])).as_py() is not False
        self._sorted = self._sorted and ordered and communes[0].as_py() >= self._last
        self._last = communes[-1].as_py()
        self._boxes.append(_extent(rows))
        self._waiting.append(rows)
        self.rows += len(rows)
        if sum(map(len, self._waiting)) >= ROWS_IN_A_GROUP:
            self._flush()

    def close(self) -> None:
        """End the file. Rows that did not come in the order of communes are sorted in memory."""
        self._flush()
        if not self._sorted:
            self._writer.close()
            rows = pq.read_table(self.path).sort_by(
                [(self.source.commune, "ascending"), ("line", "ascending")]
            )
            self._writer = pq.ParquetWriter(self.path, schema(self.source), compression="zstd")
            self._writer.write_table(rows, row_group_size=ROWS_IN_A_GROUP)
        self._writer.add_key_value_metadata({"geo": json.dumps(self._description())})
        self._writer.close()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting))
            self._waiting = []

    def _description(self) -> dict[str, Any]:
        """Give the ``geo`` member of GeoParquet."""
        geometry = self.source.geometry
        column = {
            "encoding": "WKB",
            "geometry_types": ["MultiPolygon" if self.source.polygon else "Point"],
            "crs": LON_LAT,
            "covering": {"bbox": {name: ["bbox", name] for name in ORDINATES}},
        }
        extents = np.array([extent for extent in self._boxes if extent is not None])
        if len(extents):
            column["bbox"] = [*extents[:, :2].min(axis=0), *extents[:, 2:].max(axis=0)]
        return {"version": "1.1.0", "primary_column": geometry, "columns": {geometry: column}}


def _extent(rows: pa.Table) -> list[float] | None:
    """Give west, south, east, north of rows, None if no geometry was accepted."""
    boxes = rows["bbox"].combine_chunks()
    extremes = [
        (pc.min if name.endswith("min") else pc.max)(pc.struct_field(boxes, name)).as_py()
        for name in ORDINATES
    ]
    return None if extremes[0] is None else extremes
