"""``taux``: how many dwellings are reported for 1 000, in any unit, and how sure that is."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from layers.models import UnitKind
from layers.selectors.unit_counts import TerritoryCounts
from maps.analysis.disclosure import MIN_DWELLINGS
from maps.analysis.inputs import FloatArray
from maps.analysis.rates import (
    exceedance_probability,
    poisson_interval,
    smooth_rates,
    smooth_rates_locally,
)
from maps.services.methods.counting import PER, counting_notes, known_exposure, per_thousand
from maps.services.methods.method import Category, Column, Method, Shading
from maps.services.methods.neighbourhood import NEIGHBOURHOOD, neighbours_of
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Choice, Number
from maps.services.methods.report_parameters import (
    AREAS,
    DRAWN,
    PERIOD,
    WHICH_REPORTS,
    ZONE_TYPE,
    read_territory_counts,
    unit,
)
from maps.services.methods.stock_strata import STRATA, standardised

DENOMINATORS = {"dwellings": "tous les logements", "private_rented": "les logements locatifs privés"}
HIGH, LOW, UNSURE, UNKNOWN = "au_dessus", "en_dessous", "incertain", "sans_taux"


def compute(inputs: TerritoryCounts, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Rate each unit; the most surely over the whole first."""
    units, counts, stock = inputs.units, inputs.counts, inputs.stock
    exposure = known_exposure(inputs, values["denominator"])
    known, cases = exposure > 0, counts.cases
    n, at_risk = cases[known], exposure[known]
    rates, interval = smooth_rates(n, at_risk), poisson_interval(n, at_risk, values["level"] / 100)
    exceedance = exceedance_probability(n, at_risk)
    around = smooth_rates_locally(n, at_risk, neighbours_of(units, values).weights[known][:, known])

    def everywhere(figures: FloatArray) -> FloatArray:
        whole = np.full(known.size, np.nan)
        whole[known] = figures
        return whole

    # Smoothing gives a unit of a few dwellings the rate of the whole: a colour that it has not earned
    enough = exposure >= MIN_DWELLINGS
    chance = everywhere(exceedance)
    sure = values["min_probability"]
    category = np.select(
        [~known, enough & (chance >= sure), enough & (chance <= 1 - sure)], [UNKNOWN, HIGH, LOW], UNSURE
    )
    figures = {
        "cases": cases.astype(float),
        "reports": counts.unit_reports.astype(float),
        "dwellings": stock.dwellings,
        "private_rented": stock.private_rented,
        "rate": PER * everywhere(rates.raw),
        "low": PER * everywhere(interval.lower),
        "high": PER * everywhere(interval.upper),
        "smoothed": np.where(enough, PER * everywhere(rates.smoothed), np.nan),
        "smoothed_locally": np.where(enough, PER * everywhere(around.smoothed), np.nan),
        "weight": 100 * everywhere(rates.weight),
        "exceedance": chance,
        "rate_all": per_thousand(cases, stock.dwellings),
        "rate_private": per_thousand(cases, stock.private_rented),
        **standardised(cases, exposure, stock, values["strata"], values["level"] / 100),
    }
    order = np.lexsort((units.codes, -np.nan_to_num(figures["smoothed"]), -np.nan_to_num(chance, nan=-1)))
    return Outcome.of_units(
        units,
        figures,
        order=order,
        communes=counts.communes,
        categories=category,
        facts=(
            Fact("Signalements retenus", counts.reports),
            Fact("dont placés dans une unité", counts.placed),
            Fact("Logements signalés", int(n.sum()), DENOMINATORS[values["denominator"]]),
            Fact("Logements", float(at_risk.sum())),
            Fact("Taux d’ensemble", PER * rates.overall, "pour 1 000", 1),
            Fact("Unités sans logement connu", int((~known).sum())),
        ),
        notes=counting_notes(inputs),
        vintages=stock.vintages,
    )


