"""The units of an analysis: communes, EPCI, IRIS, perimeters, sections, 200 m squares, addresses, a drawn polygon."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import Value
from numpy.typing import NDArray

from layers.arrondissements import ARRONDISSEMENTS, COMMUNE_OF_ARRONDISSEMENT
from layers.crs import LAMBERT93, LEGAL_SRID_OVERSEAS, WGS84, legal_srid
from layers.errors import NothingToAnalyse
from layers.models import Address, Commune, Iris, Section, UnitKind
from layers.scope import Scope
from layers.selectors.legal_projection import shape_in, srid_of

CELL_M = 200
DRAWN_CODE, REST_CODE = "dessin", "reste"
MANY_COMMUNES = 400  # a département: beyond, a drawn polygon is compared to the rest of its own communes
SLIVER = 0.005
"""Share of a perimeter below which the commune beside it is a misfit of two contours, not its ground."""
_OVERSEAS = " ".join(f"WHEN '{code}' THEN {srid}" for code, srid in LEGAL_SRID_OVERSEAS.items())
SRID_SQL = f"CASE left({{code}}, 3) {_OVERSEAS} ELSE {LAMBERT93} END"
"""The legal projection as SQL, for the code of a commune."""


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """n units in the order of their codes."""

    kind: UnitKind
    codes: NDArray[np.str_]
    labels: tuple[str, ...]
    communes: tuple[tuple[str, ...], ...]
    """The communes that each covers: whose reports it may count."""
    shapes: NDArray[np.object_]
    """Polygons, points of addresses, in metres of the legal projection: overseas départements lie far apart."""
    srids: NDArray[np.int64]
    """The projection of each shape."""

    @property
    def is_drawn(self) -> bool:
        """Say whether no register draws them: their shape has to be kept with the result."""
        return self.kind in (UnitKind.CARREAU, UnitKind.DRAWN)

    def part(self, rows: slice) -> "Units":
        """Give some of them, in their order."""
        return Units(
            self.kind,
            self.codes[rows],
            self.labels[rows],
            self.communes[rows],
            self.shapes[rows],
            self.srids[rows],
        )


def ground_of(scope: Scope) -> list[str]:
    """Give the codes of the communes whose every report the scope opens, in order; excluded zones apart.

    An arrondissement stands for its part of Paris, Lyon or Marseille where it is imported.
    """
    communes = Commune.objects.filter(geom__isnull=False)
    if not scope.everything:
        communes = communes.filter(code__in=scope.communes)
    codes = set(communes.values_list("code", flat=True))
    divided = {code for code, parts in ARRONDISSEMENTS.items() if codes.intersection(parts)}
    return sorted(codes - divided)


def units_of(
    kind: UnitKind, scope: Scope, *, zone_type: str = "", drawn: GEOSGeometry | None = None
) -> Units:
    """Give the units of one kind that lie in the perimeter ``scope``, whole.

    ``zone_type`` keeps one type of perimeter; ``drawn`` is the polygon (WGS 84) of the kind DRAWN, whose second unit
    is what the polygon leaves of the perimeter: alone, it would be compared to itself. Squares are
    those of the Insee's grid that hold an address; addresses are those of the BAN in force. Raises
    NothingToAnalyse when there is none.
    """
    ground = ground_of(scope)
    if kind == UnitKind.ZONE:
        rows = _zones(scope, ground, zone_type)
    elif kind == UnitKind.DRAWN:
        rows = _drawn(ground, drawn)
    elif kind == UnitKind.CARREAU:
        rows = _squares(ground)
    else:
        rows = _territories(kind, ground)
    if not rows:
        raise NothingToAnalyse(
            f"aucun territoire de type « {kind.label} » n’est entier dans le périmètre choisi"
            " (ou leurs contours ne sont pas importés)"
        )
    codes, labels, communes, shapes, srids = zip(*rows, strict=True)
    return Units(
        kind=kind,
        codes=np.array(codes, dtype=str),
        labels=tuple(label[:300] for label in labels),
        communes=tuple(tuple(covered) for covered in communes),
        shapes=shapely.from_wkb([bytes(shape) for shape in shapes]),
        srids=np.array(srids, dtype=np.int64),
    )


Row = tuple[str, str, Sequence[str], bytes, int]


def _territories(kind: UnitKind, ground: Sequence[str]) -> list[Row]:
    if kind == UnitKind.IRIS:
        iris = Iris.objects.current().filter(commune__in=ground).order_by("code")
        named = iris.values_list("code", "nom", "commune_id", shape_in(srid_of("commune__departement")))
        return [(code, nom, (commune,), shape, legal_srid(commune)) for code, nom, commune, shape in named]
    if kind == UnitKind.SECTION:
        sections = Section.objects.current().filter(commune__in=ground).order_by("code")
        found = sections.values_list(
            "code", "commune__nom", "commune_id", shape_in(srid_of("commune__departement"))
        )
        return [
            (code, f"{nom}, section {code[8:]}", (commune,), shape, legal_srid(commune))
            for code, nom, commune, shape in found
        ]
    if kind == UnitKind.ADRESSE:
        return _addresses(ground)
    communes = Commune.objects.filter(code__in=ground).order_by("code")
    if kind == UnitKind.COMMUNE:
        shaped = communes.values_list("code", "nom", shape_in(srid_of("departement")))
        return [(code, nom, (code,), shape, legal_srid(code)) for code, nom, shape in shaped]
    if kind == UnitKind.EPCI:
        return _epcis(ground)
    raise ValueError(f"{kind} is a place, not a territory")


def _addresses(ground: Sequence[str]) -> list[Row]:
    addresses = Address.objects.current().filter(commune__in=ground).order_by("pk")
    found = addresses.values_list(
        "pk", "numero", "rep", "voie__nom", "commune_id", shape_in(srid_of("commune__departement"))
    )
    return [
        (code, f"{numero}{rep} {voie}", (commune,), shape, legal_srid(commune))
        for code, numero, rep, voie, commune, shape in found.iterator()
    ]


def _epcis(ground: Sequence[str]) -> list[Row]:
    """Give the EPCI all of whose communes are on the ground."""
    inside = {*ground, *(COMMUNE_OF_ARRONDISSEMENT.get(code, code) for code in ground)}
    touched = Commune.objects.filter(code__in=inside, epci__isnull=False).order_by().values("epci")
    members = Commune.objects.filter(epci__in=touched).order_by("epci", "code")
    found: dict[str, tuple[str, list[str], list[bytes]]] = {}
    for epci, nom, code, shape in members.values_list(
        "epci_id", "epci__nom", "code", shape_in(srid_of("departement"))
    ):
        _, codes, shapes = found.setdefault(epci, (nom, [], []))
        codes.append(code)
        if shape is not None:
            shapes.append(bytes(shape))
    return [
        (epci, nom, codes, shapely.to_wkb(shapely.union_all(shapely.from_wkb(shapes))), legal_srid(codes[0]))
        for epci, (nom, codes, shapes) in found.items()
        if shapes and inside.issuperset(codes)
    ]


def _zones(scope: Scope, ground: Sequence[str], zone_type: str) -> list[Row]:
    """Give the perimeters whose communes are all on the ground, and the reader's own zones."""
    query = f"""
        SELECT z.code, z.nom, z.id, array_agg(c.code ORDER BY c.code),
               ST_AsBinary(ST_Transform(z.geom, {SRID_SQL.format(code="min(c.code)")}))
        FROM layers_zone z JOIN layers_commune c ON ST_Intersects(c.geom, z.geom)
            AND ST_Area(ST_Intersection(c.geom, z.geom)) >= %(sliver)s * ST_Area(z.geom)
        WHERE (%(type)s = '' OR z.type = %(type)s) AND NOT z.id = ANY(%(excluded)s)
        GROUP BY z.id
        HAVING %(everything)s OR z.id = ANY(%(own)s) OR array_agg(c.code)::text[] <@ %(ground)s::text[]
        ORDER BY z.code
    """  # noqa: S608 - the projections are our own numbers
    found = _rows(
        query,
        {
            "sliver": SLIVER,
            "type": zone_type,
            "excluded": sorted(scope.excluded_zones),
            "own": sorted(scope.zones),
            "everything": scope.everything,
            "ground": [*ground, *{COMMUNE_OF_ARRONDISSEMENT.get(code, code) for code in ground}],
        },
    )
    return [(code, nom, communes, shape, legal_srid(communes[0])) for code, nom, _, communes, shape in found]


