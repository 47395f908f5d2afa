"""Emerging hot spots: what Gi*, taken step by step, says of the history of each place.

A step is a month, a quarter or a year, all of one length. Each step is judged on its own, against the other
areas of the same step: a campaign that makes everyone report more brings no hot spot anywhere.

The rules, in the order in which they are tried, for hot spots; cold spots are their mirror image. "Hot" means
hot at that step: high deviates gather (Gi*), the count around is also beyond the exact law of few cases, and
both hold after control of the false discoveries among the areas of the step.

1. not tested: fewer than ``MIN_STEPS`` steps, or a step in which the area could not be tested.
2. hot in 90 % of the steps or more: HISTORICAL when the last is not hot; else INTENSIFYING or DIMINISHING when
   Mann-Kendall finds that z rises or falls; else PERSISTENT.
3. otherwise, an area that is not hot in the last step has no pattern, whatever came before.
4. OSCILLATING: cold in an earlier step.
5. NEW: hot in the last step only.
6. CONSECUTIVE: hot in the last steps, two or more without a gap, and never before them.
7. SPORADIC: hot now, and on and off before.

The categories are those of ArcGIS Pro (Emerging Hot Spot Analysis), whose published definitions leave open
which one wins when several fit: the order above is ours.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse, special

from maps.analysis.autocorrelation import benjamini_hochberg, getis_ord_star
from maps.analysis.inputs import BoolArray, FloatArray, read_counts, read_matrix, read_weights
from maps.analysis.rates import standardised_deviates
from maps.analysis.trends import MIN_STEPS, mann_kendall

MOST = 0.9
"""Share of the steps from which a spot is one of long standing."""


class EmergingClass(StrEnum):
    """History of a place; the value is stored and published, the label is shown."""

    NEW_HOT = "chaud_nouveau"
    CONSECUTIVE_HOT = "chaud_consecutif"
    INTENSIFYING_HOT = "chaud_en_hausse"
    PERSISTENT_HOT = "chaud_persistant"
    DIMINISHING_HOT = "chaud_en_baisse"
    SPORADIC_HOT = "chaud_sporadique"
    OSCILLATING_HOT = "chaud_oscillant"
    HISTORICAL_HOT = "chaud_ancien"
    NEW_COLD = "froid_nouveau"
    CONSECUTIVE_COLD = "froid_consecutif"
    INTENSIFYING_COLD = "froid_en_hausse"
    PERSISTENT_COLD = "froid_persistant"
    DIMINISHING_COLD = "froid_en_baisse"
    SPORADIC_COLD = "froid_sporadique"
    OSCILLATING_COLD = "froid_oscillant"
    HISTORICAL_COLD = "froid_ancien"
    NO_PATTERN = "sans_motif"
    NOT_TESTED = "non_teste"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS = {
    EmergingClass.NEW_HOT: "Point chaud nouveau",
    EmergingClass.CONSECUTIVE_HOT: "Point chaud installé depuis peu",
    EmergingClass.INTENSIFYING_HOT: "Point chaud qui s’aggrave",
    EmergingClass.PERSISTENT_HOT: "Point chaud persistant",
    EmergingClass.DIMINISHING_HOT: "Point chaud qui s’atténue",
    EmergingClass.SPORADIC_HOT: "Point chaud intermittent",
    EmergingClass.OSCILLATING_HOT: "Point chaud, autrefois froid",
    EmergingClass.HISTORICAL_HOT: "Ancien point chaud",
    EmergingClass.NEW_COLD: "Point froid nouveau",
    EmergingClass.CONSECUTIVE_COLD: "Point froid installé depuis peu",
    EmergingClass.INTENSIFYING_COLD: "Point froid qui s’accentue",
    EmergingClass.PERSISTENT_COLD: "Point froid persistant",
    EmergingClass.DIMINISHING_COLD: "Point froid qui s’estompe",
    EmergingClass.SPORADIC_COLD: "Point froid intermittent",
    EmergingClass.OSCILLATING_COLD: "Point froid, autrefois chaud",
    EmergingClass.HISTORICAL_COLD: "Ancien point froid",
    EmergingClass.NO_PATTERN: "Sans évolution marquée",
    EmergingClass.NOT_TESTED: "Non testé",
}


@dataclass(frozen=True, slots=True, eq=False)
class EmergingHotspots:
    """History of n areas over t steps."""

    classes: NDArray[np.str_]
    """Values of ``EmergingClass``."""
    z: FloatArray
    """(n, t) Gi* of each area at each step; 0 where not tested."""
    q: FloatArray
    """(n, t) after control of the false discoveries within each step; 1 where not tested."""
    hot_steps: NDArray[np.intp]
    cold_steps: NDArray[np.intp]
    tau: FloatArray
    """Kendall's tau of z over the steps, and the two-sided p of Mann-Kendall; 0 and 1 where not tested."""
    p_trend: FloatArray
    tested: BoolArray
    alpha: float


