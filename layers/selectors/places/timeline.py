"""What a source of facts gives for a place: events, each on a day, and facts, which have none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import TextChoices

from layers.scope import Scope
from layers.selectors.places.identity import Place

LISTED = 200  # events of one source: a large estate has thousands of diagnoses


class EventKind(TextChoices):
    """What happened; the value is also the filter of the page."""

    SIGNALEMENT = "signalement", "signalement"
    VISITE = "visite", "visite"
    ARRETE = "arrete", "arrêté"
    MAINLEVEE = "mainlevee", "mainlevée"
    DPE = "dpe", "diagnostic énergétique"
    VENTE = "vente", "vente"
    CADASTRE = "cadastre", "cadastre"
    PERIMETRE = "perimetre", "périmètre"


class Section(TextChoices):
    """What a fact is about."""

    BATI = "bati", "Bâtiment et logements"
    COPROPRIETE = "copropriete", "Copropriété"
    SOCIAL = "social", "Logements sociaux"
    ENERGIE = "energie", "Énergie"
    VENTES = "ventes", "Ventes"
    CADASTRE = "cadastre", "Cadastre"
    PERIMETRES = "perimetres", "Périmètres"


@dataclass(frozen=True)
class Event:
    """One thing that happened; ``report`` is the report to open for it, ``zones`` what covered the place then."""

    on: date
    kind: EventKind
    title: str
    detail: str = ""
    source: str = ""
    report: int | None = None
    status: str = ""
    zones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """One thing known, without a day of its own."""

    section: Section
    label: str
    value: str
    source: str = ""


@dataclass(frozen=True)
class Findings:
    """What one source knows of a place, inside the reader's perimeter."""

    events: tuple[Event, ...] = ()
    facts: tuple[Fact, ...] = ()


Source = Callable[[Place, Scope], Findings]
