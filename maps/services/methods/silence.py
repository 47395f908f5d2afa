"""``silence``: what the stock of each unit leads one to expect, and where reports fall suspiciously short of it."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from layers.errors import NothingToAnalyse
from layers.models import UnitKind
from layers.selectors.unit_counts import TerritoryCounts
from maps.analysis.expected import (
    AREAS_FOR_EACH,
    Effect,
    ExpectedCounts,
    StockClass,
    TooFewAreas,
    expected_counts,
)
from maps.services.methods.counting import counting_notes, known_exposure, per_thousand
from maps.services.methods.method import Category, Column, Method, Shading
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Number
from maps.services.methods.report_parameters import PERIOD, WHICH_REPORTS, read_territory_counts, unit

INDICATORS = {
    "pre_1946": "construits avant 1946",
    "private_rented": "locatifs privés",
    "small": "petits logements",
    "low_income": "ménages modestes",
    "dpe_fg": "classés F ou G au DPE",
    "vacancy": "vacants",
}
"""The covariates of the stock, in the order in which the first of two that say the same is kept."""
HARD_TO_TELL_APART = 5
SHOWN_FIRST = (
    StockClass.BLIND_SPOT,
    StockClass.UNEXPLAINED,
    StockClass.REPORTED,
    StockClass.TOO_SMALL,
    StockClass.QUIET,
    StockClass.NOT_ASSESSED,
)


def compute(inputs: TerritoryCounts, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Predict the reported dwellings of each unit from its stock; the most suspicious silence first."""
    exposure = known_exposure(inputs)
    cases, shares = inputs.counts.cases, inputs.stock.covariates
    try:
        found = expected_counts(
            cases, exposure, {name: shares[name] for name in INDICATORS}, alpha=values["alpha"] / 100
        )
    except TooFewAreas as error:
        raise NothingToAnalyse(
            f"trop peu d’unités dont le parc est connu : il en faut {AREAS_FOR_EACH} par indicateur, et autant de"
            " plus ; choisissez une unité plus petite ou un périmètre plus grand"
        ) from error
    if not found.effects:
        raise NothingToAnalyse(
            "aucun indicateur du parc n’est connu dans assez d’unités : importez logement, revenus ou DPE"
        )
    assessed = found.assessed
    figures = {
        "cases": cases.astype(float),
        "expected": np.where(assessed, found.expected, np.nan),
        "difference": np.where(assessed, found.difference, np.nan),
        "p_below": np.where(assessed, found.p_below, np.nan),
        "p_above": np.where(assessed, found.p_above, np.nan),
        "q_value": np.where(assessed, found.q, np.nan),
        "dwellings": inputs.stock.dwellings,
        "rate": per_thousand(cases, exposure),
        "expected_rate": np.where(assessed, per_thousand(found.expected, exposure), np.nan),
        **{name: 100 * shares[name] for name in INDICATORS},
    }
    rank = np.array([SHOWN_FIRST.index(StockClass(name)) for name in found.classes])
    surprise = np.minimum(found.p_below, found.p_above)
    return Outcome.of_units(
        inputs.units,
        figures,
        order=np.lexsort((inputs.units.codes, surprise, rank)),
        communes=inputs.counts.communes,
        categories=found.classes,
        facts=_facts(found),
        notes=(*counting_notes(inputs), *_notes(found)),
        vintages=inputs.stock.vintages,
    )


def _facts(found: ExpectedCounts) -> tuple[Fact, ...]:
    model = found.model
    return (
        *(Fact(_said(effect), effect.ratio, _interval(effect), 2) for effect in found.effects),
        Fact("Part des écarts entre unités que le parc explique", 100 * model.explained, "%", 0),
        Fact("Surdispersion entre unités de même parc", model.overdispersion, "", 2),
        Fact("Écarts restants rapportés à ceux du modèle (1 : il convient)", model.pearson, "", 2),
        Fact("Angles morts", int((found.classes == StockClass.BLIND_SPOT).sum())),
        Fact("Angles morts attendus du seul hasard, au plus", found.blind_spots_by_chance, "", 1),
        Fact("Unités non évaluées", int((~found.assessed).sum())),
    )


def _said(effect: Effect) -> str:
    """Say what is multiplied, by one standard deviation more of an indicator."""
    part, points = INDICATORS[effect.name], 100 * effect.deviation
    return f"fois le taux, quand la part « {part} » gagne {points:.0f} points"


