"""What may be shown of small cells, and to whom: the one rule set behind every page, export and service.

A report of unfit housing is personal data of its occupants even without a name. Partners, who work on the
cases, see every figure; the public sees a cell only if no household can be recognised in it, and not even
by subtracting the published cells from their total.

The threshold on dwellings is that of tax-origin data (Insee, Manuel de protection des tableaux); the one
on cases is the project's own choice.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import BoolArray, FloatArray, check_same_length, read_counts, read_values

MIN_DWELLINGS = 11
MIN_CASES = 5
"""A published count of cases is 0 or at least this."""
PROTECTION = 4
"""Least width of the interval in which subtraction may place a hidden count."""


class Audience(StrEnum):
    """Who reads."""

    PUBLIC = "public"
    PARTNER = "partenaire"


class Reason(StrEnum):
    """Why a cell is shown or hidden: for partners and for the run record.

    The public reads one wording for all hidden cells: telling primary from secondary would undo the second.
    """

    PUBLISHABLE = "publiable"
    FEW_DWELLINGS = "moins_de_11_logements"
    FEW_CASES = "moins_de_5_signalements"
    SECONDARY = "secret_secondaire"


@dataclass(frozen=True, slots=True, eq=False)
class Suppression:
    """Which of n cells, and whether their total, may be shown."""

    shown: BoolArray
    reasons: NDArray[np.str_]
    """Values of ``Reason``."""
    total_shown: bool
    """False when the hidden cells cannot be protected otherwise than by hiding their total as well."""


def publishable(cases: ArrayLike, dwellings: ArrayLike, audience: Audience) -> NDArray[np.str_]:
    """Give (n,) ``Reason`` values, each cell judged alone.

    ``cases`` (n,) are whole numbers >= 0, ``dwellings`` (n,) numbers >= 0. For the public a cell needs 11
    dwellings, and no case or at least 5. Use ``suppress`` where the cells add up to a published total.
    """
    counts, stock = _read(cases, dwellings)
    return _primary(counts, stock, audience)


def suppress(cases: ArrayLike, dwellings: ArrayLike, audience: Audience) -> Suppression:
    """Hide the cells of one published total so that subtraction gives none of them back.

    Besides the cells hidden for themselves, the next smallest one with a case is hidden where needed for a
    reader who knows the total, the shown cells and the thresholds to place each hidden count only in an
    interval at least 4 wide. One is always enough; if there is none, the total must not be shown either.

    Same inputs as ``publishable``. One total only: call it for each commune, then for the communes of an
    EPCI; where territories overlap (IRIS and QPV) publish classes or smoothed rates, not counts. A reader
    who also reasons on the choice of the next smallest cell may narrow the interval.
    """
    counts, stock = _read(cases, dwellings)
    reasons = _primary(counts, stock, audience)
    hidden = reasons != Reason.PUBLISHABLE.value
    if not hidden.any():
        return Suppression(~hidden, reasons, total_shown=True)
    at_least = np.where(stock < MIN_DWELLINGS, 0, 1)  # what a reader knows of a hidden count: zeros are shown
    protected = _is_protected(counts, at_least, hidden)
    candidates = np.flatnonzero(~hidden & (counts > 0))
    if not protected and candidates.size:
        smallest = candidates[np.lexsort((stock[candidates], counts[candidates]))[0]]
        hidden[smallest], reasons[smallest] = True, Reason.SECONDARY.value
        protected = _is_protected(counts, at_least, hidden)
    return Suppression(~hidden, reasons, total_shown=protected)


def _read(cases: ArrayLike, dwellings: ArrayLike) -> tuple[FloatArray, FloatArray]:
    counts, stock = read_counts(cases), read_values(dwellings, "dwellings")
    check_same_length(cases=counts, dwellings=stock)
    if (stock < 0).any():
        raise ValueError("dwellings must be >= 0")
    return counts, stock


def _primary(counts: FloatArray, stock: FloatArray, audience: Audience) -> NDArray[np.str_]:
    if Audience(audience) is Audience.PARTNER:
        return np.full(counts.size, Reason.PUBLISHABLE.value, dtype="<U32")
    few_cases = (counts > 0) & (counts < MIN_CASES)
    reasons = np.select(
        [stock < MIN_DWELLINGS, few_cases],
        [Reason.FEW_DWELLINGS.value, Reason.FEW_CASES.value],
        default=Reason.PUBLISHABLE.value,
    )
    return reasons.astype("<U32")


def _is_protected(counts: FloatArray, at_least: NDArray[np.int_], hidden: BoolArray) -> bool:
    """Tell whether the hidden counts may be shared out in enough ways, given their sum."""
    return bool(hidden.sum() > 1 and counts[hidden].sum() - at_least[hidden].sum() >= PROTECTION)
