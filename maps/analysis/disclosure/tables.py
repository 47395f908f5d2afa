"""Cells that add up to several totals: nested territories, overlapping ones, periods, families.

A table is a list of cells and the sums between them. What no published figure gives alone, such as the part of
an IRIS inside a priority district, is a cell too: it is never shown, and must not come out by subtraction.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, sparse

from maps.analysis.disclosure.primary import Audience, Reason, Rule, primary_reasons, read_cells, rule_for
from maps.analysis.inputs import BoolArray, FloatArray

Labels = NDArray[np.intp]
FAR = 1_000
"""Cases above the truth at which the search for another possible table stops."""
SMALL_SUM = 60
"""Cells of a sum beyond which it does not make neighbours: a commune does, a département does not."""
WHOLE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """n cells: first the smallest ones, the atoms, then the totals of each grouping."""

    cases: FloatArray
    dwellings: FloatArray
    sums: sparse.csr_array
    """(totals, n): 1 for each atom of a total and -1 for the total, so that ``sums @ cases`` is 0."""
    published: BoolArray
    """(n,) False for atoms that exist between two publications only."""
    groups: tuple[slice, ...]
    """Where the totals of each grouping lie among the cells, in the order of their labels."""

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Give what a reader knows of any hidden count: from none to all dwellings, or far above the truth.

        Not that it is at least one: a zero may be hidden too, to protect others.
        """
        upper = self.cases + FAR
        atoms = np.arange(upper.size) < upper.size - self.sums.shape[0]
        bounded = atoms & (self.cases <= self.dwellings)
        upper[bounded] = np.minimum(upper, np.floor(self.dwellings))[bounded]
        return np.zeros_like(upper), upper

    def asked_width(self, rule: Rule) -> FloatArray:
        """Give how wide each hidden count must stay: what the rule asks, or all that its dwellings allow."""
        _, room = self.bounds()
        totals = self.sums.shape[0]
        atoms = room.size - totals
        room[atoms:] = self.sums[:, :atoms] @ room[:atoms]
        return np.minimum(rule.protection, room)

    def asks_protection(self, shown: BoolArray, rule: Rule) -> BoolArray:
        """Tell which hidden cells must not be worked out.

        Not those without a case: where a zero can be worked out, it says nothing of anyone's housing. Not those
        that are never published and would be publishable.
        """
        unsafe = self.primary(rule) != Reason.PUBLISHABLE.value
        return ~shown & (unsafe | self.published) & (self.cases > 0)

    def primary(self, rule: Rule | None) -> NDArray[np.str_]:
        """Give the reason of each cell judged alone, published or not."""
        return primary_reasons(self.cases, self.dwellings, rule)


@dataclass(frozen=True, slots=True, eq=False)
class TableSuppression:
    """Which cells of a table may be shown."""

    shown: BoolArray
    reasons: NDArray[np.str_]
    """Values of ``Reason``."""
    exposed: BoolArray
    """Hidden cells that nothing protects, because what is already known cannot be hidden: publish nothing then."""


