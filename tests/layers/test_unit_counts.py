"""Reports and dwellings of any unit: which report falls where, whose dwellings they are."""

from datetime import date

import numpy as np
import pytest
from django.contrib.gis.geos import Polygon

from layers.errors import NothingToAnalyse
from layers.models import GroupeBatiment, UnitKind, Visit
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection, partners_named
from layers.selectors.unit_addresses import address_covariates
from layers.selectors.unit_counts import report_counts, report_cube, territory_counts
from layers.selectors.unit_stock import unit_stock
from layers.selectors.units import units_of
from tests.factories import (
    AddressFactory,
    AffectationFactory,
    AnchorFactory,
    CommuneFactory,
    DesordreFactory,
    EpciFactory,
    IndicatorFactory,
    IrisFactory,
    SectionFactory,
    SignalementFactory,
    VisitFactory,
    VoieFactory,
    ZoneFactory,
    point,
    rectangle,
    square,
)
from tests.factories.logements import GroupeBatimentFactory, LogementSocialFactory

WHOLE = Scope.whole()
YEAR = ReportSelection(date(2025, 1, 1), date(2025, 12, 31))


@pytest.fixture
def town(db):
    """Lay a commune of 1 km cut in two IRIS, west (100 dwellings) and east (300), four addresses in each."""
    epci = EpciFactory(nom="Pays")
    commune = CommuneFactory(code="01001", epci=epci, geom=square(0, 0, 1000))
    street = VoieFactory(commune=commune)
    for name, x, dwellings in (("west", 0, 100), ("east", 500, 300)):
        code = {"west": "010010001", "east": "010010002"}[name]
        IrisFactory(commune=commune, code=code, nom=name, geom=rectangle(x, 0, 500, 1000))
        IndicatorFactory(territoire_code=code, value=dwellings)
        for y in (100, 300, 500, 700):
            AddressFactory(voie=street, geom=point(x + 50, y))
    return commune


def report(commune, x, y, *, day=date(2025, 6, 1), **anchors):
    made = SignalementFactory(commune=commune, geom=point(x, y), received_on=day)
    for kind, code in anchors.items():
        AnchorFactory(signalement=made, kind=kind, place_code=code)
    return made


def dwellings_of(units) -> dict[str, float]:
    return dict(zip(units.codes.tolist(), unit_stock(units).dwellings.tolist(), strict=True))


def cases_of(units, selection=YEAR, scope=WHOLE) -> dict[str, int]:
    return dict(zip(units.codes.tolist(), report_counts(units, scope, selection).cases.tolist(), strict=True))


def test_whole_iris_make_communes_and_epci(town):
    assert dwellings_of(units_of(UnitKind.IRIS, WHOLE)) == {"010010001": 100, "010010002": 300}
    assert dwellings_of(units_of(UnitKind.COMMUNE, WHOLE)) == {"01001": 400}
    assert dwellings_of(units_of(UnitKind.EPCI, WHOLE)) == {town.epci_id: 400}


def test_a_perimeter_takes_the_dwellings_of_its_addresses(town):
    zone = ZoneFactory(code="QN1", geom=rectangle(0, 0, 1000, 200))  # one address in four of each IRIS
    assert dwellings_of(units_of(UnitKind.ZONE, WHOLE, zone_type="QPV")) == {zone.code: pytest.approx(100)}
    with pytest.raises(NothingToAnalyse, match="périmètre"):
        units_of(UnitKind.ZONE, WHOLE, zone_type="PIG")


def test_a_building_of_known_dwellings_weighs_more(town):
    section = SectionFactory(commune=town, code="010010000A", geom=rectangle(0, 0, 500, 200))
    assert dwellings_of(units_of(UnitKind.SECTION, WHOLE)) == {section.code: pytest.approx(25)}
    first = town.address_set.order_by("ban_id").first()
    GroupeBatiment.objects.create(code="B", code_insee="01001", dwellings=17, ban_ids=[first.ban_id])
    # of the four addresses of the west one weighs 17: 17 of 20
    assert dwellings_of(units_of(UnitKind.SECTION, WHOLE)) == {section.code: pytest.approx(85)}


def test_an_iris_without_address_is_shared_by_its_area(town):
    commune = CommuneFactory(code="01002", geom=square(2000, 0, 1000))
    IrisFactory(commune=commune, code="010020000", geom=square(2000, 0, 1000))
    IndicatorFactory(territoire_code="010020000", value=1000)
    zone = ZoneFactory(geom=rectangle(2000, 0, 250, 1000))
    assert dwellings_of(units_of(UnitKind.ZONE, WHOLE)) == {zone.code: pytest.approx(250, rel=1e-3)}


