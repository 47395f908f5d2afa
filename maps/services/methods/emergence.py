"""``emergence``: where hot spots appear, stay, grow or fade, month by month or quarter by quarter."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from layers.errors import NothingToAnalyse
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_counts import ReportCube, TerritoryCounts, report_cube
from maps.analysis.emerging import EmergingClass, EmergingHotspots, emerging_hotspots
from maps.analysis.inputs import BoolArray
from maps.analysis.trends import MIN_STEPS
from maps.services.methods.counting import counting_notes, known_exposure, per_thousand, whole_steps
from maps.services.methods.method import Category, Column, Method, Shading
from maps.services.methods.neighbourhood import NEIGHBOURHOOD, neighbours_of
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Choice, Number
from maps.services.methods.report_parameters import (
    AREAS,
    PERIOD,
    WHICH_REPORTS,
    ZONE_TYPE,
    read_territory_counts,
    unit,
)

STEPS = {"month": "mois", "quarter": "trimestre"}
COMFORTABLE_STEPS = 12
"""Fewer are computed, with a warning: a trend over them is hardly ever found."""
SHOWN_FIRST = (
    EmergingClass.NEW_HOT,
    EmergingClass.INTENSIFYING_HOT,
    EmergingClass.CONSECUTIVE_HOT,
    EmergingClass.PERSISTENT_HOT,
    EmergingClass.OSCILLATING_HOT,
    EmergingClass.SPORADIC_HOT,
    EmergingClass.DIMINISHING_HOT,
    EmergingClass.HISTORICAL_HOT,
    EmergingClass.NO_PATTERN,
    EmergingClass.HISTORICAL_COLD,
    EmergingClass.DIMINISHING_COLD,
    EmergingClass.SPORADIC_COLD,
    EmergingClass.OSCILLATING_COLD,
    EmergingClass.PERSISTENT_COLD,
    EmergingClass.CONSECUTIVE_COLD,
    EmergingClass.INTENSIFYING_COLD,
    EmergingClass.NEW_COLD,
    EmergingClass.NOT_TESTED,
)
LOOKS = {
    "nouveau": ("#e31a1c", "#1f78b4", "✚"),
    "consecutif": ("#b2182b", "#2166ac", "■"),
    "en_hausse": ("#7f0000", "#08306b", "▲"),
    "persistant": ("#d6604d", "#4393c3", "●"),
    "en_baisse": ("#f4a582", "#92c5de", "▽"),
    "sporadique": ("#fdae61", "#abd9e9", "◌"),
    "oscillant": ("#c2a5cf", "#a6dba0", "↕"),
    "ancien": ("#fddbc7", "#d1e5f0", "○"),
}
"""Colour hot, colour cold, mark."""


@dataclass(frozen=True, slots=True, eq=False)
class TerritoryHistory:
    """The counts of a territory over the whole period, and step by step."""

    territory: TerritoryCounts
    cube: ReportCube


def read(scope: Scope, values: Mapping[str, Any]) -> TerritoryHistory:
    """Read the units, their stock, and their reported dwellings at each step."""
    territory = read_territory_counts(scope, values)
    cube = report_cube(territory.units, scope, ReportSelection.of(values), values["step"])
    return TerritoryHistory(territory, cube)


def compute(inputs: TerritoryHistory, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Class the history of each unit; what appears and grows first."""
    territory, cube = inputs.territory, inputs.cube
    exposure = known_exposure(territory)
    whole = whole_steps(cube, date.fromisoformat(values["since"]), date.fromisoformat(values["until"]))
    steps, name = int(whole.sum()), STEPS[values["step"]]
    if steps < MIN_STEPS:
        raise NothingToAnalyse(
            f"la période compte {steps} {name}{'s' if name[-1] != 's' and steps > 1 else ''}"
            f" entier{'s' if steps > 1 else ''} :"
            f" il en faut au moins {MIN_STEPS} pour lire une évolution ; allongez-la"
        )
    cases = cube.cases[:, whole]
    if not cases[exposure > 0].sum():
        raise NothingToAnalyse(
            "aucun signalement ne répond à ces critères dans les pas entiers de la période"
        )
    found = emerging_hotspots(
        cases, exposure, neighbours_of(territory.units, values).weights, alpha=values["alpha"] / 100
    )
    tested = found.tested
    figures = {
        "cases": cases.sum(axis=1).astype(float),
        "dwellings": territory.stock.dwellings,
        "rate": per_thousand(cases.sum(axis=1), exposure),
        "last_cases": cases[:, -1].astype(float),
        "hot_steps": np.where(tested, found.hot_steps, np.nan),
        "cold_steps": np.where(tested, found.cold_steps, np.nan),
        "last_z": np.where(tested, found.z[:, -1], np.nan),
        "tau": np.where(tested, found.tau, np.nan),
        "p_trend": np.where(tested, found.p_trend, np.nan),
    }
    rank = np.array([SHOWN_FIRST.index(EmergingClass(kind)) for kind in found.classes])
    starts = [start for start, kept in zip(cube.starts, whole, strict=True) if kept]
    return Outcome.of_units(
        territory.units,
        figures,
        order=np.lexsort((territory.units.codes, -found.z[:, -1], -found.hot_steps, rank)),
        communes=territory.counts.communes,
        categories=found.classes,
        facts=_facts(cases, found, name, starts),
        notes=(*counting_notes(territory), *_notes(cube, whole, name, steps)),
        vintages=territory.stock.vintages,
    )


