"""Classes of a density, the same for the picture and its legend."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Viridis (Smith and van der Walt, matplotlib, CC0), dark for dense: the paper is white
COLOURS = ("#fde725", "#90d743", "#35b779", "#21918c", "#31688e", "#443983", "#440154")
PALEST, DENSEST = 0.4, 0.82  # opacity: what is rare must not shout
STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class DensityClass:
    """One colour: densities over ``low`` and up to ``high``, in the unit of the surface."""

    low: float
    high: float
    colour: str
    opacity: float


def density_classes(highest: float) -> list[DensityClass]:
    """Cut 0 to ``highest`` in at most seven classes at round limits; below a fifth of a step nothing is drawn."""
    if not highest > 0:
        return []
    step = _round_up(highest / len(COLOURS))
    count = min(math.ceil(highest / step - 1e-9), len(COLOURS))
    ramp = np.linspace(0, len(COLOURS) - 1, count).round().astype(int) if count > 1 else [3]
    lows = [step / 5, *(step * number for number in range(1, count))]
    opacity = np.linspace(PALEST, DENSEST, count).round(2).tolist()
    return [DensityClass(low, step * (i + 1), COLOURS[ramp[i]], opacity[i]) for i, low in enumerate(lows)]


def painted(values: NDArray[np.float64], classes: list[DensityClass]) -> NDArray[np.uint8]:
    """Give (rows, columns, 4) bytes of colour and opacity, transparent below the first class and where NaN."""
    palette = np.zeros((len(classes) + 1, 4), dtype=np.uint8)
    for number, drawn in enumerate(classes, start=1):
        palette[number] = (*bytes.fromhex(drawn.colour[1:]), round(255 * drawn.opacity))
    known = np.where(np.isfinite(values), values, 0)
    return palette[np.searchsorted([drawn.low for drawn in classes], known, side="left")]


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in STEPS if step * power >= value * (1 - 1e-9))
