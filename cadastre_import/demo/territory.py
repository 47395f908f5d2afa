"""Generate the demo territory: the plan first, then its stock and its reports, then the files."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from . import cadastre, registers, truth
from .addresses import Address, Street, build_addresses
from .arretes import HEADER as ARRETE_HEADER
from .arretes import arrete_row, draw_arretes
from .buildings import Building, build_buildings, building_polygons
from .clusters import Cluster, Events, plant
from .export import HEADER as EXPORT_HEADER
from .export import signal_logement_row
from .mesh import Mesh, build_secteurs
from .parcels import Parcel, build_parcels, parcel_polygons
from .plan import COMMUNES, CommunePlan, communes_kept
from .registers import PERIMETERS
from .signalements import Registry, Report
from .stock import Stock, build_stock, insee_table
from .streets import StreetPlan, build_streets
from .writing import csv_text, fputcsv_text, lonlat, write

ARRETES_FIRST_LINE = ",,(format dd/mm/aaaa),\"(avec l'indice de répétition : bis, ter…)\",,,,,\n"


@dataclass(frozen=True)
class DemoTerritory:
    """What was written: files by name (``parcelles 36901``, ``ban``…), counts by subject, bounds in WGS84."""

    directory: Path
    seed: int
    files: dict[str, Path]
    counts: dict[str, int]
    bounds: tuple[float, float, float, float]


@dataclass
class _Ground:
    mesh: Mesh
    streets_plan: StreetPlan
    parcels: list[Parcel]
    parcel_shapes: np.ndarray
    buildings: list[Building]
    building_shapes: np.ndarray
    streets: list[Street]
    addresses: list[Address]


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
    kept = communes_kept(communes)
    ground = _build_ground(kept, seed, progress)
    progress("logements et signalements")
    stock = build_stock(ground.parcels, ground.buildings, shapely.area(ground.building_shapes), _rng(seed, "stock"))
    clusters, events = plant(stock, ground.parcels, _rng(seed, "clusters"))
    centres = shapely.get_coordinates(shapely.point_on_surface(ground.building_shapes[stock.building]))
    registry = Registry(
        stock, ground.parcels, ground.streets, ground.addresses, centres, _rng(seed, "signalements")
    )
    reports = registry.reports(events)
    progress("écriture des fichiers")
    files = _write_ground(directory, kept, ground, seed)
    files |= _write_stock(directory, kept, ground, stock, seed)
    files |= _write_reports(directory, ground, stock, reports, events, seed)
    files |= truth.write_truth(directory, seed, ground.mesh, ground.parcels, ground.parcel_shapes, ground.streets,
                               stock, clusters, events, reports)  # fmt: skip
    corners = lonlat(*shapely.total_bounds(ground.mesh.polygons).reshape(2, 2).T, 6)
    return DemoTerritory(
        directory, seed, files, _counts(kept, ground, stock, reports, clusters), tuple(corners.ravel().tolist())
    )


def _rng(seed: int, subject: str) -> np.random.Generator:
    """Give each subject its own generator, so that a change in one leaves the others as they were."""
    return np.random.default_rng([seed, *subject.encode()])


def _build_ground(kept: tuple[CommunePlan, ...], seed: int, progress: Callable[[str], None]) -> _Ground:
    progress("rues et îlots")
    secteurs = build_secteurs(kept)
    mesh = Mesh(secteurs)
    streets_plan = build_streets(secteurs, _rng(seed, "streets"))
    progress("parcelles")
    parcels = build_parcels(streets_plan, secteurs, _rng(seed, "parcels"))
    parcel_shapes = parcel_polygons(parcels, mesh)
    progress("bâtiments")
    buildings = build_buildings(parcels, _rng(seed, "buildings"))
    building_shapes = building_polygons(buildings, parcels, parcel_shapes, mesh)
    progress("adresses")
    streets, addresses = build_addresses(streets_plan, parcels, buildings, mesh, _rng(seed, "addresses"))
    return _Ground(mesh, streets_plan, parcels, parcel_shapes, buildings, building_shapes, streets, addresses)


def _write_ground(directory: Path, kept, ground: _Ground, seed: int) -> dict[str, Path]:
    folder = directory / "cadastre"
    return {
        **cadastre.write_communes(folder, ground.mesh),
        **cadastre.write_parcelles(folder, ground.parcels, ground.parcel_shapes, _rng(seed, "parcelles")),
        **cadastre.write_batiments(
            folder, ground.buildings, ground.building_shapes, ground.parcels, _rng(seed, "batiments")
        ),
        "rnb": cadastre.write_rnb(
            directory / "rnb" / "RNB_36.csv", ground.buildings, ground.building_shapes, ground.parcels,
            ground.addresses, ground.streets, _rng(seed, "rnb"),
        ),
        "iris": cadastre.write_iris(
            directory / "iris" / "CONTOURS-IRIS.gpkg", ground.mesh, cadastre.iris_names(kept, ground.mesh)
        ),
        "ban": registers.write_ban(
            directory / "ban" / "adresses-36.csv.gz", ground.addresses, ground.streets, ground.parcels,
            _rng(seed, "ban"),
        ),
        **registers.write_zonings(directory / "zonages", ground.mesh, kept),
    }  # fmt: skip


def _write_stock(directory: Path, kept, ground: _Ground, stock: Stock, seed: int) -> dict[str, Path]:
    names = cadastre.iris_names(kept, ground.mesh)
    table = insee_table(stock, sorted(names), _rng(seed, "census"))
    population = {
        commune.insee: round(sum(row["PMEN"] for code, row in table.items() if code[:5] == commune.insee))
        for commune in kept
    }
    return {
        "logements": registers.write_census(directory / "insee" / "base-ic-logement-2021.CSV", table, names),
        **registers.write_cog(directory / "cog", kept, population),
    }


def _write_reports(directory: Path, ground: _Ground, stock: Stock, reports: list[Report], events: Events, seed: int):
    rng = _rng(seed, "export")
    placed = [report.position or (np.nan, np.nan) for report in reports]
    degrees = lonlat(*np.array(placed).reshape(-1, 2).T, 6).tolist()
    rows = []
    for report, position in zip(reports, degrees, strict=True):
        zones = _zones(ground.parcels[report.address.parcel]) if report.position else ""
        rows.append(signal_logement_row(report, stock, position if report.position else None, zones, rng))
    orders = draw_arretes(
        reports, stock, ground.parcels, ground.streets, ground.addresses, events.baseline, _rng(seed, "arretes")
    )
    return {
        "signalements": write(
            directory / "signalements" / "export-signalements.csv", fputcsv_text(EXPORT_HEADER, rows, ";")
        ),
        "arretes": write(
            directory / "arretes" / "import_arretes.csv",
            csv_text(ARRETE_HEADER, map(arrete_row, orders), ",", first_line=ARRETES_FIRST_LINE),
        ),
    }


def _zones(parcel: Parcel) -> str:
    secteur = parcel.secteur
    return "|".join(
        name for _, name, _, _, _, insee, iris in PERIMETERS
        if insee == secteur.commune.insee and secteur.iris in iris
    )  # fmt: skip


def _counts(kept, ground: _Ground, stock: Stock, reports: list[Report], clusters: list[Cluster]) -> dict[str, int]:
    return {
        "communes": len(kept),
        "iris": len({(secteur.commune.insee, secteur.iris) for secteur in ground.mesh.secteurs}),
        "sections": len(ground.mesh.secteurs),
        "voies": len(ground.streets),
        "parcelles": len(ground.parcels),
        "batiments": len(ground.buildings),
        "adresses": len(ground.addresses),
        "logements": int(stock.dwellings.sum()),
        "signalements": len(reports),
        "foyers plantés": len(clusters),
    }
