"""What really is there: the planted clusters and the true place of each report, to score what is found."""

from datetime import timedelta
from pathlib import Path

import orjson
import shapely

from .clusters import END, START, Cluster, Events, month_start
from .ground import Ground
from .signalements import Report
from .stock import Stock
from .writing import csv_text, geometry, to_wgs84, write

ADDRESS_HEADER = ("reference", "ban_id", "idu", "iris", "erreurs", "score_simule", "doublon_de")
HALF_STREET_M = 8.0


def write_truth(
    directory: Path, ground: Ground, stock: Stock, events: Events, reports: list[Report]
) -> dict[str, Path]:
    """Write ``verite.json`` (clusters, and expected and actual counts by IRIS) and ``verite_adresses.csv``."""
    originals = [report for report in reports if not report.duplicate_of]
    document = {
        "avertissement": "Territoire inventé : aucun lieu, aucune personne, aucun signalement réel.",
        "debut": START.isoformat(),
        "fin": END.isoformat(),
        "signalements": len(reports),
        "doublons": len(reports) - len(originals),
        "foyers": [_describe(cluster, ground, stock) for cluster in events.clusters],
        "iris": {
            code: {
                "logements": int(stock.dwellings[stock.iris == code].sum()),
                "attendus_sans_foyer": round(float(events.baseline[stock.iris == code].sum()), 3),
                "signalements": sum(stock.iris[report.row] == code for report in originals),
            }
            for code in sorted(set(stock.iris.tolist()))
        },
    }
    rows = [
        (
            report.reference,
            report.address.ban_id(ground.streets),
            ground.parcels[report.address.parcel].idu,
            stock.iris[report.row],
            "|".join(report.written.errors),
            f"{report.written.score:.3f}",
            report.duplicate_of,
        )
        for report in reports
    ]
    return {
        "verite": write(directory / "verite.json", orjson.dumps(document, option=orjson.OPT_INDENT_2)),
        "verite_adresses": write(directory / "verite_adresses.csv", csv_text(ADDRESS_HEADER, rows, ",")),
    }


def _describe(cluster: Cluster, ground: Ground, stock: Stock) -> dict:
    """Give where, when and how strong a cluster is; ``signalements`` leaves the duplicates out."""
    recipe = cluster.recipe
    if recipe.blocks:
        members = set(cluster.idus)
        rows = [k for k, parcel in enumerate(ground.parcels) if parcel.idu in members]
        own = shapely.union_all(ground.parcel_shapes[rows], grid_size=0.001)
        # the streets between its blocks belong to it
        shape = own.buffer(HALF_STREET_M, quad_segs=2).buffer(-HALF_STREET_M, quad_segs=2)
    else:
        shape = ground.mesh.union(
            secteur.index for secteur in ground.mesh.secteurs if secteur.iris_code in recipe.iris
        )
    return {
        "nom": recipe.name,
        "taille": "ilot" if recipe.blocks else "iris",
        "iris": list(recipe.iris),
        "parcelles": cluster.idus,
        "debut": month_start(recipe.first_month).isoformat(),
        "fin": (month_start(recipe.last_month + 1) - timedelta(days=1)).isoformat(),
        "risque_relatif": recipe.relative_risk,
        "logements": int(stock.dwellings[cluster.buildings].sum()),
        "attendus_sans_foyer": round(cluster.expected, 3),
        "signalements": cluster.actual,
        "geometrie": geometry(to_wgs84([shape])[0]),
    }