def _facts(cases: np.ndarray, found: EmergingHotspots, name: str, starts: list[date]) -> tuple[Fact, ...]:
    hot = (found.q <= found.alpha) & (found.z > 0)
    return (
        Fact("Pas de temps entiers", cases.shape[1], name),
        Fact("Du premier au dernier", f"{starts[0]:%m/%Y} – {starts[-1]:%m/%Y}"),
        Fact("Logements signalés, un logement comptant une fois par pas", int(cases.sum())),
        Fact("Unités chaudes au dernier pas", int(hot[:, -1].sum())),
        Fact("Unités non testées", int((~found.tested).sum())),
    )


def _notes(cube: ReportCube, whole: BoolArray, name: str, steps: int) -> list[str]:
    notes = []
    if (~whole).any():
        cut = ", ".join(f"{start:%m/%Y}" for start, kept in zip(cube.starts, whole, strict=True) if not kept)
        notes.append(f"Pas de temps incomplets, laissés de côté (premier mois) : {cut}.")
    if steps < COMFORTABLE_STEPS:
        notes.append(
            f"Avec {steps} pas ({name}), une hausse ou une baisse n’est trouvée que si elle est presque sans"
            " exception : « persistant » peut cacher une évolution."
        )
    return notes


def _category(kind: EmergingClass) -> Category:
    if kind is EmergingClass.NO_PATTERN:
        return Category(kind, kind.label, "#f1ede4")
    side, _, history = kind.value.partition("_")
    if history not in LOOKS:
        return Category(kind, kind.label)
    hot, cold, mark = LOOKS[history]
    return Category(kind, kind.label, hot if side == "chaud" else cold, mark)


METHOD = Method(
    id="emergence",
    title="Points chauds qui apparaissent, durent ou s’effacent",
    question="Où les signalements se concentrent-ils depuis peu, toujours, ou plus du tout ?",
    parameters=(
        unit(*AREAS),
        ZONE_TYPE,
        *PERIOD,
        Choice(
            name="step",
            label="Pas de temps",
            choices=STEPS,
            default="quarter",
            help=f"Au moins {MIN_STEPS} pas entiers ; le trimestre lisse les petits nombres.",
        ),
        *WHICH_REPORTS,
        *NEIGHBOURHOOD,
        Number(
            name="alpha",
            label="Part de fausses découvertes acceptée (%)",
            low=0.1,
            high=50,
            default=5,
            advanced=True,
            help="Parmi les points chauds d’un même pas ; aussi le seuil de la hausse ou de la baisse.",
        ),
    ),
    columns=(
        Column("cases", "Logements signalés", help="Somme des pas : un logement y compte une fois par pas."),
        Column("dwellings", "Logements"),
        Column("rate", "Taux brut", "pour 1 000", 1),
        Column("last_cases", "Logements signalés au dernier pas"),
        Column("hot_steps", "Pas chauds"),
        Column("cold_steps", "Pas froids"),
        Column("last_z", "Gi* au dernier pas", "", 2),
        Column(
            "tau", "Tendance de Gi*", "", 2, "Tau de Kendall : de −1, baisse sans exception, à 1, hausse."
        ),
        Column("p_trend", "Valeur p de la tendance", "", 4, "Mann-Kendall, bilatérale."),
    ),
    caveats=(
        "Chaque pas est comparé aux autres unités du même pas : une hausse générale ne fait apparaître aucun point.",
        "« Nouveau » veut dire chaud au dernier pas seulement : attendez le suivant avant de conclure.",
        "Le nombre de logements est celui du recensement, le même à tous les pas : une unité qui se construit paraît"
        " plus touchée.",
        "Un nouveau partenaire, une permanence, un bailleur qui signale par lots font aussi des points chauds.",
        "La tendance suppose les pas indépendants ; si l’un en entraîne un autre, elle paraît trop sûre.",
    ),
    read=read,
    compute=compute,
    shadings=(Shading("rate"), Shading("hot_steps")),
    categories=tuple(_category(kind) for kind in SHOWN_FIRST),
    draws_categories_first=True,
)
