"""Turns the records of a file into rows to stage: parsed, their geometry checked, batch by batch.

No database and no Django here: the import stages these rows at once, a worker of the national preparation writes
them to a partition, and both apply the same rules.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely

from cadastre_import.geometry import Gated, from_geojson, gate_points, gate_polygons
from cadastre_import.source import ImportReport, Records, Source, Unread
from layers.crs import WGS84
from layers.errors import InvalidRow, UnreadableFile

BATCH = 5_000
UNREADABLE = "ligne illisible"  # the field under which a reject keeps a line that is no record

Progress = Callable[[Iterable[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Batch:
    """Parsed rows: their lines, one list of values each, and what the gate says of their geometry.

    ``position`` is that of the geometry among the values; it is None, like ``gated``, for a source without any.
    """

    lines: list[int]
    values: list[list[Any]]
    position: int | None
    gated: Gated | None

    def staged(self) -> Iterator[tuple[Any, ...]]:
        """Give the rows as the staging table has them: line, values, repaired, reason."""
        if self.gated is None:
            for line, values in zip(self.lines, self.values, strict=True):
                yield (line, *values, False, None)
            return
        for line, values, ewkb, reason, repaired in zip(
            self.lines, self.values, self.gated.ewkb, self.gated.reasons, self.gated.repaired, strict=True
        ):
            values[self.position] = ewkb if not reason else None
            yield (line, *values, bool(repaired), reason or None)


def open_records(source: Source, path: Path, srid: int | None = None) -> Records:
    """Open a file, its projection known; ``srid`` is that of its coordinates, whatever it says."""
    records = source.records(path)
    if srid is not None:
        records = replace(records, srid=srid, notices=(*records.notices, f"projection imposée : EPSG:{srid}"))
    if records.srid is None:
        raise UnreadableFile(
            f"{path.name} : {records.srid_problem} ; relancez en donnant la projection : --srid 2154 (Lambert-93), "
            "--srid 4326 (degrés)…"
        )
    return records


def parsed_batches(
    source: Source, records: Records, report: ImportReport, progress: Progress = iter
) -> Iterator[Batch]:
    """Give the rows of a file; what cannot be parsed goes to the rejects of ``report``, with its content."""
    rows = _parsed(source, progress(records.rows), report)
    position = next((i for i, c in enumerate(source.columns) if c.name == source.geometry), None)
    gate = gate_polygons if source.polygon else gate_points
    while batch := list(islice(rows, BATCH)):
        lines, values = [line for line, _ in batch], [row for _, row in batch]
        gated = None
        if position is not None:
            gated = gate(_shapes([row[position] for row in values]), records.srid or WGS84)
        yield Batch(lines, values, position, gated)


def content_of(record: Any, kept: frozenset[str] = frozenset()) -> str:
    """Give a record as it is kept with its reject: all its fields, or those of ``kept``.

    A line that could not be read is kept as it is written, beside what it seems to tell, unless some of its fields
    must not be.
    """
    if isinstance(record, Unread):
        record = None if kept else {**record.record, UNREADABLE: record.text}
    elif kept and isinstance(record, dict):
        properties = record.get("properties")
        is_feature = "geometry" in record and isinstance(properties, dict)
        told = {name: value for name, value in (properties if is_feature else record).items() if name in kept}
        record = {"properties": told, "geometry": record["geometry"]} if is_feature else told
    return orjson.dumps(record, default=str).decode() if record is not None else ""


def _parsed(
    source: Source, rows: Iterable[tuple[int, Any]], report: ImportReport
) -> Iterator[tuple[int, list[Any]]]:
    for line, record in rows:
        report.read += 1
        try:
            yield line, list(source.values_of(record))
        except InvalidRow as error:
            report.rejects.append((line, str(error), content_of(record, source.reject_fields)))


def _shapes(geometries: list[Any]) -> np.ndarray:
    """Give Shapely's objects: readers give GeoJSON objects, (lon, lat) pairs, or Shapely's own."""
    shapes = np.empty(len(geometries), dtype=object)
    documents = [i for i, geometry in enumerate(geometries) if isinstance(geometry, dict)]
    pairs = [i for i, geometry in enumerate(geometries) if isinstance(geometry, tuple)]
    others = [i for i, geometry in enumerate(geometries) if isinstance(geometry, shapely.Geometry)]
    if documents:
        shapes[documents] = from_geojson([geometries[i] for i in documents])
    if pairs:
        shapes[pairs] = shapely.points(np.array([geometries[i] for i in pairs], dtype=float))
    for i in others:
        shapes[i] = geometries[i]
    return shapes
