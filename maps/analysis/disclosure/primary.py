"""Each cell judged alone: enough dwellings, enough cases, nobody who is nearly the whole of it.

The threshold on dwellings and the share of the largest contributor are those of tax-origin data (Insee, Manuel
de protection des tableaux); the ones on cases are the project's own choice.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from maps.analysis.inputs import FloatArray, check_same_length, read_counts, read_values

MIN_DWELLINGS = 11
MIN_CASES = 5
"""A count of cases published to all is 0 or at least this."""
PROTECTION = MIN_CASES - 1
"""Least width of the interval in which subtraction may place a count hidden from the public."""
DOMINANCE = 0.85
"""Share of a cell beyond which one contributor (a building, an owner) is recognised in it."""


class Audience(StrEnum):
    """Who reads."""

    PUBLIC = "public"
    COMMITTEE = "comite"
    PARTNER = "partenaire"


class Reason(StrEnum):
    """Why a cell is shown or hidden: for partners and for the run record.

    Others read one wording for all hidden cells: telling primary from secondary would undo the second.
    """

    PUBLISHABLE = "publiable"
    FEW_DWELLINGS = "moins_de_11_logements"
    FEW_CASES = "trop_peu_de_signalements"
    EVERY_DWELLING = "tous_les_logements"
    ONE_CONTRIBUTOR = "un_seul_contributeur"
    SECONDARY = "secret_secondaire"
    NOT_PUBLISHED = "jamais_publiee"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a cell needs to be shown."""

    min_dwellings: int
    min_cases: int
    dominance: float = DOMINANCE

    @property
    def protection(self) -> int:
        """Least width of the interval in which a reader may place a hidden count."""
        return self.min_cases - 1


RULES = {Audience.PUBLIC: Rule(MIN_DWELLINGS, MIN_CASES), Audience.COMMITTEE: Rule(MIN_DWELLINGS, 3)}
"""A committee is bound to discretion but not to the secrecy of the cases; partners have no entry: they see all."""


def rule_for(audience: Audience, *, tax_data: bool = False) -> Rule | None:
    """Give the rule of an audience, None where everything is shown.

    With ``tax_data`` the cells are crossed with a file of the tax office (vacancy, income, owners): no count
    from 1 to 10 then leaves the partners.
    """
    rule = RULES.get(Audience(audience))
    return Rule(rule.min_dwellings, MIN_DWELLINGS) if rule and tax_data else rule


def publishable(
    cases: ArrayLike,
    dwellings: ArrayLike,
    audience: Audience,
    *,
    largest: ArrayLike | None = None,
    tax_data: bool = False,
) -> NDArray[np.str_]:
    """Give (n,) ``Reason`` values, each cell judged alone.

    ``cases`` (n,) are whole numbers >= 0, ``dwellings`` (n,) numbers >= 0, ``largest`` (n,) the cases of the
    largest contributor of each cell, where known. The public needs 11 dwellings, and no case or at least 5
    (a committee 3), not all dwellings reported, and no contributor over 85 %. That a cell of 11 dwellings has
    no report is shown: it says nothing of anyone's housing, and silence has to be seen.

    Use ``suppress`` or ``protect_table`` where the cells add up to something published.
    """
    counts, stock = read_cells(cases, dwellings)
    share = None if largest is None else read_counts(largest, "largest")
    if share is not None:
        check_same_length(cases=counts, largest=share)
        if (share > counts).any():
            raise ValueError("largest cannot exceed the cases of its cell")
    return primary_reasons(counts, stock, rule_for(audience, tax_data=tax_data), share)


def read_cells(cases: ArrayLike, dwellings: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Give both as vectors of one length, cases whole and neither negative."""
    counts, stock = read_counts(cases), read_values(dwellings, "dwellings")
    check_same_length(cases=counts, dwellings=stock)
    if (stock < 0).any():
        raise ValueError("dwellings must be >= 0")
    return counts, stock


def primary_reasons(
    counts: FloatArray, stock: FloatArray, rule: Rule | None, largest: FloatArray | None = None
) -> NDArray[np.str_]:
    """Give (n,) ``Reason`` values of cells already read."""
    if rule is None:
        return np.full(counts.size, Reason.PUBLISHABLE.value, dtype="<U32")
    some = counts > 0
    dominated = np.zeros_like(some) if largest is None else some & (largest > rule.dominance * counts)
    reasons = np.select(
        [stock < rule.min_dwellings, some & (counts < rule.min_cases), some & (counts >= stock), dominated],
        [
            Reason.FEW_DWELLINGS.value,
            Reason.FEW_CASES.value,
            Reason.EVERY_DWELLING.value,
            Reason.ONE_CONTRIBUTOR.value,
        ],
        default=Reason.PUBLISHABLE.value,
    )
    return reasons.astype("<U32")
