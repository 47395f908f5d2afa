"""Why two reports may be one case, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from layers.models import DuplicateProposal, Signalement
from layers.scope import Scope
from maps.views.analysis_texts import decimal


@dataclass(frozen=True)
class Told:
    """A proposal with its reasons; ``older`` is proposed to be kept."""

    proposal: DuplicateProposal
    older: Signalement
    newer: Signalement
    reasons: tuple[str, ...]

    @property
    def pair(self) -> tuple[Signalement, Signalement]:
        """Both, the older first."""
        return self.older, self.newer


def told(proposals: Iterable[DuplicateProposal]) -> list[Told]:
    """Give the proposals with their reasons."""
    return [_told(proposal) for proposal in proposals]


def reasons_of(one: int, other: int, scope: Scope) -> str:
    """Give the reasons of the proposal of a pair, for the merge to keep; empty without a proposal."""
    first, second = sorted((one, other))
    proposal = DuplicateProposal.objects.visible_to(scope).filter(first=first, second=second).first()
    return " ; ".join(_reasons(proposal)) if proposal else ""


def _told(proposal: DuplicateProposal) -> Told:
    pair = sorted((proposal.first, proposal.second), key=lambda report: (report.received_on, report.pk))
    return Told(proposal, pair[0], pair[1], _reasons(proposal))


def _reasons(proposal: DuplicateProposal) -> tuple[str, ...]:
    days, shared = proposal.days_apart, proposal.desordres_shared
    reasons = [
        proposal.get_kind_display(),
        "le même jour" if days == 0 else f"à {days} jour{'s' if days > 1 else ''} d’écart",
    ]
    if proposal.is_same_door:
        reasons.append("même appartement")
    elif proposal.is_same_floor:
        reasons.append("même étage")
    if shared:
        plural = "s" if shared > 1 else ""
        reasons.append(f"{shared} désordre{plural} commun{plural} sur {proposal.desordres_told}")
    if proposal.text_similarity is not None and proposal.text_similarity >= 0.3:
        reasons.append(f"textes ressemblants ({decimal(proposal.text_similarity, 2)} sur 1)")
    return tuple(reasons)
