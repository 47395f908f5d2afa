"""Counts of a square of IRIS, without a database: what the methods compute on."""

import numpy as np
import shapely

from layers.models import UnitKind
from layers.selectors.unit_counts import ReportCounts, TerritoryCounts
from layers.selectors.unit_stock import UnitStock
from layers.selectors.units import Units

SIDE_M = 500


def grid_units(side: int) -> Units:
    """Give ``side`` x ``side`` square IRIS of one commune, row by row from the south-west."""
    n = side * side
    east, north = np.tile(np.arange(side), side) * SIDE_M, np.repeat(np.arange(side), side) * SIDE_M
    codes = np.array([f"01001{i:04d}" for i in range(n)])
    return Units(
        UnitKind.IRIS,
        codes,
        tuple(f"IRIS {code}" for code in codes),
        (("01001",),) * n,
        shapely.box(east, north, east + SIDE_M, north + SIDE_M),
        np.full(n, 2154),
    )


def counts_of(units: Units, cases) -> ReportCounts:
    counts = np.asarray(cases, dtype=np.int64)
    return ReportCounts(counts, counts, units.communes, int(counts.sum()), int(counts.sum()))


def stock_of(dwellings, covariates=None) -> UnitStock:
    figures = {"dwellings": np.asarray(dwellings, dtype=float)}
    return UnitStock(figures, covariates or {}, {"LOG": 2021}, "IRIS entiers")


def grid_counts(cases, dwellings, covariates=None) -> TerritoryCounts:
    """Give the counts of a square of IRIS; ``cases`` and ``dwellings`` have one entry an IRIS."""
    units = grid_units(round(len(cases) ** 0.5))
    return TerritoryCounts(units, counts_of(units, cases), stock_of(dwellings, covariates))