def _interval(effect: Effect) -> str:
    low, high = (f"{limit:.2f}".replace(".", ",") for limit in (effect.lower, effect.upper))
    unsure = " : sens non établi" if effect.lower < 1 < effect.upper else ""
    return f"de {low} à {high}, intervalle à 95 %{unsure}"


def _named(name: str) -> str:
    return INDICATORS[name][0].upper() + INDICATORS[name][1:]


def _notes(found: ExpectedCounts) -> list[str]:
    notes = [
        f"Indicateur laissé de côté : {INDICATORS[name]}, {reason.label}."
        for name, reason in found.left_out.items()
    ]
    alike = [INDICATORS[effect.name] for effect in found.effects if effect.inflation > HARD_TO_TELL_APART]
    if alike:
        notes.append(
            f"Ces parts varient ensemble : {', '.join(alike)}. Le nombre attendu tient compte de toutes, mais l’effet"
            " propre de chacune est mal connu."
        )
    if found.model.ridge:
        notes.append(
            "Les effets ont été retenus vers 1 (régression ridge) : sans cela, l’un d’eux serait sans limite."
        )
    return notes


METHOD = Method(
    id="silence",
    title="Silence suspect : ce que le parc annonce, ce qui est signalé",
    question="Où signale-t-on bien moins que dans des quartiers au parc semblable ?",
    parameters=(
        unit(UnitKind.IRIS, UnitKind.COMMUNE, UnitKind.SECTION, UnitKind.CARREAU),
        *PERIOD,
        *WHICH_REPORTS,
        Number(
            name="alpha",
            label="Probabilité à partir de laquelle un silence surprend (%)",
            low=0.1,
            high=30,
            default=5,
            advanced=True,
            help="À 5 %, une unité à risque sur vingt environ sort par hasard : le compte en est donné à côté.",
        ),
    ),
    columns=(
        Column("cases", "Logements signalés"),
        Column("expected", "Attendus d’après le parc", "", 1),
        Column("difference", "Écart", "", 1, "Signalés moins attendus."),
        Column("p_below", "Probabilité d’aussi peu", "", 3, "Si le parc disait tout."),
        Column("p_above", "Probabilité d’autant", "", 3, "Si le parc disait tout."),
        Column("q_value", "Valeur q", "", 3, "Après contrôle des fausses découvertes."),
        Column("dwellings", "Logements"),
        Column("rate", "Taux brut", "pour 1 000", 1),
        Column("expected_rate", "Taux attendu", "pour 1 000", 1),
        *(Column(name, _named(name), "%") for name in INDICATORS),
    ),
    caveats=(
        "Un silence est dit suspect quand le modèle donnait à un nombre aussi petit une probabilité d’au plus 5 % (ou"
        " celle des réglages). À 5 %, une unité à risque sur vingt l’est donc par le seul hasard : pour qui lit toute"
        " l’analyse, le nombre qu’en donnerait le hasard est écrit en tête, à côté du nombre trouvé.",
        "Un angle mort est une raison d’aller voir, pas une preuve : des logements rénovés, un bailleur attentif ou"
        " un autre circuit de signalement donnent le même silence.",
        "Le parc prédit des signalements, pas de l’habitat dégradé : si tout un type de quartier se tait, le modèle"
        " apprend ce silence et ne le voit plus.",
        "« Risque fort » est le tiers des unités dont le parc annonce le plus, dans ce périmètre.",
        "Les effets disent ce qui va ensemble entre quartiers, non ce qui cause, et rien d’un logement.",
        "Sous l’IRIS, le parc est celui de l’IRIS, réparti par adresse : deux sections d’un même IRIS y ont le même.",
    ),
    read=read_territory_counts,
    compute=compute,
    shadings=(Shading("expected_rate"), Shading("rate")),
    categories=(
        Category(StockClass.BLIND_SPOT, StockClass.BLIND_SPOT.label, "#762a83", "?"),
        Category(StockClass.UNEXPLAINED, StockClass.UNEXPLAINED.label, "#e08214", "!"),
        Category(StockClass.REPORTED, StockClass.REPORTED.label, "#b2182b", "▲"),
        Category(StockClass.TOO_SMALL, StockClass.TOO_SMALL.label, "#d9c7e0", "·"),
        Category(StockClass.QUIET, StockClass.QUIET.label, "#f1ede4"),
        Category(StockClass.NOT_ASSESSED, StockClass.NOT_ASSESSED.label),
    ),
    draws_categories_first=True,
)
