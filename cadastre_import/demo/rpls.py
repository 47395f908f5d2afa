"""The social dwellings, one row each and no key, as the RPLS at the dwelling publishes them."""

from pathlib import Path

import numpy as np

from .dpe import CLASSES, PERIODS
from .ground import Ground
from .stock import Stock
from .writing import csv_text, write

HEADER = (
    "DEP", "DEPCOM", "LIBCOM", "CODEPOSTAL", "NUMVOIE", "INDREP", "TYPVOIE", "NOMVOIE", "TYPECONST", "CONSTRUCT",
    "DPEENERGIE", "EPSG", "X", "Y", "PLG_IRIS2025", "QUALITE_XY", "MILLESIME",
)  # fmt: skip
EDITION = "2025"
DIAGNOSED = 0.6  # the landlords have not told the class of the others


def write_rpls(path: Path, ground: Ground, stock: Stock, rng: np.random.Generator) -> Path:
    """Write the social tenants' dwellings; those of a building have its year and about its energy class."""
    rows = []
    for row in np.flatnonzero(stock.social_tenants).tolist():
        doors = ground.doors.get(int(stock.parcel[row]), [])
        own = [door for door in doors if door.building in (None, int(stock.building[row]))] or doors
        if not own:
            continue
        middle, _, first, last = PERIODS[stock.period[row]]
        classe = CLASSES[int(np.clip(round(middle - 0.9 + rng.normal(0, 0.6)), 0, 6))]
        built = int(rng.integers(first, last + 1))
        told = rng.random(int(stock.social_tenants[row])) < DIAGNOSED
        for k, known in enumerate(told.tolist()):
            door = own[k % len(own)]
            street = ground.streets[door.street]
            kind, _, name = street.name.upper().partition(" ")
            rows.append((
                street.commune.insee[:2], street.commune.insee, street.commune.name, street.commune.postcode,
                str(door.number), door.rep.upper(), kind, name, "I" if stock.house[row] else "C", str(built),
                str(classe) if known else "", "2154", f"{door.x:.2f}", f"{door.y:.2f}", str(stock.iris[row])[5:],
                "11", EDITION,
            ))  # fmt: skip
    return write(path, csv_text(HEADER, rows, ","))
