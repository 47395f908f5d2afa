"""``avant_apres``: did reports change more inside a perimeter (OPAH, permis de louer) than beside it?"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.contrib.gis.geos import GEOSGeometry

from layers.crs import WGS84
from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.perimeter_history import (
    Days,
    PerimeterHistory,
    halves,
    perimeter_history,
    perimeters_named,
)
from layers.selectors.report_selection import ReportSelection
from maps.analysis.inputs import BoolArray, FloatArray
from maps.analysis.perimeters import PerimeterEffect, compare_perimeter
from maps.services.methods.counting import PER, per_thousand
from maps.services.methods.method import Category, Column, Method, Shading
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Choice, Day, Number
from maps.services.methods.report_parameters import DRAWN, PERIOD, WHICH_REPORTS, unit

INSIDE, BESIDE, UNKNOWN = "dedans", "dehors", "sans_logement"
YEAR_DAYS = 365.25
SHORTEST_DAYS = 28


def read(scope: Scope, values: Mapping[str, Any]) -> PerimeterHistory:
    """Read the units, and their reported dwellings before, after, and in each half of before."""
    before, after = _periods(values)
    drawn = values["drawn"]
    return perimeter_history(
        scope,
        ReportSelection.of(values),
        (before, after, *halves(before)),
        UnitKind(values["unit"]),
        zone=values["zone"],
        drawn=GEOSGeometry(drawn, srid=WGS84) if drawn else None,
    )


def compute(inputs: PerimeterHistory, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Compare the two changes; the rows are the units, those inside first."""
    before, after = _periods(values)
    dwellings = np.nan_to_num(inputs.stock.dwellings)
    compared = inputs.inside | (inputs.beside if values["against"] == "communes" else ~inputs.inside)
    known = compared & (dwellings > 0)
    for side, where in ((inputs.inside, "dans le périmètre"), (~inputs.inside, "hors du périmètre")):
        if not (known & side).any():
            raise NothingToAnalyse(f"aucune unité {where} n’a de nombre de logements connu")
    level = values["level"] / 100
    effect = _effect(inputs, known, (0, 1), (before, after), level)
    control = _effect(inputs, known, (2, 3), halves(before), level)
    if not effect.cases.sum():
        raise NothingToAnalyse("aucun signalement ne répond à ces critères, ni avant ni après")
    counts = inputs.counts
    exposures = [dwellings * _days(period) / YEAR_DAYS for period in (before, after)]
    figures = {
        "before": counts[0].cases.astype(float),
        "after": counts[1].cases.astype(float),
        "dwellings": inputs.stock.dwellings,
        "rate_before": per_thousand(counts[0].cases, exposures[0]),
        "rate_after": per_thousand(counts[1].cases, exposures[1]),
    }
    category = np.select([dwellings <= 0, inputs.inside], [UNKNOWN, INSIDE], BESIDE)
    order = np.lexsort((inputs.units.codes, -counts[1].cases, -counts[0].cases, ~inputs.inside))
    return Outcome.of_units(
        inputs.units,
        figures,
        order=order[compared[order]],
        communes=[
            sorted({*first, *second})
            for first, second in zip(counts[0].communes, counts[1].communes, strict=True)
        ],
        categories=category,
        facts=tuple(_facts(effect, known & inputs.inside)),
        notes=(
            f"{inputs.name} : {_verdict(effect)}",
            *_control(control),
            f"Logements : {inputs.stock.method}.",
        ),
        vintages=inputs.stock.vintages,
    )


def _periods(values: Mapping[str, Any]) -> tuple[Days, Days]:
    """Give the days before and after; raises InvalidParameters when one of them is too short."""
    since, pivot, until = (date.fromisoformat(values[name]) for name in ("since", "pivot", "until"))
    effective = pivot + timedelta(days=round(values["lag"] * YEAR_DAYS / 12))
    before, after = (since, pivot - timedelta(days=1)), (effective, until)
    if min(_days(before), _days(after)) < SHORTEST_DAYS:
        raise InvalidParameters(
            {"pivot": f"Date d’effet : il faut au moins {SHORTEST_DAYS} jours avant elle et autant après"}
        )
    return before, after


def _days(period: Days) -> int:
    return (period[1] - period[0]).days + 1


def _effect(
    inputs: PerimeterHistory,
    known: BoolArray,
    which: tuple[int, int],
    periods: tuple[Days, Days],
    level: float,
) -> PerimeterEffect:
    cases = np.column_stack([inputs.counts[number].cases for number in which])
    dwellings: FloatArray = np.nan_to_num(inputs.stock.dwellings)
    exposure = np.column_stack([dwellings * _days(period) for period in periods])
    return compare_perimeter(cases[known], exposure[known], inputs.inside[known], level)


