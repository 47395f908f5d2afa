"""Imports a folder of official files: each is recognised by its official name and read in the order of need."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cadastre_import.pipeline import Progress, run_import
from cadastre_import.source import ImportReport
from cadastre_import.sources import SOURCES
from layers.errors import OlderEdition

# Communes before what stands in them, addresses before the buildings that name them, places before reports
OFFICIAL_NAMES: tuple[tuple[str, str], ...] = (
    (r"communes\.json(\.gz)?", "communes"),
    (r"(epci|ept)\.json(\.gz)?", "epci"),
    (r"cadastre-\w+-communes\.json(\.gz)?", "cadastre-communes"),
    (r"cadastre-\w+-sections\.json(\.gz)?", "sections"),
    (r"cadastre-\w+-feuilles\.json(\.gz)?", "feuilles"),
    (r"cadastre-\w+-prefixes_sections\.json(\.gz)?", "prefixes-sections"),
    (r"cadastre-\w+-parcelles\.json(\.gz)?", "parcelles"),
    (r"cadastre-\w+-batiments\.json(\.gz)?", "batiments"),
    (r"(contours-)?iris(?!.?ge\b|.?ge_).*\.(gpkg|geojson)", "iris"),
    (r"iris.?ge(\b|_).*\.(gpkg|geojson)", "iris-ge"),
    (r"base-ic-logement.*\.csv", "logement"),
    (r"rpls.*\.csv(\.gz)?", "rpls"),
    (r"carreaux.*\.gpkg", "carreaux"),
    (r"qpv.*\.geojson", "qpv"),
    (r"(perimetres?|opah|permis|pig).*\.geojson", "perimetres"),
    (r"adresses-\w+\.csv(\.gz)?", "ban"),
    (r"rnb_.*\.csv(\.gz)?", "rnb"),
    (r"diff_.*\d{4}-\d{2}-\d{2}t.*\.csv(\.gz)?", "rnb-diff"),
    (r"rpls.*\.csv(\.gz)?", "rpls-adresses"),
    (r"lovac.*\.csv(\.gz)?", "lovac"),
    (r"dpe.*\.csv(\.gz)?", "dpe"),
    (r"(dvf.*\.csv|valeurs-?foncieres.*\.txt)(\.gz)?", "dvf"),
    (r"(rnic?|.*coproprietes).*\.csv(\.gz)?", "rnic"),
    (r"(bdnb|open_data_millesime).*\.(zip|gpkg)", "bdnb"),
    (r".*signalements?.*\.(csv|xlsx)", "signal-logement"),
    (r"(processed_)?mrs-arretes.*\.csv", "arretes-marseille"),
    (r"(?!.*mrs-arretes).*arretes.*\.(csv|xlsx)", "arretes"),
)


@dataclass(frozen=True)
class Found:
    """A file and the source that reads it."""

    source: str
    path: Path


def recognise(folder: Path) -> list[Found]:
    """List the files of ``folder`` that have an official name, in the order of import."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return [
        Found(source, path)
        for pattern, source in OFFICIAL_NAMES
        for path in files
        if re.fullmatch(pattern, path.name, re.IGNORECASE)
    ]


def import_files(
    files: list[Found],
    *,
    millesime: date | None = None,
    progress: Callable[[str], Progress] = lambda source: iter,
    beside_newer: bool = False,
) -> Iterator[tuple[Found, ImportReport]]:
    """Import each file and give its report; the first unreadable file stops, what came before stands.

    ``beside_newer`` passes over a file whose communes have a newer edition already, instead of stopping there.
    """
    for found in files:
        try:
            report = run_import(
                SOURCES[found.source], found.path, millesime=millesime, progress=progress(found.source)
            )
        except OlderEdition:
            if not beside_newer:
                raise
            report = ImportReport(has_newer_edition=True)
        yield found, report
