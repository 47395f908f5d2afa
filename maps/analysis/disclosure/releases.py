"""Periods and families: everything that may be asked is published at once, so no two filters can be subtracted.

A public page that lets its reader choose dates lets him subtract January to May from January to June, and read
the one report of June. Outside the partners there are therefore no dates and no free filters: only the cells of
one cube (territory x closed year x family) and its totals, protected together. See docs/adr/0022.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from maps.analysis.disclosure.primary import Audience, read_cells
from maps.analysis.disclosure.tables import Labels, Table, TableSuppression, build_table, protect_table
from maps.analysis.inputs import read_counts

SETTLED_AFTER = timedelta(days=90)
"""Time left after a year for late reports to come in: once published, its figures do not move."""


@dataclass(frozen=True, slots=True, eq=False)
class Cube:
    """The counts of one release, and which of them may be shown."""

    table: Table
    suppression: TableSuppression
    starts: dict[tuple[int, bool, bool], int]
    """First cell of each block: level of the territories, cut by period or not, by family or not."""
    shape: tuple[int, int, int]

    def count(
        self, level: int, territory: int, period: int | None = None, family: int | None = None
    ) -> int | None:
        """Give a published count, None where it is hidden; there is no other way to ask.

        ``level`` 0 is the places, then the levels given to ``release_cube``, then the whole. ``period`` and
        ``family`` are numbers along their axis, None for all of them. Raises LookupError outside the cube.
        """
        _, periods, families = self.shape
        by_period, by_family = period is not None and periods > 1, family is not None and families > 1
        start = self.starts[level, by_period, by_family]
        if not 0 <= (period or 0) < periods or not 0 <= (family or 0) < families:
            raise LookupError(f"no period {period} or family {family} in a cube of {periods} x {families}")
        cell = territory
        for number, size, cut in ((period, periods, by_period), (family, families, by_family)):
            cell = cell * size + (number or 0) if cut else cell
        ends = [other for other in (*self.starts.values(), self.table.cases.size) if other > start]
        if territory < 0 or start + cell >= min(ends):
            raise LookupError(f"no territory {territory} at level {level}")
        return int(self.table.cases[start + cell]) if self.suppression.shown[start + cell] else None


def release_cube(
    cases: ArrayLike, dwellings: ArrayLike, audience: Audience, *, territories: Sequence[ArrayLike] = ()
) -> Cube:
    """Protect at once the counts of every territory, year and family, and all their totals.

    Parameters
    ----------
    cases : (places, years, families)   whole numbers >= 0; the families must part the reports (each counted
                                        in its gravest one), or their sums would not be the total
    dwellings : (places,)
    territories : (places,) each        the larger territory that each place lies in, numbered from 0

    Raises ValueError on anything else, and when a cell could not be protected.
    """
    counts = np.asarray(cases)
    if counts.ndim != 3 or not counts.size:
        raise ValueError(f"cases must be (places, years, families), got shape {counts.shape}")
    places, periods, families = counts.shape
    place, period, family = (axis.ravel() for axis in np.indices(counts.shape))
    _, stock = read_cells(np.zeros(places), dwellings)
    levels = [np.arange(places), *(np.asarray(level) for level in territories), np.zeros(places, dtype=int)]
    if any(level.shape != (places,) for level in levels):
        raise ValueError(f"a level of territories has one entry a place, {places}")
    blocks: dict[tuple[int, bool, bool], int | None] = {}
    groupings: list[Labels] = []
    for number, by_period, by_family in product(range(len(levels)), (True, False), (True, False)):
        if (by_period and periods == 1) or (by_family and families == 1):
            continue
        label = levels[number][place]
        for part, size, cut in ((period, periods, by_period), (family, families, by_family)):
            label = label * size + part if cut else label
        if number == 0 and by_period == (periods > 1) and by_family == (families > 1):
            blocks[number, by_period, by_family] = None  # the atoms themselves
        else:
            blocks[number, by_period, by_family] = len(groupings)
            groupings.append(label)
    table = build_table(read_counts(counts.ravel()), stock[place], groupings, places=place)
    suppression = protect_table(table, audience)
    if suppression.exposed.any():
        raise ValueError("these counts cannot be published together")
    starts = {block: 0 if at is None else table.groups[at].start for block, at in blocks.items()}
    return Cube(table, suppression, starts, (places, periods, families))


def closed_years(first: int, today: date) -> list[int]:
    """List the years from ``first`` that have ended, with the time left for late reports: those to publish."""
    return [year for year in range(first, today.year) if date(year, 12, 31) + SETTLED_AFTER <= today]
