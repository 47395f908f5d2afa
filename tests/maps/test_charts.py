"""The chart by quarter: a scale from zero, round graduations, bars that add up."""

from datetime import date

import pytest

from layers.selectors.territory_figures import Quarter
from maps.views.charts import quarter_chart


def quarters(*counts):
    return [Quarter(date(2024 + (i // 4), 1 + 3 * (i % 4), 1), *counted) for i, counted in enumerate(counts)]


def test_without_a_quarter_there_is_no_chart():
    assert quarter_chart([]) is None


@pytest.mark.parametrize(
    ("highest", "values"),
    [(1, [0, 1]), (4, [0, 1, 2, 3, 4]), (7, [0, 2, 4, 6, 8]), (238, [0, 100, 200, 300]), (0, [0])],
)
def test_graduations_are_round_and_begin_at_zero(highest, values):
    chart = quarter_chart(quarters((highest, 0)))
    assert [line.value for line in chart.graduations][: len(values)] == values
    assert chart.graduations[0].y == chart.baseline


def test_bars_stand_on_the_axis_and_add_up():
    chart = quarter_chart(quarters((10, 4), (5, 5), (0, 0)))
    first, second, third = chart.bars
    assert first.open_y + first.open_height == pytest.approx(chart.baseline, abs=0.02)
    assert first.closed_y + first.closed_height == pytest.approx(first.open_y, abs=0.02)
    assert first.closed_height / first.open_height == pytest.approx(6 / 4, rel=0.01)
    assert second.closed_height == 0
    assert third.open_height == third.closed_height == 0


def test_the_year_is_written_once():
    chart = quarter_chart(quarters(*[(1, 0)] * 6))
    assert [bar.year for bar in chart.bars] == ["2024", "", "", "", "2025", ""]
    assert [bar.label for bar in chart.bars] == ["T1", "T2", "T3", "T4", "T1", "T2"]


def test_bars_stay_in_the_frame():
    chart = quarter_chart(quarters(*[(n, 0) for n in range(1, 40)]))
    assert chart.bars[0].x >= chart.left
    assert chart.bars[-1].x + chart.bars[-1].width <= chart.right
