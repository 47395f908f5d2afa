"""The figures of a commune, an EPCI and an IRIS, inside a perimeter."""

from datetime import date

import pytest

from layers.errors import UnknownTerritoire
from layers.models import Signalement
from layers.scope import Scope
from layers.selectors.territories import Coverage, communes_of, coverage, extent_of, find_territory
from layers.selectors.territory_figures import (
    arretes_in_force,
    commune_figures,
    iris_results,
    report_figures,
    reports_by_quarter,
    stock_of,
)
from tests.factories import (
    AnchorFactory,
    ArreteFactory,
    CommuneFactory,
    EpciFactory,
    IndicatorFactory,
    IrisFactory,
    IrisResultFactory,
    SignalementFactory,
    point,
    square,
)

CLOSED = Signalement.Status.CLOSED


@pytest.fixture
def epci(db):
    return EpciFactory(code="200012345", nom="Pays d’ici")


@pytest.fixture
def town(epci):
    return CommuneFactory(code="01001", nom="Bourg", epci=epci, population=900)


@pytest.fixture
def village(epci):
    return CommuneFactory(code="01002", nom="Village", epci=epci, population=None, geom=square(1000, 0, 1000))


def partner_of(*communes) -> Scope:
    return Scope(signed_in=True, communes=frozenset(commune.code for commune in communes))


def test_a_code_names_a_commune_an_epci_or_an_iris(town, village, epci):
    iris = IrisFactory(commune=town, code="010010101")
    assert find_territory("01001").kind == "commune"
    assert find_territory("200012345").communes == {"01001": "Bourg", "01002": "Village"}
    assert find_territory(iris.code).communes == {"01001": "Bourg"}
    assert (find_territory("200012345").population, find_territory("01002").population) == (900, None)


@pytest.mark.parametrize("code", ["", "01", "99999", "999999999", "x" * 300])
def test_an_unknown_code_is_told(db, code):
    with pytest.raises(UnknownTerritoire):
        find_territory(code)


def test_an_iris_that_left_the_register_is_unknown(town):
    iris = IrisFactory(commune=town, closed_on=date(2024, 1, 1))
    with pytest.raises(UnknownTerritoire):
        find_territory(iris.code)


def test_coverage_says_how_much_the_reader_sees(town, village, epci):
    territory = find_territory(epci.code)
    assert coverage(territory, Scope.whole()) is Coverage.FULL
    assert coverage(territory, partner_of(town, village)) is Coverage.FULL
    assert coverage(territory, partner_of(town)) is Coverage.PARTIAL
    assert coverage(territory, Scope(signed_in=True)) is Coverage.NONE
    assert coverage(find_territory("01002"), partner_of(town)) is Coverage.NONE
    hidden = Scope(signed_in=True, communes=frozenset({"01001"}), excluded_zones=frozenset({1}))
    assert coverage(find_territory("01001"), hidden) is Coverage.PARTIAL


def test_reports_are_counted_inside_the_perimeter_without_the_refused(town, village, epci):
    SignalementFactory(commune=town, received_on=date(2025, 2, 1), needs_review=True)
    SignalementFactory(commune=town, received_on=date(2025, 3, 1), status=CLOSED)
    SignalementFactory(commune=town, status=Signalement.Status.REFUSED)
    SignalementFactory(commune=village)
    territory = find_territory(epci.code)
    figures = report_figures(territory, partner_of(town))
    assert (figures.received, figures.open, figures.closed, figures.to_review) == (2, 1, 1, 1)
    assert (figures.first_on, figures.last_on) == (date(2025, 2, 1), date(2025, 3, 1))
    assert report_figures(territory, Scope.whole()).received == 3


def test_an_iris_has_the_reports_anchored_to_it(town):
    iris = IrisFactory(commune=town)
    AnchorFactory(signalement=SignalementFactory(commune=town), place_code=iris.code)
    AnchorFactory(signalement=SignalementFactory(commune=town), place_code=iris.code, is_best=False)
    SignalementFactory(commune=town)
    assert report_figures(find_territory(iris.code), partner_of(town)).received == 1


