"""The national register of buildings (RNB) as its départemental CSV publishes it."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import orjson
import shapely

from .addresses import Address, Street
from .buildings import LIGHT, Building
from .ground import Ground
from .writing import csv_text, to_wgs84, write

HEADER = ("rnb_id", "point", "shape", "status", "ext_ids", "addresses", "plots", "validated_by")
ALPHABET = np.array(list("123456789ABCDEFGHJKMNPQRSTVWXYZ"))
SMALLEST_M2 = 18.0
ON_TWO_PARCELLES = 0.03  # share of the old houses that make one building with the next


def write_rnb(path: Path, ground: Ground, rng: np.random.Generator) -> Path:
    """Write the buildings: a house and its wings are one, and a few stand on two parcelles."""
    areas = shapely.area(ground.building_shapes).tolist()
    groups = _groups(ground, areas, rng)
    shapes = np.array([_union(ground.building_shapes[group]) for group in groups])
    drawn, points = (
        shapely.to_wkt(_sound(to_wgs84(some)), rounding_precision=7)
        for some in (shapes, shapely.point_on_surface(shapes))
    )
    letters = rng.integers(len(ALPHABET), size=(len(groups), 12))
    rows = [
        (
            "".join(ALPHABET[letters[k]]),
            f"SRID=4326;{points[k]}",
            f"SRID=4326;{drawn[k]}",
            "constructed",
            _json([_bdtopo(k)]),
            _json([_address(door, ground.streets) for door in _doors(group, ground)[:3]]),
            _json(_plots(group, ground, areas)),
            "[]",
        )
        for k, group in enumerate(groups)
    ]
    return write(path, csv_text(HEADER, rows, ";"))


def _groups(ground: Ground, areas: list[float], rng: np.random.Generator) -> list[list[int]]:
    """Give the rows of the cadastre's buildings that make each building of the register."""
    parts: dict[int, list[int]] = defaultdict(list)
    for k, building in enumerate(ground.buildings):
        if building.kind != LIGHT and areas[k] >= SMALLEST_M2:
            parts[building.parcel if building.role in {"main", "wing"} else -k - 1].append(k)
    groups = list(parts.values())
    joined, k = [], 0
    draws = rng.random(len(groups))
    while k < len(groups):
        if (
            k + 1 < len(groups)
            and draws[k] < ON_TWO_PARCELLES
            and _same_row(groups[k], groups[k + 1], ground)
        ):
            joined.append(groups[k] + groups[k + 1])
            k += 2
        else:
            joined.append(groups[k])
            k += 1
    return joined


def _same_row(first: list[int], second: list[int], ground: Ground) -> bool:
    """Tell whether two houses of the old centre stand wall to wall."""
    houses: list[Building] = [ground.buildings[group[0]] for group in (first, second)]
    parcels = [ground.parcels[house.parcel] for house in houses]
    return (
        all(house.role == "main" for house in houses)
        and all(parcel.fabric == "centre" for parcel in parcels)
        and parcels[0].block == parcels[1].block
        and shapely.dwithin(*ground.building_shapes[[first[0], second[0]]], 0.05)
    )


def _union(shapes: np.ndarray) -> shapely.Geometry:
    return shapes[0] if len(shapes) == 1 else shapely.union_all(shapes, grid_size=0.001)


def _sound(shapes: np.ndarray) -> np.ndarray:
    """Mend the few shapes that rounding to seven decimals made touch themselves."""
    broken = ~shapely.is_valid(shapes)
    mended = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=False)
    shapes[broken] = shapely.set_precision(mended, 1e-7)
    return shapes


def _plots(group: list[int], ground: Ground, areas: list[float]) -> list[dict]:
    covered: dict[int, float] = defaultdict(float)
    for index in group:
        covered[ground.buildings[index].parcel] += areas[index]
    total = sum(covered.values())
    return [
        {"id": ground.parcels[parcel].idu, "bdg_cover_ratio": round(area / total, 4)}
        for parcel, area in covered.items()
    ]


def _doors(group: list[int], ground: Ground) -> list[Address]:
    parcels = dict.fromkeys(ground.buildings[index].parcel for index in group)
    return [
        door
        for parcel in parcels
        for door in ground.doors.get(parcel, ())
        if door.building is None or door.building in group
    ]


def _bdtopo(number: int) -> dict[str, str]:
    return {
        "id": f"BATIMENT{2_900_000_000 + number:016d}",
        "source": "bdtopo",
        "source_version": "bdtopo_2025_09",
        "created_at": "2025-10-02T08:00:00+00:00",
    }


def _address(door: Address, streets: list[Street]) -> dict[str, str]:
    street = streets[door.street]
    return {
        "cle_interop_ban": door.ban_id(streets),
        "street_number": str(door.number),
        "street_rep": door.rep,
        "street": street.name,
        "city_zipcode": street.commune.postcode,
        "city_name": street.commune.name,
    }


def _json(value: list) -> str:
    return orjson.dumps(value).decode()
