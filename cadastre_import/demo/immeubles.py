"""The blocks of flats: their copropriétés (RNIC) and their groups in the BDNB."""

import io
import zipfile
from pathlib import Path

import numpy as np

from .addresses import Address
from .dpe import CLASSES, PERIODS, Diagnosis
from .ground import Ground
from .stock import Stock
from .writing import csv_text, write

RNIC_HEADER = (
    "epci", "commune", "numero_d_immatriculation", "date_d_immatriculation", "date_de_la_derniere_maj",
    "type_de_syndic_benevole_professionnel_non_connu", "mandat_en_cours_dans_la_copropriete",
    "nom_d_usage_de_la_copropriete", "adresse_de_reference", "numero_et_voie_adresse_de_reference",
    "code_postal_adresse_de_reference", "commune_adresse_de_reference", "long", "lat", "nombre_total_de_lots",
    "nombre_de_lots_a_usage_d_habitation", "periode_de_construction", "code_insee_commune_1", "prefixe_1",
    "section_1", "numero_parcelle_1", "nombre_de_parcelles_cadastrales", "copro_dans_acv", "copro_dans_pvd",
    "copro_aidee", "code_officiel_commune",
)  # fmt: skip
RNIC_PERIODS = (
    "AVANT_1949", "AVANT_1949", "DE_1949_A_1960", "DE_1975_A_1993", "DE_1994_A_2000", "DE_2001_A_2010",
    "A_COMPTER_DE_2011",
)  # fmt: skip
NAMES = ("Résidence inventée", "Les Jardins fictifs", "Copropriété d’exemple", "Le Clos imaginaire")
REGISTERED = 0.75  # share of the private blocks: the others are owned by one, or never registered
WALLS = ("PIERRE", "PIERRE", "BETON", "BETON", "BRIQUES", "BETON", "BETON")
A_LONG_TIME_AGO = (1980, 1, 1, 0, 0, 0)  # the same bytes whatever the day


def write_immeubles(
    directory: Path, ground: Ground, stock: Stock, diagnoses: list[Diagnosis], rng: np.random.Generator
) -> dict[str, Path]:
    """Write both registers; the main copropriété of a group is the one registered on its parcelle."""
    rows = _blocks(ground, stock)
    private = stock.social_tenants * 2 < stock.dwellings
    draws = rng.random(len(rows))
    registered = [row for row, draw in zip(rows, draws, strict=True) if private[row] and draw < REGISTERED]
    numbers = {row: f"AZ{k:07d}" for k, row in enumerate(registered, 1)}
    return {
        "rnic": _write_rnic(directory / "rnic-36.csv.gz", numbers, ground, stock, rng),
        "bdnb": _write_bdnb(directory / "bdnb-36.zip", numbers, ground, stock, diagnoses),
    }


def _write_rnic(
    path: Path, numbers: dict[int, str], ground: Ground, stock: Stock, rng: np.random.Generator
) -> Path:
    draws = rng.random((len(numbers), 5))
    rows = []
    for k, (row, number) in enumerate(numbers.items()):
        syndic, mandate, aided, name, extra = draws[k]
        idu = ground.parcels[int(stock.parcel[row])].idu
        address = ground.doors[int(stock.parcel[row])][0]
        street = ground.streets[address.street]
        written, commune = _written(address, ground), street.commune
        small = stock.dwellings[row] < 10
        dwellings = int(stock.dwellings[row])
        rows.append((
            "", commune.insee, number, "2017-03-01", f"20{20 + int(5 * mandate)}-01-15",
            "non connu" if syndic > 0.9 else "bénévole" if small and syndic < 0.45 else "professionnel",
            "Mandat en cours" if mandate > 0.3 else "Mandat expiré sans successeur déclaré",
            NAMES[int(name * len(NAMES))], f"{written} {commune.postcode} {commune.name}", written,
            commune.postcode, commune.name, "", "", str(dwellings + int(extra * dwellings)), str(dwellings),
            RNIC_PERIODS[stock.period[row]], idu[:5], idu[5:8], idu[8:10].lstrip("0"), idu[10:], "1", "non", "non",
            "oui" if aided < 0.03 else "non", commune.insee,
        ))  # fmt: skip
    return write(path, csv_text(RNIC_HEADER, rows, ","))


def _blocks(ground: Ground, stock: Stock) -> list[int]:
    """Give the rows of the stock that are blocks of flats with a door."""
    return [row for row in np.flatnonzero(~stock.house).tolist() if int(stock.parcel[row]) in ground.doors]


def _written(address: Address, ground: Ground) -> str:
    street = ground.streets[address.street]
    return f"{address.number}{' ' * bool(address.rep)}{address.rep} {street.name}"


def _write_bdnb(
    path: Path, numbers: dict[int, str], ground: Ground, stock: Stock, diagnoses: list[Diagnosis]
) -> Path:
    """Write the tables of an export; a group of the demo is a block of flats."""
    rows = _blocks(ground, stock)
    ids = {row: f"bdnb-bg-{row:04X}-DEMO-{row % 10_000:04d}" for row in rows}
    parcels = {row: ground.parcels[int(stock.parcel[row])] for row in rows}
    drawn: dict[int, list[Diagnosis]] = {}
    for diagnosis in diagnoses:
        if diagnosis.row in ids:
            drawn.setdefault(diagnosis.row, []).append(diagnosis)
    key = "batiment_groupe_id"
    tables = {
        "batiment_groupe": (
            (key, "code_commune_insee"),
            [(ids[row], parcels[row].idu[:5]) for row in rows],
        ),
        "batiment_groupe_ffo_bat": (
            (key, "annee_construction", "nb_log", "nb_niveau", "usage_niveau_1_txt", "mat_mur_txt", "mat_toit_txt"),
            [
                (
                    ids[row], str(sum(PERIODS[stock.period[row]][2:]) // 2), str(stock.dwellings[row]),
                    str(ground.buildings[int(stock.building[row])].floors), "Résidentiel collectif",
                    WALLS[stock.period[row]], "ARDOISES" if stock.period[row] < 2 else "BETON",
                )
                for row in rows
            ],
        ),
        "batiment_groupe_dpe_representatif_logement": (
            (key, "classe_bilan_dpe", "classe_emission_ges", "date_etablissement_dpe"),
            [(ids[row], own[0].classe, own[0].ges, own[0].day.isoformat()) for row, own in drawn.items()],
        ),
        "batiment_groupe_dpe_statistique_logement": (
            (key, *(f"nb_classe_bilan_dpe_{letter.lower()}" for letter in CLASSES)),
            [
                (ids[row], *(str(sum(d.classe == letter for d in own)) for letter in CLASSES))
                for row, own in drawn.items()
            ],
        ),
        "batiment_groupe_rnc": (
            (key, "numero_immat_principal"),
            [(ids[row], number) for row, number in numbers.items()],
        ),
        "rel_batiment_groupe_parcelle": (
            (key, "parcelle_id"),
            [(ids[row], parcels[row].idu) for row in rows],
        ),
        "rel_batiment_groupe_adresse": (
            (key, "cle_interop_adr"),
            [
                (ids[row], door.ban_id(ground.streets))
                for row in rows
                for door in ground.doors[int(stock.parcel[row])]
                if door.building in (None, int(stock.building[row]))
            ],
        ),
    }  # fmt: skip
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, (header, lines) in tables.items():
            archive.writestr(
                zipfile.ZipInfo(f"csv/{name}.csv", A_LONG_TIME_AGO), csv_text(header, lines, ";")
            )
    return write(path, content.getvalue())