METHOD = Method(
    id="taux",
    title="Taux de logements signalés",
    question="Où signale-t-on plus de logements qu’ailleurs, compte tenu de leur nombre, et est-ce sûr ?",
    parameters=(
        unit(*AREAS, UnitKind.DRAWN),
        ZONE_TYPE,
        DRAWN,
        *PERIOD,
        Choice(
            name="denominator",
            label="Rapporté à",
            choices=DENOMINATORS,
            default="dwellings",
            help="Le taux lissé, l’intervalle et la classe s’y rapportent ; les deux taux bruts sont donnés.",
        ),
        *WHICH_REPORTS,
        STRATA,
        *NEIGHBOURHOOD,
        Number(
            name="level",
            label="Niveau de l’intervalle (%)",
            low=50,
            high=99.9,
            default=95,
            advanced=True,
            help="Part des cas où l’intervalle contient le vrai taux.",
        ),
        Number(
            name="min_probability",
            label="Probabilité demandée pour une classe",
            low=0.5,
            high=0.999,
            default=0.8,
            advanced=True,
            help="0,8 est l’usage : assez sûr pour être montré, assez sensible pour trouver.",
        ),
    ),
    columns=(
        Column("cases", "Logements signalés"),
        Column("reports", "Signalements"),
        Column("dwellings", "Logements"),
        Column("private_rented", "Locatifs privés"),
        Column("rate", "Taux brut", "pour 1 000", 1),
        Column("low", "Borne basse", "pour 1 000", 1),
        Column("high", "Borne haute", "pour 1 000", 1),
        Column("smoothed", "Taux lissé", "pour 1 000", 1, f"Vide sous {MIN_DWELLINGS} logements."),
        Column(
            "smoothed_locally",
            "Taux lissé localement",
            "pour 1 000",
            1,
            "Ramené vers le taux de l’unité et de ses voisines ensemble ; sans voisine, vers celui de l’ensemble.",
        ),
        Column(
            "weight", "Part propre", "%", 0, "Part de son propre taux que l’unité garde dans le taux lissé."
        ),
        Column("exceedance", "Probabilité d’un risque supérieur à l’ensemble", "", 2),
        Column("rate_all", "Pour 1 000 logements", "pour 1 000", 1),
        Column("rate_private", "Pour 1 000 locatifs privés", "pour 1 000", 1),
        Column(
            "expected",
            "Attendus",
            "",
            1,
            "Cas qu’aurait l’unité au taux des unités dont le parc lui ressemble.",
        ),
        Column("smr", "SMR", "observés sur attendus", 2, "1 : autant que son parc le laisse attendre."),
        Column("smr_low", "SMR, borne basse", "", 2),
        Column("smr_high", "SMR, borne haute", "", 2),
    ),
    caveats=(
        "Un taux de signalement n’est pas un taux d’habitat dégradé : il mesure aussi qui ose signaler, et à qui.",
        "Petite unité, large intervalle : son taux brut ne prouve rien. Lisez le taux lissé et sa probabilité.",
        "L’ensemble auquel on compare est celui du périmètre choisi : dans un autre périmètre, une autre classe.",
        "Un logement compte une fois sur la période ; deux logements que rien ne distingue comptent pour un.",
        "Le SMR (signalés rapportés aux attendus) compare un quartier aux quartiers au parc semblable, pas un"
        " logement aux logements semblables : les signalements ne disent ni l’âge ni le statut de l’immeuble. 2 veut"
        " dire deux fois plus signalé que ces quartiers du même périmètre, non qu’un logement y court deux fois plus"
        " de risque.",
        "Sous l’IRIS, le nombre de logements est une estimation par adresse.",
    ),
    read=read_territory_counts,
    compute=compute,
    shadings=(
        Shading("smoothed"),
        Shading("smoothed_locally"),
        Shading("rate"),
        Shading("rate_private"),
        Shading("smr", cuts=(0.5, 0.8, 1.25, 2.0)),
    ),
    categories=(
        Category(HIGH, "Au-dessus de l’ensemble", "#b2182b", "▲"),
        Category(UNSURE, "On ne peut pas dire", "#f1ede4", ""),
        Category(LOW, "Au-dessous de l’ensemble", "#2166ac", "▼"),
        Category(UNKNOWN, "Sans logement connu"),
    ),
)
