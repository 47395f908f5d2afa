"""Landlords and syndics: told apart, brought together whatever the writing, in the reader's perimeter."""

from datetime import date

import numpy as np
import pytest

from layers.errors import NothingToAnalyse
from layers.models import AnalysisResult, Anchor
from layers.scope import Scope
from layers.selectors.managers import Manager, managers
from layers.selectors.report_selection import ReportSelection
from maps.services.methods.gestionnaires import compute
from maps.services.runs import run_analysis
from tests.factories import AnchorFactory, ArreteFactory, CommuneFactory, SignalementFactory, point, square

YEAR = ReportSelection(date(2026, 1, 1), date(2026, 12, 31))
FORM = {"since": "2026-01-01", "until": "2026-12-31"}


@pytest.fixture
def here(db):
    return CommuneFactory(code="01001", geom=square(0, 0, 1000))


def reported(commune, bailleur: str, address: str, idu: str = "", **fields):
    report = SignalementFactory(commune=commune, bailleur=bailleur, geom=point(5, 5), **fields)
    for kind, code in ((Anchor.Kind.ADDRESS, address), (Anchor.Kind.PARCELLE, idu)):
        if code:
            AnchorFactory(signalement=report, kind=kind, place_code=code)
    return report


def test_one_landlord_under_several_writings(here):
    reported(here, "Habitat du Val", "a")
    reported(here, "HABITAT DU VAL", "b")
    reported(here, "Habitat-du-Val ", "b", etage="2")
    reported(here, "Habitat du Val", "c", received_on=date(2020, 1, 1))
    (one,) = managers(Scope.whole(), YEAR)
    assert (one.role, one.name, one.reports, one.dwellings) == ("bailleur", "HABITAT DU VAL", 3, 3)
    assert [place for place, *_ in one.places] == ["a", "b"]
    assert one.communes == ("01001",)


def test_the_reports_of_a_parcelle_under_order_are_its_syndic_s(here):
    ArreteFactory(commune=here, idu="01001000AB0001", syndic="Cabinet Dupré", mainlevee_on=date(2026, 2, 1))
    ArreteFactory(commune=here, idu="01001000AB0002", syndic="cabinet dupre")
    reported(here, "", "a", "01001000AB0001")
    reported(here, "", "z", "01001000AB0009")
    (one,) = managers(Scope.whole(), YEAR)
    assert (one.role, one.orders, one.open_orders, one.reports) == ("syndic", 2, 1, 1)
    assert [place for place, *_ in one.places] == ["01001000AB0001", "01001000AB0002"]


def test_an_order_taken_after_the_period_is_not_there(here):
    ArreteFactory(commune=here, syndic="Cabinet", taken_on=date(2027, 1, 1))
    assert managers(Scope.whole(), YEAR) == []


def test_another_perimeter_tells_nothing(here):
    there = CommuneFactory(code="01002", geom=square(2000, 0, 1000))
    reported(here, "Habitat", "a")
    reported(there, "Habitat", "b")
    reported(there, "Ailleurs", "c")
    ArreteFactory(commune=there, syndic="Cabinet")
    (one,) = managers(Scope(signed_in=True, communes=frozenset({"01001"})), YEAR)
    assert (one.name, one.reports, one.communes) == ("Habitat", 1, ("01001",))


def manager(name: str, places: int, **figures) -> Manager:
    told = {"reports": 1, "dwellings": 1, "orders": 0, "open_orders": 0} | figures
    points = tuple((f"{name}{n}", float(n), 0.0, 2154) for n in range(places))
    return Manager("bailleur", name, **told, communes=("01001",), places=points)


def test_open_orders_come_first_and_one_place_is_not_listed():
    found = [manager("A", 3, reports=9), manager("B", 2, orders=1, open_orders=1), manager("C", 1)]
    outcome = compute(found, {"least": 2}, np.random.default_rng(1))
    assert outcome.labels == ["B", "A"]
    assert outcome.figures["places"].tolist() == [2, 3]
    with pytest.raises(NothingToAnalyse):
        compute(found, {"least": 4}, np.random.default_rng(1))


def test_places_in_two_projections_are_drawn_in_that_of_most():
    one = manager("A", 2)
    far = Manager(**{**vars(one), "places": (*one.places, ("far", 1.0, 1.0, 2975))})
    outcome = compute([far], {"least": 2}, np.random.default_rng(1))
    assert outcome.srids.tolist() == [2154]
    assert len(outcome.shapes[0].geoms) == 2
    assert outcome.figures["places"].tolist() == [3]


def test_a_run_is_kept(here):
    for address in ("a", "b"):
        reported(here, "Habitat", address)
    run = run_analysis("gestionnaires", Scope.whole(), FORM).run
    (row,) = AnalysisResult.objects.unscoped("essai").of_run(run)
    assert (row.label, row.figures["reports"], row.geom.geom_type) == ("Habitat", 2, "MultiPoint")
    assert not run_analysis("gestionnaires", Scope.whole(), FORM).is_new