def _drawn(ground: Sequence[str], drawn: GEOSGeometry | None) -> list[Row]:
    if drawn is None:
        raise NothingToAnalyse("dessinez d’abord un polygone")
    touched = Commune.objects.filter(code__in=ground, geom__intersects=drawn).order_by("code")
    codes = list(touched.values_list("code", flat=True))
    if not codes:
        raise NothingToAnalyse("le polygone dessiné est hors du périmètre choisi")
    srid = legal_srid(codes[0])
    shape = drawn.clone()
    shape.srid = WGS84
    polygon = bytes(shape.transform(srid, clone=True).wkb)
    return [(DRAWN_CODE, "Polygone dessiné", codes, polygon, srid), *_rest_of(polygon, codes, ground, srid)]


def _rest_of(polygon: bytes, touched: Sequence[str], ground: Sequence[str], srid: int) -> list[Row]:
    """Give what a polygon leaves of the perimeter, of its own communes in a wide one; nothing if it covers them."""
    is_wide = len(ground) > MANY_COMMUNES
    codes = [code for code in (touched if is_wide else ground) if legal_srid(code) == srid]
    communes = Commune.objects.filter(code__in=codes).order_by("code")
    shapes = shapely.from_wkb(
        [bytes(shape) for shape in communes.values_list(shape_in(Value(srid)), flat=True)]
    )
    left = shapely.difference(shapely.union_all(shapes), shapely.from_wkb(polygon))
    if left.area < SLIVER * shapely.area(shapes).sum():
        return []
    label = "Le reste de ses communes" if is_wide else "Le reste du périmètre"
    return [(REST_CODE, label, codes, shapely.to_wkb(left), srid)]


