"""What a reader can work out: between which two counts each hidden cell of a table must lie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, sparse
from scipy.sparse import csgraph

from maps.analysis.disclosure.primary import Audience, rule_for
from maps.analysis.disclosure.tables import Table
from maps.analysis.inputs import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """Where the published figures place the count of each cell; a shown cell is placed exactly."""

    low: FloatArray
    high: FloatArray
    """At most 1 000 above the true count: beyond, nothing is said to bound it."""
    too_narrow: BoolArray
    """Hidden cells placed in an interval narrower than the rule asks: the table must not be published."""


def place_hidden(table: Table, shown: ArrayLike, audience: Audience) -> Placed:
    """Work out every hidden count as a reader with a solver would, from the shown cells and all the sums.

    ``shown`` (n,) booleans, one a cell of the table. Two whole-number programs a hidden cell, on the cells
    linked to it by hidden ones only. A cell without a case, or one that is never published and would be
    publishable, may be placed exactly: that is not told as too narrow. Partners know everything.
    """
    visible = np.asarray(shown)
    if visible.dtype != bool or visible.shape != table.cases.shape:
        raise ValueError(f"shown must be {table.cases.size} booleans, got {visible.dtype} {visible.shape}")
    low, high = table.cases.copy(), table.cases.copy()
    rule = rule_for(audience)
    if rule is None:
        return Placed(low, high, np.zeros_like(visible))
    lower, upper = table.bounds()
    hidden = np.flatnonzero(~visible)
    sums = sparse.csr_array(table.sums[:, hidden])
    _, part = csgraph.connected_components(abs(sums).T @ abs(sums), directed=False)
    for number in np.unique(part):
        cells = hidden[part == number]
        inside = sums[:, part == number]
        touching = np.flatnonzero(np.diff(inside.indptr))
        inside = inside[touching]
        right = inside @ table.cases[cells]  # what the shown cells leave, for the sums are zero
        constraint = optimize.LinearConstraint(inside, right, right) if touching.size else ()
        for place, cell in enumerate(cells):
            for sign, found in ((1, low), (-1, high)):
                cost = np.zeros(cells.size)
                cost[place] = sign
                answer = optimize.milp(
                    cost,
                    integrality=np.ones(cells.size),
                    bounds=optimize.Bounds(lower[cells], upper[cells]),
                    constraints=constraint,
                )
                assert answer.x is not None, answer.message  # the true counts are always a solution
                found[cell] = np.round(answer.x[place])
    narrow = high - low < table.asked_width(rule)
    return Placed(low, high, narrow & table.asks_protection(visible, rule))
