"""Rates by IRIS: from reports in the database to a stored run."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from layers.errors import NothingToAnalyse
from layers.models import AnalysisRun, IrisResult
from layers.registry import IRIS_RATES
from maps.services import iris_rates
from maps.services.iris_rates import compute_iris_rates
from tests.factories import (
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    square,
)

SINCE, UNTIL = date(2025, 1, 1), date(2025, 12, 31)
SIDE = 6
HOT = {(0, 0), (0, 1), (1, 0), (1, 1)}


def reports(iris, count, day=date(2025, 6, 1)):
    for _ in range(count):
        AnchorFactory(
            signalement=SignalementFactory(commune=iris.commune, received_on=day), place_code=iris.code
        )


@pytest.fixture
def town(db):
    """Lay 36 IRIS of 1 000 dwellings in a square; the four of one corner have four times the reports."""
    commune = CommuneFactory(code="01001", geom=square(0, 0, 100 * SIDE))
    grid = {}
    for row in range(SIDE):
        for column in range(SIDE):
            code = f"01001{row}{column:03d}"
            shape = square(100 * column, 100 * row, 100)
            grid[row, column] = IrisFactory(commune=commune, code=code, geom=shape)
            IndicatorFactory(territoire_code=code, value=1000)
            reports(grid[row, column], 24 if (row, column) in HOT else 6)
    return grid


def rows_of(run) -> dict[str, IrisResult]:
    return {row.iris_id: row for row in IrisResult.objects.unscoped("essai").of_run(run)}


def test_the_corner_with_more_reports_is_hot_and_the_rest_is_not(town):
    rows = rows_of(compute_iris_rates(SINCE, UNTIL))
    hot = {town[cell].code for cell in HOT}
    assert {code for code, row in rows.items() if row.hotspot.startswith("chaud")} == hot
    corner = rows[town[0, 0].code]
    assert (corner.cases, corner.dwellings, corner.rate_per_1000) == (24, 1000, pytest.approx(24))
    assert corner.low_per_1000 < corner.smoothed_per_1000 < corner.rate_per_1000 < corner.high_per_1000
    assert corner.exceedance > 0.99
    assert corner.q_value <= 0.05


def test_an_iris_without_dwellings_has_no_rate_and_is_not_tested(town):
    empty = IrisFactory(commune=town[0, 0].commune, code="010019000", geom=square(600, 0, 100))
    reports(empty, 3)
    row = rows_of(compute_iris_rates(SINCE, UNTIL))[empty.code]
    assert (row.cases, row.dwellings, row.rate_per_1000, row.smoothed_per_1000) == (3, None, None, None)
    assert (row.low_per_1000, row.exceedance, row.z, row.q_value) == (None, None, None, None)
    assert row.hotspot == IrisResult.Hotspot.NOT_TESTED


def test_an_iris_without_neighbours_has_a_rate_but_is_not_tested(town):
    island = IrisFactory(commune=town[0, 0].commune, code="010019001", geom=square(5000, 5000, 100))
    IndicatorFactory(territoire_code=island.code, value=500)
    row = rows_of(compute_iris_rates(SINCE, UNTIL))[island.code]
    assert row.rate_per_1000 == 0
    assert (row.z, row.p_value, row.hotspot) == (None, None, IrisResult.Hotspot.NOT_TESTED)


def test_the_run_says_what_it_was_made_from(town):
    reports(town[5, 5], 1, day=date(2026, 2, 1))
    SignalementFactory(commune=town[0, 0].commune, received_on=SINCE)
    run = compute_iris_rates(SINCE, UNTIL)
    assert run.method == IRIS_RATES
    assert (run.parameters["since"], run.parameters["until"]) == ("2025-01-01", "2025-12-31")
    assert run.data_vintage == {"LOG": 2021}
    summary = run.summary
    assert (summary["iris"], summary["cases"], summary["dwellings"]) == (36, 288, 36_000)
    assert (summary["reports"], summary["reports_without_iris"]) == (289, 1)
    assert summary["overall_per_1000"] == pytest.approx(8)
    assert summary["smoothed_cuts"] == sorted(summary["smoothed_cuts"])
    assert sum(summary["hotspots"].values()) == 36


def test_the_same_data_give_the_same_run(town):
    first = compute_iris_rates(SINCE, UNTIL)
    assert compute_iris_rates(SINCE, UNTIL) == first
    assert AnalysisRun.objects.unscoped("essai").count() == 1


def test_one_more_report_one_more_day_or_new_code_give_a_new_run(town, monkeypatch):
    runs = [compute_iris_rates(SINCE, UNTIL)]
    reports(town[3, 3], 1)
    runs.append(compute_iris_rates(SINCE, UNTIL))
    runs.append(compute_iris_rates(SINCE, date(2026, 1, 1)))
    monkeypatch.setattr(iris_rates, "code_version", lambda path: "une autre version")
    runs.append(compute_iris_rates(SINCE, date(2026, 1, 1)))
    assert len({run.pk for run in runs}) == 4
    assert len(rows_of(runs[0])) == len(rows_of(runs[-1])) == 36


def test_without_dwellings_the_sentence_says_what_to_import(db):
    IrisFactory()
    with pytest.raises(NothingToAnalyse, match="nombre de logements"):
        compute_iris_rates(SINCE, UNTIL)


def test_the_command_counts_the_three_years_that_end_with_the_last_report(town, capsys):
    call_command("run_analyses")
    run = AnalysisRun.objects.unscoped("essai").get(method=IRIS_RATES)
    assert (run.parameters["since"], run.parameters["until"]) == ("2022-06-02", "2025-06-01")
    assert "36 IRIS dont 4 en point chaud" in capsys.readouterr().out
    before = AnalysisRun.objects.unscoped("essai").count()
    assert {"taux", "points_chauds"} <= set(
        AnalysisRun.objects.unscoped("essai").order_by("pk").values_list("method", flat=True)
    )
    call_command("run_analyses")
    said = capsys.readouterr().out
    assert said.count("rien n’a changé") == before
    assert "Surface de risque relatif : aucune" in said
    assert AnalysisRun.objects.unscoped("essai").count() == before
    assert AnalysisRun.objects.unscoped("essai").filter(method=IRIS_RATES).count() == 1


def test_the_command_takes_a_period_and_refuses_an_impossible_one(town):
    call_command("run_analyses", "--du", "2025-01-01", "--au", "2025-03-31")
    assert AnalysisRun.objects.unscoped("essai").get(method=IRIS_RATES).summary["cases"] == 0
    with pytest.raises(CommandError, match="est après"):
        call_command("run_analyses", "--du", "2025-03-01", "--au", "2025-02-01")
    with pytest.raises(CommandError, match="aaaa-mm-jj"):
        call_command("run_analyses", "--du", "hier")


def test_the_command_tells_what_is_missing(db):
    with pytest.raises(CommandError, match="nombre de logements"):
        call_command("run_analyses")
