"""Priorities: buildings, parcelles or IRIS ranked by the criteria and the weights that a committee chose."""

from typing import Any

import numpy as np

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import AnalysisRun, Partner, UnitKind
from layers.registry import IRIS_RATES
from layers.scope import Scope
from layers.selectors.priority_criteria import KINDS, PriorityCriteria, priority_criteria
from layers.selectors.report_selection import ReportSelection
from layers.selectors.work_lists import work_lists
from maps.analysis.inputs import FloatArray
from maps.analysis.priorities import Axis, Criterion, Indicators, Rate, Scores, score_places
from maps.analysis.rank_intervals import RankIntervals, Stability, rank_intervals
from maps.services.methods.method import Category, Column, Method, Values
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Choice, Number, Parameter
from maps.services.methods.priorites_criteria import AXES, CRITERIA, PLACES, points_name, weight_name
from maps.services.methods.report_parameters import PERIOD, unit

DRAWS = 500


STABILITY = {
    Stability.ALWAYS_FIRST: Category(Stability.ALWAYS_FIRST, "Toujours en tête", "#b2182b", "▲"),
    Stability.SENSITIVE: Category(Stability.SENSITIVE, "Dépend des poids", "#ef8a62", "◆"),
    Stability.NEVER_FIRST: Category(Stability.NEVER_FIRST, "Jamais en tête", "#d9dee4", ""),
}


def _weights() -> tuple[Parameter, ...]:
    return tuple(
        Number(
            name=weight_name(name),
            label=f"Poids : {criterion.label}",
            low=0,
            high=10,
            default=criterion.weight,
            help=f"Axe {AXES[criterion.axis]}. {criterion.help}",
        )
        for name, criterion in CRITERIA.items()
    )


def read(scope: Scope, values: Values) -> PriorityCriteria:
    """Read the criteria of the places of a perimeter."""
    selection = ReportSelection.of(values)
    if selection.since > selection.until:
        raise InvalidParameters({"until": "Au : ce jour est avant le premier jour compté"})
    hotspots, kind = AnalysisRun.objects.latest_of(IRIS_RATES), UnitKind(values["unit"])
    criteria = priority_criteria(kind, scope, selection, hotspots)
    if not values["partner_type"]:
        return criteria
    criteria = criteria.only(work_lists(kind, scope, selection).get(values["partner_type"], set()))
    if not criteria.codes.size:
        raise NothingToAnalyse(
            "aucun lieu n’est pour ce type de partenaire : rien ne lui est confié, aucun arrêté ni visite n’y mène"
        )
    return criteria


def compute(inputs: PriorityCriteria, values: Values, rng: np.random.Generator) -> Outcome:
    """Score and rank the places; the first by need first, equal ones by how surely they are at the head."""
    indicators = _indicators(inputs)
    wanted = {
        name: criterion
        for name, criterion in CRITERIA.items()
        if inputs.kind in criterion.kinds and values[weight_name(name)] > 0
    }
    criteria = [
        Criterion(name, values[weight_name(name)], criterion.axis)
        for name, criterion in wanted.items()
        if _is_told(indicators[name])
    ]
    if not any(criterion.axis is Axis.NEED for criterion in criteria):
        raise NothingToAnalyse("donnez un poids à au moins un critère de besoin dont la donnée est connue")
    scores = score_places(criteria, indicators)
    top = min(values["top"], len(inputs.codes))
    intervals = rank_intervals(
        criteria, indicators, rng, top=top, concentration=values["concentration"], draws=DRAWS
    )
    order = np.lexsort((inputs.codes, -intervals.p_top, scores.rank))
    figures = _figures(inputs, indicators, scores, intervals)
    places = inputs.kind in PLACES
    unknown = [CRITERIA[name].label for name in wanted if name not in {c.name for c in criteria}]
    return Outcome(
        kind=inputs.kind,
        codes=[str(inputs.codes[n]) for n in order],
        labels=[inputs.labels[n] for n in order],
        communes=[inputs.communes[n] for n in order],
        figures={name: column[order] for name, column in figures.items()},
        categories=[str(intervals.stability[n]) for n in order],
        shapes=_points(inputs)[order] if places else None,
        srids=inputs.srids[order] if places else None,
        facts=(
            Fact("Lieux classés", len(inputs.codes)),
            Fact("Longueur de la tête de liste", top),
            Fact(
                "Lieux toujours en tête",
                int(np.count_nonzero(intervals.stability == Stability.ALWAYS_FIRST)),
                f"dans au moins 90 % des {DRAWS} tirages",
            ),
            Fact(
                "Lieux qui peuvent y entrer",
                int(np.count_nonzero(intervals.stability == Stability.SENSITIVE)),
                "selon les poids et le hasard",
            ),
        ),
        notes=_notes(inputs, scores, unknown),
    )


def _indicators(inputs: PriorityCriteria) -> Indicators:
    found: dict[str, Any] = {name: np.ma.masked_invalid(values) for name, values in inputs.values.items()}
    found["taux"] = Rate(np.where(inputs.dwellings > 0, inputs.cases, 0), inputs.dwellings)
    return found


def _is_told(indicator: Any) -> bool:
    if isinstance(indicator, Rate):
        return bool(np.any(np.asarray(indicator.exposure) > 0))
    return bool(np.ma.count(indicator))


