"""Local Moran: where an area resembles its surroundings, and where it stands out from them.

Run on the standardised deviates of rates (``rate_local_moran`` does), never on raw rates.

Which p value? The analytic one by default: it costs nothing and goes as low as the false discovery control of
many areas needs. Ask for permutations where neighbourhoods are small and counts low, for there the normal law
is doubtful: the areas that could be shown are then drawn again many more times, see ``permutations``.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special

from maps.analysis.autocorrelation import ROUNDING, benjamini_hochberg, centred
from maps.analysis.graphs import row_standardised
from maps.analysis.inputs import (
    BoolArray,
    FloatArray,
    check_same_length,
    read_counts,
    read_values,
    read_weights,
)
from maps.analysis.permutations import REFINED, permutation_test
from maps.analysis.rates import exceedance_probability, standardised_deviates


class LocalMoranClass(StrEnum):
    """What the map says of an area; the value is stored and published, the label is shown."""

    HIGH_AMONG_HIGH = "haut_haut"
    LOW_AMONG_LOW = "bas_bas"
    HIGH_AMONG_LOW = "haut_bas"
    LOW_AMONG_HIGH = "bas_haut"
    NOT_SIGNIFICANT = "non_significatif"
    NOT_TESTED = "non_teste"
    NO_DENOMINATOR = "sans_denominateur"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    LocalMoranClass.HIGH_AMONG_HIGH: "Élevé, entouré d’élevés",
    LocalMoranClass.LOW_AMONG_LOW: "Faible, entouré de faibles",
    LocalMoranClass.HIGH_AMONG_LOW: "Élevé, entouré de faibles",
    LocalMoranClass.LOW_AMONG_HIGH: "Faible, entouré d’élevés",
    LocalMoranClass.NOT_SIGNIFICANT: "Non significatif",
    LocalMoranClass.NOT_TESTED: "Non testé",
    LocalMoranClass.NO_DENOMINATOR: "Sans logement connu",
}


@dataclass(frozen=True, slots=True, eq=False)
class LocalMoran:
    """Local Moran's I of n areas."""

    index: FloatArray
    """I: > 0 among its like, < 0 among its contrary; 0 where not tested."""
    z: FloatArray
    """Standard score of I over the permutations of the other areas; 0 where not tested."""
    p_two_sided: FloatArray
    """From the normal law, or from the permutations if there are any; 1 where not tested."""
    quadrant: NDArray[np.str_]
    """Values of ``LocalMoranClass``, the four of them and NOT_TESTED, whatever the p value."""
    tested: BoolArray
    """False for an island, an area whose neighbourhood is everything, and everywhere if values are equal."""
    permutations: NDArray[np.intp]
    """Permutations behind each p value; 0 for the normal law."""


@dataclass(frozen=True, slots=True, eq=False)
class RateLocalMoran:
    """What is known of the rate of n areas against that of their neighbours."""

    classes: NDArray[np.str_]
    """Values of ``LocalMoranClass``."""
    index: FloatArray
    z: FloatArray
    p_two_sided: FloatArray
    q: FloatArray
    exceedance: FloatArray
    """Posterior probability that the area's own risk is above the overall risk."""
    tested: BoolArray
    has_denominator: BoolArray
    """Where False, the figures only fill the place: index and z 0, p and q 1, exceedance 0.5."""
    permutations: NDArray[np.intp]


