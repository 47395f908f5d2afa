"""Colours and words of what the maps show: one definition for the map, its legend, the tables and the charts."""

from dataclasses import asdict, dataclass
from typing import Any

from layers.models import AnalysisRun, IrisResult, Signalement
from maps.analysis.classify import colours
from maps.analysis.disclosure import MIN_DWELLINGS

HATCHED = "hatched"  # drawn by the browser as a pattern, never as a plain grey
Hotspot, Status = IrisResult.Hotspot, Signalement.Status


@dataclass(frozen=True)
class Symbol:
    """One line of a legend; ``code`` is the value in the data, ``hollow`` marks what is over."""

    code: str
    label: str
    colour: str
    hollow: bool = False


@dataclass(frozen=True)
class RateClass:
    """One class of the smoothed rate: over ``low`` and up to ``high``, None without limit."""

    low: float | None
    high: float | None
    colour: str


# Red and blue of ColorBrewer's RdBu, told apart by colour-blind readers; the neutral class stays pale.
HOTSPOTS = (
    Symbol(Hotspot.HOT_99, "Point chaud très net (FDR 1 %)", "#b2182b"),
    Symbol(Hotspot.HOT_95, "Point chaud (FDR 5 %)", "#ef8a62"),
    Symbol(Hotspot.NOT_SIGNIFICANT, "Non significatif", "#f1ede4"),
    Symbol(Hotspot.COLD_95, "Point froid (FDR 5 %)", "#67a9cf"),
    Symbol(Hotspot.COLD_99, "Point froid très net (FDR 1 %)", "#2166ac"),
    Symbol(Hotspot.NOT_TESTED, "Non testé", HATCHED),
)

# What calls for an act is filled, what is over is a ring: the colour is not the only sign.
STATUSES = (
    Symbol(Status.NEED_VALIDATION, "nouveau", "#c2185b"),
    Symbol(Status.ACTIVE, "en cours", "#1f4e8c"),
    Symbol(Status.INJONCTION_BAILLEUR, "démarche accélérée", "#00796b"),
    Symbol(Status.CLOSED, "fermé", "#4b5563", hollow=True),
    Symbol(Status.INJONCTION_CLOSED, "démarche accélérée clôturée", "#00796b", hollow=True),
    Symbol(Status.ARCHIVED, "archivé", "#8a94a0", hollow=True),
    Symbol(Status.REFUSED, "refusé", "#a1665e", hollow=True),
)
OTHER_STATUS = Symbol("", "autre", "#8a94a0", hollow=True)


def rate_classes(run: AnalysisRun | None) -> list[RateClass]:
    """Give the classes frozen with a run, palest first, none without a run."""
    if run is None:
        return []
    cuts = [float(cut) for cut in run.summary.get("smoothed_cuts", [])]
    ramp = colours("YlOrBr", len(cuts) + 2)[1:]  # the palest of the ramp is the colour of the paper
    return [
        RateClass(low, high, colour)
        for low, high, colour in zip([None, *cuts], [*cuts, None], ramp, strict=True)
    ]


def rate_colour(rate: float | None, dwellings: float | None, classes: list[RateClass]) -> str:
    """Give the colour of a smoothed rate, ``HATCHED`` when there is none or when the stock is too small.

    Smoothing gives an area of a few dwellings the rate of the whole: no colour that it has not earned.
    """
    if rate is None or dwellings is None or dwellings < MIN_DWELLINGS or not classes:
        return HATCHED
    return next(drawn.colour for drawn in classes if drawn.high is None or rate <= drawn.high)


def symbol_of(code: str, symbols: tuple[Symbol, ...]) -> Symbol:
    """Give the symbol of a value, the last one for a value that has none."""
    return next((symbol for symbol in symbols if symbol.code == code), symbols[-1])


def as_data(symbols: tuple[Symbol, ...] | list[RateClass]) -> list[dict[str, Any]]:
    """Give the symbols as the browser reads them."""
    return [asdict(symbol) for symbol in symbols]
