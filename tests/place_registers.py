"""What the querysets of the registers of dwellings and buildings answer for one place, all together."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Prefetch

from layers.models import (
    Batiment,
    Copropriete,
    Dpe,
    GroupeBatiment,
    LogementSocial,
    Mutation,
    MutationParcelle,
)
from layers.models.logements import PlaceCodes
from layers.scope import Scope


@dataclass(frozen=True)
class PlaceRegisters:
    """The rows of each register for a place; each mutation has its parcelles with it."""

    dpe: list[Dpe]
    mutations: list[Mutation]
    coproprietes: list[Copropriete]
    logements_sociaux: list[LogementSocial]
    groupes: list[GroupeBatiment]


def registers_at(
    scope: Scope, *, batiments: Iterable[str] = (), idus: Iterable[str] = (), ban_ids: Iterable[str] = ()
) -> PlaceRegisters:
    """Give what the registers say of these buildings, parcelles and addresses, the most recent first.

    ``batiments`` are codes of ours: their RNB identifiers are looked up. ``idus`` may name past parcelles.
    """
    named = Batiment.objects.visible_to(scope).filter(code__in=[*batiments])
    place = PlaceCodes(
        rnb_ids=tuple(rnb_id for rnb_id in named.values_list("rnb_id", flat=True) if rnb_id),
        idus=tuple(idus),
        ban_ids=tuple(ban_ids),
    )
    sold = Prefetch("parcelles", MutationParcelle.objects.visible_to(scope).order_by("idu"))
    return PlaceRegisters(
        dpe=list(Dpe.objects.visible_to(scope).at(place).order_by("-established_on", "numero")),
        mutations=list(
            Mutation.objects.visible_to(scope)
            .at(place)
            .prefetch_related(sold)
            .order_by("-mutated_on", "code")
        ),
        coproprietes=list(Copropriete.objects.visible_to(scope).at(place).order_by("numero")),
        logements_sociaux=list(
            LogementSocial.objects.visible_to(scope).at(place).order_by("voie", "numero", "rep")
        ),
        groupes=list(GroupeBatiment.objects.visible_to(scope).at(place).order_by("code")),
    )