def local_moran(
    values: ArrayLike,
    weights: sparse.sparray,
    *,
    permutations: int = 0,
    refined: int = REFINED,
    rng: np.random.Generator | None = None,
) -> LocalMoran:
    """Tell which areas are like their neighbours, and which unlike, more than chance would have it.

    Parameters
    ----------
    values : (n,) finite numbers        comparable between areas, see the module's first lines
    weights : (n, n) sparse, >= 0       as given; see ``graphs.row_standardised`` for the usual choice
    permutations                        0 for the analytic p value; otherwise ``rng`` is required
    refined                             drawn again for the candidates; 0 keeps the first p values

    Raises ValueError on NaN, on another shape, on negative weights or a weight of an area on itself.

    Notes: Anselin (1995), Geographical Analysis 27(2), 93-115, with the variance over n; moments given the
    area's own value of Sokal, Oden and Thomson (1998), Geographical Analysis 30(4), 331-354.
    """
    vector = read_values(values, "values")
    areas = vector.size
    matrix = read_weights(weights, areas)
    if matrix.diagonal().any():
        raise ValueError("weights must have an empty diagonal: local Moran compares an area with others")
    deviations, spread = centred(vector)
    unit = deviations / spread if spread else np.zeros(areas)
    sums = matrix.sum(axis=1)
    squares = matrix.power(2).sum(axis=1)
    lag = matrix @ unit
    # the others of an area: their mean, and the variance of a weighted sum of some of them
    others = max(areas - 1, 1)
    mean = -unit / others
    variance = np.maximum((areas - unit**2) / others - mean**2, 0)
    variance *= (others * squares - sums**2) / max(areas - 2, 1)
    tested = (sums > 0) & (variance > ROUNDING * squares) & (spread > 0)
    z = np.zeros(areas)
    z[tested] = (lag - sums * mean)[tested] / np.sqrt(variance[tested])
    p, drawn = special.erfc(np.abs(z) / np.sqrt(2)), np.zeros(areas, dtype=np.intp)
    if permutations:
        if rng is None:
            raise ValueError("permutations need an explicit rng")
        test = permutation_test(unit, matrix, rng=rng, permutations=permutations, refined=refined)
        p, drawn = np.where(tested, test.p_two_sided, 1), test.permutations
    high, high_around = unit > 0, lag > 0
    quadrant = np.select(
        [~tested, high & high_around, high, high_around],
        [
            LocalMoranClass.NOT_TESTED.value,
            LocalMoranClass.HIGH_AMONG_HIGH.value,
            LocalMoranClass.HIGH_AMONG_LOW.value,
            LocalMoranClass.LOW_AMONG_HIGH.value,
        ],
        default=LocalMoranClass.LOW_AMONG_LOW.value,
    )
    index = np.where(tested, unit * lag, 0)
    return LocalMoran(index, np.where(high, z, -z), p, quadrant, tested, drawn)


def rate_local_moran(
    cases: ArrayLike,
    exposure: ArrayLike,
    weights: sparse.sparray,
    *,
    alpha: float = 0.05,
    min_probability: float = 0.8,
    permutations: int = 0,
    refined: int = REFINED,
    rng: np.random.Generator | None = None,
) -> RateLocalMoran:
    """Class each area by its rate and that of its neighbours, after control of the false discoveries.

    An area is only called high where its own risk is above the overall one with probability >=
    ``min_probability``, and low in the same way. Arguments as in ``hotspots.rate_hotspots`` (an exposure of
    0 leaves the area out) and ``local_moran``; the weights are scaled to rows of sum 1.
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
    matrix = row_standardised(read_weights(weights, counts.size)[known][:, known])
    deviates = standardised_deviates(counts[known], at_risk[known])
    moran = local_moran(deviates, matrix, permutations=permutations, refined=refined, rng=rng)
    exceedance = exceedance_probability(counts[known], at_risk[known])
    q = benjamini_hochberg(moran.p_two_sided, moran.tested)
    high = np.isin(moran.quadrant, (LocalMoranClass.HIGH_AMONG_HIGH, LocalMoranClass.HIGH_AMONG_LOW))
    shown = (q <= alpha) & (np.where(high, exceedance, 1 - exceedance) >= min_probability)
    classes = np.where(shown | ~moran.tested, moran.quadrant, LocalMoranClass.NOT_SIGNIFICANT.value)

    def everywhere(figures: NDArray[np.generic], filling: object) -> NDArray:
        whole = np.full(known.size, filling, dtype=figures.dtype)
        whole[known] = figures
        return whole

    return RateLocalMoran(
        classes=everywhere(classes.astype("<U20"), LocalMoranClass.NO_DENOMINATOR.value),
        index=everywhere(moran.index, 0),
        z=everywhere(moran.z, 0),
        p_two_sided=everywhere(moran.p_two_sided, 1),
        q=everywhere(q, 1),
        exceedance=everywhere(exceedance, 0.5),
        tested=everywhere(moran.tested, False),
        has_denominator=known,
        permutations=everywhere(moran.permutations, 0),
    )