def _squares(ground: Sequence[str]) -> list[Row]:
    """Give the squares that hold an address, with the communes of their addresses."""
    query = f"""
        SELECT srid, east, north, array_agg(DISTINCT commune_id) FROM (
            SELECT commune_id, srid, floor(ST_X(p) / %(cell)s)::bigint AS east,
                   floor(ST_Y(p) / %(cell)s)::bigint AS north
            FROM (
                SELECT commune_id, srid, ST_Transform(geom, srid) AS p FROM (
                    SELECT commune_id, geom, {SRID_SQL.format(code="commune_id")} AS srid FROM layers_address
                    WHERE closed_on IS NULL AND commune_id = ANY(%(ground)s)
                ) projected
            ) placed
        ) counted GROUP BY srid, east, north
    """  # noqa: S608 - the projections are our own numbers
    found = _rows(query, {"cell": CELL_M, "ground": list(ground)})
    rows = [
        (
            square_code(srid, east, north),
            f"Carreau de {CELL_M} m, {north * CELL_M} N {east * CELL_M} E",
            sorted(communes),
            shapely.to_wkb(
                shapely.box(east * CELL_M, north * CELL_M, (east + 1) * CELL_M, (north + 1) * CELL_M)
            ),
            srid,
        )
        for srid, east, north, communes in found
    ]
    return sorted(rows)


def square_code(srid: int, east: int, north: int) -> str:
    """Give the name of a square in the manner of the Insee's grid, from its column and row."""
    return f"CRS{srid}RES{CELL_M}mN{north * CELL_M}E{east * CELL_M}"


def _rows(query: str, values: dict[str, Any]) -> Iterable[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall()


def geojson_of(units: Units, decimals: int) -> list[str]:
    """Give the shape of each unit as GeoJSON, in longitude and latitude."""
    query = """
        SELECT ST_AsGeoJSON(ST_Transform(ST_GeomFromWKB(wkb, srid), %(wgs84)s), %(decimals)s)
        FROM unnest(%(shapes)s::bytea[], %(srids)s::int[]) WITH ORDINALITY AS unit(wkb, srid, n) ORDER BY n
    """
    shapes = list(shapely.to_wkb(units.shapes))
    values = {"wgs84": WGS84, "decimals": decimals, "shapes": shapes, "srids": units.srids.tolist()}
    return [shape for (shape,) in _rows(query, values)]