def _figures(
    inputs: PriorityCriteria, indicators: Indicators, scores: Scores, intervals: RankIntervals
) -> dict[str, FloatArray]:
    """Give the columns; the points of a criterion that did not count, or is not known, are not told."""
    nothing = np.full(len(inputs.codes), np.nan)
    figures = {
        "rang_besoin": scores.rank.astype(float),
        "rang_bas": intervals.lower.astype(float),
        "rang_haut": intervals.upper.astype(float),
        "p_tete": intervals.p_top,
        "besoin": scores.need,
        "capacite": scores.capacity,
    }
    column_of = {criterion.name: n for n, criterion in enumerate(scores.criteria)}
    rate = np.divide(1_000 * inputs.cases, inputs.dwellings, out=nothing.copy(), where=inputs.dwellings > 0)
    for name in CRITERIA:
        n = column_of.get(name)
        known = np.where(scores.known[:, n], scores.contributions[:, n], np.nan) if n is not None else nothing
        figures[points_name(name)] = known
        figures[name] = rate if name == "taux" else np.ma.filled(indicators[name], np.nan)
    return figures


def _points(inputs: PriorityCriteria) -> Any:
    import shapely

    return shapely.points(inputs.x, inputs.y)


def _notes(inputs: PriorityCriteria, scores: Scores, unknown: list[str]) -> tuple[str, ...]:
    notes = []
    for first, second, rho in scores.redundant_pairs():
        twice = f"{rho:.2f}".replace(".", ",")
        notes.append(
            f"« {CRITERIA[first].label} » et « {CRITERIA[second].label} » disent presque la même chose ici"
            f" (corrélation {twice}) : ensemble, ils comptent deux fois."
        )
    same = [
        CRITERIA[criterion.name].label
        for n, criterion in enumerate(scores.criteria)
        if np.ptp(scores.contributions[:, n]) == 0
    ]
    if same:
        notes.append(f"Ne distingue aucun lieu, faute de différence dans les données : {', '.join(same)}.")
    if unknown:
        notes.append(f"Données absentes, poids sans effet : {', '.join(unknown)}.")
    if inputs.left_out > 0:
        notes.append(f"Signalements dont le lieu n’est pas connu assez finement : {inputs.left_out}.")
    return tuple(notes)


def _columns() -> tuple[Column, ...]:
    told = []
    for name, criterion in CRITERIA.items():
        told.append(Column(points_name(name), f"{criterion.label} : points", "points", 1, criterion.help))
        told.append(Column(name, criterion.label, criterion.unit, 1 if name in ("taux", "gravite") else 0))
    return (
        Column("rang_besoin", "Rang"),
        Column("rang_bas", "Meilleur rang", "", 0, "90 % des rangs tirés sont entre ces deux bornes."),
        Column("rang_haut", "Moins bon rang"),
        Column("p_tete", "Probabilité d’être en tête", "", 2),
        Column("besoin", "Besoin", "points sur 100", 1),
        Column("capacite", "Capacité d’agir", "points sur 100", 1),
        *told,
    )


METHOD = Method(
    id="priorites",
    title="Priorités",
    question="Par quels lieux commencer, pourquoi ceux-là, et ce rang tient-il si les poids changent\u00a0?",
    parameters=(
        unit(*KINDS, default=UnitKind.BATIMENT),
        *PERIOD,
        Choice(
            name="partner_type",
            label="Pour",
            choices={"": "tous les partenaires"} | dict(Partner.Type.choices),
            help="Un type de partenaire : ses lieux seulement, classés entre eux, avec les poids choisis pour lui.",
        ),
        Number(
            name="top",
            label="Longueur de la tête de liste",
            low=1,
            high=500,
            default=20,
            whole=True,
            unit="lieux",
            help="Ce que le comité peut traiter : la stabilité dit qui en fait sûrement partie.",
        ),
        *_weights(),
        Number(
            name="concentration",
            label="Fermeté des poids",
            low=1,
            high=10_000,
            default=50,
            advanced=True,
            help="50 : un poids de 20 % est essayé entre 11 et 30 % environ. Plus grand : moins de jeu.",
        ),
    ),
    columns=_columns(),
    caveats=(
        "Un rang n’est pas une gravité : il dit l’ordre dans lequel aller voir, avec ces poids, dans ce périmètre.",
        "Lisez l’intervalle avant le rang : deux lieux dont les intervalles se recouvrent ne sont pas départagés.",
        "Un lieu que personne ne signale n’est pas classé : le silence n’est pas un bon état.",
        "Les arrêtés comptés sont ceux dont aucune mainlevée n’est connue ; leur délai d’exécution n’est pas dans"
        " les fichiers, un mois est compté. Deux arrêtés en dix ans appellent une instruction, pas une conclusion :"
        " un arrêté levé après des travaux d’office compte aussi pour la loi, et les fichiers ne le disent pas.",
        "Le besoin et la capacité d’agir ne sont pas additionnés : un cas facile n’est pas un cas grave.",
        "Les points d’un critère disent la part des lieux classés qu’il dépasse : ailleurs, ils seraient autres.",
        "Une donnée inconnue vaut zéro point : un lieu mal connu est classé plus bas qu’il ne devrait peut-être.",
    ),
    read=read,
    compute=compute,
    categories=tuple(STABILITY.values()),
    draws_categories_first=True,
    is_random=True,
)