def test_quarters_run_without_a_hole_over_the_new_year(town):
    for day, status in (
        (date(2024, 9, 30), CLOSED),
        (date(2024, 8, 1), Signalement.Status.ACTIVE),
        (date(2025, 4, 1), CLOSED),
    ):
        SignalementFactory(commune=town, received_on=day, status=status)
    quarters = reports_by_quarter(find_territory("01001"), partner_of(town))
    assert [(quarter.starts_on, quarter.received, quarter.open) for quarter in quarters] == [
        (date(2024, 7, 1), 2, 1),
        (date(2024, 10, 1), 0, 0),
        (date(2025, 1, 1), 0, 0),
        (date(2025, 4, 1), 1, 0),
    ]
    assert reports_by_quarter(find_territory("01001"), Scope(signed_in=True)) == []


def test_the_stock_is_the_sum_of_the_newest_edition(town, village, epci):
    for commune in (town, town, village):
        IndicatorFactory(territoire_code=IrisFactory(commune=commune).code, millesime=2021, value=100)
    IndicatorFactory(territoire_code=IrisFactory(commune=town).code, millesime=2020, value=7)
    assert (stock_of(find_territory("01001")).dwellings, stock_of(find_territory(epci.code)).dwellings) == (
        200,
        300,
    )
    assert stock_of(find_territory("01001")).millesime == 2021


def test_without_dwellings_the_stock_is_unknown_and_not_zero(town):
    assert stock_of(find_territory("01001")).dwellings is None


def test_results_come_highest_first_and_unknown_last(town):
    first = IrisResultFactory(iris__commune=town, smoothed_per_1000=5)
    run = first.run
    IrisResultFactory(run=run, iris__commune=town, smoothed_per_1000=None, rate_per_1000=None)
    IrisResultFactory(run=run, iris__commune=town, smoothed_per_1000=50)
    IrisResultFactory(run=run, smoothed_per_1000=99)
    IrisResultFactory(iris__commune=town, smoothed_per_1000=70)
    territory = find_territory("01001")
    found = [row.smoothed_per_1000 for row in iris_results(territory, partner_of(town), run)]
    assert found == [50, 5, None]
    assert not iris_results(territory, Scope(signed_in=True), run)
    assert not iris_results(territory, partner_of(town), None)


def test_orders_in_force_are_those_taken_and_not_lifted(town):
    day = date(2026, 1, 1)
    ArreteFactory(commune=town, taken_on=date(2025, 6, 1))
    ArreteFactory(commune=town, taken_on=date(2024, 6, 1), mainlevee_on=date(2025, 1, 1))
    ArreteFactory(commune=town, taken_on=date(2026, 6, 1))
    IrisFactory(commune=town, code="010010101", geom=square(0, 0, 500))
    ArreteFactory(commune=town, taken_on=date(2025, 7, 1), geom=point(900, 900))
    assert arretes_in_force(find_territory("01001"), partner_of(town), day) == 2
    assert arretes_in_force(find_territory("010010101"), partner_of(town), day) == 1
    assert arretes_in_force(find_territory("01001"), Scope(signed_in=True), day) == 0


def test_communes_of_a_perimeter_with_what_a_list_shows(town, village):
    IrisFactory(commune=town)
    IrisFactory(commune=town, closed_on=date(2024, 1, 1))
    [found] = communes_of(partner_of(town))
    assert (found.nom, found.iris_count) == ("Bourg", 1)
    assert found.label_point.within(town.geom)
    assert found.envelope.extent == pytest.approx(town.geom.extent)
    assert communes_of(Scope(signed_in=True)) == communes_of(Scope.nobody()) == []
    assert len(communes_of(Scope.whole())) == 2


def test_the_extent_is_that_of_the_territory_or_of_the_perimeter(town, village, epci):
    iris = IrisFactory(commune=town, geom=square(0, 0, 100))
    assert extent_of(partner_of(town)).east == pytest.approx(town.geom.extent[2])
    assert extent_of(partner_of(town), find_territory("01002")).west == pytest.approx(village.geom.extent[0])
    assert extent_of(partner_of(town), find_territory(iris.code)).east == pytest.approx(iris.geom.extent[2])
    assert extent_of(Scope.whole()).east == pytest.approx(village.geom.extent[2])


def test_without_any_commune_there_is_no_extent(db):
    assert extent_of(Scope.whole()) is None


def test_figures_of_the_communes_in_one_query(town, village, django_assert_num_queries):
    SignalementFactory(commune=town)
    SignalementFactory(commune=town, status=CLOSED)
    SignalementFactory(commune=village, status=Signalement.Status.REFUSED)
    with django_assert_num_queries(1):
        assert commune_figures(Scope.whole()) == {"01001": (2, 1)}