def emerging_hotspots(
    cases: ArrayLike, dwellings: ArrayLike, weights: sparse.sparray, *, alpha: float = 0.05
) -> EmergingHotspots:
    """Class the history of each area from its cases at each step.

    Parameters
    ----------
    cases : (n, t) whole numbers >= 0
    dwellings : (n, t) or (n,) numbers >= 0     0 says not known: the area is left out of that step
    weights : (n, n) sparse, >= 0               see ``graphs``
    alpha                                       of the spots of a step, and of the trend, in (0, 1)

    Raises ValueError on anything else. The steps share the neighbourhood, not the mean: see above.
    """
    counts = read_matrix(cases, "cases")
    areas, steps = counts.shape
    read_counts(counts.ravel())
    given = np.asarray(dwellings)
    stock = read_matrix(np.repeat(given[:, None], steps, axis=1) if given.ndim == 1 else given, "dwellings")
    if stock.shape != counts.shape:
        raise ValueError(f"dwellings has shape {given.shape}, expected {counts.shape} or {(areas,)}")
    if (stock < 0).any():
        raise ValueError("dwellings must be >= 0")
    matrix = read_weights(weights, areas)
    z, q, tested = np.zeros_like(counts), np.ones_like(counts), np.ones(areas, dtype=bool)
    for step in range(steps):
        known = np.flatnonzero(stock[:, step] > 0)
        tested_now = np.zeros(areas, dtype=bool)
        if known.size:
            deviates = standardised_deviates(counts[known, step], stock[known, step])
            links = matrix[known][:, known]
            gi_star = getis_ord_star(deviates, links)
            around = (links + sparse.eye_array(known.size)).astype(bool)
            z[known, step] = gi_star.z
            p = np.maximum(gi_star.p_two_sided, _count_p(counts[known, step], stock[known, step], around))
            q[known, step] = benjamini_hochberg(p, gi_star.tested)
            tested_now[known] = gi_star.tested
        # a step without a single case says nothing of anyone, and takes nobody's history away
        tested &= tested_now | (counts[known, step].sum() == 0)
    return classify_histories(z, q, tested=tested, alpha=alpha)


def classify_histories(
    z: ArrayLike, p: ArrayLike, *, tested: BoolArray | None = None, alpha: float = 0.05
) -> EmergingHotspots:
    """Class n histories of t scores: a step is hot where ``p`` <= ``alpha`` and ``z`` > 0, cold where z < 0.

    ``z`` and ``p`` are (n, t), ``p`` in [0, 1], adjusted or not by the caller; ``tested`` (n,) booleans.
    """
    scores, chances = read_matrix(z, "z"), read_matrix(p, "p")
    if scores.shape != chances.shape or (chances < 0).any() or (chances > 1).any():
        raise ValueError("p must have the shape of z and lie in [0, 1]")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha must lie strictly between 0 and 1, got {alpha}")
    areas, steps = scores.shape
    judged = np.ones(areas, dtype=bool) if tested is None else np.asarray(tested, dtype=bool)
    if judged.shape != (areas,):
        raise ValueError(f"tested has shape {judged.shape}, expected {(areas,)}")
    judged = judged & (steps >= MIN_STEPS)
    significant = chances <= alpha
    hot, cold = significant & (scores > 0), significant & (scores < 0)
    trend = mann_kendall(scores)
    rises = np.where(trend.p_two_sided <= alpha, np.sign(trend.s), 0)
    classes = np.full(areas, EmergingClass.NO_PATTERN.value, dtype="<U24")
    for spots, opposite, away, of_kind in ((hot, cold, rises, "chaud_"), (cold, hot, -rises, "froid_")):
        found = _histories(spots, opposite, away)
        classes = np.where(found != "", np.char.add(of_kind, found), classes)
    return EmergingHotspots(
        classes=np.where(judged, classes, EmergingClass.NOT_TESTED.value),
        z=scores,
        q=chances,
        hot_steps=hot.sum(axis=1),
        cold_steps=cold.sum(axis=1),
        tau=np.where(judged, trend.tau, 0),
        p_trend=np.where(judged, trend.p_two_sided, 1),
        tested=judged,
        alpha=alpha,
    )


def _count_p(cases: FloatArray, dwellings: FloatArray, around: sparse.csr_array) -> FloatArray:
    """Give (n,) two-sided p values of the count of each neighbourhood, ``around``, under one risk everywhere.

    Given the cases of the step, those of a neighbourhood are binomial. One step has few cases, and the normal
    law of Gi* then sees spots in what chance does: on drawn maps of 600 areas with one case in three areas, on
    a third of the steps. A spot must be beyond both laws; Gi* alone knows that areas differ more than Poisson.
    """
    seen, share = around @ cases, np.minimum((around @ dwellings) / dwellings.sum(), 1)
    total = cases.sum()
    as_many = np.where(seen > 0, special.betainc(np.maximum(seen, 1), total - seen + 1, share), 1)
    as_few = np.where(seen < total, special.betaincc(seen + 1, np.maximum(total - seen, 1), share), 1)
    return np.minimum(2 * np.minimum(as_many, as_few), 1)


def _histories(spots: BoolArray, opposite: BoolArray, away: FloatArray) -> NDArray[np.str_]:
    """Name the history of each row of ``spots``, "" for none; ``away`` > 0 where z goes away from 0."""
    steps = spots.shape[1]
    many, last = spots.sum(axis=1), spots[:, -1]
    run = np.logical_and.accumulate(spots[:, ::-1], axis=1).sum(axis=1)  # spots at the end without a gap
    long_standing = many >= MOST * steps
    return np.select(
        [
            long_standing & ~last,
            long_standing & (away > 0),
            long_standing & (away < 0),
            long_standing,
            ~last,
            opposite.any(axis=1),
            many == 1,
            run == many,
            last,
        ],
        [
            "ancien",
            "en_hausse",
            "en_baisse",
            "persistant",
            "",
            "oscillant",
            "nouveau",
            "consecutif",
            "sporadique",
        ],
        default="",
    )
