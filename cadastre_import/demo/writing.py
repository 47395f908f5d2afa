"""Files written the same byte for byte each time: compact GeoJSON, gzip without a date, CSV."""

import csv
import gzip
import io
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import shapely
from pyproj import Transformer

LAMBERT_93, WGS84 = 2154, 4326


@cache
def _to_wgs84() -> Transformer:
    return Transformer.from_crs(LAMBERT_93, WGS84, always_xy=True)


def lonlat(x, y, decimals: int) -> np.ndarray:
    """Give the (n, 2) longitudes and latitudes of Lambert-93 positions."""
    return np.round(np.column_stack(_to_wgs84().transform(np.asarray(x), np.asarray(y))), decimals)


def to_wgs84(shapes, decimals: int = 7) -> np.ndarray:
    """Give geometries in longitude and latitude, with the seven decimals of the published cadastre."""
    return shapely.transform(np.asarray(shapes), lambda points: lonlat(*points.T, decimals))


def geometry(shape: shapely.Geometry) -> dict:
    """Give the GeoJSON object of a polygon or multipolygon, outer rings counter-clockwise."""
    oriented = shapely.orient_polygons(shape)
    if oriented.geom_type == "Polygon":
        return {"type": "Polygon", "coordinates": _rings(oriented)}
    return {"type": "MultiPolygon", "coordinates": [_rings(part) for part in oriented.geoms]}


def _rings(polygon: shapely.Polygon) -> list:
    return [shapely.get_coordinates(ring).tolist() for ring in (polygon.exterior, *polygon.interiors)]


def feature_collection(features: Iterable[dict], **members) -> bytes:
    """Give a FeatureCollection with one feature a line, as Etalab publishes the cadastre."""
    head = orjson.dumps({"type": "FeatureCollection", **members})[:-1]
    return head + b',"features":[\n' + b",\n".join(orjson.dumps(feature) for feature in features) + b"\n]}\n"


def json_lines(rows: Iterable[dict]) -> bytes:
    """Give a JSON array with one object a line, as the administrative registers are packaged."""
    return b"[\n" + b",\n".join(orjson.dumps(row) for row in rows) + b"\n]\n"


def csv_text(header: Iterable[str], rows: Iterable[Iterable], delimiter: str, first_line: str = "") -> bytes:
    """Give UTF-8 CSV with Unix line ends; ``first_line`` goes above the header as it is."""
    text = io.StringIO()
    text.write(first_line)
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def fputcsv_text(header: Iterable[str], rows: Iterable[Iterable[str]], delimiter: str) -> bytes:
    """Give CSV as PHP writes it: quotes round whatever has a space, and a byte order mark first."""

    to_quote = re.compile(f'[ "\\n\\r\\t{re.escape(delimiter)}]')

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if to_quote.search(text) else text

    lines = (delimiter.join(map(cell, row)) for row in (header, *rows))
    return ("\ufeff" + "\n".join(lines) + "\n").encode()


def write(path: Path, content: bytes) -> Path:
    """Write a file, compressed when its name ends in .gz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, 6, mtime=0) if path.suffix == ".gz" else content)
    return path
