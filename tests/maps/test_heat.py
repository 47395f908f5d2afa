"""The heat surface: what is counted, what is hidden, where it ends."""

from datetime import date

import numpy as np
import pytest
import shapely

from layers.crs import LAMBERT93
from layers.errors import NothingToAnalyse
from layers.models import Signalement
from layers.scope import Scope
from maps.analysis.disclosure import MIN_CASES
from maps.services.heat import BANDWIDTH_M, compute_heat, inside
from tests.factories import (
    AddressFactory,
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    ZoneFactory,
    point,
    square,
)

SINCE, UNTIL = date(2025, 1, 1), date(2025, 12, 31)


@pytest.fixture
def town(db):
    """Lay a commune of 3 km with one IRIS of 10 000 dwellings, an address every 200 m."""
    commune = CommuneFactory(code="01001", nom="Bourg", geom=square(0, 0, 3000))
    iris = IrisFactory(commune=commune, code="010010101", geom=square(0, 0, 3000))
    IndicatorFactory(territoire_code=iris.code, value=10_000)
    voie = None
    for x in range(100, 3000, 200):
        for y in range(100, 3000, 200):
            address = AddressFactory(
                **({"voie": voie} if voie else {"voie__commune": commune}), geom=point(x, y)
            )
            voie = address.voie
    return commune


def reports(commune, count, x=1500, y=1500, **fields):
    fields = {"received_on": date(2025, 6, 1)} | fields
    return [SignalementFactory(commune=commune, geom=point(x, y), **fields) for _ in range(count)]


def partner_of(*communes, **rights) -> Scope:
    return Scope(signed_in=True, communes=frozenset(commune.code for commune in communes), **rights)


def test_the_surface_holds_as_many_reports_as_the_cells(town):
    reports(town, 30)
    reports(town, 12, x=900, y=700)
    heat = compute_heat(partner_of(town), SINCE, UNTIL)
    assert heat.perimeter.srid == LAMBERT93
    assert (heat.counts.sum(), heat.reports, heat.left_out, heat.hidden) == (42, 42, 0, 0)
    grid = heat.surface.grid
    assert heat.surface.values.sum() * grid.cell_area_km2 == pytest.approx(42, rel=1e-6)
    row, column = np.unravel_index(heat.surface.values.argmax(), heat.surface.values.shape)
    x, y = grid.x_min + (column + 0.5) * grid.cell_m, grid.y_max - (row + 0.5) * grid.cell_m
    assert np.hypot(x - 701_500, y - 6_601_500) < 200
    assert heat.surface.bandwidth_m == BANDWIDTH_M


def test_no_published_cell_holds_less_than_the_rule_allows(town):
    for n, x in enumerate(range(100, 3000, 400)):
        reports(town, n % 7, x=x, y=x)
    heat = compute_heat(partner_of(town), SINCE, UNTIL)
    assert heat.counts.min() >= MIN_CASES
    assert shapely.area(shapely.union_all(heat.squares)) == pytest.approx(shapely.area(heat.squares).sum())


def test_a_few_reports_in_all_give_no_document(town):
    reports(town, MIN_CASES - 1)
    with pytest.raises(NothingToAnalyse, match="publiée"):
        compute_heat(partner_of(town), SINCE, UNTIL)


def test_reports_placed_at_a_street_or_a_commune_are_told_and_not_drawn(town):
    reports(town, 20)
    for precision in (
        Signalement.Precision.VOIE,
        Signalement.Precision.COMMUNE,
        Signalement.Precision.INCONNUE,
    ):
        reports(town, 1, precision=precision)
    heat = compute_heat(partner_of(town), SINCE, UNTIL)
    assert (heat.counts.sum(), heat.reports, heat.left_out) == (20, 23, 3)