def _facts(effect: PerimeterEffect, inside: BoolArray) -> list[Fact]:
    level = f"{100 * effect.level:g} %".replace(".", ",")
    facts = [
        Fact("Évolution dedans rapportée à celle du dehors", _said(effect.ratio), "fois"),
        Fact(f"Intervalle à {level}", f"{_said(effect.lower)} à {_said(effect.upper)}"),
        Fact("Valeur p", effect.p_two_sided, "", 4),
    ]
    for side, name in enumerate(("dedans", "dehors")):
        for when, moment in enumerate(("avant", "après")):
            years = effect.exposure[side, when] / YEAR_DAYS
            rate = PER * float(effect.cases[side, when] / years)
            facts.append(Fact(f"Logements signalés, {name}, {moment}", int(effect.cases[side, when])))
            facts.append(Fact(f"Taux, {name}, {moment}", rate, "pour 1 000 logements et par an", 1))
    facts.append(Fact("Unités dans le périmètre", int(inside.sum())))
    if effect.dispersion is not None:
        facts.append(Fact("Dispersion entre unités (1 : celle du hasard)", effect.dispersion, "", 2))
    return facts


def _verdict(effect: PerimeterEffect) -> str:
    if not effect.tested:
        return "les nombres sont trop petits pour que la comparaison dise quoi que ce soit."
    inside, outside = _said(effect.inside_ratio), _said(effect.outside_ratio)
    changes = f"le taux a été multiplié par {inside} dedans et par {outside} dehors."
    if effect.lower <= 1 <= effect.upper:
        return f"{changes} Le hasard suffit à expliquer cette différence."
    more = "plus" if effect.lower > 1 else "moins"
    return f"{changes} Il a {more} augmenté dedans que dehors, au-delà du hasard."


def _control(control: PerimeterEffect) -> list[str]:
    if not control.tested:
        return ["Contrôle impossible : trop peu de signalements avant la date d’effet."]
    said = (
        f"Contrôle entre les deux moitiés de la période d’avant : {_said(control.ratio)} fois"
        f" ({_said(control.lower)} à {_said(control.upper)})."
    )
    if control.lower <= 1 <= control.upper:
        return [said]
    return [
        f"{said} Dedans et dehors évoluaient déjà différemment : l’effet du périmètre ne peut pas en être séparé."
    ]


def _said(figure: float | None) -> str:
    if figure is None:
        return "un facteur non calculable"
    return "l’infini" if np.isinf(figure) else f"{figure:.2f}".replace(".", ",")


METHOD = Method(
    id="avant_apres",
    title="Avant et après un périmètre",
    question="Les signalements ont-ils évolué autrement dans le périmètre qu’à côté, depuis sa date d’effet ?",
    parameters=(
        Choice(
            name="zone",
            label="Périmètre étudié",
            choices=lambda scope: {"": "le polygone dessiné", **perimeters_named(scope)},
            help="OPAH, permis de louer, QPV… ou un polygone dessiné sur la carte.",
        ),
        replace(DRAWN, help="Pour le polygone dessiné : posez ses sommets sur la carte."),
        Day(
            name="pivot",
            label="Date d’effet",
            help="Celle du périmètre : premier jour de la période « après ».",
        ),
        *PERIOD,
        unit(UnitKind.CARREAU, UnitKind.SECTION, UnitKind.IRIS, default=UnitKind.CARREAU),
        Choice(
            name="against",
            label="Comparé à",
            choices={
                "communes": "le reste des communes du périmètre",
                "tout": "le reste du territoire choisi",
            },
            default="communes",
        ),
        Number(
            name="lag",
            label="Mise en place laissée de côté",
            low=0,
            high=36,
            default=0,
            whole=True,
            unit="mois",
            advanced=True,
            help="Mois qui suivent la date d’effet et ne comptent ni avant ni après.",
        ),
        *WHICH_REPORTS,
        Number(
            name="level", label="Niveau de l’intervalle (%)", low=50, high=99.9, default=95, advanced=True
        ),
    ),
    columns=(
        Column("before", "Logements signalés avant"),
        Column("after", "Logements signalés après"),
        Column("dwellings", "Logements"),
        Column("rate_before", "Taux avant", "pour 1 000 par an", 1),
        Column("rate_after", "Taux après", "pour 1 000 par an", 1),
    ),
    caveats=(
        "La comparaison suppose que, sans le périmètre, dedans et dehors auraient évolué de même.",
        "Un permis de louer fait aussi visiter et signaler davantage : une hausse peut être un succès.",
        "Un périmètre est tracé là où cela va mal : un retour vers la moyenne ressemble à un effet.",
        "Les habitants et les bailleurs se déplacent : ce qui baisse dedans peut monter juste à côté.",
        "Une unité est dedans si son milieu y est ; le nombre de logements est le même avant et après.",
    ),
    read=read,
    compute=compute,
    shadings=(Shading("rate_after"), Shading("rate_before")),
    categories=(
        Category(INSIDE, "Dans le périmètre", "#762a83", "■"),
        Category(BESIDE, "Hors du périmètre", "#f1ede4"),
        Category(UNKNOWN, "Sans logement connu"),
    ),
    draws_categories_first=True,
)