def build_table(
    cases: ArrayLike,
    dwellings: ArrayLike,
    groupings: Sequence[ArrayLike],
    *,
    atoms_published: bool = True,
    places: ArrayLike | None = None,
) -> Table:
    """Add up atoms along each grouping, and keep the sums.

    Parameters
    ----------
    cases, dwellings : (n,)             as in ``publishable``
    groupings : (n,) whole numbers each the total that each atom belongs to, from 0; -1 for none. For IRIS in
                                        communes in an EPCI: two groupings of the IRIS. For IRIS and QPV: the
                                        atoms are their intersections, and each gives a grouping
    atoms_published                     False where the atoms are such intersections
    places : (n,)                       atoms of one place (its years, its families) share its dwellings,
                                        which a total counts once; each atom is its own place by default

    Raises ValueError on anything else.
    """
    counts, stock = read_cells(cases, dwellings)
    place = _labels(np.arange(counts.size) if places is None else places, counts.size, least=0)
    stock_of_place = np.zeros(place.max() + 1)
    stock_of_place[place] = stock
    if (stock_of_place[place] != stock).any():
        raise ValueError("the atoms of one place must have the same dwellings")
    all_counts: list[FloatArray] = [counts]
    all_stock: list[FloatArray] = [stock]
    rows, groups = [], []
    start = counts.size
    for grouping in groupings:
        label = _labels(grouping, counts.size, least=-1)
        inside, size = np.flatnonzero(label >= 0), int(label.max()) + 1
        rows.append(sparse.csr_array((np.ones(inside.size), (label[inside], inside)), (size, counts.size)))
        pairs = np.unique(np.column_stack([label[inside], place[inside]]), axis=0)
        all_counts.append(rows[-1] @ counts)
        all_stock.append(np.bincount(pairs[:, 0], stock_of_place[pairs[:, 1]], size).astype(float))
        groups.append(slice(start, start + size))
        start += size
    totals = start - counts.size
    parts = sparse.vstack(rows) if rows else sparse.csr_array((0, counts.size))
    return Table(
        cases=np.concatenate(all_counts),
        dwellings=np.concatenate(all_stock),
        sums=sparse.csr_array(sparse.hstack([parts, -sparse.eye_array(totals)])),
        published=np.arange(start) >= (0 if atoms_published else counts.size),
        groups=tuple(groups),
    )


def protect_table(table: Table, audience: Audience, *, fixed: ArrayLike | None = None) -> TableSuppression:
    """Hide cells, the least cases possible first, until none that is hidden can be worked out.

    For each hidden count there must be two tables, with the same shown figures and within what a reader knows,
    in which this count differs by what the rule asks. ``fixed`` (n,) booleans are the cells already public
    elsewhere, which cannot be hidden any more.

    Notes: one program a cell that is not yet protected, after Kelly, Golden and Assad (1992), Networks 22(4),
    397-417: the cheapest move of cases between cells that shifts this one; what it touches is hidden. It is
    looked for among the cells around first, in the whole table where this would hide more; in any numbers
    first, in whole ones where the answer is not. Not proved the fewest cells. ``audit.place_hidden`` checks
    the answer without knowing how it came.
    """
    rule = rule_for(audience)
    reasons = table.primary(rule)
    if rule is None:
        everything = np.ones(reasons.size, dtype=bool)
        return TableSuppression(everything, reasons, ~everything)
    held = np.zeros(reasons.size, dtype=bool) if fixed is None else np.asarray(fixed, dtype=bool)
    if held.shape != reasons.shape:
        raise ValueError(f"fixed must have one entry a cell, {reasons.size}, got shape {held.shape}")
    unsafe = reasons != Reason.PUBLISHABLE.value
    hidden = (unsafe | ~table.published) & ~held
    reasons = np.where(hidden & ~unsafe, Reason.NOT_PUBLISHED.value, reasons)
    exposed = np.zeros_like(hidden)
    moves = _Moves(table, rule, may_hide=table.published & ~held)
    asked = table.asked_width(rule)
    waiting = list(np.flatnonzero(table.asks_protection(~hidden, rule)))
    while waiting:
        cell = waiting.pop(0)
        if not moves.widen(cell, asked[cell], hidden):
            exposed[cell] = True
        newly = np.flatnonzero(moves.touched & ~hidden)
        hidden[newly] = True
        reasons[newly] = Reason.SECONDARY.value
        waiting.extend(newly)
    return TableSuppression(~hidden, reasons, exposed)


