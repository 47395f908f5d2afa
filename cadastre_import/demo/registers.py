"""The registers that are plain tables: COG, BAN, census of dwellings, and the zonings."""

from pathlib import Path

import numpy as np
import shapely

from .addresses import Address, Street
from .mesh import Mesh
from .names import afnor
from .parcels import Parcel
from .plan import ARRONDISSEMENT, DEPARTEMENT, EPCI_NAME, REGION, CommunePlan
from .stock import INSEE_COLUMNS
from .writing import csv_text, feature_collection, geometry, json_lines, lonlat, to_wgs84, write

BAN_HEADER = (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;"
    "nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;"
    "source_position;source_nom_voie;certification_commune;cad_parcelles"
).split(";")
CENSUS_YEAR = "21"
WITH_PARCELLE = 0.9  # share of the addresses whose commune told the parcelle


def siren(eight_digits: str) -> str:
    """Complete eight digits with the key that makes a SIREN well formed."""
    total = 0
    for place, digit in enumerate(eight_digits):
        doubled = int(digit) * (2 if place % 2 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return f"{eight_digits}{-total % 10}"


EPCI_SIREN = siren("24369990")


def commune_siren(commune: CommunePlan) -> str:
    return siren(f"21{DEPARTEMENT}0{commune.insee[2:]}")


def write_cog(directory: Path, communes: tuple[CommunePlan, ...], population: dict[str, int]) -> dict[str, Path]:
    """Write communes and EPCI with the members of the package of the official geographic code."""
    place = {"departement": DEPARTEMENT, "region": REGION}
    rows = [
        {
            "code": commune.insee, "nom": commune.name, "typeLiaison": 0, "zone": "metro",
            "arrondissement": ARRONDISSEMENT, **place, "type": "commune-actuelle", "rangChefLieu": 0,
            "siren": commune_siren(commune), "codesPostaux": [commune.postcode],
            "population": population[commune.insee],
        }
        for commune in communes
    ]  # fmt: skip
    rows += [
        {
            "code": commune.absorbed[0], "nom": commune.absorbed[1], "typeLiaison": 0, "zone": "metro",
            "arrondissement": ARRONDISSEMENT, **place, "type": "commune-deleguee", "chefLieu": commune.insee,
        }
        for commune in communes
        if commune.absorbed
    ]  # fmt: skip
    total = sum(population.values())
    epci = {
        "code": EPCI_SIREN, "nom": EPCI_NAME, "type": "CA", "modeFinancement": "FPU",
        "populationTotale": round(total * 1.02), "populationMunicipale": total,
        "membres": [
            {
                "code": commune.insee, "siren": commune_siren(commune), "nom": commune.name,
                "populationTotale": round(population[commune.insee] * 1.02),
                "populationMunicipale": population[commune.insee],
            }
            for commune in communes
        ],
    }  # fmt: skip
    return {
        "communes": write(directory / "communes.json", json_lines(rows)),
        "epci": write(directory / "epci.json", json_lines([epci])),
    }


def write_ban(
    path: Path, addresses: list[Address], streets: list[Street], parcels: list[Parcel], rng: np.random.Generator
) -> Path:
    """Write the addresses in the 23 columns of the BAN."""
    x = np.round([address.x for address in addresses], 2)
    y = np.round([address.y for address in addresses], 2)
    degrees = lonlat(x, y, 6).tolist()
    linked = rng.random(len(addresses)) < WITH_PARCELLE
    certified = rng.random(len(addresses)) < 0.6
    by_idu = {parcel.idu for parcel in parcels}
    rows = []
    for k, address in enumerate(addresses):
        street, parcel = streets[address.street], parcels[address.parcel]
        commune, absorbed = street.commune, street.commune.absorbed
        old = absorbed if absorbed and parcel.secteur.prefix == absorbed[0][2:] else ("", "")
        parcelles = _linked_parcelles(parcel, by_idu, rng) if linked[k] else ""
        rows.append((
            address.ban_id(streets), f"{commune.insee}_{street.code}", address.number, address.rep, street.name,
            commune.postcode, commune.insee, commune.name, *old, repr(float(x[k])), repr(float(y[k])),
            repr(degrees[k][0]), repr(degrees[k][1]), address.kind, "", "", afnor(commune.name),
            afnor(street.name), "commune", "commune", int(certified[k]), parcelles,
        ))  # fmt: skip
    rows.sort(key=lambda row: row[0])
    return write(path, csv_text(BAN_HEADER, rows, ";"))


def _linked_parcelles(parcel: Parcel, by_idu: set[str], rng) -> str:
    """Give the parcelle of an address; one in fifty also claims the next one."""
    following = f"{parcel.idu[:10]}{int(parcel.idu[10:]) + 1:04d}"
    if rng.random() < 0.02 and following in by_idu:
        return f"{parcel.idu}|{following}"
    return parcel.idu


def write_census(path: Path, table: dict[str, dict[str, float]], names: dict[str, tuple[str, str]]) -> Path:
    """Write base-ic-logement: one row an IRIS, decimals as INSEE leaves them."""
    header = ("IRIS", "COM", "TYP_IRIS", "LAB_IRIS", *(f"P{CENSUS_YEAR}_{column}" for column in INSEE_COLUMNS))
    rows = [
        (code, code[:5], names[code][1], "1", *(_decimal(row[column]) for column in INSEE_COLUMNS))
        for code, row in sorted(table.items())
    ]
    return write(path, csv_text(header, rows, ";"))


def _decimal(value: float) -> str:
    return repr(round(value, 10)) if value else "0"


def write_zonings(directory: Path, mesh: Mesh, communes: tuple[CommunePlan, ...]) -> dict[str, Path]:
    """Write the priority neighbourhoods, and the dated perimeters with the act that made each."""
    present = {commune.insee for commune in communes}
    name_of = {commune.insee: commune.name for commune in communes}
    qpv = []
    for code, name, insee, iris in QPV:
        if insee in present:
            properties = {
                "code_qp": code, "lib_qp": name, "insee_reg": REGION, "insee_dep": DEPARTEMENT,
                "insee_com": insee, "lib_com": name_of[insee], "siren_epci": EPCI_SIREN,
            }  # fmt: skip
            qpv.append({"type": "Feature", "geometry": _iris_union(mesh, insee, iris), "properties": properties})
    perimeters = []
    for kind, name, act, start, end, insee, iris in PERIMETERS:
        if insee in present:
            properties = {"type": kind, "nom": name, "acte": act, "date_debut": start, "date_fin": end}
            perimeters.append(
                {"type": "Feature", "geometry": _iris_union(mesh, insee, iris), "properties": properties}
            )
    return {
        "qpv": write(directory / "qpv_2024.geojson", feature_collection(qpv, name="qpv_2024")),
        "perimetres": write(directory / "perimetres.geojson", feature_collection(perimeters, name="perimetres")),
    }


def _iris_union(mesh: Mesh, insee: str, iris: tuple[str, ...]) -> dict:
    indices = [s.index for s in mesh.secteurs if s.commune.insee == insee and s.iris in iris]
    # a perimeter is drawn by hand: its line cuts corners by a few metres
    shape = shapely.simplify(mesh.union(indices), 2.5)
    parts = shape.geoms if shape.geom_type == "MultiPolygon" else [shape]
    return geometry(to_wgs84([shapely.MultiPolygon(list(parts))], 6)[0])


QPV = (
    ("QN03690M", "Les Peupliers", "36901", ("0406", "0506")),
    ("QN03691M", "Les Sorbiers - Le Grand Pré", "36901", ("0307", "0501")),
    ("QN03692M", "Vieille Ville", "36901", ("0101", "0102", "0202")),
    ("QN03693M", "Les Bruyères", "36902", ("0106",)),
    ("QN03694M", "Les Quatre Vents", "36903", ("0106",)),
)
PERIMETERS = (
    ("OPAH-RU", "OPAH-RU Cœur d'Ambreuil", "Délibération 2022-118 du 14/11/2022", "2023-01-01", "2027-12-31",
     "36901", ("0101", "0102", "0103", "0104", "0105")),
    ("OPAH-RU", "OPAH-RU Centre de Corvennes", "Délibération 2018-041 du 18/06/2018", "2018-09-01", "2023-08-31",
     "36902", ("0108",)),
    ("OPAH", "OPAH Bourg des Hauts-Loriers", "Délibération 2024-017 du 12/03/2024", "2024-06-01", None,
     "36903", ("0107", "0108")),
    ("Permis de louer", "Permis de louer – centre ancien", "Délibération 2021-093 du 27/09/2021", "2022-04-01", None,
     "36901", ("0101", "0102", "0103", "0104", "0106", "0107")),
    ("Permis de louer", "Permis de louer – quartier des gares", "Délibération 2023-064 du 26/06/2023", "2024-01-01",
     None, "36901", ("0204", "0205", "0206")),
    ("Permis de louer", "Permis de louer – Corvennes", "Délibération 2023-065 du 26/06/2023", "2024-01-01", None,
     "36902", ("0108", "0109")),
    ("Permis de diviser", "Permis de diviser – faubourgs", "Délibération 2023-066 du 26/06/2023", "2024-01-01", None,
     "36901", ("0206", "0207", "0208", "0301")),
    ("RHI", "RHI Îlot des Capucines", "Arrêté préfectoral du 03/02/2025", "2025-03-01", "2029-02-28",
     "36901", ("0302",)),
)  # fmt: skip
