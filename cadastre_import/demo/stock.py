"""The housing stock: dwellings of every building, their age, size and tenure, and what INSEE would publish."""

from dataclasses import dataclass

import numpy as np

from .buildings import Building
from .parcels import Parcel

# Years at which the building periods of the census end, and the share of each fabric built in each period:
# before 1919, 1919-1945, 1946-1970, 1971-1990, 1991-2005, 2006-2018, later
PERIODS = ("ACH19", "ACH45", "ACH70", "ACH90", "ACH05", "ACH18", "later")
PERIOD_SHARES = {
    "centre": (0.66, 0.16, 0.08, 0.05, 0.03, 0.02, 0.0),
    "faubourg": (0.36, 0.30, 0.17, 0.08, 0.05, 0.03, 0.01),
    "bourg": (0.55, 0.14, 0.10, 0.10, 0.06, 0.04, 0.01),
    "pavillon": (0.02, 0.13, 0.30, 0.31, 0.14, 0.08, 0.02),
    "grand_ensemble": (0.0, 0.0, 0.72, 0.24, 0.03, 0.01, 0.0),
    "champs": (0.70, 0.10, 0.08, 0.07, 0.03, 0.02, 0.0),
}
# Share of private tenants, of social tenants and of empty dwellings, and of dwellings under 30 m² in flats
TENURE = {
    "centre": (0.60, 0.06, 0.13, 0.24),
    "faubourg": (0.40, 0.09, 0.09, 0.13),
    "bourg": (0.26, 0.05, 0.12, 0.08),
    "pavillon": (0.11, 0.04, 0.05, 0.05),
    "grand_ensemble": (0.07, 0.80, 0.05, 0.05),
    "champs": (0.12, 0.0, 0.10, 0.02),
}
INCOME_OF_FABRIC = {
    "centre": -0.30, "faubourg": -0.14, "bourg": -0.02, "pavillon": 0.18, "grand_ensemble": -0.62, "champs": 0.1,
}  # fmt: skip


@dataclass(frozen=True)
class Stock:
    """Aligned arrays, one row a building that holds dwellings; counts are of dwellings."""

    building: np.ndarray
    parcel: np.ndarray
    iris: np.ndarray  # codes of nine characters
    dwellings: np.ndarray
    house: np.ndarray  # True for one or two dwellings in a house
    period: np.ndarray  # index in PERIODS
    private_tenants: np.ndarray
    social_tenants: np.ndarray
    owners: np.ndarray
    vacant: np.ndarray
    second_homes: np.ndarray
    small: np.ndarray  # main homes under 30 m²
    income: np.ndarray  # log index of the neighbourhood, 0 for the territory


def build_stock(
    parcels: list[Parcel], buildings: list[Building], footprints: np.ndarray, rng: np.random.Generator
) -> Stock:
    """Fill the buildings with dwellings; ``footprints`` are their areas in m²."""
    homes = [
        index
        for index, building in enumerate(buildings)
        if building.role in {"main", "bar", "tower"} and parcels[building.parcel].fabric in TENURE
    ]
    owner = np.array([buildings[index].parcel for index in homes])
    fabric = np.array([parcels[parcel].fabric for parcel in owner])
    iris = np.array([parcels[parcel].secteur.iris_code for parcel in owner])
    floors = np.array([buildings[index].floors for index in homes])
    count = len(homes)

    house, dwellings = _dwellings(fabric, floors, footprints[homes], rng)
    shares = np.array([np.cumsum(PERIOD_SHARES[name]) for name in fabric])
    shares /= shares[:, -1:]
    period = (rng.random(count)[:, None] > shares).sum(axis=1)

    codes, where = np.unique(iris, return_inverse=True)
    drift = rng.normal(0, 0.16, len(codes))
    income_base = np.array([INCOME_OF_FABRIC[name] + parcels[p].secteur.commune.income
                            for name, p in zip(fabric, owner, strict=True)])  # fmt: skip
    income = income_base + drift[where]
    tilt = np.exp(rng.normal(0, 0.18, (4, len(codes))))[:, where]
    private, social, empty, small = np.clip(np.array([TENURE[name] for name in fabric]).T * tilt, 0, 0.94)
    private = np.where(house, private * 0.45, private)
    private = np.where(private + social > 0.96, 0.96 - np.minimum(social, 0.9), private)

    vacant = rng.binomial(dwellings, empty)
    second = rng.binomial(dwellings - vacant, 0.025)
    main = dwellings - vacant - second
    tenants = rng.binomial(main, private)
    social_share = np.clip(social / np.maximum(1 - private, 0.05), 0, 1)
    social_tenants = np.where(
        fabric == "grand_ensemble", rng.binomial(main - tenants, social_share),
        np.where(rng.random(count) < social_share, main - tenants, 0),
    )  # fmt: skip
    return Stock(
        np.array(homes), owner, iris, dwellings, house, period, tenants, social_tenants,
        main - tenants - social_tenants, vacant, second,
        rng.binomial(main, np.where(house, 0.01, small)), income,
    )  # fmt: skip


