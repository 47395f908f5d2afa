"""The stock of any unit: what is known by IRIS, and how the dwellings of an IRIS are shared between units.

A commune or an EPCI is made of whole IRIS. Any other unit takes, of each IRIS, the share of its dwellings that stand
at the addresses inside: a building of which the BDNB tells the dwellings weighs as many, any other address one.
An IRIS without an address is shared by its area. It is an estimate, and says so (``method``).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db import connection
from numpy.typing import NDArray
from scipy import sparse

from layers.arrondissements import with_arrondissements
from layers.models import Iris, UnitKind
from layers.selectors.iris_stock import IrisStock, iris_stock
from layers.selectors.legal_projection import shape_in, srid_of
from layers.selectors.units import CELL_M, REST_CODE, SRID_SQL, Units, square_code

FloatArray = NDArray[np.float64]
WEIGHED_ADDRESSES = """
    known AS (
        SELECT ban_id, sum(g.dwellings::float8 / cardinality(g.ban_ids)) AS dwellings
        FROM layers_groupebatiment g CROSS JOIN LATERAL unnest(g.ban_ids) AS ban_id
        WHERE g.code_insee = ANY(%(communes)s) AND g.dwellings > 0 GROUP BY ban_id
    ), a AS (
        SELECT a.ban_id, a.geom, a.commune_id, i.code AS iris, greatest(coalesce(k.dwellings, 1), 1) AS weight
        FROM layers_address a LEFT JOIN known k USING (ban_id) CROSS JOIN LATERAL (
            SELECT code FROM layers_iris i WHERE i.closed_on IS NULL AND ST_Covers(i.geom, a.geom)
            ORDER BY code LIMIT 1
        ) i
        WHERE a.closed_on IS NULL AND a.commune_id = ANY(%(communes)s)
    )"""
"""As SQL, the addresses in force of some communes: the IRIS of each, and the dwellings it weighs."""
# What each covariate divides: the dwellings concerned, and those of which it is known
COVARIATES = {
    "pre_1946": ("built_before_1946", "built"),
    "private_rented": ("private_rented", "main"),
    "small": ("small", "main"),
    "low_income": ("low_income", "main"),
    "dpe_fg": ("dpe_fg", "dpe"),
    "vacancy": ("vacant", "dwellings"),
}
WHOLE_IRIS = "IRIS entiers"
BY_ADDRESS = "logements des IRIS répartis par adresse, d’après les logements connus des bâtiments (BDNB)"


@dataclass(frozen=True, slots=True, eq=False)
class UnitStock:
    """The stock of n units, in their order."""

    counts: dict[str, FloatArray]
    """As in ``IrisStock``: ``dwellings``, ``private_rented``…; NaN where none of the unit's IRIS tells it."""
    covariates: dict[str, FloatArray]
    """Shares from 0 to 1, by the names of COVARIATES, NaN where not known."""
    vintages: dict[str, int]
    method: str
    """How an IRIS was shared between units, in French."""

    @property
    def dwellings(self) -> FloatArray:
        """Dwellings, vacant ones and second homes included; NaN where not known."""
        return self.counts["dwellings"]

    @property
    def private_rented(self) -> FloatArray:
        """Main homes rented by private landlords; NaN where not known."""
        return self.counts["private_rented"]


def unit_stock(units: Units) -> UnitStock:
    """Give the stock of the units."""
    communes = with_arrondissements(sorted({code for covered in units.communes for code in covered}))
    iris = iris_stock(communes)
    whole = units.kind in (UnitKind.IRIS, UnitKind.COMMUNE, UnitKind.EPCI)
    shares = _membership(units, iris) if whole else _by_address(units, iris, communes)
    counts = {name: _summed(shares, values) for name, values in iris.counts.items()}
    covariates = {}
    for name, (part, base) in COVARIATES.items():
        known = np.isfinite(iris.counts[part]) & np.isfinite(iris.counts[base])
        concerned, among = (
            _summed(shares, np.where(known, iris.counts[column], np.nan)) for column in (part, base)
        )
        covariates[name] = np.divide(
            concerned, among, out=np.full(among.size, np.nan), where=np.nan_to_num(among) > 0
        )
    return UnitStock(counts, covariates, iris.vintages, WHOLE_IRIS if whole else BY_ADDRESS)


def _summed(shares: sparse.csr_array, values: FloatArray) -> FloatArray:
    known = np.isfinite(values)
    total = shares @ np.where(known, values, 0)
    return np.where(shares @ known.astype(float) > 0, total, np.nan)


def _membership(units: Units, iris: IrisStock) -> sparse.csr_array:
    if units.kind == UnitKind.IRIS:
        place = {code: n for n, code in enumerate(iris.codes.tolist())}
        pairs = [(n, place[code], 1.0) for n, code in enumerate(units.codes.tolist()) if code in place]
    else:
        owner = {
            code: n for n, covered in enumerate(units.communes) for code in with_arrondissements(covered)
        }
        pairs = [(owner[code], n, 1.0) for n, code in enumerate(iris.communes.tolist()) if code in owner]
    return _matrix(pairs, units, iris)


