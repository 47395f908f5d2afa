"""The gate that every imported geometry passes: finite, on the globe, of the right type, valid, in WGS 84.

It works on a whole batch, in Shapely's arrays.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
import shapely
from pyproj import Transformer

from layers.crs import WGS84, in_france

MAX_VERTICES = 50_000
MAX_AREA_CHANGE = 0.01

POLYGONS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Gated:
    """For each geometry of the batch: its shape in WGS 84, the reason of a reject ("" if none), repaired or not."""

    shapes: np.ndarray
    reasons: np.ndarray
    repaired: np.ndarray

    @property
    def ewkb(self) -> np.ndarray:
        """The shapes as PostGIS reads them: EWKB in hexadecimal."""
        return shapely.to_wkb(shapely.set_srid(self.shapes, WGS84), include_srid=True, hex=True)


def from_geojson(geometries: list[Any]) -> np.ndarray:
    """Give the shapes of GeoJSON geometries, None for what is not one; past the third ordinate, nothing is read."""
    shapes = shapely.from_geojson(_encoded(geometries), on_invalid="ignore")
    for index in np.flatnonzero(shapely.is_missing(shapes)):
        flat = geometries[index] | {"coordinates": _in_the_plane(geometries[index].get("coordinates"))}
        shapes[index] = shapely.from_geojson(_encoded([flat]), on_invalid="ignore")[0]
    return shapes


def _encoded(geometries: list[Any]) -> np.ndarray:
    return np.array([orjson.dumps(geometry) for geometry in geometries], dtype=object)


def _in_the_plane(coordinates: Any, depth: int = 4) -> Any:
    """Keep two ordinates of each position; GeoJSON nests positions in three lists at most."""
    if not isinstance(coordinates, list) or not depth:
        return []
    if coordinates and not isinstance(coordinates[0], list):
        return coordinates[:2]
    return [_in_the_plane(part, depth - 1) for part in coordinates]


def gate_polygons(shapes: np.ndarray, srid: int = WGS84) -> Gated:
    """Check and repair polygons, and give them as MultiPolygon in WGS 84.

    A repair that changes the area by more than 1 % is a reject: it is no longer the shape that was sent (the two
    triangles of a bow tie are nobody's parcelle).
    """
    reasons = np.full(len(shapes), "", dtype=object)

    def refuse(where: np.ndarray, reason: str) -> None:
        reasons[where & (reasons == "")] = reason

    refuse(shapely.is_missing(shapes), "géométrie absente ou illisible")
    refuse(~np.isin(shapely.get_type_id(shapes), POLYGONS), "géométrie : un polygone est attendu")
    refuse(shapely.is_empty(shapes), "géométrie vide")
    refuse(shapely.get_num_coordinates(shapes) > MAX_VERTICES, f"géométrie de plus de {MAX_VERTICES} sommets")
    shapes = shapely.force_2d(np.where(reasons == "", shapes, None))
    if srid != WGS84:
        shapes = _to_wgs84(shapes, srid)
    refuse(
        ~_on_the_globe(shapes), "coordonnées hors du globe : sont-elles bien dans la projection annoncée ?"
    )

    lon, lat = _middles(shapes)
    abroad = ~in_france(lon, lat)
    refuse(
        abroad & in_france(lat, lon), "géométrie hors de France ; latitude et longitude semblent inversées"
    )
    refuse(abroad, "géométrie hors de France : la projection est-elle bien celle annoncée ?")
    shapes = np.where(reasons == "", shapes, None)

    broken = (reasons == "") & ~shapely.is_valid(shapes)
    if broken.any():
        fixed = _polygonal(shapely.make_valid(shapes[broken], method="structure"))
        before, after = shapely.area(shapes[broken]), shapely.area(fixed)
        kept = (after > 0) & (np.abs(after - before) <= MAX_AREA_CHANGE * np.maximum(after, before))
        why = shapely.is_valid_reason(shapes[broken])
        shapes[broken] = np.where(kept, fixed, None)
        reasons[broken] = [
            "" if ok else f"géométrie invalide ({_in_french(text)}), irréparable sans la déformer"
            for ok, text in zip(kept, why, strict=True)
        ]
    repaired = broken & (reasons == "")
    return Gated(_as_multi(shapes), reasons, repaired)


def gate_points(shapes: np.ndarray, srid: int = WGS84) -> Gated:
    """Check points and give them in WGS 84; a missing point stays missing."""
    reasons = np.full(len(shapes), "", dtype=object)
    missing = shapely.is_missing(shapes)
    reasons[~missing & (shapely.get_type_id(shapes) != shapely.GeometryType.POINT)] = (
        "géométrie : un point est attendu"
    )
    shapes = shapely.force_2d(np.where(reasons == "", shapes, None))
    if srid != WGS84:
        shapes = _to_wgs84(shapes, srid)
    reasons[~missing & (reasons == "") & ~_on_the_globe(shapes)] = "coordonnées hors du globe"
    return Gated(shapes, reasons, np.zeros(len(shapes), dtype=bool))


def _to_wgs84(shapes: np.ndarray, srid: int) -> np.ndarray:
    transformer = Transformer.from_crs(srid, WGS84, always_xy=True)
    return shapely.transform(shapes, transformer.transform, interleaved=False)


def _on_the_globe(shapes: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        west, south, east, north = shapely.bounds(shapes).T
        return (west >= -180) & (south >= -90) & (east <= 180) & (north <= 90)


def _middles(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give longitude and latitude of the middle of each shape's extent."""
    with np.errstate(invalid="ignore"):
        west, south, east, north = shapely.bounds(shapes).T
        return (west + east) / 2, (south + north) / 2


def _polygonal(shapes: np.ndarray) -> np.ndarray:
    """Keep the polygons of what ``make_valid`` gave: the lines it leaves have no area."""
    collections = shapely.get_type_id(shapes) == shapely.GeometryType.GEOMETRYCOLLECTION
    for index in np.flatnonzero(collections):
        parts = shapely.get_parts(shapes[index])
        shapes[index] = shapely.union_all(parts[np.isin(shapely.get_type_id(parts), POLYGONS)])
    return shapes


def _as_multi(shapes: np.ndarray) -> np.ndarray:
    single = shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON
    if single.any():
        shapes = shapes.copy()
        shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(single.sum()))
    return shapes


def _in_french(reason: str) -> str:
    place = reason[reason.find("[") :] if "[" in reason else ""
    known = {
        "Self-intersection": "contour qui se croise",
        "Ring Self-intersection": "contour qui se touche",
        "Hole lies outside shell": "trou hors du contour",
        "Nested shells": "contours emboîtés",
        "Too few points in geometry component": "trop peu de sommets",
    }
    return f"{known.get(reason.split('[', maxsplit=1)[0], 'contour incorrect')} {place}".strip()
