"""``voisinage``: which units are like their neighbours, and which stand out from them (local Moran)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from layers.selectors.unit_counts import TerritoryCounts
from maps.analysis.inputs import FloatArray
from maps.analysis.local_moran import LocalMoranClass, rate_local_moran
from maps.services.methods.counting import PER, counting_notes, known_exposure, per_thousand
from maps.services.methods.method import Category, Column, Method, Shading
from maps.services.methods.neighbourhood import NEIGHBOURHOOD, neighbours_of
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.p_values import LAW, PERMUTATIONS, permutations_of
from maps.services.methods.parameters import Number
from maps.services.methods.report_parameters import (
    AREAS,
    PERIOD,
    WHICH_REPORTS,
    ZONE_TYPE,
    read_territory_counts,
    unit,
)

SHOWN_FIRST = list(LocalMoranClass)


def compute(inputs: TerritoryCounts, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Compare each unit with its neighbours; those among their like first, then those that stand out."""
    exposure = known_exposure(inputs)
    cases = inputs.counts.cases
    links = neighbours_of(inputs.units, values).weights
    found = rate_local_moran(
        cases,
        exposure,
        links,
        alpha=values["alpha"] / 100,
        min_probability=values["min_probability"],
        permutations=permutations_of(values),
        rng=rng,
    )
    known, tested = found.has_denominator, found.tested
    figures = {
        "cases": cases.astype(float),
        "dwellings": inputs.stock.dwellings,
        "rate": per_thousand(cases, exposure),
        "exceedance": _where(known, found.exceedance),
        "index": _where(tested, found.index),
        "z": _where(tested, found.z),
        "p_value": _where(tested, found.p_two_sided),
        "q_value": _where(tested, found.q),
        "neighbours": np.diff(links.indptr).astype(float),
    }
    rank = np.array([SHOWN_FIRST.index(LocalMoranClass(name)) for name in found.classes])
    overall = PER * cases[known].sum() / exposure[known].sum()
    return Outcome.of_units(
        inputs.units,
        figures,
        order=np.lexsort((inputs.units.codes, found.q, rank)),
        communes=inputs.counts.communes,
        categories=found.classes,
        facts=(
            Fact("Logements signalés", int(cases[known].sum())),
            Fact("Taux d’ensemble", float(overall), "pour 1 000", 1),
            Fact("Unités testées", int(tested.sum())),
            Fact("Unités non testées, sans voisin ou sans logement connu", int((~tested).sum())),
            Fact(
                "Unités dont la valeur p a été tirée de nouveau",
                int((found.permutations > PERMUTATIONS).sum()),
            ),
        ),
        notes=counting_notes(inputs),
        vintages=inputs.stock.vintages,
    )


def _where(kept: np.ndarray, figures: FloatArray) -> FloatArray:
    return np.where(kept, figures, np.nan)


METHOD = Method(
    id="voisinage",
    title="Ressemblances et contrastes avec le voisinage",
    question="Quelles unités forment un ensemble avec leurs voisines, et lesquelles tranchent sur elles ?",
    parameters=(
        unit(*AREAS),
        ZONE_TYPE,
        *PERIOD,
        *WHICH_REPORTS,
        *NEIGHBOURHOOD,
        LAW,
        Number(
            name="alpha",
            label="Part de fausses découvertes acceptée (%)",
            low=0.1,
            high=50,
            default=5,
            advanced=True,
            help="Parmi les unités montrées, part due au hasard, en moyenne.",
        ),
        Number(
            name="min_probability",
            label="Probabilité demandée pour une classe",
            low=0.5,
            high=0.999,
            default=0.8,
            advanced=True,
            help="Que le risque propre de l’unité soit au-dessus (ou au-dessous) de l’ensemble.",
        ),
    ),
    columns=(
        Column("cases", "Logements signalés"),
        Column("dwellings", "Logements"),
        Column("rate", "Taux brut", "pour 1 000", 1),
        Column("exceedance", "Probabilité d’un risque supérieur à l’ensemble", "", 2),
        Column("index", "Indice local de Moran", "", 2),
        Column("z", "Écart réduit", "", 2, "Positif parmi ses semblables, négatif parmi ses contraires."),
        Column("p_value", "Valeur p", "", 4, "Bilatérale."),
        Column("q_value", "Valeur q", "", 4, "Après contrôle des fausses découvertes."),
        Column("neighbours", "Voisines"),
    ),
    caveats=(
        "« Élevé, entouré de faibles » peut être un seul immeuble : regardez ses adresses avant d’en parler.",
        "« Élevé » et « faible » se rapportent à l’ensemble du périmètre choisi, pas à une norme.",
        "Une unité au bord du périmètre a moins de voisines : ce qui se passe de l’autre côté n’est pas connu.",
        "Une unité non significative n’est pas une unité sans problème : elle ressemble à ce que donne le hasard.",
        "Un taux de signalement mesure aussi qui ose signaler, et à qui.",
    ),
    read=read_territory_counts,
    compute=compute,
    shadings=(Shading("rate"),),
    categories=(
        Category(LocalMoranClass.HIGH_AMONG_HIGH, LocalMoranClass.HIGH_AMONG_HIGH.label, "#b2182b", "▲"),
        Category(LocalMoranClass.HIGH_AMONG_LOW, LocalMoranClass.HIGH_AMONG_LOW.label, "#ef8a62", "△"),
        Category(LocalMoranClass.LOW_AMONG_HIGH, LocalMoranClass.LOW_AMONG_HIGH.label, "#67a9cf", "▽"),
        Category(LocalMoranClass.LOW_AMONG_LOW, LocalMoranClass.LOW_AMONG_LOW.label, "#2166ac", "▼"),
        Category(LocalMoranClass.NOT_SIGNIFICANT, LocalMoranClass.NOT_SIGNIFICANT.label, "#f1ede4", ""),
        Category(LocalMoranClass.NOT_TESTED, LocalMoranClass.NOT_TESTED.label),
        Category(LocalMoranClass.NO_DENOMINATOR, LocalMoranClass.NO_DENOMINATOR.label),
    ),
    draws_categories_first=True,
    is_random=True,
)
