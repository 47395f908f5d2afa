"""``points_chauds``: where high, or low, rates gather more than chance makes them (Getis-Ord Gi*)."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from layers.selectors.unit_counts import TerritoryCounts
from maps.analysis.disclosure import MIN_DWELLINGS
from maps.analysis.hotspots import HotspotClass, rate_hotspots
from maps.analysis.inputs import FloatArray
from maps.services.methods.counting import PER, counting_notes, known_exposure, per_thousand
from maps.services.methods.method import Category, Column, Method, Shading
from maps.services.methods.neighbourhood import NEIGHBOURHOOD, neighbours_of
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.p_values import LAW, permutations_of
from maps.services.methods.parameters import Number
from maps.services.methods.report_parameters import (
    AREAS,
    PERIOD,
    WHICH_REPORTS,
    ZONE_TYPE,
    read_territory_counts,
    unit,
)

SHOWN_FIRST = list(HotspotClass)
HOT = (HotspotClass.VERY_HOT, HotspotClass.HOT)


def compute(inputs: TerritoryCounts, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Test each unit with its neighbours; the surest hot spots first."""
    exposure, cases = known_exposure(inputs), inputs.counts.cases
    links = neighbours_of(inputs.units, values)
    found = rate_hotspots(
        cases,
        exposure,
        links.weights,
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
        "smoothed": _where(exposure >= MIN_DWELLINGS, PER * found.smoothed),
        "exceedance": _where(known, found.exceedance),
        "z": _where(tested, found.z),
        "p_value": _where(tested, found.p_two_sided),
        "q_value": _where(tested, found.q),
        "neighbours": np.diff(links.weights.indptr).astype(float),
    }
    rank = np.array([SHOWN_FIRST.index(HotspotClass(name)) for name in found.classes])
    return Outcome.of_units(
        inputs.units,
        figures,
        order=np.lexsort((inputs.units.codes, -found.z, rank)),
        communes=inputs.counts.communes,
        categories=found.classes,
        facts=(
            Fact(
                "Points chauds",
                int(np.isin(found.classes, HOT).sum()),
                f"sur {int(tested.sum())} unités testées",
            ),
            Fact("Logements signalés", int(cases[known].sum())),
            Fact("Taux d’ensemble", PER * found.overall, "pour 1\u00a0000", 1),
            Fact("Unités non testées", int((~tested).sum()), "sans voisine ou sans logement connu"),
        ),
        notes=counting_notes(inputs),
        vintages=inputs.stock.vintages,
    )


def _where(kept: np.ndarray, figures: FloatArray) -> FloatArray:
    return np.where(kept, figures, np.nan)


METHOD = Method(
    id="points_chauds",
    title="Points chauds du taux",
    question="Où les taux élevés se regroupent-ils, plus que le hasard ne le ferait\u00a0?",
    parameters=(
        unit(*AREAS),
        ZONE_TYPE,
        *PERIOD,
        *WHICH_REPORTS,
        *NEIGHBOURHOOD,
        LAW,
        Number(
            name="alpha",
            label="Part de fausses découvertes acceptée",
            low=0.1,
            high=50,
            default=5,
            unit="%",
            advanced=True,
            help="Parmi les points montrés, part due au hasard, en moyenne.",
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
        Column("rate", "Taux brut", "pour 1\u00a0000", 1),
        Column("smoothed", "Taux lissé", "pour 1\u00a0000", 1, f"Vide sous {MIN_DWELLINGS} logements."),
        Column("exceedance", "Probabilité d’un risque supérieur à l’ensemble", "", 2),
        Column("z", "Score z", "", 2, "Gi* : positif où les taux élevés se regroupent."),
        Column("p_value", "Valeur p", "", 4, "Bilatérale."),
        Column("q_value", "Valeur q", "", 4, "Après contrôle des fausses découvertes."),
        Column("neighbours", "Voisines"),
    ),
    caveats=(
        "Un point chaud est un regroupement : une unité très touchée entourée d’unités calmes n’en est pas un.",
        "Une unité au bord du périmètre a moins de voisines : ce qui se passe de l’autre côté n’est pas connu.",
        "« Non significatif » ne veut pas dire « sans problème » : le hasard suffit à l’expliquer, c’est tout.",
        "Le choix des voisines change les points trouvés : un point qui ne tient qu’à un choix est fragile.",
        "Un taux de signalement mesure aussi qui ose signaler, et à qui.",
    ),
    read=read_territory_counts,
    compute=compute,
    shadings=(Shading("smoothed"), Shading("rate")),
    categories=(
        Category(HotspotClass.VERY_HOT, HotspotClass.VERY_HOT.label, "#b2182b", "▲"),
        Category(HotspotClass.HOT, HotspotClass.HOT.label, "#ef8a62", "△"),
        Category(HotspotClass.NOT_SIGNIFICANT, HotspotClass.NOT_SIGNIFICANT.label, "#f1ede4"),
        Category(HotspotClass.COLD, HotspotClass.COLD.label, "#67a9cf", "▽"),
        Category(HotspotClass.VERY_COLD, HotspotClass.VERY_COLD.label, "#2166ac", "▼"),
        Category(HotspotClass.NOT_TESTED, HotspotClass.NOT_TESTED.label),
        Category(HotspotClass.NO_DENOMINATOR, HotspotClass.NO_DENOMINATOR.label),
    ),
    draws_categories_first=True,
    is_random=True,
)
