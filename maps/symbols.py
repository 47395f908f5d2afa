"""Colours and words of what the maps show: one definition for the map, its legend, the tables and the charts."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from layers.symbols import HATCHED, Symbol
from maps.analysis.classify import colours
from maps.analysis.disclosure import MIN_DWELLINGS


@dataclass(frozen=True)
class RateClass:
    """One class of the smoothed rate: over ``low`` and up to ``high``, None without limit."""

    low: float | None
    high: float | None
    colour: str


def rate_classes(limits: Sequence[float] | None) -> list[RateClass]:
    """Give the classes between these limits, palest first; none without a run, hence without limits."""
    if limits is None:
        return []
    cuts = [float(limit) for limit in limits]
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
