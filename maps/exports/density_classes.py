"""Classes of a density, the same for the picture and its legend."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Viridis (Smith and van der Walt, matplotlib, CC0), dark for dense: the paper is white
COLOURS = ("#fde725", "#90d743", "#35b779", "#21918c", "#31688e", "#443983", "#440154")
PALEST, DENSEST = 0.4, 0.82  # opacity: what is rare must not shout
SERIES = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class DensityClass:
    """One colour: densities over ``low`` and up to ``high``, in the unit of the surface."""

    low: float
    high: float
    colour: str
    opacity: float


def density_classes(highest: float) -> list[DensityClass]:
    """Cut at 1, 2, 5, 10, 20, 50…, seven classes down from ``highest``; what is thinner is not drawn.

    Densities thin out fast around a centre: equal steps would show the centre and nothing else. The limits do not
    depend on the data, so that two editions of a map compare.
    """
    if not highest > 0:
        return []
    top = math.floor(math.log10(highest))
    series = [step * 10.0**power for power in range(top - len(COLOURS), top + 2) for step in SERIES]
    above = next(i for i, limit in enumerate(series) if limit >= highest * (1 - 1e-9))
    limits = series[above - len(COLOURS) : above + 1]
    opacity = np.linspace(PALEST, DENSEST, len(COLOURS)).round(2).tolist()
    return [
        DensityClass(low, high, colour, seen)
        for low, high, colour, seen in zip(limits[:-1], limits[1:], COLOURS, opacity, strict=True)
    ]


def painted(values: NDArray[np.float64], classes: list[DensityClass]) -> NDArray[np.uint8]:
    """Give (rows, columns, 4) bytes of colour and opacity, transparent below the first class and where NaN."""
    palette = np.zeros((len(classes) + 1, 4), dtype=np.uint8)
    for number, drawn in enumerate(classes, start=1):
        palette[number] = (*bytes.fromhex(drawn.colour[1:]), round(255 * drawn.opacity))
    known = np.where(np.isfinite(values), values, 0)
    return palette[np.searchsorted([drawn.low for drawn in classes], known, side="left")]