def test_squares_share_all_the_dwellings_and_hold_the_reports(town):
    report(town, 60, 110)
    report(town, 990, 990)  # a square where nobody lives: no unit, hence not placed
    found = territory_counts(UnitKind.CARREAU, WHOLE, YEAR)
    assert found.stock.dwellings.sum() == pytest.approx(400)
    assert len(found.units.codes) == 8
    assert found.counts.cases.sum() == found.counts.placed == 1
    assert found.counts.reports == 2
    place = int(np.argmax(found.counts.cases))
    assert found.units.codes[place] == "CRS2154RES200mN6600000E700000"
    assert found.stock.dwellings[place] == pytest.approx(25)


def test_a_drawn_polygon_is_counted_beside_the_rest_of_the_perimeter(town):
    """Alone it would be compared to itself."""
    report(town, 60, 110)
    report(town, 560, 110)
    report(town, 580, 110)
    drawn = Polygon.from_bbox(rectangle(0, 0, 500, 600).extent)
    drawn.srid = 4326
    found = territory_counts(UnitKind.DRAWN, WHOLE, YEAR, drawn=drawn)
    assert found.units.codes.tolist() == ["dessin", "reste"]
    assert found.counts.cases.tolist() == [1, 2]
    assert found.stock.dwellings.tolist() == [pytest.approx(75), pytest.approx(325)]
    assert found.counts.communes == ((town.code,), (town.code,))
    everywhere = Polygon.from_bbox(rectangle(-10, -10, 3_000, 3_000).extent)
    everywhere.srid = 4326
    assert units_of(UnitKind.DRAWN, WHOLE, drawn=everywhere).codes.tolist() == ["dessin"]
    elsewhere = Scope(signed_in=True, communes=frozenset({"01999"}))
    with pytest.raises(NothingToAnalyse, match="hors du périmètre"):
        units_of(UnitKind.DRAWN, elsewhere, drawn=drawn)


def test_reports_fall_in_their_commune_iris_section_and_perimeters(town):
    SectionFactory(commune=town, code="010010000A")
    one, two = ZoneFactory(code="Z1", geom=square(0, 0, 500)), ZoneFactory(code="Z2", geom=square(0, 0, 400))
    made = report(town, 5, 5, iris="010010001", parcelle="010010000A0001", zone=one.code)
    AnchorFactory(signalement=made, kind="zone", place_code=two.code, is_best=False)
    report(town, 900, 5)  # of no known IRIS
    assert cases_of(units_of(UnitKind.COMMUNE, WHOLE)) == {"01001": 2}
    assert cases_of(units_of(UnitKind.EPCI, WHOLE)) == {town.epci_id: 2}
    assert cases_of(units_of(UnitKind.IRIS, WHOLE)) == {"010010001": 1, "010010002": 0}
    assert cases_of(units_of(UnitKind.SECTION, WHOLE)) == {"010010000A": 1}
    zones = units_of(UnitKind.ZONE, WHOLE)
    assert cases_of(zones) == {"Z1": 1, "Z2": 1}
    counts = report_counts(zones, WHOLE, YEAR)
    assert (counts.reports, counts.placed, counts.unit_reports.tolist()) == (2, 1, [1, 1])


def test_only_what_the_perimeter_opens_is_counted(town):
    other = CommuneFactory(code="01002", geom=square(1000, 0, 1000))
    ZoneFactory(code="ASTRIDE", geom=rectangle(500, 0, 1000, 200))
    report(other, 1100, 50, zone="ASTRIDE")
    here = Scope(signed_in=True, communes=frozenset({"01001"}))
    assert units_of(UnitKind.COMMUNE, here).codes.tolist() == ["01001"]
    with pytest.raises(NothingToAnalyse):
        units_of(UnitKind.ZONE, here)
    assert cases_of(units_of(UnitKind.ZONE, WHOLE)) == {"ASTRIDE": 1}


