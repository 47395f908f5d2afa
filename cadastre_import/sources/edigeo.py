"""A sheet of the Plan cadastral informatisé in EDIGEO, from the tar as published: parcelles, buildings, section.

The sheet's identifiers begin with three digits of the commune: the name of the file gives the département. A sheet
is a part of a commune, so it adds and corrects and closes nothing.
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import shapely

from cadastre_import import fields
from cadastre_import.readers import ogr
from cadastre_import.readers.archives import extracted_tar
from cadastre_import.source import Records, Source
from cadastre_import.sources import cadastre
from layers.errors import InvalidRow, UnreadableFile

DRIVER = "EDIGEO"
NEEDED = (".THF", ".VEC", ".GEO", ".SCD", ".DIC", ".GEN", ".QAL")
SHEET = re.compile(rf"edigeo-(?:cc-)?(?P<sheet>(?:{fields.COMMUNE.pattern})[0-9A-Z]{{7}})\b.*")


def read_edigeo(path: Path, layer: str) -> Records:
    """Read one layer of a sheet; each feature carries the sheet's identifier."""
    named = SHEET.fullmatch(path.name)
    if named is None:
        raise UnreadableFile(
            f"{path.name} : le nom officiel est attendu (edigeo-25354000AK01.tar.bz2), il donne le département"
        )
    with _lot(path) as lot:
        described = ogr.describe(lot, DRIVER, layer=layer, name=path.name)
    if not described.count:
        raise UnreadableFile(f"{path.name} : la feuille n’a rien dans la couche « {layer} »")
    srid, problem = ogr.accepted_srid(described.crs)
    return Records(_features(path, layer, named["sheet"]), srid=srid, srid_problem=problem)


def _features(path: Path, layer: str, sheet: str) -> Iterator[tuple[int, Any]]:
    with _lot(path) as lot:
        for number, (_, feature) in enumerate(ogr.features(lot, DRIVER, layer=layer, name=path.name), 1):
            feature["properties"]["sheet"] = sheet
            yield number, feature


@contextmanager
def _lot(path: Path) -> Iterator[Path]:
    """Extract the sheet and give its THF, the file that names the others."""
    with extracted_tar(path) as folder:
        files = [file for file in folder.rglob("*") if file.is_file()]
        present = {file.suffix.upper() for file in files}
        if missing := [suffix for suffix in NEEDED if suffix not in present]:
            raise UnreadableFile(f"{path.name} : il manque des fichiers EDIGEO ({', '.join(missing)})")
        yield next(file for file in files if file.suffix.upper() == ".THF")


def _parts(feature: Any) -> tuple[Any, Any, str]:
    properties, geometry = cadastre.feature_parts(feature)
    sheet = fields.text(properties.get("sheet"), "feuille")
    return properties, geometry, sheet


def parse_parcelle(feature: Any) -> list[Any]:
    """Read a parcelle: id, commune, contenance, whether it was surveyed, outline."""
    properties, geometry, sheet = _parts(feature)
    idu = fields.code(sheet[:2] + fields.text(properties.get("IDU"), "IDU"), fields.IDU, "IDU")
    contenance = fields.whole_number(properties.get("SUPF"), "SUPF")
    return [idu, idu[:5], contenance, properties.get("COAR") == "A", geometry]


def parse_section(feature: Any) -> list[Any]:
    """Read a section: id, commune, outline."""
    properties, geometry, sheet = _parts(feature)
    code = fields.code(sheet[:2] + fields.text(properties.get("IDU"), "IDU"), fields.SECTION, "IDU")
    return [code, code[:5], geometry]


def parse_batiment(feature: Any) -> list[Any]:
    """Read a building; as in the GeoJSON cadastre, a digest of its footprint stands for an identifier."""
    properties, geometry, sheet = _parts(feature)
    if not isinstance(geometry, shapely.Geometry):
        raise InvalidRow("géométrie absente")
    commune = fields.code(sheet[:5], fields.COMMUNE, "feuille")
    kind = fields.text(properties.get("DUR"), "DUR")
    return [
        f"{commune}-{hashlib.blake2b(geometry.wkb, digest_size=8).hexdigest()}",
        commune,
        kind if kind in ("01", "02") else "",
        fields.text(properties.get("TEX"), "TEX", longest=200),
        geometry,
    ]


def _of_a_sheet(source: Source, layer: str, parse: Any, title: str) -> Source:
    return replace(
        source,
        name=f"edigeo-{source.name}",
        title=title,
        producer="DGFiP",
        url="https://cadastre.data.gouv.fr/data/dgfip-pci-vecteur/latest/edigeo/feuilles/{departement}/"
        "{commune}/edigeo-{feuille}.tar.bz2",
        read=partial(read_edigeo, layer=layer),
        parse=parse,
        closes=False,
        derived=source.derived | {"closed_on": "NULL::date"},
        constants={"millesime": "%(millesime)s"},
    )


PARCELLES = _of_a_sheet(cadastre.PARCELLES, "PARCELLE_id", parse_parcelle, "Parcelles d’une feuille EDIGEO")
BATIMENTS = _of_a_sheet(cadastre.BATIMENTS, "BATIMENT_id", parse_batiment, "Bâtiments d’une feuille EDIGEO")
SECTIONS = _of_a_sheet(cadastre.SECTIONS, "SECTION_id", parse_section, "Section d’une feuille EDIGEO")
