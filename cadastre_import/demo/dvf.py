"""Sales of the last years in the geolocated format (DVF): a flat with its cellar, a house with its garden."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import shapely

from .clusters import END
from .ground import Ground
from .stock import Stock
from .writing import csv_text, lonlat, write

HEADER = (
    "id_mutation", "date_mutation", "numero_disposition", "nature_mutation", "valeur_fonciere", "adresse_numero",
    "adresse_suffixe", "adresse_nom_voie", "adresse_code_voie", "code_postal", "code_commune", "nom_commune",
    "code_departement", "ancien_code_commune", "ancien_nom_commune", "id_parcelle", "ancien_id_parcelle",
    "numero_volume", "lot1_numero", "lot1_surface_carrez", "lot2_numero", "lot2_surface_carrez", "lot3_numero",
    "lot3_surface_carrez", "lot4_numero", "lot4_surface_carrez", "lot5_numero", "lot5_surface_carrez", "nombre_lots",
    "code_type_local", "type_local", "surface_reelle_bati", "nombre_pieces_principales", "code_nature_culture",
    "nature_culture", "code_nature_culture_speciale", "nature_culture_speciale", "surface_terrain", "longitude",
    "latitude",
)  # fmt: skip
SOLD_A_YEAR = 0.012  # share of the dwellings
YEARS = 2
EUROS_PER_M2 = 1_450
WITH_CELLAR = 0.4
SUFFIXES = {"bis": "B", "ter": "T", "quater": "Q"}


def write_dvf(directory: Path, ground: Ground, stock: Stock, rng: np.random.Generator) -> dict[str, Path]:
    """Write a file a year, the last of which is not complete, as the spring edition never is."""
    files = {}
    for year in range(END.year - YEARS + 1, END.year + 1):
        sales = sorted(
            _sales(year, ground, stock, rng),
            key=lambda rows: (rows[0]["date_mutation"], rows[0]["id_parcelle"]),
        )
        numbered = [
            tuple((row | {"id_mutation": f"{year}-{number}"}).get(name, "") for name in HEADER)
            for number, rows in enumerate(sales, 1)
            for row in rows
        ]
        files[f"dvf {year}"] = write(directory / f"dvf-36-{year}.csv.gz", csv_text(HEADER, numbered, ","))
    return files


def _sales(year: int, ground: Ground, stock: Stock, rng: np.random.Generator):
    first, last = date(year, 1, 1), min(date(year, 12, 31), END)
    counts = rng.binomial(stock.dwellings - stock.social_tenants, SOLD_A_YEAR * (last - first).days / 365)
    counts[[parcel not in ground.doors for parcel in stock.parcel]] = 0
    rows = np.repeat(np.arange(len(counts)), counts)
    points = shapely.point_on_surface(ground.parcel_shapes[stock.parcel[rows]])
    places = lonlat(shapely.get_x(points), shapely.get_y(points), 6).tolist()
    areas = shapely.area(ground.parcel_shapes[stock.parcel[rows]])
    for row, (lon, lat), area in zip(rows.tolist(), places, areas, strict=True):
        parcel = int(stock.parcel[row])
        address = ground.doors[parcel][0]
        street = ground.streets[address.street]
        surface = round(float(rng.gamma(9, 11) if stock.house[row] else rng.gamma(8, 6))) + 9
        price = round(
            surface * EUROS_PER_M2 * float(np.exp(0.6 * stock.income[row] + rng.normal(0, 0.2))), -2
        )
        sold = {
            "date_mutation": (first + timedelta(days=int(rng.integers((last - first).days + 1)))).isoformat(),
            "numero_disposition": "000001",
            "nature_mutation": "Vente",
            "valeur_fonciere": f"{price:.0f}",
            "adresse_numero": str(address.number),
            "adresse_suffixe": SUFFIXES.get(address.rep, address.rep.upper()),
            "adresse_nom_voie": street.name.upper(),
            "adresse_code_voie": street.code.upper(),
            "code_postal": street.commune.postcode,
            "code_commune": street.commune.insee,
            "nom_commune": street.commune.name,
            "code_departement": street.commune.insee[:2],
            "id_parcelle": ground.parcels[parcel].idu,
            "longitude": repr(lon),
            "latitude": repr(lat),
        }
        yield list(_premises(sold, surface, area, bool(stock.house[row]), rng))


def _premises(sold: dict[str, str], surface: int, area: float, house: bool, rng: np.random.Generator):
    rooms = str(max(1, round(surface / 22)))
    if house:
        land = {"code_nature_culture": "S", "nature_culture": "sols", "surface_terrain": f"{area:.0f}"}
        yield sold | land | {
            "nombre_lots": "0", "code_type_local": "1", "type_local": "Maison",
            "surface_reelle_bati": str(surface), "nombre_pieces_principales": rooms,
        }  # fmt: skip
        return
    lot = int(rng.integers(1, 60))
    yield sold | {
        "lot1_numero": str(lot), "lot1_surface_carrez": f"{surface * 0.97:.2f}", "nombre_lots": "1",
        "code_type_local": "2", "type_local": "Appartement", "surface_reelle_bati": str(surface),
        "nombre_pieces_principales": rooms,
    }  # fmt: skip
    if rng.random() < WITH_CELLAR:
        yield sold | {
            "lot1_numero": str(lot + 100), "nombre_lots": "1", "code_type_local": "3",
            "type_local": "Dépendance", "nombre_pieces_principales": "0",
        }  # fmt: skip
