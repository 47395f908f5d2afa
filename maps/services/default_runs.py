"""The analyses that a territory has without anyone asking: what the first page of the analyses shows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from time import perf_counter
from typing import Any

from layers.errors import NothingToAnalyse
from layers.models import AnalysisRun
from layers.scope import Scope
from maps.services.methods.register import method_named
from maps.services.runs import run_analysis


@dataclass(frozen=True)
class Planned:
    """One analysis of the whole base, over the period that is counted."""

    method: str
    parameters: dict[str, Any] = field(default_factory=dict)


DEFAULTS = (
    Planned("taux", {"unit": "iris"}),
    Planned("taux", {"unit": "commune"}),
    Planned("taux", {"unit": "zone"}),
    Planned("points_chauds", {"unit": "iris"}),
    Planned("voisinage", {"unit": "iris"}),
    Planned("emergence", {"unit": "iris"}),
    Planned("silence", {"unit": "iris"}),
    Planned("surface_risque"),
    Planned("balayage"),
    Planned("balayage", {"denominator": "stock"}),
    Planned("balayage", {"denominator": "stock", "unit": "adresse"}),
    Planned("balayage", {"denominator": "stock", "step": "quarter"}),
    Planned("regroupements"),
    Planned("repetitions", {"unit": "adresse"}),
    Planned("priorites", {"unit": "batiment"}),
    Planned("gestionnaires"),
    Planned("diffusion"),
)


@dataclass(frozen=True)
class Made:
    """What became of a planned analysis, and the seconds it took."""

    planned: Planned
    title: str
    seconds: float
    run: AnalysisRun | None = None
    is_new: bool = False
    reason: str = ""


def run_defaults(since: date, until: date) -> Iterator[Made]:
    """Run each default analysis; one that lacks its data says so and costs only itself."""
    for planned in DEFAULTS:
        method, began = method_named(planned.method), perf_counter()
        names = {parameter.name for parameter in method.parameters}
        period = {"since": since.isoformat(), "until": until.isoformat()} if "since" in names else {}
        try:
            finished = run_analysis(planned.method, Scope.whole(), period | planned.parameters)
        except NothingToAnalyse as error:
            yield Made(planned, method.title, perf_counter() - began, reason=str(error))
        else:
            yield Made(planned, method.title, perf_counter() - began, finished.run, finished.is_new)
