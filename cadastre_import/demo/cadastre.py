"""The cadastre as Etalab publishes it (GeoJSON by commune), and the RNB and IRIS that go with it."""

import os
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path

import geopandas
import numpy as np
import orjson
import pyogrio
import shapely

from .addresses import Address, Street
from .buildings import LIGHT, Building
from .mesh import Mesh
from .parcels import Parcel
from .plan import CommunePlan
from .writing import csv_text, feature_collection, geometry, to_wgs84, write

RNB_ALPHABET = np.array(list("123456789ABCDEFGHJKMNPQRSTVWXYZ"))
RNB_HEADER = ("rnb_id", "point", "shape", "status", "ext_ids", "addresses", "plots", "validated_by")
SMALLEST_RNB_M2 = 18.0
GEOPACKAGE_DATE = "2026-01-01T00:00:00.000Z"


def write_communes(directory: Path, mesh: Mesh) -> dict[str, Path]:
    """Write communes and sections, whose polygons partition the territory."""
    paths = {}
    shapes = mesh.groups(lambda secteur: secteur.commune.insee)
    names = {secteur.commune.insee: secteur.commune.name for secteur in mesh.secteurs}
    for insee, shape in shapes.items():
        properties = {"id": insee, "nom": names[insee], "created": "2005-03-01", "updated": "2026-01-05"}
        feature = {"type": "Feature", "id": insee, "geometry": _wgs84(shape), "properties": properties}
        paths[f"communes {insee}"] = _layer(directory, insee, "communes", [feature])
        sections = []
        for secteur in mesh.secteurs:
            if secteur.commune.insee == insee:
                properties = {
                    "id": secteur.idu_prefix, "commune": insee, "prefixe": secteur.prefix,
                    "code": secteur.section, "created": "2005-03-01", "updated": "2026-01-05",
                }  # fmt: skip
                shape = shapely.MultiPolygon([mesh.polygons[secteur.index]])
                sections.append(
                    {"type": "Feature", "id": secteur.idu_prefix, "geometry": _wgs84(shape), "properties": properties}
                )
        paths[f"sections {insee}"] = _layer(directory, insee, "sections", sections)
    return paths


def write_parcelles(directory: Path, parcels: list[Parcel], shapes: np.ndarray, rng) -> dict[str, Path]:
    """Write the parcelles; the contenance is that of the tax office, seldom quite the drawn area."""
    areas = shapely.area(shapes)
    wrong = np.where(rng.random(len(areas)) < 0.022, rng.normal(1, 0.18, len(areas)), rng.normal(1, 0.006, len(areas)))
    contenances = np.maximum(np.round(areas * np.clip(wrong, 0.4, 1.9)), 1).astype(int)
    surveyed = rng.random(len(areas)) < 0.22
    created, updated = _dates(len(areas), rng)
    features: dict[str, list[dict]] = defaultdict(list)
    for k, (parcel, shape) in enumerate(zip(parcels, to_wgs84(shapes), strict=True)):
        insee = parcel.secteur.commune.insee
        properties = {
            "id": parcel.idu, "commune": insee, "prefixe": parcel.idu[5:8],
            "section": parcel.idu[8:10].lstrip("0"), "numero": parcel.idu[10:].lstrip("0"),
            "contenance": int(contenances[k]), "arpente": bool(surveyed[k]),
            "created": created[k], "updated": updated[k],
        }  # fmt: skip
        features[insee].append(
            {"type": "Feature", "id": parcel.idu, "geometry": geometry(shape), "properties": properties}
        )
    return {f"parcelles {insee}": _layer(directory, insee, "parcelles", rows) for insee, rows in features.items()}


def write_batiments(
    directory: Path, buildings: list[Building], shapes: np.ndarray, parcels: list[Parcel], rng
) -> dict[str, Path]:
    """Write the buildings, which in the cadastre have neither identifier nor parcelle."""
    created, updated = _dates(len(buildings), rng)
    features: dict[str, list[dict]] = defaultdict(list)
    for k, (building, shape) in enumerate(zip(buildings, to_wgs84(shapes), strict=True)):
        insee = parcels[building.parcel].secteur.commune.insee
        properties = {
            "type": building.kind, **({"nom": building.name} if building.name else {}), "commune": insee,
            "created": created[k], "updated": updated[k],
        }  # fmt: skip
        drawn = geometry(shape)
        drawn = {"type": "MultiPolygon", "coordinates": [drawn["coordinates"]]}
        features[insee].append({"type": "Feature", "geometry": drawn, "properties": properties})
    return {f"batiments {insee}": _layer(directory, insee, "batiments", rows) for insee, rows in features.items()}


