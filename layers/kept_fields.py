"""What a partner without need does not get, inside its own perimeter: kinds of data kept from types of partners.

The one table behind pages, API, WFS, tiles and files (docs/adr/0037): a ``Scope`` names the kinds that are kept from
its reader, ``Layer.read_by`` and the functions below take them out. The identities of persons are not in the base at
all (docs/adr/0002); what is here is what remains about a household.
"""

from dataclasses import dataclass

from layers.models import Partner, Signalement
from layers.models.published_runs import figure_attribute
from layers.scope import Scope

Type = Partner.Type
# They act on a dwelling or on a procedure that others entrust to them one by one: Signal Logement tells them the case
ON_REQUEST = frozenset(
    {
        Type.BAILLEUR_SOCIAL,
        Type.CONCILIATEURS,
        Type.DISPOSITIF_RENOVATION_HABITAT,
        Type.POLICE_GENDARMERIE,
        Type.TRIBUNAL,
        Type.AUTRE,
    }
)


@dataclass(frozen=True)
class KeptKind:
    """A kind of data: its French words, where it is, from whom it is kept."""

    title: str
    told: str
    why: str
    kept_from: frozenset[Partner.Type]
    attributes: tuple[str, ...] = ()
    """Of a report."""
    figures: tuple[str, ...] = ()
    """Of the rows of analyses."""

    @property
    def types(self) -> str:
        """The French names of the types that do not get it."""
        return ", ".join(sorted(str(one.label) for one in self.kept_from))


KEPT = {
    "recit": KeptKind(
        "Récit et étiquettes",
        "description libre du déclarant, étiquettes du dossier",
        "un texte libre dit ce que personne n’a demandé : santé, conflits, noms",
        ON_REQUEST | {Type.OPERATEUR_VISITES_ET_TRAVAUX},
        attributes=("description", "etiquettes"),
    ),
    "menage": KeptKind(
        "Ménage",
        "type d’occupant, nombre de personnes et d’enfants d’un signalement et d’un lieu classé",
        "ceux qui accompagnent ou relogent un ménage en ont besoin, les autres non",
        ON_REQUEST | {Type.OPERATEUR_VISITES_ET_TRAVAUX},
        attributes=("type_occupant", "nb_occupants", "nb_enfants"),
        figures=("occupants", "enfants", "points_occupants", "points_enfants"),
    ),
    "porte": KeptKind(
        "Porte",
        "étage, escalier et appartement déclarés",
        "l’immeuble suffit à qui ne visite pas le logement",
        ON_REQUEST | {Type.ADIL, Type.ASSOCIATION},
        attributes=("etage", "escalier", "appartement"),
    ),
}


def kept_from(partner_type: str) -> frozenset[str]:
    """Name the kinds that are kept from a type of partner; all of them from a type that is not known."""
    known = partner_type in Type.values
    return frozenset(name for name, kind in KEPT.items() if not known or partner_type in kind.kept_from)


def attributes_kept(scope: Scope) -> frozenset[str]:
    """Name the attributes of a report that this reader does not get."""
    return frozenset(attribute for name in scope.kept for attribute in KEPT[name].attributes)


def figures_kept(scope: Scope) -> frozenset[str]:
    """Name the figures of analyses that this reader does not get."""
    return frozenset(figure for name in scope.kept for figure in KEPT[name].figures)


def paths_kept(scope: Scope) -> frozenset[str]:
    """Give the ORM paths that no layer shows to this reader."""
    return attributes_kept(scope) | {figure_attribute(name) for name in figures_kept(scope)}


def without_kept(report: Signalement, scope: Scope) -> Signalement:
    """Empty, on a report that is only to be shown, what this reader does not get; give it back."""
    kept = attributes_kept(scope)
    for field in Signalement._meta.fields:
        if field.name in kept:
            setattr(report, field.name, field.get_default())
    return report
