"""A run in words and colours: its title, its parameters, its legend."""

from datetime import date
from typing import Any

from django.template.defaultfilters import floatformat

from layers.models import AnalysisRun, UnitKind
from layers.scope import Scope
from layers.symbols import HATCHED
from maps.analysis.classify import colours
from maps.services.class_limits import limits_of
from maps.services.methods.method import Method, Shading
from maps.services.methods.parameters import Choice, Day, Drawn, Parameter, Several
from maps.templatetags.wording import day

UNKNOWN = "sans valeur"


def title_of(run: AnalysisRun, method: Method) -> str:
    """Give the title its author wrote, else one made of the method and its unit."""
    unit = dict(UnitKind.choices).get(run.parameters.get("unit", ""), "")
    return run.title or (f"{method.title}, par {unit}" if unit else method.title)


def period_of(run: AnalysisRun) -> str:
    """Give the period that a run counts, in words; empty for a method without one."""
    try:
        since, until = (day(date.fromisoformat(run.parameters[name])) for name in ("since", "until"))
    except (KeyError, ValueError):
        return ""
    return f"du {since} au {until}"


def short_period_of(run: AnalysisRun) -> str:
    """Give the period that a run counts, in figures, for a table."""
    try:
        since, until = (date.fromisoformat(run.parameters[name]) for name in ("since", "until"))
    except (KeyError, ValueError):
        return ""
    return f"{since:%d/%m/%Y} – {until:%d/%m/%Y}"


def parameters_in_words(run: AnalysisRun, method: Method, scope: Scope) -> list[tuple[str, str]]:
    """Give each parameter with its value, in the order of the form; those that keep all are left out."""
    return [
        (parameter.label, _said(parameter, run.parameters[parameter.name], scope))
        for parameter in method.parameters
        if run.parameters.get(parameter.name) not in ("", [], None)
    ]


def _said(parameter: Parameter, value: Any, scope: Scope) -> str:
    if isinstance(parameter, Day):
        return day(date.fromisoformat(value))
    if isinstance(parameter, Several):
        names = parameter.offered(scope)
        return ", ".join(names.get(code, code) for code in value)
    if isinstance(parameter, Choice):
        return parameter.offered(scope).get(value, str(value))
    if isinstance(parameter, Drawn):
        return "polygone dessiné"
    unit = getattr(parameter, "unit", "")
    return (
        f"{floatformat(value, '-3g')}{f' {unit}' if unit else ''}" if isinstance(value, float) else str(value)
    )


def vintages_in_words(run: AnalysisRun) -> list[tuple[str, str]]:
    """Give the editions of the data, and what each tells."""
    editions: dict[str, list[str]] = {}
    for name, edition in run.data_vintage.items():
        editions.setdefault(str(edition), []).append(name)
    return [(edition, ", ".join(names)) for edition, names in sorted(editions.items())]


def map_views(run: AnalysisRun, method: Method, scope: Scope) -> list[dict[str, Any]]:
    """Give what the map can show to a reader: each class or figure, its colours, the lines of its legend."""
    figures = [view for shading in method.shadings if (view := _shaded(run, method, shading, scope))]
    classes = [_classed(method)] if method.categories else []
    return classes + figures if method.draws_categories_first else figures + classes


def _classed(method: Method) -> dict[str, Any]:
    lines = [
        {"code": one.code, "label": one.label, "colour": one.colour, "sign": one.mark}
        for one in method.categories
    ]
    return {"id": "classe", "title": "Classe", "note": "", "field": "classe", "lines": lines, "steps": []}


def _shaded(run: AnalysisRun, method: Method, shading: Shading, scope: Scope) -> dict[str, Any] | None:
    cuts = limits_of(run, method, shading, scope)
    if cuts is None:
        return None
    column = method.column(shading.figure)
    ramp = colours(shading.ramp, len(cuts) + 2)[1:]  # the palest of a ramp is the colour of the paper
    lows, highs = [None, *cuts], [*cuts, None]
    steps = [
        {"low": low, "high": high, "colour": colour}
        for low, high, colour in zip(lows, highs, ramp, strict=True)
    ]
    return {
        "id": shading.figure,
        "title": column.label,
        "note": column.unit,
        "field": shading.figure,
        "decimals": column.decimals,
        "steps": steps,
        "lines": [{"code": "", "label": UNKNOWN, "colour": HATCHED, "sign": ""}],
    }