def write_rnb(
    path: Path, buildings: list[Building], shapes: np.ndarray, parcels: list[Parcel],
    addresses: list[Address], streets: list[Street], rng: np.random.Generator,
) -> Path:  # fmt: skip
    """Write the RNB: a main building and its wings are one, and a few stand on two parcelles."""
    parts: dict[int, list[int]] = defaultdict(list)
    areas = shapely.area(shapes).tolist()
    for k, building in enumerate(buildings):
        if building.kind != LIGHT and areas[k] >= SMALLEST_RNB_M2:
            key = building.parcel if building.role in {"main", "wing"} else -k - 1
            parts[key].append(k)
    groups = _across_parcelles(list(parts.values()), buildings, parcels, rng)
    union = [shapely.union_all(shapes[group], grid_size=0.001) for group in groups]
    points = shapely.point_on_surface(union)
    ids = rng.integers(len(RNB_ALPHABET), size=(len(groups), 12))
    doors: dict[int, list[Address]] = defaultdict(list)
    for address in addresses:
        doors[address.parcel].append(address)
    drawn, points = to_wgs84(union), to_wgs84(points)
    rows = []
    for k, group in enumerate(groups):
        owners = sorted({buildings[index].parcel for index in group})
        area = sum(areas[index] for index in group)
        plots = [
            {
                "id": parcels[owner].idu,
                "bdg_cover_ratio": round(
                    sum(areas[index] for index in group if buildings[index].parcel == owner) / area, 4
                ),
            }
            for owner in owners
        ]
        own = [door for owner in owners for door in doors[owner] if door.building is None or door.building in group]
        bdtopo = f"BATIMENT{2_900_000_000 + k:016d}"
        rows.append((
            "".join(RNB_ALPHABET[ids[k]]),
            f"SRID=4326;{points[k].wkt}", f"SRID=4326;{drawn[k].wkt}", "constructed",
            _json([{"id": bdtopo, "source": "bdtopo", "source_version": "bdtopo_2025_09",
                    "created_at": "2025-10-02T08:00:00+00:00"}]),
            _json([_rnb_address(door, streets) for door in own[:3]]), _json(plots), "[]",
        ))  # fmt: skip
    return write(path, csv_text(RNB_HEADER, rows, ";"))


def _across_parcelles(groups, buildings, parcels, rng) -> list[list[int]]:
    """Join here and there a house to the next one, as copropriétés over two parcelles do."""
    joined, k = [], 0
    draws = rng.random(len(groups))
    while k < len(groups):
        first = buildings[groups[k][0]]
        if k + 1 < len(groups) and draws[k] < 0.03:
            second = buildings[groups[k + 1][0]]
            same_row = parcels[first.parcel].block == parcels[second.parcel].block >= 0
            if first.role == second.role == "main" and same_row and parcels[first.parcel].fabric == "centre":
                joined.append(groups[k] + groups[k + 1])
                k += 2
                continue
        joined.append(groups[k])
        k += 1
    return joined


def _rnb_address(door: Address, streets: list[Street]) -> dict[str, str]:
    street = streets[door.street]
    return {
        "cle_interop_ban": door.ban_id(streets), "street_number": str(door.number), "street_rep": door.rep,
        "street": street.name, "city_zipcode": street.commune.postcode, "city_name": street.commune.name,
    }  # fmt: skip


def write_iris(path: Path, mesh: Mesh, names: dict[str, tuple[str, str]]) -> Path:
    """Write the CONTOURS-IRIS GeoPackage with the field names of 2024; ``names`` gives name and type by code."""
    shapes = mesh.groups(lambda secteur: (secteur.commune, secteur.commune.insee + secteur.iris))
    rows = []
    for number, ((commune, code), shape) in enumerate(shapes.items()):
        name, kind = names[code]
        rows.append({
            "cleabs": f"IRIS____{9_900_000_000 + number:016d}", "code_insee": commune.insee,
            "nom_commune": commune.name, "iris": code[5:], "code_iris": code, "nom_iris": name,
            "type_iris": kind, "geometry": shape,
        })  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    # GDAL stamps the file with the day it is written unless it is told another
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": GEOPACKAGE_DATE})
    try:
        frame = geopandas.GeoDataFrame(rows, crs=2154)
        pyogrio.write_dataframe(
            frame, os.fspath(path), layer="contours_iris", driver="GPKG", geometry_type="MultiPolygon",
            layer_options={"GEOMETRY_NAME": "geometrie"},
        )  # fmt: skip
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path


def iris_names(communes: tuple[CommunePlan, ...], mesh: Mesh) -> dict[str, tuple[str, str]]:
    """Give the name and type of each IRIS; letters of the plan are ranked, so codes and names pair in order."""
    names = {}
    for commune in communes:
        codes = sorted({secteur.iris for secteur in mesh.secteurs if secteur.commune is commune})
        for code, name, kind in zip(codes, commune.iris_names, commune.iris_types, strict=True):
            names[commune.insee + code] = name, kind
    return names


def _dates(count: int, rng) -> tuple[list[str], list[str]]:
    first = date(2003, 1, 1)
    created = rng.integers(0, 7600, count)
    updated = created + (rng.random(count) * (8300 - created)).astype(int)
    return (
        [(first + timedelta(days=int(day))).isoformat() for day in created],
        [(first + timedelta(days=int(day))).isoformat() for day in updated],
    )


def _json(value) -> str:
    return orjson.dumps(value).decode()


def _wgs84(shape: shapely.Geometry) -> dict:
    return geometry(to_wgs84([shape])[0])


def _layer(directory: Path, insee: str, layer: str, features: list[dict]) -> Path:
    return write(directory / f"cadastre-{insee}-{layer}.json.gz", feature_collection(features))
