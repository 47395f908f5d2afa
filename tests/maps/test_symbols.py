"""Colours and words: one for each value that the data can hold."""

import pytest

from layers.models import IrisResult, Signalement
from layers.symbols import HATCHED, HOTSPOTS, OTHER_STATUS, STATUSES
from maps.symbols import rate_classes, rate_colour, symbol_of


def test_each_class_of_hotspot_has_its_symbol():
    assert {symbol.code for symbol in HOTSPOTS} == set(IrisResult.Hotspot.values)
    assert len({symbol.colour for symbol in HOTSPOTS}) == len(HOTSPOTS)


def test_each_status_of_a_report_has_its_symbol_and_what_is_over_is_hollow():
    drawn = {symbol.code: symbol for symbol in STATUSES}
    drafts = {Signalement.Status.DRAFT, Signalement.Status.DRAFT_ARCHIVED}
    assert set(drawn) == set(Signalement.Status.values) - drafts
    assert {code for code, symbol in drawn.items() if not symbol.hollow} == set(Signalement.OPEN_STATUSES)
    assert symbol_of(Signalement.Status.DRAFT, (*STATUSES, OTHER_STATUS)) is OTHER_STATUS


@pytest.mark.parametrize("cuts", [[], [10.0], [10.0, 20.0, 30.0, 40.0]])
def test_the_classes_of_a_run_cover_every_rate(cuts):
    classes = rate_classes(cuts)
    assert len(classes) == len(cuts) + 1 == len({drawn.colour for drawn in classes})
    assert (classes[0].low, classes[-1].high) == (None, None)
    for rate in (0, 10, 10.1, 1000):
        assert rate_colour(rate, 500, classes) in {drawn.colour for drawn in classes}


def test_a_rate_on_a_limit_is_in_the_class_below():
    classes = rate_classes([10.0])
    assert rate_colour(10.0, 500, classes) == classes[0].colour != rate_colour(10.01, 500, classes)


def test_no_rate_is_hatched_and_no_run_has_no_class():
    assert rate_colour(None, 500, rate_classes([5.0, 10.0])) == HATCHED
    assert rate_classes(None) == []


def test_a_stock_of_a_few_dwellings_earns_no_colour():
    classes = rate_classes([5.0, 10.0])
    assert rate_colour(10.0, 10, classes) == HATCHED
    assert rate_colour(10.0, None, classes) == HATCHED
    assert rate_colour(10.0, 11, classes) != HATCHED