class _Moves:
    """Moves of cases between cells that leave every sum and every shown figure as it is."""

    def __init__(self, table: Table, rule: Rule, may_hide: BoolArray) -> None:
        lower, upper = table.bounds()
        self.table, self.may_hide = table, may_hide
        self.least_cost = rule.min_cases  # a zero is worth showing as much as a small count
        self.room_up, self.room_down = upper - table.cases, table.cases - lower
        self.sums_of, self.size_of = sparse.csc_array(table.sums), np.diff(table.sums.indptr)
        self.low, self.high = np.zeros(lower.size), np.zeros(lower.size)
        self.touched = np.zeros(lower.size, dtype=bool)

    def widen(self, cell: np.intp, width: float, hidden: BoolArray) -> bool:
        """Find moves that shift ``cell`` by ``width`` in all, up first; keep what they touch."""
        for up in np.arange(min(width, self.room_up[cell]), -1, -1):
            if self.high[cell] - self.low[cell] >= width:
                break
            down = width - up
            if down <= self.room_down[cell] and self._shift(cell, up, hidden):
                self._shift(cell, -down, hidden)
        return bool(self.high[cell] - self.low[cell] >= width)

    def _shift(self, cell: np.intp, by: float, hidden: BoolArray) -> bool:
        if self.low[cell] <= by <= self.high[cell]:
            return True
        free = hidden | self.touched
        near, everywhere = self._near(cell), np.arange(hidden.size)
        move = self._cheapest(cell, by, free, near)
        # What hides nothing more cannot be bettered: the whole table is searched for the other cells only
        if (move is None or (move[~free] != 0).any()) and near.size < everywhere.size:
            move = self._cheapest(cell, by, free, everywhere)
        if move is None:
            return False
        self.low, self.high = np.minimum(self.low, move), np.maximum(self.high, move)
        self.touched |= move != 0
        return True

    def _near(self, cell: np.intp) -> Labels:
        """Give the cells that share a small sum with ``cell``, and those that share one with them."""
        cells = np.array([cell])
        for _ in range(2):
            sums = np.unique(self.sums_of[:, cells].indices)
            small = sums[self.size_of[sums] <= SMALL_SUM]
            cells = np.union1d(cells, self.table.sums[small].indices)
        return cells

    def _cheapest(self, cell: np.intp, by: float, free: BoolArray, cells: Labels) -> FloatArray | None:
        """Give the (n,) move of ``cells`` that shifts ``cell`` by ``by`` at the least cost, None if none does."""
        movable = (free | self.may_hide)[cells]
        most_up, most_down = self.room_up[cells] * movable, self.room_down[cells] * movable
        least_up, least_down = np.zeros_like(most_up), np.zeros_like(most_down)
        at = np.searchsorted(cells, cell)
        least_up[at] = most_up[at] = max(by, 0)
        least_down[at] = most_down[at] = max(-by, 0)
        cost = np.where(free[cells], 1e-3, np.maximum(self.table.cases[cells], self.least_cost))
        sums = sparse.csr_array(self.sums_of[:, cells])
        sums = sums[np.diff(sums.indptr) > 0]
        balance = optimize.LinearConstraint(sparse.hstack([sums, -sums], "csr"), 0, 0)
        # Sums of few levels are those of a network: the answer in any numbers is most often in whole ones
        for in_whole_numbers in (0, 1):
            answer = optimize.milp(
                np.concatenate([cost, cost]),
                integrality=np.full(2 * cost.size, in_whole_numbers),
                bounds=optimize.Bounds(
                    np.concatenate([least_up, least_down]), np.concatenate([most_up, most_down])
                ),
                constraints=balance if sums.shape[0] else (),
            )
            if answer.x is None:
                return None
            if (np.abs(answer.x - np.round(answer.x)) < WHOLE).all():
                break
        up, down = np.round(answer.x).reshape(2, -1)
        move = np.zeros(free.size)
        move[cells] = up - down
        return move


def _labels(given: ArrayLike, size: int, least: int) -> Labels:
    label = np.asarray(given)
    if label.shape != (size,) or label.dtype.kind not in "iu" or label.min() < least:
        raise ValueError(f"a grouping is {size} whole numbers from {least}, got {label.dtype} {label.shape}")
    return label.astype(np.intp)