def _dwellings(fabric, floors, footprint, rng) -> tuple[np.ndarray, np.ndarray]:
    """Give which buildings are houses, and how many dwellings each building holds."""
    count = len(fabric)
    chance_of_house = np.select(
        [fabric == "centre", fabric == "faubourg", fabric == "bourg", fabric == "grand_ensemble"],
        [0.22, 0.62, 0.80, 0.0],
        0.965,
    ) * np.where(floors >= 4, 0.25, 1.0)
    house = rng.random(count) < chance_of_house
    ground_floor_shop = (fabric == "centre") & (rng.random(count) < 0.4)
    usable = footprint * (floors - 0.9 * ground_floor_shop) * 0.78
    mean_size = np.select([fabric == "centre", fabric == "grand_ensemble"], [50.0, 68.0], 60.0)
    flats = np.maximum(np.round(usable / mean_size * np.exp(rng.normal(0, 0.15, count))), 2)
    return house, np.where(house, 1 + (rng.random(count) < 0.02), flats).astype(int)


INSEE_COLUMNS = (
    "LOG", "RP", "RSECOCC", "LOGVAC", "MAISON", "APPART", "RP_1P", "RP_2P", "RP_3P", "RP_4P", "RP_5PP",
    "NBPI_RP", "RP_M30M2", "RP_3040M2", "RP_4060M2", "RP_6080M2", "RP_80100M2", "RP_100120M2", "RP_120M2P",
    "RP_ACHTOT", "RP_ACH19", "RP_ACH45", "RP_ACH70", "RP_ACH90", "RP_ACH05", "RP_ACH18", "MEN", "PMEN",
    "RP_PROP", "RP_LOC", "RP_LOCHLMV", "RP_GRAT", "RP_SDB", "RP_CCCOLL", "RP_CCIND", "RP_CINDELEC",
)  # fmt: skip


def insee_table(stock: Stock, codes: list[str], rng: np.random.Generator) -> dict[str, dict[str, float]]:
    """Give for each IRIS the census counts, weighted (hence with decimals) as INSEE publishes them."""
    table = {}
    for code in codes:
        own = stock.iris == code
        weight = 1 + rng.normal(0, 0.004)

        def total(values, own=own, weight=weight):
            return float(values[own].sum() * weight)

        main = stock.private_tenants + stock.social_tenants + stock.owners
        row = {
            "LOG": total(stock.dwellings), "RP": total(main), "RSECOCC": total(stock.second_homes),
            "LOGVAC": total(stock.vacant), "MAISON": total(stock.dwellings * stock.house),
        }  # fmt: skip
        row["APPART"] = row["LOG"] - row["MAISON"]
        homes, small = row["RP"], total(stock.small)
        houses = total(main * stock.house)
        rooms = _shares(
            (small * 0.8, (homes - houses) * 0.3, homes * 0.25, homes * 0.22, houses * 0.6), homes
        )
        row.update(zip(("RP_1P", "RP_2P", "RP_3P", "RP_4P", "RP_5PP"), rooms, strict=True))
        row["NBPI_RP"] = sum(k * n for k, n in zip((1, 2, 3, 4, 5.6), rooms, strict=True))
        flats = homes - houses
        sizes = _shares(
            (flats * 0.18, flats * 0.34, flats * 0.3 + houses * 0.1, flats * 0.13 + houses * 0.26,
             houses * 0.31 + flats * 0.04, houses * 0.33), homes - small,
        )  # fmt: skip
        names = ("RP_3040M2", "RP_4060M2", "RP_6080M2", "RP_80100M2", "RP_100120M2", "RP_120M2P")
        row.update(zip(names, sizes, strict=True), RP_M30M2=small)
        for index, period in enumerate(PERIODS[:-1]):
            row[f"RP_{period}"] = total(main * (stock.period == index))
        row["RP_ACHTOT"] = sum(row[f"RP_{period}"] for period in PERIODS[:-1])
        row["MEN"] = homes
        row["PMEN"] = homes * (1.75 + 0.75 * houses / homes) if homes else 0.0
        row["RP_GRAT"] = homes * 0.018
        row["RP_PROP"] = max(total(stock.owners) - row["RP_GRAT"], 0.0)
        row["RP_LOCHLMV"] = total(stock.social_tenants)
        row["RP_LOC"] = homes - row["RP_PROP"] - row["RP_GRAT"]
        old = row["RP_ACH19"] + row["RP_ACH45"]
        row["RP_SDB"] = homes - 0.035 * old - 0.004 * homes
        row.update(zip(("RP_CCCOLL", "RP_CCIND", "RP_CINDELEC"),
                       _shares((row["RP_LOCHLMV"] * 0.8 + 1, houses * 0.7 + 1, flats * 0.4 + 1), homes * 0.93),
                       strict=True))  # fmt: skip
        table[code] = row
    return table


def _shares(parts: tuple[float, ...], whole: float) -> list[float]:
    """Bring positive parts to a given sum."""
    total = sum(parts)
    return [part / total * whole if total else 0.0 for part in parts]
