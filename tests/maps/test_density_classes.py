"""Classes of a density: round limits, one colour a class, the same in the picture and the legend."""

import numpy as np
import pytest

from maps.exports.density_classes import COLOURS, density_classes, painted


@pytest.mark.parametrize(
    ("highest", "limits"),
    [
        (238.0, [2, 5, 10, 20, 50, 100, 200, 500]),
        (200.0, [1, 2, 5, 10, 20, 50, 100, 200]),
        (0.6, [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]),
    ],
)
def test_limits_are_those_of_a_coin_purse(highest, limits):
    classes = density_classes(highest)
    assert [drawn.low for drawn in classes] + [classes[-1].high] == pytest.approx(limits)


@pytest.mark.parametrize("highest", [0.003, 1, 13.7, 99.99, 1e6])
def test_the_highest_value_has_the_last_class_and_each_class_its_colour(highest):
    classes = density_classes(highest)
    assert classes[-1].low < highest <= classes[-1].high * (1 + 1e-9)
    assert [drawn.colour for drawn in classes] == list(COLOURS)
    assert [drawn.low for drawn in classes[1:]] == [drawn.high for drawn in classes[:-1]]


def test_nothing_gives_no_class():
    assert density_classes(0.0) == []
    assert painted(np.zeros((2, 2)), []).sum() == 0


def test_a_value_has_the_colour_of_its_class_and_nothing_is_drawn_outside():
    classes = density_classes(100)
    values = np.array([[0, classes[0].low / 2, np.nan], [classes[0].high, classes[1].high, 100]])
    picture = painted(values, classes)
    assert picture[0, :, 3].tolist() == [0, 0, 0]
    colours = ["#" + bytes(pixel[:3]).hex() for pixel in picture[1]]
    assert colours == [classes[0].colour, classes[1].colour, classes[-1].colour]
