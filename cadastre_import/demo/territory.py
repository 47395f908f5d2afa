"""Generate the demo territory: the ground first, then its stock and its reports, then the files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from . import arretes, cadastre, dpe, export, registers
from .clusters import Events, plant
from .dvf import write_dvf
from .ground import Ground, build_ground, seeded
from .immeubles import write_immeubles
from .iris import iris_names, write_iris
from .plan import COMMUNES, communes_kept
from .rnb import write_rnb
from .rpls import write_rpls
from .signalements import Registry, Report
from .stock import Stock, build_stock, insee_table
from .truth import write_truth
from .writing import csv_text, fputcsv_text, lonlat, write
from .zonings import perimeter_names, write_zonings

ARRETES_FIRST_LINE = ',,(format dd/mm/aaaa),"(avec l\'indice de répétition : bis, ter…)",,,,,\n'


@dataclass(frozen=True)
class DemoTerritory:
    """What was written: files by name (``parcelles 36901``, ``ban``…), counts by subject, bounds in WGS84."""

    directory: Path
    seed: int
    files: dict[str, Path]
    counts: dict[str, int]
    bounds: tuple[float, ...]


def generate(
    directory: Path,
    seed: int = 2026,
    *,
    communes: int = len(COMMUNES),
    progress: Callable[[str], None] = lambda message: None,
) -> DemoTerritory:
    """Write the whole set of files in ``directory``; the same arguments give the same bytes.

    ``communes`` below six keeps only the first ones of a fixed order, the smaller first: one alone is a town
    of ten IRIS, written in about two seconds.
    """
    directory = Path(directory)
    ground = build_ground(communes_kept(communes), seed, progress)
    progress("logements et signalements")
    stock = build_stock(
        ground.parcels, ground.buildings, shapely.area(ground.building_shapes), seeded(seed, "stock")
    )
    events = plant(stock, ground.parcels, seeded(seed, "clusters"))
    reports = Registry(stock, ground, seeded(seed, "signalements")).reports(events)
    progress("écriture des fichiers")
    files = {
        **_write_ground(directory, ground, seed),
        **_write_stock(directory, ground, stock, seed),
        **_write_dwellings(directory, ground, stock, seed),
        "signalements": _write_reports(directory, ground, stock, reports, seeded(seed, "export")),
        "arretes": _write_arretes(
            directory, arretes.draw_arretes(reports, ground, stock, events.baseline, seeded(seed, "arretes"))
        ),
        **write_truth(directory, ground, stock, events, reports),
    }
    corners = lonlat(*shapely.total_bounds(ground.mesh.polygons).reshape(2, 2).T, 6)
    counts = _counts(ground, stock, events, reports)
    return DemoTerritory(directory, seed, files, counts, tuple(corners.ravel().tolist()))


def _write_ground(directory: Path, ground: Ground, seed: int) -> dict[str, Path]:
    folder = directory / "cadastre"
    return {
        **cadastre.write_communes(folder, ground),
        **cadastre.write_parcelles(folder, ground, seeded(seed, "parcelles")),
        **cadastre.write_batiments(folder, ground, seeded(seed, "batiments")),
        "rnb": write_rnb(directory / "rnb" / "RNB_36.csv", ground, seeded(seed, "rnb")),
        "iris": write_iris(directory / "iris" / "CONTOURS-IRIS.gpkg", ground),
        "ban": registers.write_ban(directory / "ban" / "adresses-36.csv.gz", ground, seeded(seed, "ban")),
        **write_zonings(directory / "zonages", ground),
    }


def _write_stock(directory: Path, ground: Ground, stock: Stock, seed: int) -> dict[str, Path]:
    names = iris_names(ground)
    table = insee_table(stock, sorted(names), seeded(seed, "census"))
    population = {
        commune.insee: round(sum(row["PMEN"] for code, row in table.items() if code[:5] == commune.insee))
        for commune in ground.communes
    }
    return {
        "logements": registers.write_census(directory / "insee" / "base-ic-logement-2021.CSV", table, names),
        **registers.write_cog(directory / "cog", ground.communes, population),
    }


def _write_dwellings(directory: Path, ground: Ground, stock: Stock, seed: int) -> dict[str, Path]:
    diagnoses = dpe.draw_diagnoses(ground, stock, seeded(seed, "dpe"))
    folder = directory / "logements"
    return {
        "dpe": dpe.write_dpe(folder / "dpe-36.csv.gz", diagnoses, ground, stock, seeded(seed, "dpe ecrit")),
        **write_dvf(folder, ground, stock, seeded(seed, "dvf")),
        "rpls": write_rpls(folder / "rpls-36.csv.gz", ground, stock, seeded(seed, "rpls")),
        **write_immeubles(folder, ground, stock, diagnoses, seeded(seed, "immeubles")),
    }


def _write_reports(
    directory: Path, ground: Ground, stock: Stock, reports: list[Report], rng: np.random.Generator
) -> Path:
    placed = np.array([report.position or (np.nan, np.nan) for report in reports])
    rows = []
    for report, degrees in zip(reports, lonlat(*placed.T, 6).tolist(), strict=True):
        zones = "|".join(perimeter_names(ground.parcels[report.address.parcel])) if report.position else ""
        rows.append(
            export.signal_logement_row(report, stock, degrees if report.position else None, zones, rng)
        )
    path = directory / "signalements" / "export-signalements.csv"
    return write(path, fputcsv_text(export.HEADER, rows, ";"))


def _write_arretes(directory: Path, orders: list[arretes.Arrete]) -> Path:
    rows = map(arretes.arrete_row, orders)
    content = csv_text(arretes.HEADER, rows, ",", first_line=ARRETES_FIRST_LINE)
    return write(directory / "arretes" / "import_arretes.csv", content)


def _counts(ground: Ground, stock: Stock, events: Events, reports: list[Report]) -> dict[str, int]:
    return {
        "communes": len(ground.communes),
        "iris": len({secteur.iris_code for secteur in ground.mesh.secteurs}),
        "sections": len(ground.mesh.secteurs),
        "voies": len(ground.streets),
        "parcelles": len(ground.parcels),
        "batiments": len(ground.buildings),
        "adresses": len(ground.addresses),
        "logements": int(stock.dwellings.sum()),
        "signalements": len(reports),
        "foyers plantés": len(events.clusters),
    }
