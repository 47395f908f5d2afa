"""GeoPackage layers, known by the file's first bytes: a name is never believed."""

from collections.abc import Sequence
from pathlib import Path

from cadastre_import.readers import ogr
from cadastre_import.source import Records
from layers.errors import UnreadableFile

SQLITE_MAGIC = b"SQLite format 3\x00"
DRIVER = "GPKG"


def is_geopackage(path: Path) -> bool:
    """Say whether the file is an SQLite database, as every GeoPackage is."""
    with path.open("rb") as stream:
        return stream.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def read_geopackage(path: Path, layers: Sequence[str] = ()) -> Records:
    """Read the only layer of a GeoPackage, or the one of several whose name, lower case, is in ``layers``."""
    if not is_geopackage(path):
        raise UnreadableFile(f"{path.name} : ce n’est pas un GeoPackage")
    layer = ogr.describe(path, DRIVER)
    if layer.name is None:
        named = [name for name in layer.names if name.casefold() in layers]
        if len(named) != 1:
            raise UnreadableFile(f"{path.name} : {len(layer.names)} couches, une seule est attendue")
        layer = ogr.describe(path, DRIVER, layer=named[0])
    srid, problem = ogr.accepted_srid(layer.crs)
    return Records(ogr.features(path, DRIVER, layer=layer.name or ""), srid=srid, srid_problem=problem)
