"""Quartiers prioritaires: two generations, each with its dates."""

from datetime import date

import pytest

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Zone
from layers.selectors.places.ground import Covering
from tests.cadastre_import.official_files import polygon, write_features

pytestmark = pytest.mark.django_db


def test_the_two_generations_of_qpv_stand_side_by_side(tmp_path):
    codes = {"QP093014": 100, "QN09314M": 120, "QP974002": 300, "QN97402I": 320, "QN98701P": 500}
    features = [
        {
            "type": "Feature",
            "properties": {"code_qp": code, "lib_qp": "Centre"},
            "geometry": polygon(x, 0, 50),
        }
        for code, x in codes.items()
    ]
    assert run_import(SOURCES["qpv"], write_features(tmp_path / "qpv.geojson", features)).rejects == []
    kept = {zone.code: (zone.generation, zone.starts_on, zone.ends_on) for zone in Zone.objects.all()}
    assert kept == {
        "QP093014": (2015, date(2015, 1, 1), date(2023, 12, 31)),
        "QN09314M": (2024, date(2024, 1, 1), None),
        "QP974002": (2015, date(2015, 1, 1), date(2024, 12, 31)),
        "QN97402I": (2024, date(2025, 1, 1), None),
        "QN98701P": (2024, date(2025, 1, 1), None),
    }


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2014, 12, 31), set()),
        (date(2015, 1, 1), {"QP093014"}),
        (date(2023, 12, 31), {"QP093014"}),
        (date(2024, 1, 1), {"QN09314M"}),
        (date(2026, 11, 25), {"QN09314M"}),
    ],
)
def test_the_file_of_a_place_tells_the_quarter_of_the_day_of_each_event(tmp_path, day, expected):
    """Both generations cover the parcelle: one alone is in force on any day since 2015."""
    features = [
        {
            "type": "Feature",
            "properties": {"code_qp": code, "lib_qp": "Centre"},
            "geometry": polygon(0, 0, 50),
        }
        for code in ("QP093014", "QN09314M")
    ]
    run_import(SOURCES["qpv"], write_features(tmp_path / "qpv.geojson", features))
    covering = [Covering(zone, 1.0) for zone in Zone.objects.all()]
    assert {one.zone.code for one in covering if one.covers(day)} == expected
