"""A département in the official formats: parcelles, buildings and addresses of invented communes, on a grid."""

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

IN_A_COMMUNE = 3_000
IN_A_SECTION = 1_000
PER_ROW = 300
STEP = 0.0003  # degrees from one parcelle to the next: 20 to 30 m
CORNERS = ((0, 0), (0.5, 0), (1, 0), (1, 0.5), (1, 1), (0.5, 1), (0, 1), (0, 0.5), (0, 0))
ORIGINS = {
    "971": (-61.6, 16.1),
    "972": (-61.0, 14.6),
    "973": (-52.4, 4.8),
    "974": (55.4, -21.2),
    "976": (45.1, -12.9),
}
BAN = (
    "id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune",
    "code_insee_ancienne_commune", "nom_ancienne_commune", "x", "y", "lon", "lat", "type_position", "alias", "nom_ld",
    "libelle_acheminement", "nom_afnor", "source_position", "source_nom_voie", "certification_commune",
    "cad_parcelles",
)  # fmt: skip


def write_departement(folder: Path, departement: str, parcelles: int) -> list[Path]:
    """Write as many parcelles as asked, two buildings for three of them, an address for two; give the files."""
    places = list(_places(departement, parcelles))
    features = (_parcelle(*place) for place in places)
    buildings = (_batiment(*place) for n, place in enumerate(places) if n % 3)
    return [
        write_features(folder / f"cadastre-{departement}-parcelles.json.gz", features),
        write_features(folder / f"cadastre-{departement}-batiments.json.gz", buildings),
        write_addresses(folder, departement, parcelles),
    ]


def write_addresses(folder: Path, departement: str, parcelles: int) -> Path:
    """Write an address for every other parcelle."""
    path = folder / f"adresses-{departement}.csv.gz"
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\n")
        writer.writerow(BAN)
        writer.writerows(
            _address(*place) for n, place in enumerate(_places(departement, parcelles)) if n % 2 == 0
        )
    return path


def communes_of(departement: str, parcelles: int) -> list[dict[str, Any]]:
    """Give the communes of ``write_departement`` as the Code officiel géographique has them."""
    codes = dict.fromkeys(_commune(departement, n) for n in range(0, parcelles, IN_A_COMMUNE))
    return [
        {"code": code, "nom": f"Commune {code}", "departement": departement, "type": "commune-actuelle",
         "codesPostaux": [code], "population": 1000}
        for code in codes
    ]  # fmt: skip


def write_features(path: Path, features: Iterable[dict[str, Any]]) -> Path:
    """Write a FeatureCollection as Etalab does: one feature a line, gzip."""
    with gzip.open(path, "wt", compresslevel=1) as stream:
        stream.write('{"type":"FeatureCollection","features":[\n')
        stream.writelines(
            (",\n" if n else "") + json.dumps(feature, separators=(",", ":"))
            for n, feature in enumerate(features)
        )
        stream.write("\n]}\n")
    return path


def origin_of(departement: str) -> tuple[float, float]:
    """Give the south-west corner of the grid, in degrees."""
    index = int(departement[:2].replace("A", "0").replace("B", "1"))
    return ORIGINS.get(departement, (index % 10, 43 + index // 20))


def _places(departement: str, count: int) -> Iterator[tuple[str, int, float, float]]:
    """Give commune, number in it, longitude and latitude of each parcelle."""
    west, south = origin_of(departement)
    for n in range(count):
        x, y = west + (n % PER_ROW) * STEP, south + (n // PER_ROW) * STEP
        yield _commune(departement, n), n % IN_A_COMMUNE, round(x, 7), round(y, 7)


def _commune(departement: str, n: int) -> str:
    return departement + f"{n // IN_A_COMMUNE + 1:0{5 - len(departement)}d}"


def _idu(commune: str, number: int) -> str:
    return f"{commune}000A{chr(ord('A') + number // IN_A_SECTION)}{number % IN_A_SECTION + 1:04d}"


def _ring(x: float, y: float, side: float) -> list[list[list[float]]]:
    return [[[round(x + a * side, 7), round(y + b * side, 7)] for a, b in CORNERS]]


def _parcelle(commune: str, number: int, x: float, y: float) -> dict[str, Any]:
    idu = _idu(commune, number)
    properties = {"id": idu, "commune": commune, "prefixe": "000", "section": idu[8:10], "numero": str(int(idu[10:])),
                  "contenance": 400 + number, "arpente": number % 2 == 0, "created": "2004-10-13",
                  "updated": "2024-02-01"}  # fmt: skip
    geometry = {"type": "Polygon", "coordinates": _ring(x, y, STEP * 0.95)}
    return {"type": "Feature", "id": idu, "geometry": geometry, "properties": properties}


def _batiment(commune: str, number: int, x: float, y: float) -> dict[str, Any]:
    properties = {"type": "01" if number % 4 else "02", "nom": "", "commune": commune, "created": "2010-01-01",
                  "updated": "2024-02-01"}  # fmt: skip
    geometry = {"type": "MultiPolygon", "coordinates": [_ring(x + STEP * 0.2, y + STEP * 0.2, STEP * 0.4)]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _address(commune: str, number: int, x: float, y: float) -> list[Any]:
    street, house = number // 100 + 1, number % 100 + 1
    key = f"{commune}_{street:04d}_{house:05d}"
    name = f"Rue de l’Église n° {street}" if street % 2 else f"Avenue Jean-Jaurès {street}"
    lon, lat = round(x + STEP / 2, 6), round(y + STEP / 2, 6)
    return [key, "", house, "", name, commune, commune, f"Commune {commune}", "", "", "", "", lon, lat, "entrée", "",
            "", "", "", "commune", "commune", 1, _idu(commune, number) if number % 3 else ""]  # fmt: skip
