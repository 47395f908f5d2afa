"""The relative-risk surface: one where nothing stands out, high where it does, silent where it must be."""

import io
from datetime import date

import numpy as np
import pytest
import rasterio
import shapely

from layers.errors import NothingToAnalyse
from layers.models import AnalysisResult, AnalysisSurface
from layers.scope import Scope
from maps.services.methods import surface_risque
from maps.services.methods.surface_risque import RiskPoints
from maps.services.runs import run_analysis
from tests.factories import (
    AddressFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    point,
    square,
)

VALUES = {"bandwidth_m": 600, "floor": 50}
RNG = np.random.default_rng(1)
SIDE_M = 6400.0
X, Y = 700_800.0, 6_600_000.0  # on multiples of the largest cell


def town(cases_per_square, dwellings=40.0) -> RiskPoints:
    """Lay a commune of 32 x 32 squares, an address in the middle of each; ``cases_per_square`` (32, 32)."""
    row, column = np.divmod(np.arange(32 * 32), 32)
    x, y = X + 200 * column + 100, Y + 200 * row + 100
    cases = np.asarray(cases_per_square).ravel()
    ground = np.array([shapely.box(X, Y, X + SIDE_M, Y + SIDE_M)])
    times = np.repeat(np.arange(cases.size), cases)
    stock = (x.astype(float), y.astype(float), np.full(x.size, dwellings))
    return RiskPoints(
        2154,
        ground,
        ("01001",),
        ground,
        x[times].astype(float),
        y[times].astype(float),
        stock,
        int(cases.sum()),
        0,
    )


def test_a_constant_risk_is_one_everywhere():
    found = surface_risque.compute(town(np.full((32, 32), 6)), VALUES, RNG)
    assert np.nanmin(found.surface.values) == pytest.approx(1, abs=1e-9)
    assert np.nanmax(found.surface.values) == pytest.approx(1, abs=1e-9)
    assert found.figures["risk"] == pytest.approx(np.ones(len(found.codes)))
    assert found.figures["rate"] == pytest.approx(np.full(len(found.codes), 150))


def test_a_place_of_thrice_the_risk_comes_first_and_near_three():
    cases = np.full((32, 32), 6)
    cases[10:16, 10:16] = 18
    found = surface_risque.compute(town(cases), VALUES, RNG)
    expected = 18 / cases.mean()
    assert found.figures["risk"][0] == pytest.approx(expected, rel=0.02)
    assert found.figures["cases"][0] >= 18
    assert np.nanmedian(found.surface.values) == pytest.approx(6 / cases.mean(), rel=0.02)


def test_no_cell_shows_one_to_four_reports_and_nothing_is_drawn_there():
    cases = np.full((32, 32), 6)
    cases[:8, :8] = 0
    cases[2, 2] = 2  # two reports in a quarter of 1.6 km: not even the largest square may show them
    found = surface_risque.compute(town(cases), VALUES, RNG)
    counts = found.figures["cases"]
    assert ((counts == 0) | (counts >= 5)).all()
    assert counts.sum() <= cases.sum() - 2
    grid = found.surface.grid
    row, column = int((grid.y_max - (Y + 500)) / grid.cell_m), int((X + 500 - grid.x_min) / grid.cell_m)
    assert np.isnan(found.surface.values[row, column])


def test_nothing_to_publish_is_said():
    cases = np.zeros((32, 32), dtype=int)
    cases[3, 3] = 2
    with pytest.raises(NothingToAnalyse, match="aucune cellule"):
        surface_risque.compute(town(cases), VALUES, RNG)
    with pytest.raises(NothingToAnalyse, match="aucune cellule"):
        surface_risque.compute(town(np.full((32, 32), 6), dwellings=0.0), VALUES, RNG)


def on_the_ground(surface) -> np.ndarray:
    """Give the part of a surface over the town, row 0 in the south as in the town."""
    grid = surface.grid
    left, bottom = round((X - grid.x_min) / grid.cell_m), round((Y - grid.bounds[1]) / grid.cell_m)
    pixels = round(SIDE_M / grid.cell_m)
    return surface.values[::-1][bottom : bottom + pixels, left : left + pixels]


def test_turning_the_ground_turns_the_surface():
    cases = np.random.default_rng(5).integers(5, 12, (32, 32))
    straight, turned = (
        on_the_ground(surface_risque.compute(town(laid), VALUES, RNG).surface)
        for laid in (cases, np.rot90(cases))
    )
    # what the kernel spills over the edge of the grid is not the same on its four sides: a factor near one
    straight, turned = straight / np.nanmean(straight), turned / np.nanmean(turned)
    assert np.rot90(straight) == pytest.approx(turned, abs=1e-9, nan_ok=True)


def test_the_run_keeps_a_cloud_optimised_geotiff(db):
    commune = CommuneFactory(code="01001", geom=square(0, 0, 1600))
    IrisFactory(commune=commune, code="010010000", geom=square(0, 0, 1600))
    IndicatorFactory(territoire_code="010010000", value=2_000)
    street = None
    for x in range(100, 1600, 200):
        for y in range(100, 1600, 200):
            address = AddressFactory(
                **({"voie": street} if street else {"voie__commune": commune}), geom=point(x, y)
            )
            street = address.voie
            if (x, y) in ((300, 300), (1100, 1100)):
                for _ in range(12):
                    SignalementFactory(commune=commune, geom=point(x, y), received_on=date(2025, 6, 1))
    period = {"since": "2025-01-01", "until": "2025-12-31"}
    run = run_analysis("surface_risque", Scope(signed_in=True, communes=frozenset({"01001"})), period).run
    rows = list(AnalysisResult.objects.unscoped("essai").of_run(run))
    assert rows[0].geom.geom_type == "Polygon"
    assert {tuple(row.communes) for row in rows} == {("01001",)}
    with rasterio.open(io.BytesIO(bytes(AnalysisSurface.objects.get(run=run).geotiff))) as raster:
        assert raster.tags(ns="IMAGE_STRUCTURE")["LAYOUT"] == "COG"
        assert raster.crs.to_epsg() == 2154
        assert "fois" not in raster.tags()["UNITE"]
        assert raster.tags()["LIMITES"].startswith("La surface compare")
        values = raster.read(1, masked=True)
        assert float(values.max()) == pytest.approx(np.nanmax([row.figures["risk"] for row in rows]), rel=0.5)
