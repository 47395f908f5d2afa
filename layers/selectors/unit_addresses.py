"""What is known of the addresses of units: in which each lies, how many places share its dwellings, its building."""

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from layers.arrondissements import with_arrondissements
from layers.models import UnitKind
from layers.selectors.unit_stock import WEIGHED_ADDRESSES, unit_code, unit_of_address
from layers.selectors.units import Units

FloatArray = NDArray[np.float64]
FEWEST_IN_A_BLOCK, LARGE = 3, 13
"""Dwellings from which a building is a block of flats, and a large one; up to two are a house."""
COVARIATES = (
    "block",
    "large_block",
    "two_dwellings",
    "block_before_1919",
    "block_of_1919_1945",
    "block_of_1971_1990",
    "block_since_1991",
    "house_before_1946",
    "social",
    "dpe_fg_here",
)


def dwelling_sources(units: Units) -> FloatArray:
    """Give (n,) how many equal addresses would make the risk of a unit vary as its own do; NaN without an address.

    It is the square of the sum of their dwellings over the sum of the squares: a tower beside ten houses is little
    more than one.
    """
    communes = with_arrondissements(sorted({code for covered in units.communes for code in covered}))
    code, joined, values = unit_of_address(units)
    query = f"""
        WITH {WEIGHED_ADDRESSES}
        SELECT {code} AS unit, sum(a.weight) ^ 2 / sum(a.weight ^ 2) FROM a {joined} GROUP BY 1
    """  # noqa: S608 - assembled from our own pieces
    place = {code: n for n, code in enumerate(units.codes.tolist())}
    sources = np.full(units.codes.size, np.nan)
    with connection.cursor() as cursor:
        cursor.execute(query, values | {"communes": communes})
        for found, number in cursor.fetchall():
            n = place.get(unit_code(units, found))
            if n is not None:
                sources[n] = number
    return sources


def rows_of_addresses(units: Units, addresses: Units) -> NDArray[np.intp]:
    """Give (m,) the row in ``units`` of the unit that each of m addresses lies in, -1 for those in none."""
    communes = with_arrondissements(sorted({code for covered in units.communes for code in covered}))
    code, joined, values = unit_of_address(units)
    query = f"WITH {WEIGHED_ADDRESSES} SELECT a.ban_id, {code} FROM a {joined} ORDER BY 1, 2 DESC"  # noqa: S608 - ours
    row_of = {code: n for n, code in enumerate(units.codes.tolist())}
    with connection.cursor() as cursor:
        cursor.execute(query, values | {"communes": communes})
        found = {ban_id: row_of.get(unit_code(units, unit), -1) for ban_id, unit in cursor.fetchall()}
    return np.array([found.get(ban_id, -1) for ban_id in addresses.codes.tolist()], dtype=np.intp)


def address_covariates(units: Units) -> dict[str, FloatArray]:
    """Give what the registers tell of the building at each of n addresses: (n,) from 0 to 1, by COVARIATES.

    0 is also what nobody tells: a building missing from the BDNB is compared with the others that are. Raises
    ValueError for units that are no addresses.
    """
    if units.kind != UnitKind.ADRESSE:
        raise ValueError(f"{units.kind} is no address")
    communes = with_arrondissements(sorted({code for covered in units.communes for code in covered}))
    query = """
        WITH told AS (
            SELECT ban_id, g.dwellings >= %(block)s AS is_block, g.annee_construction AS built,
                   g.classe_dpe IN ('F', 'G') AS is_poor, g.dwellings
            FROM layers_groupebatiment g CROSS JOIN LATERAL unnest(g.ban_ids) AS ban_id
            WHERE g.code_insee = ANY(%(communes)s) AND g.dwellings > 0
        ), social AS (
            SELECT ban_id, sum(dwellings) AS dwellings FROM layers_logementsocial
            WHERE code_insee = ANY(%(communes)s) AND ban_id IS NOT NULL GROUP BY ban_id
        ), largest AS (SELECT DISTINCT ON (ban_id) * FROM told ORDER BY ban_id, dwellings DESC, built)
        SELECT ban_id, coalesce(is_block, false), coalesce(l.dwellings >= %(large)s, false),
               coalesce(l.dwellings = 2, false),
               coalesce(is_block AND built < 1919, false),
               coalesce(is_block AND built BETWEEN 1919 AND 1945, false),
               coalesce(is_block AND built BETWEEN 1971 AND 1990, false),
               coalesce(is_block AND built >= 1991, false), coalesce(NOT is_block AND built < 1946, false),
               least(coalesce(s.dwellings::float8 / greatest(l.dwellings, s.dwellings), 0), 1),
               coalesce(is_poor, false)
        FROM largest l FULL JOIN social s USING (ban_id)
    """
    place = {code: n for n, code in enumerate(units.codes.tolist())}
    told = np.zeros((units.codes.size, len(COVARIATES)))
    with connection.cursor() as cursor:
        cursor.execute(query, {"communes": communes, "block": FEWEST_IN_A_BLOCK, "large": LARGE})
        for code, *row in cursor.fetchall():
            if code in place:
                told[place[code]] = row
    return dict(zip(COVARIATES, told.T, strict=True))
