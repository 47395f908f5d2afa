"""The expected cases of a unit from the kind of its stock, and the ratio of what was seen (indirect standardisation).

Reports do not tell the age or the tenure of their building: a stratum is a kind of unit, not of dwelling. Units are
parted in two by the middle of each chosen criterion, half of the dwellings on either side; crossed criteria make the
strata, and each has the rate of its units.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from layers.selectors.unit_stock import UnitStock
from maps.analysis.inputs import FloatArray
from maps.analysis.standardisation import standardise, stratum_rates
from maps.services.methods.parameters import Several

CRITERIA = {
    "pre_1946": "part de logements d’avant 1946",
    "private_rented": "part de locatifs privés",
    "small": "part de petits logements",
    "low_income": "taux de pauvreté",
}
STRATA = Several(
    name="strata",
    label="Parc semblable (taux standardisé)",
    choices=CRITERIA,
    default=("pre_1946", "private_rented"),
    help="L’unité est comparée à celles dont le parc lui ressemble, d’après ces critères. Aucun : pas de SMR.",
    advanced=True,
)


def standardised(
    cases: NDArray[np.int64], exposure: FloatArray, stock: UnitStock, criteria: Sequence[str], level: float
) -> Mapping[str, FloatArray]:
    """Give ``expected``, ``smr``, ``smr_low``, ``smr_high`` (n,): NaN where a criterion is not known."""
    names = ("expected", "smr", "smr_low", "smr_high")
    nothing = {name: np.full(cases.size, np.nan) for name in names}
    covariates = [stock.covariates[name] for name in criteria if name in stock.covariates]
    if not covariates or len(covariates) < len(criteria):
        return nothing
    usable = (exposure > 0) & np.isfinite(covariates).all(axis=0)
    if not usable.any():
        return nothing
    seen, at_risk = cases[usable], exposure[usable]
    stratum = np.zeros(seen.size, dtype=np.intp)
    for values in covariates:
        stratum = 2 * stratum + (values[usable] > _middle(values[usable], at_risk))
    kinds, of = np.unique(stratum, return_inverse=True)
    dwellings = np.zeros((seen.size, kinds.size))
    dwellings[np.arange(seen.size), of] = at_risk
    rates = stratum_rates(np.bincount(of, seen), dwellings.sum(axis=0))
    found = standardise(seen, dwellings, rates, level)
    columns = (found.expected, found.ratio, found.lower, found.upper)
    for name, figures in zip(names, columns, strict=True):
        nothing[name][usable] = figures if name == "expected" else np.where(found.comparable, figures, np.nan)
    return nothing


def _middle(values: FloatArray, weights: FloatArray) -> float:
    """Give the value that has half of the dwellings up to it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(reached, reached[-1] / 2)])
