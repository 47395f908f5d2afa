"""Sheets of the Plan cadastral informatisé in EDIGEO, as published: one tar, or the zip of a département.

The sheet's identifiers begin with three digits of the commune: the name of the file gives the département. A sheet
is a part of a commune, so it adds and corrects and closes nothing. Its buildings are drawn otherwise than in the
GeoJSON: one that the GeoJSON draws already is left out, and the GeoJSON of a commune takes the place of its sheets.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import shapely

from cadastre_import import fields
from cadastre_import.readers import ogr
from cadastre_import.readers.archives import extracted_tar
from cadastre_import.readers.sheets import is_zip, sheets_of
from cadastre_import.source import Column, Correction, Records, Source
from cadastre_import.sources import cadastre
from layers.errors import InvalidRow, UnreadableFile

DRIVER = "EDIGEO"
URL = (
    "https://cadastre.data.gouv.fr/data/dgfip-pci-vecteur/latest/edigeo/feuilles/{departement}/"
    "{commune}/edigeo-{feuille}.tar.bz2, ou …/edigeo/departements/dep{departement}.zip"
)
Numbered = Iterable[tuple[int, Any]]
NEEDED = (".THF", ".VEC", ".GEO", ".SCD", ".DIC", ".GEN", ".QAL")


def as_drawn(lot: Path, features: Numbered) -> Numbered:
    """Give the features of a layer as they are."""
    return features


def read_edigeo(
    path: Path, layer: str, *, completed: Callable[[Path, Numbered], Numbered] = as_drawn
) -> Records:
    """Read one layer of a sheet, or of all the sheets of a département's zip; each feature carries its sheet.

    ``completed`` gives the features with what the rest of the lot tells of them. The projection is that of the
    first sheet that has the layer.
    """
    for sheet in sheets_of(path):
        with _lot(sheet.path) as lot:
            described = ogr.describe(lot, DRIVER, layer=layer, name=sheet.path.name)
        if described.count:
            srid, problem = ogr.accepted_srid(described.crs)
            return Records(_features(path, layer, srid, completed), srid=srid, srid_problem=problem)
    raise UnreadableFile(f"{path.name} : rien dans la couche « {layer} »")


def _features(
    path: Path, layer: str, srid: int | None, completed: Callable[[Path, Numbered], Numbered]
) -> Iterator[tuple[int, Any]]:
    """Number the features through the sheets; of a zip, a sheet that cannot be read costs only itself."""
    number, alone = 0, not is_zip(path)
    for sheet in sheets_of(path):
        try:
            with _lot(sheet.path) as lot, ogr.opened(lot, DRIVER, layer=layer, name=sheet.path.name) as found:
                described, features = found
                if described.count and not alone and ogr.accepted_srid(described.crs)[0] != srid:
                    raise UnreadableFile(
                        f"{sheet.path.name} : projection différente de celle des autres feuilles"
                    )
                for _, feature in completed(lot, features):
                    number += 1
                    feature["properties"]["sheet"] = sheet.code
                    yield number, feature
        except UnreadableFile as error:
            if alone:
                raise
            number += 1
            yield number, {"refused": str(error)}


@contextmanager
def _lot(path: Path) -> Iterator[Path]:
    """Extract the sheet and give its THF, the file that names the others."""
    with extracted_tar(path) as folder:
        files = [file for file in folder.rglob("*") if file.is_file()]
        present = {file.suffix.upper() for file in files}
        if missing := [suffix for suffix in NEEDED if suffix not in present]:
            raise UnreadableFile(f"{path.name} : il manque des fichiers EDIGEO ({', '.join(missing)})")
        yield next(file for file in files if file.suffix.upper() == ".THF")


def sheet_parts(feature: Any) -> tuple[Any, Any, str]:
    """Give the properties, the geometry and the sheet of a feature; raises InvalidRow for a sheet left unread."""
    if isinstance(feature, dict) and "refused" in feature:
        raise InvalidRow(fields.text(feature["refused"], "feuille", longest=1_000))
    properties, geometry = cadastre.feature_parts(feature)
    sheet = fields.text(properties.get("sheet"), "feuille")
    return properties, geometry, sheet


def parse_parcelle(feature: Any) -> list[Any]:
    """Read a parcelle: id, commune, contenance, whether it was surveyed, outline."""
    properties, geometry, sheet = sheet_parts(feature)
    idu = fields.code(sheet[:2] + fields.text(properties.get("IDU"), "IDU"), fields.IDU, "IDU")
    contenance = fields.whole_number(properties.get("SUPF"), "SUPF")
    return [idu, idu[:5], contenance, properties.get("COAR") == "A", geometry]


def parse_section(feature: Any) -> list[Any]:
    """Read a section: id, commune, outline."""
    properties, geometry, sheet = sheet_parts(feature)
    code = fields.code(sheet[:2] + fields.text(properties.get("IDU"), "IDU"), fields.SECTION, "IDU")
    return [code, code[:5], geometry]


def parse_batiment(feature: Any) -> list[Any]:
    """Read a building; as in the GeoJSON cadastre, a digest of its footprint stands for an identifier."""
    properties, geometry, sheet = sheet_parts(feature)
    if not isinstance(geometry, shapely.Geometry):
        raise InvalidRow("géométrie absente")
    commune = fields.code(sheet[:5], fields.COMMUNE, "feuille")
    kind = fields.text(properties.get("DUR"), "DUR")
    return [
        f"{commune}{cadastre.OF_A_SHEET}{hashlib.blake2b(geometry.wkb, digest_size=8).hexdigest()}",
        commune,
        kind if kind in ("01", "02") else "",
        fields.text(properties.get("TEX"), "TEX", longest=200),
        None,
        geometry,
    ]


def _of_a_sheet(source: Source, layer: str, parse: Any, title: str) -> Source:
    return replace(
        source,
        name=f"edigeo-{source.name}",
        title=title,
        producer="DGFiP",
        url=URL,
        read=partial(read_edigeo, layer=layer),
        parse=parse,
        closes=False,
        derived=source.derived | {"closed_on": "NULL::date"},
        constants={"millesime": "%(millesime)s"},
        rejects_need_original=True,
    )


DRAWN_ALREADY = Correction(
    f"""
    UPDATE staging s SET footprint = b.code FROM layers_batiment b
    WHERE s.reason IS NULL AND b.closed_on IS NULL AND b.code NOT LIKE '%{cadastre.OF_A_SHEET}%'
      AND ST_Covers(b.geom, ST_PointOnSurface(s.geom))
    """,  # noqa: S608 - a mark of ours
    "bâtiment(s) déjà dessinés par une autre source, non ajoutés",
)
PARCELLES = _of_a_sheet(cadastre.PARCELLES, "PARCELLE_id", parse_parcelle, "Parcelles d’une feuille EDIGEO")
BATIMENTS = replace(
    _of_a_sheet(cadastre.BATIMENTS, "BATIMENT_id", parse_batiment, "Bâtiments d’une feuille EDIGEO"),
    columns=(
        *cadastre.BATIMENTS.columns[:-1],
        Column("footprint", into=None),
        cadastre.BATIMENTS.columns[-1],
    ),
    only="s.footprint IS NULL",
    corrections=(DRAWN_ALREADY,),
    before=(),
)
SECTIONS = _of_a_sheet(cadastre.SECTIONS, "SECTION_id", parse_section, "Section d’une feuille EDIGEO")
