"""What the figures of an analysis say, in sentences."""

from dataclasses import dataclass
from datetime import date

from django.template.defaultfilters import floatformat

from layers.models import AnalysisRun, IrisResult
from layers.symbols import HOTSPOTS, Symbol
from maps.symbols import RateClass, rate_colour, symbol_of
from maps.templatetags.wording import day

HOT = (IrisResult.Hotspot.HOT_99, IrisResult.Hotspot.HOT_95)
COLD = (IrisResult.Hotspot.COLD_99, IrisResult.Hotspot.COLD_95)
LIKELY = 0.8
NO_BREAK = "\u00a0"
THOUSAND = f"1{NO_BREAK}000"


@dataclass(frozen=True)
class Reading:
    """A result read aloud: the figure, how sure it is, what its surroundings say."""

    hotspot: Symbol
    colour: str
    sentences: tuple[str, ...]


def reading_of(result: IrisResult, run: AnalysisRun, classes: list[RateClass]) -> Reading:
    """Give the reading of one IRIS in one run, in the colour of its class."""
    hotspot = symbol_of(result.hotspot, HOTSPOTS)
    colour = rate_colour(result.smoothed_per_1000, result.dwellings, classes)
    if result.rate_per_1000 is None:
        sentence = "Aucun nombre de logements n’est connu ici : il n’y a pas de taux."
        return Reading(hotspot, colour, (sentence,))
    return Reading(hotspot, colour, (_rate(result), _against(result, run), _surroundings(result)))


def period_of(run: AnalysisRun) -> str:
    """Give the period that a run counts, in words."""
    since, until = (day(date.fromisoformat(run.parameters[name])) for name in ("since", "until"))
    return f"du {since} au {until}"


def decimal(value: float, places: int = 1) -> str:
    """Give a number as it is written in French."""
    return floatformat(value, f"{places}g")


def _rate(result: IrisResult) -> str:
    low, high = decimal(result.low_per_1000), decimal(result.high_per_1000)
    counted = "logement signalé" if result.cases < 2 else "logements signalés"
    return (
        f"{decimal(result.cases, 0)} {counted} sur {decimal(result.dwellings, 0)},"
        f" soit {decimal(result.rate_per_1000)} pour {THOUSAND}. Compte tenu du hasard, le taux se situe"
        f" entre {low} et {high} (intervalle à 95{NO_BREAK}%)."
    )


def _against(result: IrisResult, run: AnalysisRun) -> str:
    overall = run.summary.get("overall_per_1000")
    compared = f", contre {decimal(overall)} sur l’ensemble" if overall else ""
    rate = f"Taux lissé : {decimal(result.smoothed_per_1000)} pour {THOUSAND}{compared}"
    if result.exceedance is None:
        return f"{rate}."
    chance = _chance(result.exceedance)
    if result.exceedance >= LIKELY:
        return f"{rate} ; il est très probablement au-dessus de la moyenne ({chance})."
    if result.exceedance <= 1 - LIKELY:
        return f"{rate} ; il est très probablement sous la moyenne (au-dessus : {chance})."
    return f"{rate} ; on ne peut pas dire s’il est au-dessus de la moyenne ({chance})."


def _chance(probability: float) -> str:
    """Give a probability without ever calling it certain."""
    per_cent = round(100 * probability)
    if per_cent >= 99:
        return f"probabilité de plus de 99{NO_BREAK}%"
    if per_cent <= 1:
        return f"probabilité de moins de 1{NO_BREAK}%"
    return f"probabilité {per_cent}{NO_BREAK}%"


def _surroundings(result: IrisResult) -> str:
    if result.hotspot in HOT:
        return "Les taux élevés se regroupent ici et autour, plus que le hasard ne le ferait."
    if result.hotspot in COLD:
        return "Les taux faibles se regroupent ici et autour, plus que le hasard ne le ferait."
    if result.hotspot == IrisResult.Hotspot.NOT_TESTED:
        return "Le voisinage n’a pas pu être testé."
    return "Aucun regroupement avec les voisins ne dépasse ce que fait le hasard."
