"""Every method where there is next to nothing: a result without NaN, or a sentence that says why not."""

import json
import math

import pytest

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import AnalysisResult, Anchor
from layers.scope import Scope
from maps.services.methods.register import METHODS
from maps.services.runs import run_analysis
from tests.factories import (
    AddressFactory,
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    VoieFactory,
    ZoneFactory,
    point,
    square,
)

FORM = {
    "since": "2023-01-01",
    "until": "2026-12-31",
    "pivot": "2025-01-01",
}


def nothing() -> None:
    """No territory at all."""


def a_commune_without_a_report() -> None:
    _iris("01001", [500])


def one_report_in_one_area() -> None:
    _iris("01001", [500])
    _report("01001", 0)


def no_dwelling_known() -> None:
    _iris("01001", [None, None, None, None])
    for n in range(4):
        _report("01001", n)


def no_dwelling_at_all() -> None:
    _iris("01001", [0, 0, 0, 0])
    for n in range(4):
        _report("01001", n)


def all_in_one_place() -> None:
    _iris("01001", [500, 500, 500, 500, 500, 500])
    for n in range(30):
        _report("01001", 0, etage=str(n))


def a_report_in_each_dwelling() -> None:
    _iris("01001", [2, 2, 2])
    for n in range(3):
        for floor in range(4):
            _report("01001", n, etage=str(floor))


def areas_far_from_each_other() -> None:
    for n, code in enumerate(("01001", "01002", "01003")):
        _iris(code, [500], x=50_000 * n)
        _report(code, 0, x=50_000 * n)


TERRITORIES = (
    nothing,
    a_commune_without_a_report,
    one_report_in_one_area,
    no_dwelling_known,
    no_dwelling_at_all,
    all_in_one_place,
    a_report_in_each_dwelling,
    areas_far_from_each_other,
)


def _iris(commune: str, dwellings: list[int | None], x: int = 0) -> None:
    place = CommuneFactory(code=commune, geom=square(x, 0, 400 * len(dwellings)))
    ZoneFactory(code=f"Z{commune}", geom=square(x, 0, 300))
    street = VoieFactory(commune=place, code=f"{commune}_0001")
    for n, count in enumerate(dwellings):
        IrisFactory(commune=place, code=f"{commune}{n:04d}", geom=square(x + 400 * n, 0, 400))
        AddressFactory(
            voie=street, commune=place, ban_id=f"{commune}_0001_{n:05d}", geom=point(x + 400 * n + 9, 9)
        )
        if count is not None:
            IndicatorFactory(territoire_code=f"{commune}{n:04d}", value=count)


def _report(commune: str, n: int, x: int = 0, **fields: str) -> None:
    report = SignalementFactory(commune_id=commune, geom=point(x + 400 * n + 9, 9), **fields)
    for kind, code in (
        (Anchor.Kind.IRIS, f"{commune}{n:04d}"),
        (Anchor.Kind.ADDRESS, f"{commune}_0001_{n:05d}"),
    ):
        AnchorFactory(signalement=report, kind=kind, place_code=code)


def form_names(method: str) -> set[str]:
    return {parameter.name for parameter in METHODS[method].parameters}


def form(method: str, **given: str) -> dict[str, str]:
    """Give what a person would: the period, and the first perimeter of the list where one is asked."""
    parameters = {parameter.name: parameter for parameter in METHODS[method].parameters}
    values = {name: value for name, value in (FORM | given).items() if name in parameters}
    if "zone" in parameters:
        values["zone"] = max(parameters["zone"].offered(Scope.whole()))
    return values


@pytest.mark.django_db
@pytest.mark.parametrize("territory", TERRITORIES)
@pytest.mark.parametrize("method", METHODS)
def test_it_gives_finite_figures_or_says_why_not(method, territory):
    territory()
    try:
        run = run_analysis(method, Scope.whole(), form(method)).run
    except NothingToAnalyse as refusal:
        sentence = str(refusal)
        assert len(sentence) > 20
        assert sentence[0].islower()
        return
    except InvalidParameters:
        assert (method, territory) == ("avant_apres", nothing)  # there is no perimeter to choose
        return
    assert territory is not nothing
    json.dumps(run.summary, allow_nan=False)
    for row in AnalysisResult.objects.unscoped("essai").of_run(run):
        assert all(value is None or math.isfinite(value) for value in row.figures.values())


@pytest.mark.django_db
@pytest.mark.parametrize("method", [name for name in METHODS if "until" in form_names(name)])
def test_a_period_the_wrong_way_round_is_told(method):
    a_commune_without_a_report()
    with pytest.raises(InvalidParameters):
        run_analysis(method, Scope.whole(), form(method, since="2026-12-31", until="2023-01-01"))
