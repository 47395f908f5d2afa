"""Colours and words of the codes that layers hold: one definition for the maps, the pages and the styles of QGIS."""

from collections.abc import Iterable
from dataclasses import dataclass

from layers.models import IrisResult, Signalement

HATCHED = "hatched"  # drawn as a pattern, never as a plain grey
UNTOLD = "#8a94a0"  # in its place where only plain colours are drawn, as by a style of tiles
Hotspot, Status = IrisResult.Hotspot, Signalement.Status


@dataclass(frozen=True)
class Symbol:
    """One line of a legend; ``code`` is the value in the data, ``hollow`` marks what is over."""

    code: str
    label: str
    colour: str
    hollow: bool = False


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


def plain(symbols: Iterable[Symbol]) -> dict[str, tuple[str, str]]:
    """Give the colour and the words of each code, for what draws no pattern."""
    return {s.code: (UNTOLD if s.colour == HATCHED else s.colour, s.label) for s in symbols}
