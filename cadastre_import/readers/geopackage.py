"""GeoPackage layers by pyogrio, known by the file's first bytes: a name is never believed."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import shapely

from cadastre_import.source import Records
from layers.crs import ACCEPTED_SRIDS
from layers.errors import UnreadableFile

SQLITE_MAGIC = b"SQLite format 3\x00"
BATCH = 5_000


def is_geopackage(path: Path) -> bool:
    """Say whether the file is an SQLite database, as every GeoPackage is."""
    with path.open("rb") as stream:
        return stream.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def read_geopackage(path: Path) -> Records:
    """Read the only layer of a GeoPackage, feature by feature in the order of its rows."""
    if not is_geopackage(path):
        raise UnreadableFile(f"{path.name} : ce n’est pas un GeoPackage")
    try:
        layers = [name for name, kind in pyogrio.list_layers(path) if kind is not None]
        if len(layers) != 1:
            raise UnreadableFile(f"{path.name} : {len(layers)} couches, une seule est attendue")
        layer = layers[0]
        srid = _srid(pyogrio.read_info(path, layer=layer)["crs"], path)
    except pyogrio.errors.DataSourceError as error:
        raise UnreadableFile(f"{path.name} : GeoPackage illisible") from error
    return Records(_features(path, layer), srid=srid)


def _features(path: Path, layer: str) -> Iterator[tuple[int, dict[str, Any]]]:
    start = 0
    while True:
        try:
            meta, fids, shapes, columns = pyogrio.raw.read(
                path, layer=layer, skip_features=start, max_features=BATCH, return_fids=True
            )
        except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError) as error:
            raise UnreadableFile(f"{path.name} : lecture interrompue après {start} objets") from error
        if not len(fids):
            return
        geometries = shapely.from_wkb(shapes, on_invalid="ignore")
        for index, fid in enumerate(fids):
            properties = {
                name: _plain(column[index]) for name, column in zip(meta["fields"], columns, strict=True)
            }
            yield int(fid), {"properties": properties, "geometry": geometries[index]}
        start += len(fids)


def _plain(value: Any) -> Any:
    """Give a Python value: NumPy's scalars and missing values stay in the reader."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and math.isnan(value) else value


def _srid(crs: str | None, path: Path) -> int:
    """Recognise an accepted projection, by its code or by its definition (« RGF93 Lambert 93 » has no code)."""
    if crs is None:
        raise UnreadableFile(f"{path.name} : projection absente")
    declared = pyproj.CRS.from_user_input(crs)
    number = declared.to_epsg(min_confidence=70)
    if number not in ACCEPTED_SRIDS:
        raise UnreadableFile(f"{path.name} : projection non acceptée « {declared.name} »")
    return int(number)
