"""What really is there: the planted clusters and the true place of each report, to score what is found."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import orjson
import shapely

from .addresses import Street
from .clusters import END, START, Cluster, Events
from .mesh import Mesh
from .parcels import Parcel
from .signalements import Report
from .stock import Stock
from .writing import csv_text, geometry, to_wgs84, write

ADDRESS_HEADER = ("reference", "ban_id", "idu", "iris", "erreurs", "score_simule", "doublon_de")


def write_truth(
    directory: Path, seed: int, mesh: Mesh, parcels: list[Parcel], parcel_shapes: np.ndarray,
    streets: list[Street], stock: Stock, clusters: list[Cluster], events: Events, reports: list[Report],
) -> dict[str, Path]:  # fmt: skip
    """Write ``verite.json`` (clusters, and expected and actual counts by IRIS) and ``verite_adresses.csv``."""
    iris_shapes = mesh.groups(lambda secteur: secteur.commune.insee + secteur.iris)
    index_of = {parcel.idu: k for k, parcel in enumerate(parcels)}
    described = [
        _describe(number, cluster, stock, iris_shapes, parcel_shapes, index_of)
        for number, cluster in enumerate(clusters, 1)
    ]
    originals = [report for report in reports if not report.duplicate_of]
    counts = {
        str(code): {
            "logements": int(stock.dwellings[stock.iris == code].sum()),
            "attendus": round(float(events.baseline[stock.iris == code].sum()), 3),
            "signalements": sum(stock.iris[report.row] == code for report in originals),
        }
        for code in sorted(set(stock.iris))
    }
    document = {
        "avertissement": "Territoire inventé : aucun lieu, aucune personne, aucun signalement réel.",
        "graine": seed,
        "debut": START.isoformat(),
        "fin": END.isoformat(),
        "signalements": len(reports),
        "doublons": len(reports) - len(originals),
        "foyers": described,
        "iris": counts,
    }
    rows = [
        (
            report.reference, report.address.ban_id(streets), parcels[report.address.parcel].idu,
            stock.iris[report.row], "|".join(report.written.errors), f"{report.written.score:.3f}",
            report.duplicate_of,
        )
        for report in reports
    ]  # fmt: skip
    return {
        "verite": write(directory / "verite.json", orjson.dumps(document, option=orjson.OPT_INDENT_2)),
        "verite_adresses": write(directory / "verite_adresses.csv", csv_text(ADDRESS_HEADER, rows, ",")),
    }


def _describe(number: int, cluster: Cluster, stock: Stock, iris_shapes, parcel_shapes, index_of) -> dict:
    recipe = cluster.recipe
    if recipe.blocks:
        own = shapely.union_all(parcel_shapes[[index_of[idu] for idu in cluster.idus]], grid_size=0.001)
        # the streets between its blocks belong to a cluster of several
        shape = own.buffer(8, quad_segs=2).buffer(-8, quad_segs=2)
    else:
        shape = shapely.union_all([iris_shapes[code] for code in recipe.iris])
    return {
        "numero": number,
        "nom": recipe.name,
        "taille": "ilot" if recipe.blocks else "iris",
        "iris": list(recipe.iris),
        "parcelles": cluster.idus,
        "debut": _month_start(recipe.first_month).isoformat(),
        "fin": (_month_start(recipe.last_month + 1) - timedelta(days=1)).isoformat(),
        "risque_relatif": recipe.relative_risk,
        "logements": int(stock.dwellings[cluster.buildings].sum()),
        "attendus_sans_foyer": round(cluster.expected, 3),
        "signalements": cluster.actual,
        "geometrie": geometry(to_wgs84([shape])[0]),
    }


def _month_start(month: int) -> date:
    index = START.year * 12 + START.month - 1 + month
    return date(index // 12, index % 12 + 1, 1)