def test_a_perimeter_covers_the_communes_of_the_reports_that_it_counts(town):
    CommuneFactory(code="01002", geom=square(1000, 0, 1000))
    zone = ZoneFactory(geom=rectangle(0, 0, 1001, 1000))  # a metre too wide: a misfit of two contours
    units = units_of(UnitKind.ZONE, WHOLE)
    assert units.communes == (("01001",),)
    other = CommuneFactory(code="01003", geom=square(5000, 0, 1000))
    report(other, 5, 5, zone=zone.code)
    assert report_counts(units, WHOLE, YEAR).communes == (("01001", "01003"),)


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        ({"family": "humidite"}, 1),
        ({"family": "plomb"}, 0),
        ({"conclusion": Visit.Conclusion.INSALUBRITE}, 1),
        ({"partner": "Mairie"}, 1),
        ({"partner": "ARS"}, 0),
        ({"statuses": ("ACTIVE",)}, 2),
        ({"statuses": ("CLOSED",)}, 0),
    ],
)
def test_reports_are_chosen_by_disorder_procedure_partner_and_status(town, criterion, expected):
    chosen = report(town, 5, 5)
    report(town, 15, 5)
    DesordreFactory(signalement=chosen, label="Le logement est humide et a des traces de moisissures")
    DesordreFactory(signalement=chosen, label="Il y a des punaises de lit")
    VisitFactory(signalement=chosen, conclusions=["RSD", "INSALUBRITE"])
    AffectationFactory(signalement=chosen, partner="Mairie")
    selection = ReportSelection(YEAR.since, YEAR.until, **criterion)
    assert cases_of(units_of(UnitKind.COMMUNE, WHOLE), selection) == {"01001": expected}
    assert partners_named(WHOLE) == ["Mairie"]


def test_the_cube_has_a_column_for_each_step_of_the_period(town):
    for day in (date(2025, 1, 5), date(2025, 3, 31), date(2025, 8, 1)):
        report(town, 5, 5, day=day, batiment="B1")
    units = units_of(UnitKind.COMMUNE, WHOLE)
    cube = report_cube(units, WHOLE, YEAR, "quarter")
    assert cube.starts == (date(2025, 1, 1), date(2025, 4, 1), date(2025, 7, 1), date(2025, 10, 1))
    assert cube.cases.tolist() == [[1, 0, 1, 0]]  # a dwelling counts once a quarter
    assert report_cube(units, WHOLE, YEAR, "month").cases.sum() == 3


def test_covariates_are_shares_of_what_is_known(town):
    for code, value in (("RP", 80), ("RP_ACHTOT", 80), ("RP_ACH19", 30), ("RP_ACH45", 10), ("DEC_TP60", 25)):
        IndicatorFactory(territoire_code="010010001", code=code, value=value)
    for code, value in (("RP_LOC", 50), ("RP_LOCHLMV", 60)):
        IndicatorFactory(territoire_code="010010001", code=code, value=value)
    stock = unit_stock(units_of(UnitKind.COMMUNE, WHOLE))
    assert stock.covariates["pre_1946"].tolist() == [pytest.approx(0.5)]
    assert stock.covariates["low_income"].tolist() == [pytest.approx(0.25)]
    assert stock.private_rented.tolist() == [0]
    assert np.isnan(stock.covariates["dpe_fg"]).all()
    assert stock.vintages["LOG"] == 2021


@pytest.mark.parametrize("kind", [UnitKind.COMMUNE, UnitKind.IRIS, UnitKind.ZONE, UnitKind.CARREAU])
def test_one_query_a_question(town, kind, django_assert_max_num_queries):
    ZoneFactory(geom=square(0, 0, 500))
    for n in range(5):
        report(town, 5 + n, 5, iris="010010001")
    with django_assert_max_num_queries(8):
        territory_counts(kind, WHOLE, YEAR)


def test_the_registers_tell_the_building_of_each_address(db):
    commune = CommuneFactory(code="01001", geom=square(0, 0, 1_000))
    street = VoieFactory(commune=commune)
    old, large, unknown = (AddressFactory(voie=street, numero=n) for n in (1, 2, 3))
    GroupeBatimentFactory(
        code_insee="01001", ban_ids=[old.pk], dwellings=2, annee_construction=1900, classe_dpe="G"
    )
    GroupeBatimentFactory(code_insee="01001", ban_ids=[large.pk], dwellings=20, annee_construction=1980)
    LogementSocialFactory(code_insee="01001", ban_id=large.pk, dwellings=15)
    units = units_of(UnitKind.ADRESSE, Scope.whole())
    told = address_covariates(units)
    place = {code: n for n, code in enumerate(units.codes.tolist())}
    by_address = {
        pk: {name: value[place[pk]] for name, value in told.items() if value[place[pk]]}
        for pk in (old.pk, large.pk, unknown.pk)
    }
    assert by_address[old.pk] == {"two_dwellings": 1, "house_before_1946": 1, "dpe_fg_here": 1}
    assert by_address[large.pk] == {"block": 1, "large_block": 1, "block_of_1971_1990": 1, "social": 0.75}
    assert by_address[unknown.pk] == {}
    with pytest.raises(ValueError, match="is no address"):
        address_covariates(units_of(UnitKind.COMMUNE, Scope.whole()))
