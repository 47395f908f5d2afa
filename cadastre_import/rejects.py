"""Writes the refused records of an import as a file of the kind it came from: corrected, it is imported as it is."""

import csv
import io
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import PurePath
from typing import Any

import orjson
import shapely

from cadastre_import.readers.delimited import LINE, REASON, guarded
from cadastre_import.rows import UNREADABLE
from cadastre_import.source import Source
from layers.crs import WGS84
from layers.models import ImportReject, ImportRun

TYPES = {"csv": "text/csv; charset=utf-8", "geojson": "application/geo+json", "json": "application/json"}


class RejectFile:
    """The rejects of ``run``, readable by its source: CSV, GeoJSON, or JSON where a value is itself a list.

    A line that could not be read is there as text, under ``UNREADABLE``; in a CSV, its fields stand beside it under
    the columns where they came, and it is taken back once they are put right and the text removed. A reject without
    content (fields that must not be kept, a shape too long) cannot be in it: ``left_out`` counts them.
    """

    def __init__(self, run: ImportRun, source: Source | None) -> None:
        self.run, self.source = run, source
        first = next((record for _, record in self._records()), None)
        self.kind = _kind(first) if first else "csv"
        self._header = self._columns() if self.kind == "csv" else []
        self.needs_original = source is not None and source.rejects_need_original

    @property
    def name(self) -> str:
        """Give the name of the file: the original's, so that its source is recognised."""
        stem = PurePath(self.run.file_name).name.partition(".")[0]
        return f"{stem}-rejets-{self.run.pk}.{self.kind}"

    @property
    def content_type(self) -> str:
        """Give its media type."""
        return TYPES[self.kind]

    def left_out(self) -> int:
        """Count the rejects that cannot be written."""
        return self.run.rejects.count() - sum(1 for _ in self._records())

    def write(self) -> Iterator[bytes]:
        """Give the file, piece by piece."""
        return {"csv": self._csv, "geojson": self._geojson, "json": self._json}[self.kind]()

    def _records(self) -> Iterator[tuple[ImportReject, dict[str, Any]]]:
        rejects = self.run.rejects.exclude(content="").order_by("line", "pk")
        for reject in rejects.iterator(chunk_size=500):
            try:
                record = orjson.loads(reject.content)
            except orjson.JSONDecodeError:
                continue  # cut at what a reject may hold
            if isinstance(record, dict):
                yield reject, record

    def _columns(self) -> list[str]:
        """Give the columns of the rejects, that of the lines that could not be read after those of the file."""
        names = dict.fromkeys(name for _, record in self._records() for name in record)
        return sorted(names, key=UNREADABLE.__eq__)

    def _csv(self) -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"  # without it, Excel reads the accents wrong
        for _ in range(_lines_above_header(self.source)):
            yield f"Rejets de l’import n° {self.run.pk}\r\n".encode()
        yield _line([*self._header, REASON, LINE])
        for reject, record in self._records():
            values = [record.get(name) for name in self._header]
            yield _line(guarded(_text(value)) for value in (*values, reject.reason, reject.line))

    def _geojson(self) -> Iterator[bytes]:
        srid = self.run.srid or WGS84
        crs = b"" if srid == WGS84 else b'"crs":' + orjson.dumps(_named(srid)) + b","
        yield b'{"type":"FeatureCollection",' + crs + b'"features":[\n'
        for number, (reject, record) in enumerate(self._records()):
            unread = {UNREADABLE: record[UNREADABLE]} if UNREADABLE in record else {}
            properties = {
                **(record.get("properties") or {}),
                **unread,
                REASON: reject.reason,
                LINE: reject.line,
            }
            feature = {
                "type": "Feature",
                "properties": properties,
                "geometry": _shape(record.get("geometry")),
            }
            yield (b",\n" if number else b"") + orjson.dumps(feature)
        yield b"\n]}\n"

    def _json(self) -> Iterator[bytes]:
        yield b"[\n"
        for number, (reject, record) in enumerate(self._records()):
            yield (b",\n" if number else b"") + orjson.dumps({**record, REASON: reject.reason})
        yield b"\n]\n"


def _kind(record: dict[str, Any]) -> str:
    if set(record) == {UNREADABLE} or ("properties" in record and "geometry" in record):
        return "geojson"
    return "json" if any(isinstance(value, list | dict) for value in record.values()) else "csv"


def _lines_above_header(source: Source | None) -> int:
    read = source.read if source else None
    return int(read.keywords.get("skip_lines", 0)) if isinstance(read, partial) else 0


def _line(values: Iterable[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\r\n").writerow(values)
    return text.getvalue().encode()


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _named(srid: int) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{srid}"}}


def _shape(written: Any) -> Any:
    """Give GeoJSON: GDAL's features are kept with their shape in WKT."""
    if not isinstance(written, str):
        return written
    shape = shapely.from_wkt(written, on_invalid="ignore")
    return None if shape is None else orjson.loads(shapely.to_geojson(shape))