def test_a_dwelling_counts_once_and_refused_reports_do_not(town):
    for report in reports(town, 10):
        AnchorFactory(signalement=report, kind="batiment", place_code="B1")
    reports(town, 9, x=900)
    reports(town, 9, x=900, status=Signalement.Status.REFUSED)
    reports(town, 9, x=900, received_on=date(2024, 12, 31))
    heat = compute_heat(partner_of(town), SINCE, UNTIL)
    assert heat.counts.sum() == 10


def test_only_the_reader_s_perimeter_is_read_and_drawn(town):
    other = CommuneFactory(code="01002", geom=square(3000, 0, 3000))
    reports(town, 10)
    reports(other, 50, x=4500)
    heat = compute_heat(partner_of(town), SINCE, UNTIL)
    assert heat.counts.sum() == 10
    assert heat.perimeter.communes == (("01001", "Bourg"),)
    assert inside(heat).sum() * heat.surface.grid.cell_m**2 == pytest.approx(9_000_000, rel=0.02)
    with pytest.raises(NothingToAnalyse, match="périmètre"):
        compute_heat(Scope(signed_in=True), SINCE, UNTIL)


def test_an_excluded_zone_is_a_hole(town):
    reports(town, 10)
    reports(town, 30, x=300, y=300)
    zone = ZoneFactory(geom=square(0, 0, 1000))
    heat = compute_heat(partner_of(town, excluded_zones=frozenset({zone.pk})), SINCE, UNTIL)
    assert heat.counts.sum() == 10
    assert inside(heat).sum() * heat.surface.grid.cell_m**2 == pytest.approx(8_000_000, rel=0.02)


def test_a_perimeter_made_of_a_zone_alone_has_its_surface(town):
    reports(town, 10)
    reports(town, 30, x=300, y=300)
    zone = ZoneFactory(geom=square(1000, 1000, 1000))
    heat = compute_heat(Scope(signed_in=True, zones=frozenset({zone.pk})), SINCE, UNTIL)
    assert (heat.counts.sum(), heat.perimeter.communes) == (10, ())


def test_without_dwellings_nothing_is_published(town):
    reports(town, 50)
    IrisFactory._meta.model.objects.all().delete()
    with pytest.raises(NothingToAnalyse, match="publiée"):
        compute_heat(partner_of(town), SINCE, UNTIL)


def test_no_report_in_the_period_is_told_with_its_days(town):
    with pytest.raises(NothingToAnalyse, match="01/01/2025"):
        compute_heat(partner_of(town), SINCE, UNTIL)


def test_the_whole_france_is_too_wide_for_one_surface(town):
    reports(town, 10)
    far = CommuneFactory(code="01999", geom=square(900_000, 900_000, 1000))
    with pytest.raises(NothingToAnalyse, match="trop étendu"):
        compute_heat(partner_of(town, far), SINCE, UNTIL)


def test_no_year_of_a_cell_is_told_by_subtracting_two_editions(town):
    """9 in 2024 at three places, then 6, 1 and 8: shown at all three, two editions would tell the one of 2025."""
    places = ((300, 500, 6), (2700, 500, 1), (1500, 2700, 8))
    for x, y, latest in places:
        reports(town, 9, x=x, y=y, received_on=date(2024, 6, 1))
        reports(town, latest, x=x, y=y, received_on=date(2025, 6, 1))
    before = compute_heat(partner_of(town), date(2024, 1, 1), date(2024, 12, 31))
    after = compute_heat(partner_of(town), date(2024, 1, 1), date(2025, 12, 31))
    assert before.counts.tolist() == [9, 9, 9]
    assert after.counts.size
    for cell, count in zip(after.squares, after.counts.tolist(), strict=True):
        known = [n for other, n in zip(before.squares, before.counts, strict=True) if cell.covers(other)]
        assert count - sum(known) == 0 or count - sum(known) >= MIN_CASES


def test_a_dwelling_reported_in_two_years_counts_in_each(town):
    for year in (2024, 2025):
        reports(town, 12, received_on=date(year, 6, 1))
    heat = compute_heat(partner_of(town), date(2024, 1, 1), UNTIL)
    assert (heat.counts.sum(), heat.reports) == (24, 24)
