"""A vector file of any origin, told by its first bytes: GeoJSON, GeoPackage, zipped Shapefile, KML, CSV with WKT."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import shapely

from cadastre_import.readers import ogr
from cadastre_import.readers.archives import ZIP_MAGIC, read_zipped_shapefile
from cadastre_import.readers.delimited import read_csv
from cadastre_import.readers.geojson import read_geojson
from cadastre_import.readers.geojson_lines import is_sequence, read_geojson_lines
from cadastre_import.readers.geopackage import is_geopackage, read_geopackage
from cadastre_import.readers.opening import open_bytes
from cadastre_import.source import Records, Unread, converted
from layers.crs import ACCEPTED_SRIDS, WGS84
from layers.errors import UnreadableFile

HEAD = 4096
KML = "LIBKML"
KML_ROOT = re.compile(rb"<(?:\w+:)?kml[\s>]")
WKT_NAMES = ("wkt", "geom", "geometry", "the_geom", "geometrie", "géométrie")
EWKT = re.compile(r"\s*(?:SRID=(\d{4,5});)?(.*)", re.DOTALL | re.IGNORECASE)


def read_vector(path: Path, layers: Sequence[str] = ()) -> Records:
    """Read the only layer of the file, or the one of several that a producer names in ``layers`` (lower case).

    Its projection is None if the file does not tell one.
    """
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if is_geopackage(path):
        return read_geopackage(path, layers)
    if head.startswith(ZIP_MAGIC):
        return read_zipped_shapefile(path, layers)
    if is_sequence(start):
        return read_geojson_lines(path)
    if start.startswith((b"{", b"[")):
        return read_geojson(path)
    if start.startswith(b"<") and KML_ROOT.search(head):
        return _read_kml(path)
    if start.startswith(b"<") or b"\x00" in head[:64]:
        raise UnreadableFile(
            f"{path.name} : format inattendu ; sont lus GeoJSON, GeoPackage, Shapefile en .zip, KML, CSV avec WKT"
        )
    return _read_wkt(path)


def _read_kml(path: Path) -> Records:
    layer = ogr.describe(path, KML)
    if layer.name is None:
        raise UnreadableFile(f"{path.name} : {len(layer.names)} dossiers dans le KML, un seul est attendu")
    return Records(_numbered(ogr.features(path, KML)), srid=WGS84)  # KML knows no other projection


def _numbered(features: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    yield from ((number, feature) for number, (_, feature) in enumerate(features, 1))


def _read_wkt(path: Path) -> Records:
    records = read_csv(path, required=(), known=WKT_NAMES)
    column = next((name for name in WKT_NAMES if name in records.columns), None)
    if column is None:
        raise UnreadableFile(f"{path.name} : aucune colonne de géométrie (« {' », « '.join(WKT_NAMES)} »)")
    rows = iter(records.rows)
    first = list(_to_the_first_read(rows))
    told = EWKT.match(next((row[column] for _, row in first if not isinstance(row, Unread)), ""))
    number = told[1] if told else None
    srid = int(number) if number and int(number) in ACCEPTED_SRIDS else None
    problem = f"projection non acceptée « SRID={number} »" if number else "un CSV ne dit pas sa projection"
    return replace(records, rows=_shaped(chain(first, rows), column, number), srid=srid, srid_problem=problem)


def _to_the_first_read(rows: Iterator[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    for line, row in rows:
        yield line, row
        if not isinstance(row, Unread):
            return


def _shaped(rows: Iterator[tuple[int, Any]], column: str, number: str | None) -> Iterator[tuple[int, Any]]:
    def feature(row: dict[str, str]) -> dict[str, Any]:
        properties = {name: value for name, value in row.items() if name != column}
        return {"properties": properties, "geometry": None}

    for line, row in rows:
        record = converted(row, feature)
        if not isinstance(row, Unread):
            written = EWKT.match(row[column])
            # one projection a file: a row in another has no shape that we could place
            wkt = written[2] if written and written[1] == number else ""
            record["geometry"] = shapely.from_wkt(wkt, on_invalid="ignore")
        yield line, record
