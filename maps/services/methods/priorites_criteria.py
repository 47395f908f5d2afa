"""The criteria of priorities as a committee reads them, and the weights they have unless changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from layers.models import UnitKind
from layers.selectors.priority_criteria import KINDS
from maps.analysis.priorities import Axis

PLACES = (UnitKind.BATIMENT, UnitKind.PARCELLE, UnitKind.ADRESSE)


@dataclass(frozen=True)
class Ranked:
    """A criterion as the committee reads it: its name, the unit of its value, its weight unless changed."""

    label: str
    unit: str
    weight: float
    help: str
    axis: Axis = Axis.NEED
    kinds: tuple[UnitKind, ...] = KINDS


CRITERIA: Mapping[str, Ranked] = {
    "gravite": Ranked(
        "Gravité des désordres", "criticité", 3, "La plus forte criticité déclarée à un signalement du lieu."
    ),
    "repetition": Ranked(
        "Signalements répétés",
        "signalements",
        1,
        "Signalements reçus sur la période au même lieu.",
        kinds=PLACES,
    ),
    "taux": Ranked(
        "Taux de logements signalés",
        "pour 1 000",
        3,
        "Rapporté aux logements de l’IRIS et lissé : deux signalements dans un petit IRIS ne suffisent pas.",
        kinds=(UnitKind.IRIS,),
    ),
    "attente": Ranked(
        "Ancienneté du dossier", "jours", 1, "Depuis le dépôt du plus ancien signalement encore ouvert."
    ),
    "sans_reponse": Ranked(
        "Temps sans réponse",
        "jours",
        2,
        "Depuis le dépôt du plus ancien signalement ouvert auquel aucun partenaire n’a répondu.",
    ),
    "point_chaud": Ranked(
        "Point chaud", "", 1, "L’IRIS est un point chaud (1), très net (2), d’après la dernière analyse."
    ),
    "occupants": Ranked("Occupants exposés", "personnes", 1, "Déclarés dans les signalements ouverts."),
    "enfants": Ranked("Enfants exposés", "enfants", 2, "Déclarés dans les signalements ouverts."),
    "bati_ancien": Ranked(
        "Bâti ancien",
        "",
        1,
        "Âge en années du plus ancien bâtiment (BDNB, DPE) ; pour un IRIS, part des résidences d’avant 1946 (%).",
    ),
    "energie": Ranked(
        "Étiquette énergie",
        "",
        1,
        "La plus mauvaise classe connue, de 1 (A) à 7 (G) ; pour un IRIS, part des DPE classés F ou G (%).",
    ),
    "arrete_echu": Ranked(
        "Arrêté sans mainlevée",
        "",
        3,
        "Jours écoulés depuis un mois après le plus ancien arrêté non levé ; pour un IRIS, nombre de ces arrêtés.",
    ),
    "expropriation": Ranked(
        "Deux arrêtés en dix ans",
        "",
        2,
        "Deux arrêtés non levés en dix années civiles : ce que regarde la loi du 9 avril 2024. À instruire.",
    ),
    "perimetre": Ranked(
        "Opération en cours",
        "",
        1,
        "Le lieu est dans un périmètre d’OPAH, RHI, ORI, PIG, ORCOD ou ANRU.",
        Axis.CAPACITY,
    ),
    "engage": Ranked(
        "Partenaire engagé",
        "signalements",
        1,
        "Signalements ouverts qu’un partenaire a pris en charge.",
        Axis.CAPACITY,
    ),
}
AXES = {Axis.NEED: "besoin", Axis.CAPACITY: "capacité d’agir"}


def weight_name(criterion: str) -> str:
    """Name the parameter that holds the weight of a criterion."""
    return f"poids_{criterion}"


def points_name(criterion: str) -> str:
    """Name the figure that holds the points of a criterion."""
    return f"points_{criterion}"
