"""The registers that are plain tables: geographic code (COG), addresses (BAN), census of dwellings."""

from pathlib import Path

import numpy as np

from .ground import Ground
from .names import afnor
from .parcels import Parcel
from .plan import ARRONDISSEMENT, DEPARTEMENT, EPCI_NAME, REGION, CommunePlan
from .stock import INSEE_COLUMNS
from .writing import csv_text, json_lines, lonlat, write

BAN_HEADER = (
    "id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune",
    "code_insee_ancienne_commune", "nom_ancienne_commune", "x", "y", "lon", "lat", "type_position", "alias",
    "nom_ld", "libelle_acheminement", "nom_afnor", "source_position", "source_nom_voie",
    "certification_commune", "cad_parcelles",
)  # fmt: skip
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
    """Give the SIREN of a commune: 21, its département, its number, a key."""
    return siren(f"21{DEPARTEMENT}0{commune.insee[2:]}")


def write_cog(
    directory: Path, communes: tuple[CommunePlan, ...], population: dict[str, int]
) -> dict[str, Path]:
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


def write_ban(path: Path, ground: Ground, rng: np.random.Generator) -> Path:
    """Write the addresses in the 23 columns of the BAN."""
    addresses = ground.addresses
    x = np.round([address.x for address in addresses], 2)
    y = np.round([address.y for address in addresses], 2)
    positions = np.column_stack([x, y]).tolist()
    degrees = lonlat(x, y, 6).tolist()
    linked = rng.random(len(addresses)) < WITH_PARCELLE
    certified = rng.random(len(addresses)) < 0.6
    by_idu = {parcel.idu for parcel in ground.parcels}
    rows = []
    for k, address in enumerate(addresses):
        street, parcel = ground.streets[address.street], ground.parcels[address.parcel]
        commune, old = street.commune, ground.absorbed(address) or ("", "")
        parcelles = _linked_parcelles(parcel, by_idu, rng) if linked[k] else ""
        rows.append((
            address.ban_id(ground.streets), f"{commune.insee}_{street.code}", address.number, address.rep,
            street.name, commune.postcode, commune.insee, commune.name, *old,
            *map(repr, positions[k]), *map(repr, degrees[k]), address.kind, "", "", afnor(commune.name),
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
    header = (
        "IRIS",
        "COM",
        "TYP_IRIS",
        "LAB_IRIS",
        *(f"P{CENSUS_YEAR}_{column}" for column in INSEE_COLUMNS),
    )
    rows = [
        (code, code[:5], names[code][1], "1", *(_decimal(row[column]) for column in INSEE_COLUMNS))
        for code, row in sorted(table.items())
    ]
    return write(path, csv_text(header, rows, ";"))


def _decimal(value: float) -> str:
    return repr(round(value, 10)) if value else "0"
