"""What enters the rates: which reports, counted how, over which dwellings."""

from datetime import date

import pytest

from layers.models import Anchor, Signalement
from layers.scope import Scope
from layers.selectors.iris_counts import iris_counts, reporting_period
from tests.factories import AnchorFactory, IndicatorFactory, IrisFactory, SignalementFactory, square

SINCE, UNTIL = date(2025, 1, 1), date(2025, 12, 31)


@pytest.fixture
def iris(db):
    return IrisFactory(code="010010101")


def report(iris, *, batiment="", address="", day=date(2025, 6, 1), **fields):
    """Make a report anchored to ``iris``, and to a building or an address when given."""
    made = SignalementFactory(commune=iris.commune, received_on=day, **fields)
    AnchorFactory(signalement=made, place_code=iris.code)
    for kind, code in ((Anchor.Kind.BATIMENT, batiment), (Anchor.Kind.ADDRESS, address)):
        if code:
            AnchorFactory(signalement=made, kind=kind, place_code=code)
    return made


def cases_of(iris) -> int:
    counts = iris_counts(SINCE, UNTIL)
    return int(counts.cases[counts.codes == iris.code][0])


def test_a_dwelling_counts_once_however_often_it_is_reported(iris):
    report(iris, batiment="B1", address="A1", etage="2", appartement="Gauche")
    report(iris, batiment="B1", address="A2", etage="2", appartement=" gauche ")
    report(iris, batiment="B1", address="A1", etage="3")
    report(iris, batiment="B2", address="A1", etage="2", appartement="Gauche")
    assert cases_of(iris) == 3


def test_reports_of_a_building_that_name_no_door_count_as_one(iris):
    report(iris, batiment="B1")
    report(iris, batiment="B1")
    report(iris, batiment="B1", escalier="A")
    assert cases_of(iris) == 2


def test_the_words_of_two_fields_are_not_taken_for_one_another(iris):
    report(iris, batiment="B1", escalier="1")
    report(iris, batiment="B1", etage="1")
    assert cases_of(iris) == 2


def test_without_a_building_the_address_counts_and_without_both_the_report(iris):
    report(iris, address="A1")
    report(iris, address="A1")
    report(iris)
    report(iris)
    assert cases_of(iris) == 3


@pytest.mark.parametrize("status", Signalement.INVALID_STATUSES)
def test_refused_reports_and_drafts_are_left_out(iris, status):
    report(iris, batiment="B1", status=status)
    assert cases_of(iris) == 0


@pytest.mark.parametrize(
    ("day", "expected"),
    [(date(2024, 12, 31), 0), (SINCE, 1), (UNTIL, 1), (date(2026, 1, 1), 0)],
)
def test_both_days_of_the_period_are_counted(iris, day, expected):
    report(iris, day=day)
    assert cases_of(iris) == expected


def test_a_link_that_was_not_retained_counts_nowhere(iris):
    made = SignalementFactory(commune=iris.commune, received_on=SINCE)
    AnchorFactory(signalement=made, place_code=iris.code, is_best=False)
    counts = iris_counts(SINCE, UNTIL)
    assert (counts.cases.sum(), counts.reports, counts.placed) == (0, 1, 0)


def test_dwellings_are_those_of_the_newest_edition_and_zero_when_unknown(iris):
    other = IrisFactory(code="010010102", commune=iris.commune, geom=square(500, 0, 500))
    IndicatorFactory(territoire_code=iris.code, millesime=2020, value=800)
    IndicatorFactory(territoire_code=iris.code, millesime=2021, value=850.5)
    IndicatorFactory(territoire_code=other.code, millesime=2020, value=400)
    counts = iris_counts(SINCE, UNTIL)
    assert dict(zip(counts.codes, counts.dwellings, strict=True)) == {iris.code: 850.5, other.code: 0}
    assert counts.millesime == 2021


def test_shapes_are_in_metres_of_the_legal_projection(iris):
    IrisFactory(code="974010101", commune__code="97401", commune__departement="974", geom=iris.geom)
    counts = iris_counts(SINCE, UNTIL)
    assert counts.polygons[0].area == pytest.approx(500 * 500, rel=1e-3)
    assert counts.polygons[0].bounds[0] == pytest.approx(700_000, abs=1)
    assert counts.polygons[1].bounds[1] > 7_000_000  # EPSG:2975 counts from the south


def test_without_iris_the_arrays_are_empty(db):
    counts = iris_counts(SINCE, UNTIL)
    assert counts.codes.size == counts.cases.size == counts.polygons.size == 0


def test_the_number_of_queries_does_not_follow_the_number_of_rows(iris, django_assert_num_queries):
    for n in range(5):
        report(IrisFactory(commune=iris.commune), batiment=f"B{n}")
    with django_assert_num_queries(4):
        iris_counts(SINCE, UNTIL)


def test_the_period_is_that_of_the_valid_reports(iris):
    assert reporting_period(Scope.whole()) is None
    report(iris, day=date(2023, 5, 1))
    report(iris, day=date(2025, 5, 1))
    report(iris, day=date(2026, 5, 1), status=Signalement.Status.REFUSED)
    assert reporting_period(Scope.whole()) == (date(2023, 5, 1), date(2025, 5, 1))


def test_the_period_tells_nothing_of_the_reports_of_others(iris):
    report(iris, day=date(2023, 5, 1))
    elsewhere = IrisFactory(code="020010101")
    for day in (date(2019, 2, 3), date(2026, 2, 3)):
        report(elsewhere, day=day)
    here = Scope(signed_in=True, communes=frozenset({iris.commune_id}))
    assert reporting_period(here) == (date(2023, 5, 1), date(2023, 5, 1))
    assert reporting_period(Scope(signed_in=True)) is None
