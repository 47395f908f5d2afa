"""The cadastre as Etalab publishes it: GeoJSON by commune, compressed, one feature a line."""

from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import shapely

from .ground import Ground
from .writing import feature_collection, geometry, to_wgs84, write

FIRST_DAY = date(2003, 1, 1)
LAST_DAY_CREATED, LAST_DAY_UPDATED = 7600, 8300  # days after the first
PLAN_DATES = {"created": "2005-03-01", "updated": "2026-01-05"}


def write_communes(directory: Path, ground: Ground) -> dict[str, Path]:
    """Write communes and sections, whose polygons partition the territory."""
    features: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for commune, shape in ground.mesh.groups(lambda secteur: secteur.commune).items():
        properties = {"id": commune.insee, "nom": commune.name, **PLAN_DATES}
        features["communes", commune.insee].append(_feature(to_wgs84([shape])[0], properties, commune.insee))
    for secteur, shape in zip(ground.mesh.secteurs, to_wgs84(ground.mesh.polygons), strict=True):
        properties = {
            "id": secteur.idu_prefix,
            "commune": secteur.commune.insee,
            "prefixe": secteur.prefix,
            "code": secteur.section,
            **PLAN_DATES,
        }
        drawn = shapely.MultiPolygon([shape])
        features["sections", secteur.commune.insee].append(_feature(drawn, properties, secteur.idu_prefix))
    return _write(directory, features)


def write_parcelles(directory: Path, ground: Ground, rng: np.random.Generator) -> dict[str, Path]:
    """Write the parcelles; the contenance is that of the tax office, seldom quite the drawn area."""
    areas = shapely.area(ground.parcel_shapes)
    count = len(areas)
    spread = np.where(rng.random(count) < 0.022, 0.18, 0.006)
    contenances = np.maximum(np.round(areas * np.clip(rng.normal(1, spread), 0.4, 1.9)), 1).astype(int)
    surveyed = rng.random(count) < 0.22
    created, updated = _dates(count, rng)
    features: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for k, (parcel, shape) in enumerate(zip(ground.parcels, to_wgs84(ground.parcel_shapes), strict=True)):
        insee = parcel.secteur.commune.insee
        properties = {
            "id": parcel.idu,
            "commune": insee,
            "prefixe": parcel.idu[5:8],
            "section": parcel.idu[8:10].lstrip("0"),
            "numero": parcel.idu[10:].lstrip("0"),
            "contenance": int(contenances[k]),
            "arpente": bool(surveyed[k]),
            "created": created[k],
            "updated": updated[k],
        }
        features["parcelles", insee].append(_feature(shape, properties, parcel.idu))
    return _write(directory, features)


def write_batiments(directory: Path, ground: Ground, rng: np.random.Generator) -> dict[str, Path]:
    """Write the buildings, which in the cadastre have neither identifier nor parcelle."""
    created, updated = _dates(len(ground.buildings), rng)
    features: dict[tuple[str, str], list[dict]] = defaultdict(list)
    for k, (building, shape) in enumerate(
        zip(ground.buildings, to_wgs84(ground.building_shapes), strict=True)
    ):
        insee = ground.parcels[building.parcel].secteur.commune.insee
        properties = {
            "type": building.kind,
            **({"nom": building.name} if building.name else {}),
            "commune": insee,
            "created": created[k],
            "updated": updated[k],
        }
        features["batiments", insee].append(_feature(shapely.MultiPolygon([shape]), properties))
    return _write(directory, features)


def _feature(shape: shapely.Geometry, properties: dict, identifier: str = "") -> dict:
    head = {"type": "Feature", **({"id": identifier} if identifier else {})}
    return {**head, "geometry": geometry(shape), "properties": properties}


def _write(directory: Path, features: dict[tuple[str, str], list[dict]]) -> dict[str, Path]:
    return {
        f"{layer} {insee}": write(directory / f"cadastre-{insee}-{layer}.json.gz", feature_collection(rows))
        for (layer, insee), rows in features.items()
    }


def _dates(count: int, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    created = rng.integers(0, LAST_DAY_CREATED, count)
    updated = created + (rng.random(count) * (LAST_DAY_UPDATED - created)).astype(int)
    created_on, updated_on = (
        [(FIRST_DAY + timedelta(days=day)).isoformat() for day in days.tolist()]
        for days in (created, updated)
    )
    return created_on, updated_on
