"""Zonings: priority neighbourhoods (QPV) of 2024, and the local perimeters with their dates and acts."""

from pathlib import Path
from typing import NamedTuple

import shapely

from .ground import Ground
from .mesh import multipolygon
from .parcels import Parcel
from .plan import DEPARTEMENT, REGION
from .registers import EPCI_SIREN
from .writing import feature_collection, geometry, to_wgs84, write


class Perimeter(NamedTuple):
    """A perimeter made of whole IRIS of a commune; ``end`` is None while it runs."""

    kind: str
    name: str
    act: str
    start: str
    end: str | None
    insee: str
    iris: tuple[str, ...]


QPV = (
    ("QN03690M", "Les Peupliers", "36901", ("0406", "0506")),
    ("QN03691M", "Les Sorbiers - Le Grand Pré", "36901", ("0307", "0501")),
    ("QN03692M", "Vieille Ville", "36901", ("0101", "0102", "0108")),
    ("QN03693M", "Les Bruyères", "36902", ("0106",)),
    ("QN03694M", "Les Quatre Vents", "36903", ("0106",)),
)
PERIMETERS = (
    Perimeter(
        "OPAH-RU", "OPAH-RU Cœur d'Ambreuil", "Délibération 2022-118 du 14/11/2022",
        "2023-01-01", "2027-12-31", "36901", ("0101", "0102", "0103", "0108", "0201"),
    ),
    Perimeter(
        "OPAH-RU", "OPAH-RU Centre de Corvennes", "Délibération 2018-041 du 18/06/2018",
        "2018-09-01", "2023-08-31", "36902", ("0108",),
    ),
    Perimeter(
        "OPAH", "OPAH Bourg des Hauts-Loriers", "Délibération 2024-017 du 12/03/2024",
        "2024-06-01", None, "36903", ("0107", "0108"),
    ),
    Perimeter(
        "Permis de louer", "Permis de louer – centre ancien", "Délibération 2021-093 du 27/09/2021",
        "2022-04-01", None, "36901", ("0101", "0102", "0103", "0104", "0106", "0107"),
    ),
    Perimeter(
        "Permis de louer", "Permis de louer – quartier des gares", "Délibération 2023-064 du 26/06/2023",
        "2024-01-01", None, "36901", ("0204", "0205", "0206"),
    ),
    Perimeter(
        "Permis de louer", "Permis de louer – Corvennes", "Délibération 2023-065 du 26/06/2023",
        "2024-01-01", None, "36902", ("0108", "0201"),
    ),
    Perimeter(
        "Permis de diviser", "Permis de diviser – faubourgs", "Délibération 2023-066 du 26/06/2023",
        "2024-01-01", None, "36901", ("0206", "0207", "0208", "0301"),
    ),
    Perimeter(
        "RHI", "RHI Îlot des Capucines", "Arrêté préfectoral du 03/02/2025",
        "2025-03-01", "2029-02-28", "36901", ("0302",),
    ),
)  # fmt: skip


def write_zonings(directory: Path, ground: Ground) -> dict[str, Path]:
    """Write the priority neighbourhoods, and the dated perimeters with the act that made each."""
    name_of = {commune.insee: commune.name for commune in ground.communes}
    qpv = []
    for code, name, insee, iris in QPV:
        if insee in name_of:
            properties = {
                "code_qp": code, "lib_qp": name, "insee_reg": REGION, "insee_dep": DEPARTEMENT,
                "insee_com": insee, "lib_com": name_of[insee], "siren_epci": EPCI_SIREN,
            }  # fmt: skip
            qpv.append(
                {"type": "Feature", "geometry": _outline(ground, insee, iris), "properties": properties}
            )
    perimeters = [
        {
            "type": "Feature",
            "geometry": _outline(ground, perimeter.insee, perimeter.iris),
            "properties": {
                "type": perimeter.kind,
                "nom": perimeter.name,
                "acte": perimeter.act,
                "date_debut": perimeter.start,
                "date_fin": perimeter.end,
            },
        }
        for perimeter in PERIMETERS
        if perimeter.insee in name_of
    ]
    return {
        "qpv": write(directory / "qpv_2024.geojson", feature_collection(qpv, name="qpv_2024")),
        "perimetres": write(
            directory / "perimetres.geojson", feature_collection(perimeters, name="perimetres")
        ),
    }


def perimeter_names(parcel: Parcel) -> list[str]:
    """Give the perimeters a parcelle lies in."""
    secteur = parcel.secteur
    return [
        perimeter.name
        for perimeter in PERIMETERS
        if perimeter.insee == secteur.commune.insee and secteur.iris in perimeter.iris
    ]


def _outline(ground: Ground, insee: str, iris: tuple[str, ...]) -> dict:
    """Give some IRIS as a perimeter drawn by hand, whose line cuts corners by a metre or two."""
    indices = [s.index for s in ground.mesh.secteurs if s.commune.insee == insee and s.iris in iris]
    return geometry(to_wgs84([multipolygon(shapely.simplify(ground.mesh.union(indices), 2.5))], 6)[0])