def _by_address(units: Units, iris: IrisStock, communes: list[str]) -> sparse.csr_array:
    """Give the share of the dwellings of each IRIS in each unit: (units, IRIS), its columns sum to 1 at most."""
    code, joined, values = unit_of_address(units)
    query = f"""
        WITH {WEIGHED_ADDRESSES}
        SELECT {code} AS unit, a.iris, sum(a.weight) FROM a {joined} GROUP BY 1, 2
        UNION ALL SELECT NULL, a.iris, sum(a.weight) FROM a GROUP BY 2
    """  # noqa: S608 - assembled from the pieces above
    values |= {"communes": communes}
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows = cursor.fetchall()
    total = {code: weight for unit, code, weight in rows if unit is None}
    unit_of, iris_of = ({code: n for n, code in enumerate(of.codes.tolist())} for of in (units, iris))
    pairs = []
    for unit, code, weight in rows:
        if unit is None or code not in iris_of:
            continue
        name = unit_code(units, unit)
        if name in unit_of:
            pairs.append((unit_of[name], iris_of[code], weight / total[code]))
    empty = [code for code in iris.codes.tolist() if code not in total]
    return _matrix(pairs + _by_area(units, iris_of, empty), units, iris)


def unit_of_address(units: Units) -> tuple[str, str, dict[str, Any]]:
    """Give as SQL the unit of an address ``a``: its code (see ``unit_code``), what is joined for it, its values."""
    values: dict[str, Any] = {"units": units.codes.tolist(), "one": units.codes[0]}
    if units.kind == UnitKind.DRAWN:
        values |= {"drawn": shapely.to_wkb(units.shapes[0]), "srid": int(units.srids[0]), "rest": REST_CODE}
    code, joined = {
        UnitKind.ADRESSE: ("a.ban_id", ""),
        UnitKind.IRIS: ("a.iris", ""),
        UnitKind.COMMUNE: ("a.commune_id", ""),
        UnitKind.ZONE: (
            "u.code",
            "JOIN layers_zone u ON u.code = ANY(%(units)s) AND ST_Covers(u.geom, a.geom)",
        ),
        UnitKind.SECTION: (
            "u.code",
            "JOIN layers_section u ON u.code = ANY(%(units)s) AND ST_Covers(u.geom, a.geom)",
        ),
        UnitKind.DRAWN: (
            "CASE WHEN ST_Covers(u.geom, a.geom) THEN %(one)s ELSE %(rest)s END",
            "CROSS JOIN (SELECT ST_Transform(ST_GeomFromWKB(%(drawn)s, %(srid)s), 4326) AS geom) u",
        ),
        UnitKind.CARREAU: (
            f"s.srid || ' ' || floor(ST_X(u.p) / {CELL_M})::bigint || ' ' || floor(ST_Y(u.p) / {CELL_M})::bigint",
            f"CROSS JOIN LATERAL (SELECT {SRID_SQL.format(code='a.commune_id')} AS srid) s"
            " CROSS JOIN LATERAL (SELECT ST_Transform(a.geom, s.srid) AS p) u",
        ),
    }[units.kind]
    return code, joined, values


def unit_code(units: Units, found: str) -> str:
    """Give the code of a unit from what ``unit_of_address`` selects."""
    return square_code(*map(int, found.split())) if units.kind == UnitKind.CARREAU else found


def _by_area(units: Units, iris_of: dict[str, int], empty: list[str]) -> list[tuple[int, int, float]]:
    """Share the IRIS that have no address by the area of each unit in them."""
    if not empty or units.kind in (UnitKind.CARREAU, UnitKind.ADRESSE):
        return []
    rows = list(
        Iris.objects.filter(code__in=empty).values_list("code", shape_in(srid_of("commune__departement")))
    )
    shapes = shapely.from_wkb([bytes(shape) for _, shape in rows])
    outside, inside = shapely.STRtree(units.shapes).query(shapes, predicate="intersects")
    area = shapely.area(shapely.intersection(shapes[outside], units.shapes[inside]))
    share = area / shapely.area(shapes[outside])
    return [
        (int(unit), iris_of[rows[n][0]], float(part))
        for n, unit, part in zip(outside, inside, share, strict=True)
        if part > 0
    ]


def _matrix(pairs: list[tuple[int, int, float]], units: Units, iris: IrisStock) -> sparse.csr_array:
    rows, columns, values = zip(*pairs, strict=True) if pairs else ((), (), ())
    shape = (units.codes.size, iris.codes.size)
    return sparse.csr_array((np.array(values, dtype=float), (rows, columns)), shape=shape)
