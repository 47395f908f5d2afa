"""The formats in which layers leave, and how a file of each is made in a folder."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from api.exports.ogr import write_flatgeobuf, write_geopackage, write_shapefile
from api.exports.tables import Table, one_snapshot
from api.exports.texts import csv_lines, geojson_pieces
from api.exports.workbook import write_workbook
from layers.errors import InvalidFilter

ZIP = "application/zip"
Whole = Callable[[list[Table], Path, str], Path]
ByLayer = Callable[[Table, Path], list[Path]]


@dataclass(frozen=True)
class Format:
    """A format: ``whole`` writes all layers in one file; ``by_layer`` writes each, and several are zipped.

    ``streams`` gives the bytes of one layer as they are read, where the format allows it.
    """

    id: str
    title: str
    advice: str
    extension: str
    content_type: str
    whole: Whole | None = None
    by_layer: ByLayer | None = None
    streams: Callable[[Table], Iterator[bytes]] | None = None
    always_zipped: bool = False
    only_srid: int | None = None

    def extension_for(self, layers: int) -> str:
        """Give the extension of the file of so many layers."""
        zipped = self.whole is None and (layers > 1 or self.always_zipped)
        return "zip" if zipped else self.extension

    def content_type_for(self, layers: int) -> str:
        """Give the media type of the file of so many layers."""
        return ZIP if self.extension_for(layers) == "zip" else self.content_type

    def write(self, tables: list[Table], folder: Path, name: str) -> Path:
        """Write the file in an empty folder, as of one instant, and give its path."""
        with one_snapshot():
            if self.whole:
                return self.whole(tables, folder, name)
            assert self.by_layer
            if self.extension_for(len(tables)) != "zip":
                (path,) = self.by_layer(tables[0], folder)
                return path.rename(folder / f"{name}.{self.extension}")
            return _zipped(self.by_layer, tables, folder, folder / f"{name}.zip")


def _zipped(write: ByLayer, tables: list[Table], folder: Path, path: Path) -> Path:
    """Write each layer, put it in the archive and remove it: the disk holds one layer more than the archive."""
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=4) as archive:
        for table in tables:
            part = folder / table.layer.id
            part.mkdir()
            for file in write(table, part):
                archive.write(file, file.name)
            shutil.rmtree(part)
    return path


def _written(
    pieces: Callable[[Table], Iterator[bytes]], extension: str, table: Table, folder: Path
) -> list[Path]:
    path = folder / f"{table.layer.id}.{extension}"
    with path.open("wb") as file:
        for piece in pieces(table):
            file.write(piece)
    return [path]


FORMATS = {
    found.id: found
    for found in (
        Format(
            "gpkg",
            "GeoPackage",
            "toutes les couches dans un fichier, avec leurs styles : pour QGIS",
            "gpkg",
            "application/geopackage+sqlite3",
            whole=write_geopackage,
        ),
        Format(
            "shp",
            "Shapefile",
            "une archive ; noms de champs coupés à dix caractères, un fichier les dit",
            "zip",
            ZIP,
            by_layer=write_shapefile,
            always_zipped=True,
        ),
        Format(
            "fgb",
            "FlatGeobuf",
            "le plus rapide à lire, index compris",
            "fgb",
            "application/flatgeobuf",
            by_layer=write_flatgeobuf,
        ),
        Format(
            "csv",
            "CSV",
            "pour un tableur : points-virgules, virgules décimales, coordonnées ou contours en WKT",
            "csv",
            "text/csv; charset=utf-8",
            by_layer=partial(_written, csv_lines, "csv"),
            streams=csv_lines,
        ),
        Format(
            "xlsx",
            "Classeur XLSX",
            "une feuille par couche",
            "xlsx",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            whole=write_workbook,
        ),
        Format(
            "geojson",
            "GeoJSON",
            "pour le Web, toujours en longitude et latitude",
            "geojson",
            "application/geo+json",
            by_layer=partial(_written, geojson_pieces, "geojson"),
            streams=geojson_pieces,
            only_srid=4326,
        ),
    )
}


def format_named(name: str) -> Format:
    """Give the format; raises InvalidFilter for one that is not."""
    if name not in FORMATS:
        raise InvalidFilter(f"format inconnu : {name[:20]!r} (connus : {', '.join(FORMATS)})")
    return FORMATS[name]
