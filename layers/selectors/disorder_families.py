"""Families of disorders: the words of Signal Logement's referential gathered by what a service acts upon."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from layers.models import Desordre
from layers.models.signalements import SignalementQuerySet


@dataclass(frozen=True)
class Family:
    """A family: its name on screen, and the words (PostgreSQL regular expression) that tell it in a label."""

    label: str
    words: str


FAMILIES = {
    "humidite": Family("humidité, moisissures, aération", r"humid|moisiss|ventil|aérat|infiltr|étanch"),
    "structure": Family(
        "structure, effondrement, chute",
        r"structure|fissure|effondr|instable|risquent de tomber|escalier|balcon",
    ),
    "electricite": Family(
        "électricité, gaz, incendie", r"électri|prises?\M|\mgaz\M|coupe[- ]feu|chauffages? dangereux"
    ),
    "plomb": Family("plomb, amiante", r"plomb|saturnisme|amiant"),
    "chauffage": Family("chauffage, isolation", r"chauff|isolé|isolation|fenêtres laissent|radiateur"),
    "eau": Family(
        "eau, évacuation, sanitaires", r"eau potable|eau chaude|évacuation|sanitaire|salle de bain"
    ),
    "nuisibles": Family("nuisibles", r"cafard|blatte|rongeur|rats?\M|punaise|nuisible"),
    "proprete": Family("saleté, déchets, incurie", r"\msales?\M|saleté|déchet|incurie|poubelle|nettoy"),
    "locaux": Family(
        "locaux impropres, suroccupation",
        r"sous-sol|combles|sans fenêtre|plafonds sont trop bas|assez grand|suroccup",
    ),
}


def with_family(reports: SignalementQuerySet, family: str) -> SignalementQuerySet:
    """Keep the reports that declare a disorder of the family; raises KeyError for an unknown one."""
    declared = Desordre.objects.filter(signalement=OuterRef("pk"), label__iregex=FAMILIES[family].words)
    return reports.filter(Exists(declared))
