"""Charts as figures ready to be drawn: the template writes the SVG, the browser runs nothing."""

import math
from dataclasses import dataclass

from layers.selectors.territory_figures import Quarter

WIDTH, HEIGHT = 1000, 260
LEFT, RIGHT, TOP, BOTTOM = 44, 8, 14, 40
GRADUATIONS = 4
STEPS = (1, 2, 5, 10)


@dataclass(frozen=True)
class Bar:
    """One quarter: its column, the part still open at its foot, and the words under it."""

    quarter: Quarter
    label: str
    year: str
    """Written under the first quarter of each year, empty under the others."""
    x: float
    width: float
    closed_y: float
    closed_height: float
    open_y: float
    open_height: float

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 2)


@dataclass(frozen=True)
class Graduation:
    """One horizontal line and its value."""

    value: int
    y: float


@dataclass(frozen=True)
class QuarterChart:
    """Columns by quarter on a scale that begins at zero."""

    bars: list[Bar]
    graduations: list[Graduation]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    baseline: int = HEIGHT - BOTTOM


def quarter_chart(quarters: list[Quarter]) -> QuarterChart | None:
    """Lay out the reports received by quarter; None without any."""
    if not quarters:
        return None
    highest = max(quarter.received for quarter in quarters)
    step = _step(highest / GRADUATIONS)
    top = step * max(math.ceil(highest / step), 1)
    per_report = (HEIGHT - TOP - BOTTOM) / top
    pitch = (WIDTH - LEFT - RIGHT) / len(quarters)
    baseline = HEIGHT - BOTTOM
    bars = []
    for i, quarter in enumerate(quarters):
        number = (quarter.starts_on.month + 2) // 3
        open_height = quarter.open * per_report
        closed_height = (quarter.received - quarter.open) * per_report
        bars.append(
            Bar(
                quarter=quarter,
                label=f"T{number}",
                year=str(quarter.starts_on.year) if number == 1 or i == 0 else "",
                x=round(LEFT + i * pitch + pitch * 0.14, 2),
                width=round(pitch * 0.72, 2),
                open_y=round(baseline - open_height, 2),
                open_height=round(open_height, 2),
                closed_y=round(baseline - open_height - closed_height, 2),
                closed_height=round(closed_height, 2),
            )
        )
    graduations = [
        Graduation(value, round(baseline - value * per_report, 2)) for value in range(0, top + 1, step)
    ]
    return QuarterChart(bars, graduations)


def _step(value: float) -> int:
    """Give the round number (1, 2 or 5 times a power of ten) at or above ``value``, at least 1."""
    power = 10 ** max(math.floor(math.log10(value)), 0) if value > 0 else 1
    return max(int(next(step * power for step in STEPS if step * power >= value)), 1)
