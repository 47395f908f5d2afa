"""The cells of one published total, protected together without a solver: the case of a map and its sum."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.disclosure.primary import Audience, Reason, primary_reasons, read_cells, rule_for
from maps.analysis.inputs import BoolArray, FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """Which of n cells, and whether their total, may be shown."""

    shown: BoolArray
    reasons: NDArray[np.str_]
    """Values of ``Reason``."""
    total_shown: bool
    """False when the hidden cells cannot be protected otherwise than by hiding their total as well."""


def suppress(cases: ArrayLike, dwellings: ArrayLike, audience: Audience) -> Suppression:
    """Hide the cells of one published total so that subtraction gives none of them back.

    Besides the cells hidden for themselves, the next smallest one with a case is hidden where needed for a
    reader who knows the total, the shown cells and the thresholds to place each hidden count only in an
    interval as wide as the rule of the audience asks (4 for the public). One is always enough; if there is
    none, the total must not be shown either.

    Same inputs as ``publishable``. One total only: for nested or overlapping territories use
    ``protect_table``. A reader who also reasons on the choice of the next smallest cell, or on what few
    dwellings allow, may narrow the interval.
    """
    counts, stock = read_cells(cases, dwellings)
    rule = rule_for(audience)
    reasons = primary_reasons(counts, stock, rule)
    hidden = reasons != Reason.PUBLISHABLE.value
    if rule is None or not hidden.any():
        return Suppression(~hidden, reasons, total_shown=True)
    # what a reader knows of a hidden count: zeros are shown
    at_least = np.where(stock < rule.min_dwellings, 0, 1)
    protected = _is_protected(counts, at_least, hidden, rule.protection)
    candidates = np.flatnonzero(~hidden & (counts > 0))
    if not protected and candidates.size:
        smallest = candidates[np.lexsort((stock[candidates], counts[candidates]))[0]]
        hidden[smallest], reasons[smallest] = True, Reason.SECONDARY.value
        protected = _is_protected(counts, at_least, hidden, rule.protection)
    return Suppression(~hidden, reasons, total_shown=protected)


def _is_protected(counts: FloatArray, at_least: NDArray[np.int_], hidden: BoolArray, protection: int) -> bool:
    """Tell whether the hidden counts may be shared out in enough ways, given their sum."""
    return bool(hidden.sum() > 1 and counts[hidden].sum() - at_least[hidden].sum() >= protection)
