"""Rates of any unit: the figures against a closed form, and a run from the database to its rows."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from layers.errors import InvalidParameters, NothingToAnalyse, UnknownMethod
from layers.models import AnalysisResult, AnalysisRun, UnitKind
from layers.scope import Scope
from layers.selectors.unit_counts import ReportCounts, TerritoryCounts
from layers.selectors.unit_stock import UnitStock
from layers.selectors.units import Units
from maps.services import runs
from maps.services.methods import taux
from maps.services.methods.register import METHODS
from maps.services.runs import run_analysis
from tests.factories import (
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    square,
)

VALUES = {
    "neighbours": "contact",
    "strata": [],
    "denominator": "dwellings",
    "level": 95,
    "min_probability": 0.8,
}
YEAR = {"since": "2026-01-01", "until": "2026-12-31"}
RNG = np.random.default_rng(1)


def counted(cases, dwellings, private_rented=None) -> TerritoryCounts:
    """Give the counts of n IRIS in a row."""
    n = len(cases)
    codes = np.array([f"01001{i:04d}" for i in range(n)])
    units = Units(
        UnitKind.IRIS,
        codes,
        tuple(codes),
        (("01001",),) * n,
        np.array([shapely.box(i, 0, i + 1, 1) for i in range(n)]),
        np.full(n, 2154),
    )
    counts = np.array(cases, dtype=np.int64)
    reports = ReportCounts(counts, counts, units.communes, int(counts.sum()), int(counts.sum()))
    rented = np.full(n, np.nan) if private_rented is None else np.array(private_rented, dtype=float)
    stock = {"dwellings": np.array(dwellings, dtype=float), "private_rented": rented}
    return TerritoryCounts(units, reports, UnitStock(stock, {}, {"LOG": 2021}, "IRIS entiers"))


def by_code(outcome) -> dict[str, dict[str, float]]:
    return {
        code: {name: float(values[n]) for name, values in outcome.figures.items()}
        for n, code in enumerate(outcome.codes)
    }


def test_the_exact_interval_of_no_case_and_of_one():
    figures = by_code(taux.compute(counted([0, 1], [1000, 1000]), VALUES, RNG))
    # Garwood (1936): 0 case (0 ; 3.689), 1 case (0.0253 ; 5.572)
    assert figures["010010000"]["low"] == 0
    assert figures["010010000"]["high"] == pytest.approx(3.689, abs=5e-4)
    assert figures["010010001"]["low"] == pytest.approx(0.0253, abs=5e-5)
    assert figures["010010001"]["high"] == pytest.approx(5.572, abs=5e-4)


def test_a_unit_without_dwellings_has_no_rate_and_a_small_one_no_smoothed_rate():
    outcome = taux.compute(counted([3, 2, 40], [np.nan, 10, 1000]), VALUES, RNG)
    figures = by_code(outcome)
    assert np.isnan(figures["010010000"]["rate"])
    assert outcome.categories[outcome.codes.index("010010000")] == taux.UNKNOWN
    assert figures["010010001"]["rate"] == 200
    assert np.isnan(figures["010010001"]["smoothed"])
    assert outcome.categories[outcome.codes.index("010010001")] == taux.UNSURE
    assert np.isfinite(figures["010010002"]["smoothed"])


def test_the_denominator_may_be_the_private_rented_stock():
    values = VALUES | {"denominator": "private_rented"}
    figures = by_code(taux.compute(counted([10, 10], [1000, 1000], [100, 400]), values, RNG))
    assert figures["010010000"]["rate"] == figures["010010000"]["rate_private"] == 100
    assert figures["010010001"]["rate_all"] == 10


def test_the_local_rate_is_drawn_to_the_neighbours_and_not_to_the_whole():
    """A row of IRIS, ten cases in each on the left and one on the right, and a small one among the former."""
    cases, dwellings = [10, 11, 9, 0, 10, 1, 1, 1, 1], [500, 500, 500, 50, 500, 500, 500, 500, 500]
    values = VALUES | {"neighbours": "proches", "nearest": 2}
    figures = by_code(taux.compute(counted(cases, dwellings), values, RNG))["010010003"]
    assert figures["rate"] == 0
    assert figures["smoothed_locally"] > figures["smoothed"]
    # the unit and its two neighbours: 19 cases for 1 050 dwellings, of which it keeps its own share
    assert figures["smoothed_locally"] <= 1000 * 19 / 1050


def test_one_unit_alone_is_the_whole():
    outcome = taux.compute(counted([5], [500]), VALUES, RNG)
    assert outcome.figures["smoothed"].tolist() == [pytest.approx(10)]
    assert outcome.categories == [taux.UNSURE]


def test_degenerate_inputs_say_what_is_missing():
    with pytest.raises(NothingToAnalyse, match="nombre de logements"):
        taux.compute(counted([1, 2], [np.nan, 0]), VALUES, RNG)
    with pytest.raises(NothingToAnalyse, match="aucun signalement"):
        taux.compute(counted([0, 0], [100, 100]), VALUES, RNG)


def standardised(cases, dwellings, old, criteria=("pre_1946",)):
    inputs = counted(cases, dwellings)
    stock = replace(inputs.stock, covariates={"pre_1946": np.array(old, dtype=float)})
    return taux.compute(replace(inputs, stock=stock), VALUES | {"strata": list(criteria)}, RNG)


def test_units_of_like_stock_are_each_others_expectation():
    # old units: 30 cases for 2 000 dwellings; recent ones: 10 for 2 000. Each expects the rate of its own kind
    figures = by_code(standardised([10, 20, 4, 6], [1000] * 4, [0.9, 0.8, 0.1, 0.2]))
    assert [figures[f"01001000{n}"]["expected"] for n in range(4)] == pytest.approx([15, 15, 5, 5])
    assert figures["010010001"]["smr"] == pytest.approx(20 / 15)
    # Garwood, 20 cases: 12.217 to 30.888
    assert figures["010010001"]["smr_low"] == pytest.approx(12.217 / 15, abs=1e-4)
    assert figures["010010001"]["smr_high"] == pytest.approx(30.888 / 15, abs=1e-4)


def test_expected_and_observed_agree_in_total_and_the_unknown_stays_out():
    found = by_code(standardised([10, 20, 4, 6], [1000, 500, 2000, 100], [0.9, np.nan, 0.1, 0.2]))
    known = [row["expected"] for code, row in found.items() if code != "010010001"]
    assert sum(known) == pytest.approx(20)
    assert np.isnan(found["010010001"]["expected"])


def test_without_the_indicator_there_is_no_ratio():
    figures = by_code(standardised([1, 2], [100, 100], [0.5, 0.5], criteria=("pre_1946", "low_income")))
    assert all(np.isnan(row["smr"]) for row in figures.values())


@given(
    st.lists(
        st.tuples(st.integers(0, 50), st.one_of(st.just(float("nan")), st.floats(0, 5000))),
        min_size=1,
        max_size=12,
    )
)
def test_every_figure_is_finite_or_absent_and_intervals_hold_their_rate(rows):
    cases, dwellings = zip(*[(n, d if d > 1 else 0) for n, d in rows], strict=True)
    try:
        outcome = taux.compute(counted(cases, dwellings), VALUES, RNG)
    except NothingToAnalyse:
        return
    for values in outcome.figures.values():
        assert not np.isinf(values).any()
    known = np.isfinite(outcome.figures["rate"])
    low, rate, high = (outcome.figures[name][known] for name in ("low", "rate", "high"))
    assert (low <= rate + 1e-9).all()
    assert (rate <= high + 1e-9).all()
    assert sorted(outcome.codes) == [f"01001{n:04d}" for n in range(len(rows))]


@pytest.fixture
def town(db):
    """Two communes of one IRIS each, twelve dwellings reported in the first, one in the other."""
    for code, x, cases in (("01001", 0, 12), ("01002", 1000, 1)):
        commune = CommuneFactory(code=code, geom=square(x, 0, 1000))
        IrisFactory(commune=commune, code=f"{code}0000", geom=square(x, 0, 1000))
        IndicatorFactory(territoire_code=f"{code}0000", value=1000)
        for _ in range(cases):
            AnchorFactory(signalement=SignalementFactory(commune=commune), place_code=f"{code}0000")


def rows_of(run) -> list[AnalysisResult]:
    return list(AnalysisResult.objects.unscoped("essai").of_run(run))


def test_a_run_is_stored_whole(town):
    run = run_analysis("taux", Scope.whole(), YEAR, title="Essai").run
    run.refresh_from_db()
    first, second = rows_of(run)
    assert (first.unit_code, first.unit_kind, first.communes) == ("010010000", "iris", ["01001"])
    assert (first.figures["cases"], first.figures["rate"], first.figures["rate_private"]) == (12, 12, None)
    assert first.category == taux.HIGH
    assert second.figures["rate"] == 1
    assert run.parameters["unit"] == "iris"
    assert run.data_vintage == {"LOG": 2021}
    assert run.summary["categories"][taux.HIGH] == 1
    assert run.summary["cuts"]["rate"]
    assert ["Signalements retenus", 13, "", 0] in run.summary["facts"]


def test_the_same_data_give_the_same_run_and_other_data_another(town, django_assert_num_queries):
    first = run_analysis("taux", Scope.whole(), YEAR)
    again = run_analysis("taux", Scope.whole(), YEAR, title="autrement")
    assert (first.is_new, again.is_new, again.run.pk) == (True, False, first.run.pk)
    report = SignalementFactory(commune_id="01002")
    AnchorFactory(signalement=report, place_code="010020000")
    assert run_analysis("taux", Scope.whole(), YEAR).is_new
    assert run_analysis("taux", Scope.whole(), YEAR | {"level": 90}).is_new
    here = Scope(signed_in=True, communes=frozenset({"01001"}))
    mine = run_analysis("taux", here, YEAR)
    assert mine.is_new
    assert [row.unit_code for row in rows_of(mine.run)] == ["010010000"]
    assert AnalysisRun.objects.unscoped("essai").count() == 4


def test_another_code_is_another_run(town, monkeypatch):
    run_analysis("taux", Scope.whole(), YEAR)
    monkeypatch.setattr(runs, "code_version", lambda *paths: "autre")
    assert run_analysis("taux", Scope.whole(), YEAR).is_new


def test_a_method_may_not_write_outside_its_perimeter(town, monkeypatch):
    def careless(inputs, values, rng):
        found = taux.compute(inputs, values, rng)
        return replace(found, communes=[["01002"] for _ in found.codes])

    monkeypatch.setitem(METHODS, "taux", replace(taux.METHOD, compute=careless))
    with pytest.raises(AssertionError, match="outside the perimeter"):
        run_analysis("taux", Scope(signed_in=True, communes=frozenset({"01001"})), YEAR)
    assert not AnalysisRun.objects.unscoped("essai").exists()


@pytest.mark.parametrize(
    ("given", "named", "sentence"),
    [
        ({}, "since", "Du : une date est attendue"),
        (YEAR | {"since": "hier"}, "since", "Du : une date est attendue"),
        (YEAR | {"since": "2027-01-01"}, "until", "avant le premier jour"),
        (YEAR | {"unit": "lac"}, "unit", "Unité : ce choix n’existe pas"),
        (YEAR | {"level": "beaucoup"}, "level", "un nombre est attendu"),
        (YEAR | {"level": "nan"}, "level", "de 50 à 99,9"),
        (YEAR | {"min_probability": "2"}, "min_probability", "de 0,5 à 0,999"),
        (YEAR | {"drawn": "POINT (3 46)"}, "drawn", "un polygone sans croisement"),
        (YEAR | {"drawn": "SRID=1;NIMPORTE"}, "drawn", "ne peut pas être lu"),
        (YEAR | {"drawn": "POLYGON ((0 0, 1 0, 1 1, 0 0))"}, "drawn", "hors de France"),
        (YEAR | {"autre": "1"}, "?", "paramètre inconnu : autre"),
    ],
)
def test_parameters_are_refused_in_words(town, given, named, sentence):
    with pytest.raises(InvalidParameters) as refused:
        run_analysis("taux", Scope.whole(), given)
    assert sentence in refused.value.errors[named]


def test_an_unknown_method_is_said(db):
    with pytest.raises(UnknownMethod, match="horoscope"):
        run_analysis("horoscope", Scope.whole(), {})
