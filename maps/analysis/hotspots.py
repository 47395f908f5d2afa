"""Hot and cold spots of a rate: Gi* on the deviates, FDR control, and a check on the area's own risk."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from maps.analysis.autocorrelation import benjamini_hochberg, getis_ord_star
from maps.analysis.inputs import (
    BoolArray,
    FloatArray,
    check_same_length,
    read_counts,
    read_values,
    read_weights,
)
from maps.analysis.permutations import permutation_test
from maps.analysis.rates import exceedance_probability, smooth_rates, standardised_deviates

STRONG = 5
"""A spot is « très net » when it would also stand at a level this many times stricter (0.01 for 0.05)."""


class HotspotClass(StrEnum):
    """What the map says of an area; the value is stored and published, the label is shown."""

    VERY_HOT = "point_chaud_tres_net"
    HOT = "point_chaud"
    NOT_SIGNIFICANT = "non_significatif"
    COLD = "point_froid"
    VERY_COLD = "point_froid_tres_net"
    NOT_TESTED = "non_teste"
    NO_DENOMINATOR = "sans_denominateur"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    HotspotClass.VERY_HOT: "Point chaud très net",
    HotspotClass.HOT: "Point chaud",
    HotspotClass.NOT_SIGNIFICANT: "Non significatif",
    HotspotClass.COLD: "Point froid",
    HotspotClass.VERY_COLD: "Point froid très net",
    HotspotClass.NOT_TESTED: "Non testé",
    HotspotClass.NO_DENOMINATOR: "Sans logement connu",
}


@dataclass(frozen=True, slots=True, eq=False)
class RateHotspots:
    """What is known of the rate of n areas and of their surroundings."""

    classes: NDArray[np.str_]
    """Values of ``HotspotClass``."""
    raw: FloatArray
    smoothed: FloatArray
    exceedance: FloatArray
    """Posterior probability that the area's own risk is above the overall risk."""
    z: FloatArray
    p_two_sided: FloatArray
    q: FloatArray
    tested: BoolArray
    has_denominator: BoolArray
    """Where False, the figures only fill the place: rates 0, exceedance 0.5, z 0, p and q 1."""
    overall: float
    alpha: float
    min_probability: float


def rate_hotspots(
    cases: ArrayLike,
    exposure: ArrayLike,
    weights: sparse.sparray,
    *,
    alpha: float = 0.05,
    min_probability: float = 0.8,
    permutations: int = 0,
    rng: np.random.Generator | None = None,
) -> RateHotspots:
    """Class each area as hot spot, cold spot, not significant, not tested or without denominator.

    An area is hot when high deviates gather around it (q <= ``alpha``) and its own risk is above the
    overall one with probability >= ``min_probability``; cold in the same way below. So neither a tiny area
    with two cases nor a quiet area beside a bad one is shown as hot.

    Parameters
    ----------
    cases : (n,) whole numbers >= 0
    exposure : (n,) numbers >= 0        0 says that the denominator is not known: the area, and its cases,
                                        are then left out of every figure and of all neighbourhoods
    weights : (n, n) sparse, >= 0       see ``graphs``
    alpha                               expected share of false spots among those shown, in (0, 1)
    min_probability                     in [0.5, 1]
    permutations                        0 for the normal law of Gi*; otherwise ``rng`` is required, p values are
                                        those of ``permutations.permutation_test``, candidates drawn again, and
                                        the neighbours alone must be on the side announced

    Raises ValueError on anything else, and when no area has a denominator.
    """
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie strictly between 0 and 1, got {alpha}")
    if not 0.5 <= min_probability <= 1:
        raise ValueError(f"min_probability must lie in [0.5, 1], got {min_probability}")
    counts, at_risk = read_counts(cases), read_values(exposure, "exposure")
    check_same_length(cases=counts, exposure=at_risk)
    known = at_risk != 0
    if not known.any():
        raise ValueError("exposure is 0 everywhere: there is no rate to compare")
    matrix = read_weights(weights, counts.size)[known][:, known]
    counts, at_risk = counts[known], at_risk[known]

    rates = smooth_rates(counts, at_risk)
    exceedance = exceedance_probability(counts, at_risk)
    deviates = standardised_deviates(counts, at_risk)
    gi_star = getis_ord_star(deviates, matrix)
    p, high = gi_star.p_two_sided, gi_star.z > 0
    low = gi_star.z < 0
    if permutations:
        if rng is None:
            raise ValueError("permutations need an explicit rng")
        test = permutation_test(deviates, matrix, permutations=permutations, rng=rng)
        p = np.where(gi_star.tested, test.p_two_sided, 1)
        high, low = high & test.high, low & ~test.high
    q = benjamini_hochberg(p, gi_star.tested)

    def everywhere(figures: NDArray[np.generic], filling: object) -> NDArray:
        whole = np.full(known.size, filling, dtype=figures.dtype)
        whole[known] = figures
        return whole

    hot = high & (exceedance >= min_probability) & (q <= alpha)
    cold = low & (1 - exceedance >= min_probability) & (q <= alpha)
    very = q <= alpha / STRONG
    classes = np.select(
        [~gi_star.tested, hot & very, hot, cold & very, cold],
        [
            HotspotClass.NOT_TESTED.value,
            HotspotClass.VERY_HOT.value,
            HotspotClass.HOT.value,
            HotspotClass.VERY_COLD.value,
            HotspotClass.COLD.value,
        ],
        default=HotspotClass.NOT_SIGNIFICANT.value,
    )
    return RateHotspots(
        classes=everywhere(classes, HotspotClass.NO_DENOMINATOR.value),
        raw=everywhere(rates.raw, 0),
        smoothed=everywhere(rates.smoothed, 0),
        exceedance=everywhere(exceedance, 0.5),
        z=everywhere(gi_star.z, 0),
        p_two_sided=everywhere(p, 1),
        q=everywhere(q, 1),
        tested=everywhere(gi_star.tested, False),
        has_denominator=known,
        overall=rates.overall,
        alpha=alpha,
        min_probability=min_probability,
    )
