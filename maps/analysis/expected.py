"""What the stock of dwellings leads one to expect, and where silence is suspicious.

Reports measure a dwelling and someone to report it. A regression on the stock (age, private rented, vacancy,
energy, income) gives the reports that areas of like stock bring on average; an area far below them has either
better dwellings than its like, or occupants who do not report. Only a visit tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from maps.analysis.autocorrelation import benjamini_hochberg
from maps.analysis.inputs import BoolArray, FloatArray, check_same_length, read_counts, read_values
from maps.analysis.regression import CountModel, fit_counts, tails

MOST_KNOWN = 0.8
"""Share of the areas with dwellings for which an indicator must be known, or it is left out for all."""
LARGEST_INFLATION = 50.0
"""Variance inflation from which an indicator repeats the ones before it: its coefficient means nothing."""
AREAS_FOR_EACH = 5
"""Areas needed for each coefficient."""
STRONG_SHARE = 1 / 3
"""Share of the areas, those with the highest expected rate, whose risk is called strong."""


class TooFewAreas(ValueError):
    """Fewer areas than the indicators need."""


class LeftOut(StrEnum):
    """Why an indicator is not in the model."""

    TOO_OFTEN_MISSING = "manquant"
    CONSTANT = "constant"
    REPEATS_OTHERS = "redondant"

    @property
    def label(self) -> str:
        return {
            LeftOut.TOO_OFTEN_MISSING: "inconnus dans trop d’unités",
            LeftOut.CONSTANT: "les mêmes partout",
            LeftOut.REPEATS_OTHERS: "dits déjà par les autres indicateurs",
        }[self]


class StockClass(StrEnum):
    """What an area reports against what its stock predicts; stored by value, shown by label."""

    REPORTED = "fort_et_signale"
    BLIND_SPOT = "angle_mort"
    UNEXPLAINED = "signale_sans_risque"
    QUIET = "faible_et_calme"
    TOO_SMALL = "trop_petit"
    NOT_ASSESSED = "non_evalue"

    @property
    def label(self) -> str:
        return {
            StockClass.REPORTED: "Risque fort et signalé",
            StockClass.BLIND_SPOT: "Angle mort : risque fort, silence suspect",
            StockClass.UNEXPLAINED: "Signalé plus que le parc ne l’explique",
            StockClass.QUIET: "Risque faible et calme",
            StockClass.TOO_SMALL: "Risque fort, trop petit pour juger",
            StockClass.NOT_ASSESSED: "Non évalué",
        }[self]


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """What one indicator does to the rate of reports, the others being equal."""

    name: str
    ratio: float
    """Rate multiplied by this for one standard deviation more of the indicator."""
    lower: float
    upper: float
    p_two_sided: float
    deviation: float
    """One standard deviation, in the indicator's own unit."""
    inflation: float
    """Variance inflation: above 5 or so, the share of this indicator and of its like cannot be told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class ExpectedCounts:
    """Reports of n areas against those that their stock predicts."""

    classes: NDArray[np.str_]
    """Values of ``StockClass``."""
    expected: FloatArray
    difference: FloatArray
    """Observed less expected."""
    p_below: FloatArray
    """Probability of as few reports or fewer (half of "as few" counted), if the stock said all."""
    p_above: FloatArray
    q: FloatArray
    """After control of the false discoveries: of silence where risk is strong, of excess elsewhere. It says
    how sure a blind spot is on its own; the classes do not ask for it."""
    assessed: BoolArray
    """False without dwellings or with an indicator missing: figures 0, probabilities 0.5, q 1."""
    effects: tuple[Effect, ...]
    left_out: dict[str, LeftOut]
    model: CountModel
    blind_spots_by_chance: float
    """Blind spots to expect on average, at most, if every silence were chance."""
    level: float
    alpha: float


def expected_counts(
    cases: ArrayLike,
    dwellings: ArrayLike,
    indicators: Mapping[str, ArrayLike],
    *,
    usual: ArrayLike | None = None,
    alpha: float = 0.05,
    level: float = 0.95,
) -> ExpectedCounts:
    """Predict the reports of each area from its stock, and class it by its own against these.

    Parameters
    ----------
    cases : (n,) whole numbers >= 0
    dwellings : (n,) numbers >= 0           0 says not known
    indicators : name -> (n,) numbers       shares or means of the stock; NaN says not known
    usual : (n,) booleans                   areas that the fit learns from, all by default: those of a cluster
                                            would teach that their like is reported as much
    alpha                                   probability from which a silence, or an excess, is surprising
    level                                   of the intervals of the effects, in (0, 1)

    Raises ValueError on anything else and without any report, TooFewAreas for the indicators given.

    Notes: negative binomial regression with the log of dwellings as offset. A blind spot has one of the
    highest expected rates, a rate under that of the whole, and so few reports that its like would have as few
    with probability <= ``alpha``. That is a reason for a visit, not a proof: one in 1 / ``alpha`` of the
    strong areas comes out by chance, and ``blind_spots_by_chance`` must be shown beside. Control of the false
    discoveries was tried instead: on drawn territories of 600 IRIS it found 1 % of the areas that report a
    quarter of what they should, this 55 %. The uncertainty of the coefficients is not in the probabilities:
    it is small where areas are many. Silent areas take part in the fit and draw it down a little, so that
    silence is rather under-called than over-called.
    """
    counts, stock = read_counts(cases), read_values(dwellings, "dwellings")
    check_same_length(cases=counts, dwellings=stock)
    if (stock < 0).any():
        raise ValueError("dwellings must be >= 0")
    if not (0 < alpha < 1 and 0 < level < 1):
        raise ValueError(f"alpha and level must lie strictly between 0 and 1, got {alpha} and {level}")
    columns = {name: _indicator(name, given, counts.size) for name, given in indicators.items()}
    kept, left_out, assessed = _choose(columns, stock > 0)
    learnt = assessed if usual is None else assessed & np.asarray(usual, dtype=bool)
    if learnt.sum() < AREAS_FOR_EACH * (1 + len(kept)):
        raise TooFewAreas(
            f"{int(learnt.sum())} areas are too few for {len(kept)} indicators: "
            f"{AREAS_FOR_EACH} are needed for each and as many for the constant"
        )
    known = {name: columns[name][assessed] for name in kept}
    deviations = {name: float(known[name].std()) for name in kept}
    scaled = [(known[name] - known[name].mean()) / deviations[name] for name in kept]
    design = np.column_stack([np.ones(int(assessed.sum())), *scaled])
    learns = learnt[assessed]
    model = fit_counts(counts[learnt], design[learns], np.log(stock[learnt]))

    fitted = stock[assessed] * np.exp(design @ model.coefficients)
    expected = np.zeros(counts.size)
    expected[assessed] = fitted
    p_below, p_above = np.full(counts.size, 0.5), np.full(counts.size, 0.5)
    p_below[assessed], p_above[assessed] = tails(counts[assessed], fitted, model.overdispersion)
    strong, silence_tells = np.zeros_like(assessed), np.zeros_like(assessed)
    rate = fitted / stock[assessed]
    overall = fitted.sum() / stock[assessed].sum()
    strong[assessed] = (rate >= np.quantile(rate, 1 - STRONG_SHARE)) & (rate > overall * (1 + 1e-9))
    of_silence = tails(np.zeros_like(rate), fitted, model.overdispersion)[0]
    silence_tells[assessed] = of_silence <= alpha
    q = np.where(strong, benjamini_hochberg(p_below, strong), benjamini_hochberg(p_above, assessed & ~strong))
    few = counts * stock[assessed].sum() < counts[assessed].sum() * stock
    silent, excessive = strong & few & (p_below <= alpha), assessed & ~strong & (p_above <= alpha)
    classes = np.select(
        [~assessed, silent, strong & ~silence_tells & (counts < expected), strong, excessive],
        [
            StockClass.NOT_ASSESSED.value,
            StockClass.BLIND_SPOT.value,
            StockClass.TOO_SMALL.value,
            StockClass.REPORTED.value,
            StockClass.UNEXPLAINED.value,
        ],
        default=StockClass.QUIET.value,
    )
    return ExpectedCounts(
        classes=classes,
        expected=expected,
        difference=np.where(assessed, counts - expected, 0),
        p_below=p_below,
        p_above=p_above,
        q=q,
        assessed=assessed,
        effects=_effects(kept, deviations, design, model, level),
        left_out=left_out,
        model=model,
        blind_spots_by_chance=alpha * float((strong & silence_tells).sum()),
        level=level,
        alpha=alpha,
    )


def _indicator(name: str, given: ArrayLike, areas: int) -> FloatArray:
    """Give the values of one indicator, NaN where it is not known."""
    values = np.array(given, dtype=np.float64)
    missing = np.isnan(values)
    read_values(np.where(missing, 0, values), name)
    if values.size != areas:
        raise ValueError(f"{name} has {values.size} values for {areas} areas")
    return values


def _choose(
    columns: dict[str, FloatArray], with_dwellings: BoolArray
) -> tuple[list[str], dict[str, LeftOut], BoolArray]:
    """Give the indicators to keep, why the others are not, and the areas where all those kept are known."""
    left_out, kept = {}, []
    least = MOST_KNOWN * with_dwellings.sum()
    for name, values in columns.items():
        if (~np.isnan(values) & with_dwellings).sum() < max(least, 1):
            left_out[name] = LeftOut.TOO_OFTEN_MISSING
        else:
            kept.append(name)
    assessed = (
        with_dwellings & ~np.isnan([columns[name] for name in kept]).any(axis=0) if kept else with_dwellings
    )
    independent: list[str] = []
    for name in kept:
        values = columns[name][assessed]
        if np.ptp(values) <= 1e-12 * np.abs(values).max(initial=0):
            left_out[name] = LeftOut.CONSTANT
        elif _inflation(values, [columns[other][assessed] for other in independent]) > LARGEST_INFLATION:
            left_out[name] = LeftOut.REPEATS_OTHERS
        else:
            independent.append(name)
    return independent, left_out, assessed


def _inflation(values: FloatArray, others: list[FloatArray]) -> float:
    """Give 1 / (1 - R²) of ``values`` on ``others``, infinite when they give it exactly."""
    centred = (values - values.mean()) / values.std()
    if not others:
        return 1.0
    columns = np.column_stack([(other - other.mean()) / other.std() for other in others])
    rest = centred - columns @ np.linalg.lstsq(columns, centred)[0]
    left = float(rest @ rest) / values.size
    return 1 / left if left > 1e-12 else np.inf


def _effects(
    kept: list[str], deviations: dict[str, float], design: FloatArray, model: CountModel, level: float
) -> tuple[Effect, ...]:
    margin = special.ndtri((1 + level) / 2) * model.errors
    effects = []
    for place, name in enumerate(kept, start=1):
        coefficient = model.coefficients[place]
        others = [design[:, other] for other in range(1, design.shape[1]) if other != place]
        low, middle, high = np.exp(coefficient + margin[place] * np.array([-1, 0, 1]))
        p = special.erfc(abs(coefficient) / model.errors[place] / np.sqrt(2))
        inflation = _inflation(design[:, place], others)
        effects.append(
            Effect(name, float(middle), float(low), float(high), float(p), deviations[name], inflation)
        )
    return tuple(effects)
