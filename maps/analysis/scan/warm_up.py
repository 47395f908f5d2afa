"""Compile the loops of the scan before anyone waits for them."""

import numpy as np

from maps.analysis.scan.buildings import CELL_M, scan_buildings
from maps.analysis.scan.statistic import scan_areas, scan_periods


def warm_up() -> None:
    """Compile every loop, or read it from numba's cache; to be called when a worker starts.

    About four seconds of CPU the first time on a machine, a quarter of a second after that. numba keeps what it
    compiled beside the sources, or in ``NUMBA_CACHE_DIR`` when they cannot be written.
    """
    corners = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 0.0, 1.0, 1.0])
    cases, exposure = np.array([3, 1, 1, 1]), np.ones(4)
    scan_areas(*corners, cases, exposure, rng=np.random.default_rng(0), replications=1)
    scan_periods(
        *corners,
        np.column_stack([cases, cases]),
        np.column_stack([exposure, exposure]),
        rng=np.random.default_rng(0),
        replications=1,
    )
    scan_buildings(
        CELL_M * corners[0],
        CELL_M * corners[1],
        cases,
        9 * exposure,
        exposure,
        rng=np.random.default_rng(0),
        replications=1,
    )
