"""What may be handed out: the cells of one protected table, and only those."""

from datetime import date

import numpy as np
import pytest
import shapely

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import AnalysisResult, UnitKind
from layers.scope import Scope
from layers.selectors.unit_stock import UnitStock
from layers.selectors.units import Units
from maps.services.methods import diffusion
from maps.services.methods.diffusion import ReleaseCounts
from maps.services.runs import run_analysis
from tests.factories import (
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    square,
)

VALUES = {"unit": "iris", "audience": "public", "last_year": ""}
RNG = np.random.default_rng(1)


def units(kind: UnitKind, codes: list[str]) -> Units:
    """Give units in a row, each in the commune that its code begins with."""
    n = len(codes)
    shapes = np.array([shapely.box(i, 0, i + 1, 1) for i in range(n)])
    covered = tuple((code[:5],) for code in codes)
    return Units(kind, np.array(codes), tuple(codes), covered, shapes, np.full(n, 2154))


def counted(cases: list[list[int]], dwellings: float = 1000) -> ReleaseCounts:
    """Give IRIS of two communes, the first half in the first."""
    n = len(cases)
    codes = [f"0100{1 + (i >= n / 2)}{i:04d}" for i in range(n)]
    communes = sorted({code[:5] for code in codes})
    stock = UnitStock({"dwellings": np.full(n, float(dwellings))}, {}, {"LOG": 2021}, "IRIS entiers")
    whole = UnitStock({"dwellings": np.full(len(communes), dwellings * n / 2)}, {}, {"LOG": 2021}, "")
    return ReleaseCounts(
        units(UnitKind.IRIS, codes),
        units(UnitKind.COMMUNE, communes),
        stock,
        whole,
        np.array(cases),
        tuple(range(2026 - len(cases[0]), 2026)),
    )


def figures(outcome) -> dict[str, list[float | None]]:
    names = ("year_0", "year_1", "year_2", "total")
    return {
        code: [None if np.isnan(outcome.figures[name][n]) else outcome.figures[name][n] for name in names]
        for n, code in enumerate(outcome.codes)
    }


LARGE = [[10, 20, 30], [11, 21, 31], [12, 22, 32], [13, 23, 33]]


def test_large_counts_are_all_given_the_newest_year_first():
    found = figures(diffusion.compute(counted(LARGE), VALUES, RNG))
    assert found["010010000"] == [30, 20, 10, 60]
    assert found["010020003"] == [33, 23, 13, 69]
    by_commune = figures(diffusion.compute(counted(LARGE), VALUES | {"unit": "commune"}, RNG))
    assert by_commune["01001"] == [61, 41, 21, 123]


def test_a_small_count_is_hidden_with_what_would_give_it_away():
    small = [row[:] for row in LARGE]
    small[0][0] = 2
    outcome = diffusion.compute(counted(small), VALUES, RNG)
    found = figures(outcome)
    assert found["010010000"][2] is None
    # in its own row and in its own column something else is hidden, or two totals would give it back
    assert found["010010000"][:2].count(None) + [found["010010000"][3]].count(None) >= 1
    years = [found[code][2] for code in found]
    assert years.count(None) >= 2
    assert 2 not in [count for row in found.values() for count in row]
    assert diffusion.HIDDEN not in outcome.categories or None in [row[3] for row in found.values()]


def test_a_committee_reads_counts_from_three_on():
    small = [row[:] for row in LARGE]
    small[0][0] = 3
    assert figures(diffusion.compute(counted(small), VALUES, RNG))["010010000"][2] is None
    shown = diffusion.compute(counted(small), VALUES | {"audience": "comite"}, RNG)
    assert figures(shown)["010010000"][2] == 3


def test_a_place_of_few_dwellings_shows_nothing():
    found = figures(diffusion.compute(counted(LARGE, dwellings=10), VALUES | {"audience": "comite"}, RNG))
    assert found["010010000"] == [None] * 4


def test_years_that_are_not_there_stay_empty():
    one = diffusion.compute(counted([[10], [20]]), VALUES, RNG)
    assert figures(one)["010010000"] == [10, None, None, 10]


def test_nothing_reported_is_said():
    with pytest.raises(NothingToAnalyse, match="aucun signalement"):
        diffusion.compute(counted([[0, 0], [0, 0]]), VALUES, RNG)


@pytest.fixture
def town(db, monkeypatch):
    """Two communes of one IRIS each, reports of two closed years and of one that is not."""
    monkeypatch.setattr(diffusion.timezone, "localdate", lambda: date(2026, 3, 20))
    for code, x in (("01001", 0), ("01002", 1000)):
        commune = CommuneFactory(code=code, geom=square(x, 0, 1000))
        IrisFactory(commune=commune, code=f"{code}0000", geom=square(x, 0, 1000))
        IndicatorFactory(territoire_code=f"{code}0000", value=1000)
        for year, count in ((2023, 6), (2024, 7), (2025, 8)):
            for _ in range(count):
                report = SignalementFactory(commune=commune, received_on=date(year, 5, 1))
                AnchorFactory(signalement=report, place_code=f"{code}0000")


def test_a_year_is_released_ninety_days_after_its_end(town):
    run = run_analysis("diffusion", Scope.whole(), {}).run
    first = AnalysisResult.objects.unscoped("essai").of_run(run).first()
    assert (first.figures["year_0"], first.figures["year_1"], first.figures["year_2"]) == (7, 6, None)
    assert first.unit_kind == "commune"
    older = run_analysis("diffusion", Scope.whole(), {"last_year": "2023"}).run
    assert AnalysisResult.objects.unscoped("essai").of_run(older).first().figures["year_0"] == 6
    with pytest.raises(InvalidParameters, match="ce choix"):
        run_analysis("diffusion", Scope.whole(), {"last_year": "2025"})


def test_a_part_of_the_base_is_not_released(town):
    with pytest.raises(NothingToAnalyse, match="par un administrateur"):
        run_analysis("diffusion", Scope(signed_in=True, communes=frozenset({"01001"})), {})
