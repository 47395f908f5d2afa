"""The stock of dwellings by IRIS, and what its risk depends on: counts that add up, from the newest editions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from layers.models import Iris

FloatArray = NDArray[np.float64]
# Insee, base-ic-logement
CENSUS = (
    "LOG",
    "RP",
    "LOGVAC",
    "RP_ACHTOT",
    "RP_ACH19",
    "RP_ACH45",
    "RP_LOC",
    "RP_LOCHLMV",
    "RP_M30M2",
    "RP_1P",
)
# Insee, Filosofi: poverty rate of disposable incomes, else of declared ones, in per cent
POVERTY = ("DISP_TP60", "DEC_TP60")


@dataclass(frozen=True, slots=True, eq=False)
class IrisStock:
    """IRIS in the order of their codes, and their counts, NaN where a figure is not published."""

    codes: NDArray[np.str_]
    communes: NDArray[np.str_]
    counts: dict[str, FloatArray]
    """``dwellings``, ``main`` (résidences principales), ``vacant``, ``private_rented``, ``built`` (of a known age),
    ``built_before_1946``, ``small`` (under 30 m², else of one room), ``low_income`` (poverty rate times main
    homes), ``dpe`` (diagnoses in force), ``dpe_fg``."""
    vintages: dict[str, int]
    """Edition of each indicator that was found."""


def iris_stock(communes: Sequence[str]) -> IrisStock:
    """Give the stock of the current IRIS of some communes."""
    found = (
        Iris.objects.current().filter(commune__in=communes).order_by("code").values_list("code", "commune_id")
    )
    rows = list(found)
    codes = np.array([code for code, _ in rows], dtype=str)
    published, vintages = _indicators(codes)
    poverty = next((published[name] for name in POVERTY if name in published), None)
    nothing = np.full(codes.size, np.nan)
    census = {name: published.get(name, nothing) for name in CENSUS}
    small = census["RP_M30M2"] if "RP_M30M2" in published else census["RP_1P"]
    dpe, poor = _diagnoses(codes, communes), nothing if poverty is None else poverty / 100 * census["RP"]
    counts = {
        "dwellings": census["LOG"],
        "main": census["RP"],
        "vacant": census["LOGVAC"],
        # LOCHLMV counts occupied social dwellings; both are estimates, hence a difference under zero
        "private_rented": np.maximum(census["RP_LOC"] - census["RP_LOCHLMV"], 0),
        "built": census["RP_ACHTOT"],
        "built_before_1946": census["RP_ACH19"] + census["RP_ACH45"],
        "small": small,
        "low_income": poor,
        "dpe": dpe[0],
        "dpe_fg": dpe[1],
    }
    return IrisStock(codes, np.array([commune for _, commune in rows], dtype=str), counts, vintages)


def _indicators(codes: NDArray[np.str_]) -> tuple[dict[str, FloatArray], dict[str, int]]:
    """Give each indicator found, in the order of ``codes``, in the newest edition that the register has of it."""
    query = """
        WITH newest AS (
            SELECT code, max(millesime) AS millesime FROM layers_indicator
            WHERE territoire = 'iris' AND code = ANY(%(names)s) GROUP BY code
        )
        SELECT i.code, i.millesime, i.territoire_code, i.value
        FROM layers_indicator i JOIN newest USING (code, millesime)
        WHERE i.territoire = 'iris' AND i.territoire_code = ANY(%(iris)s)
    """
    place = {code: n for n, code in enumerate(codes.tolist())}
    published: dict[str, FloatArray] = {}
    vintages: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(query, {"names": [*CENSUS, *POVERTY], "iris": list(place)})
        for name, millesime, iris, value in cursor.fetchall():
            column = published.setdefault(name, np.full(codes.size, np.nan))
            column[place[iris]] = np.nan if value is None else value
            vintages[name] = millesime
    return published, dict(sorted(vintages.items()))


def _diagnoses(codes: NDArray[np.str_], communes: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Give the energy diagnoses of dwellings that no other replaces, and those of class F or G, by IRIS."""
    query = """
        SELECT i.code, count(*), count(*) FILTER (WHERE d.classe_energie IN ('F', 'G'))
        FROM layers_dpe d JOIN layers_address a ON a.ban_id = d.ban_id AND a.commune_id = ANY(%(communes)s)
        JOIN layers_iris i ON i.closed_on IS NULL AND ST_Covers(i.geom, a.geom)
        WHERE d.type <> 'immeuble' AND d.classe_energie BETWEEN 'A' AND 'G'
          AND NOT EXISTS (SELECT 1 FROM layers_dpe later WHERE later.replaces = d.numero)
        GROUP BY i.code
    """
    place = {code: n for n, code in enumerate(codes.tolist())}
    total, poor = np.full(codes.size, np.nan), np.full(codes.size, np.nan)
    with connection.cursor() as cursor:
        cursor.execute(query, {"communes": list(communes)})
        for iris, diagnoses, f_or_g in cursor.fetchall():
            if iris in place:
                total[place[iris]], poor[place[iris]] = diagnoses, f_or_g
    return total, poor
