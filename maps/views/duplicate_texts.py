"""Why two reports may be one case, in words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from layers.kept_fields import attributes_kept, without_kept
from layers.models import DuplicateProposal, Signalement
from layers.scope import Scope
from layers.selectors.duplicates import proposals_among
from maps.views.analysis_texts import decimal

SAME_DOOR, SAME_FLOOR, TEXTS = "même appartement", "même étage", "textes ressemblants"
# What each reason tells of: who does not get it is not told the reason either
TOLD_OF = {SAME_DOOR: "appartement", SAME_FLOOR: "etage", TEXTS: "description"}
BETWEEN = " ; "


@dataclass(frozen=True)
class Told:
    """A proposal with its reasons; ``older`` is proposed to be kept.

    ``others`` are proposed with both, and with each other: all of them may be one case.
    """

    proposal: DuplicateProposal
    older: Signalement
    newer: Signalement
    reasons: tuple[str, ...]
    others: tuple[Signalement, ...] = ()

    @property
    def group(self) -> tuple[Signalement, ...]:
        """All of them, the oldest first."""
        return tuple(sorted((self.older, self.newer, *self.others), key=_age))


def told(proposals: Iterable[DuplicateProposal], scope: Scope) -> list[Told]:
    """Give the proposals with their reasons; the pairs of a group that is shown already are left out."""
    proposals = list(proposals)
    reports = {pk for proposal in proposals for pk in (proposal.first_id, proposal.second_id)}
    resembling = _resembling(proposals_among(reports, scope) if proposals else ())
    shown: list[Told] = []
    for proposal in proposals:
        if not any({proposal.first, proposal.second} <= {*one.group} for one in shown):
            shown.append(_told(proposal, resembling, scope))
    return shown


def _resembling(proposals: Iterable[DuplicateProposal]) -> dict[Signalement, set[Signalement]]:
    """Give the reports that each report is proposed with."""
    found: dict[Signalement, set[Signalement]] = defaultdict(set)
    for proposal in proposals:
        found[proposal.first].add(proposal.second)
        found[proposal.second].add(proposal.first)
    return found


def reasons_of(one: int, other: int, scope: Scope) -> str:
    """Give the reasons of the proposal of a pair, for the merge to keep; empty without a proposal."""
    first, second = sorted((one, other))
    proposal = DuplicateProposal.objects.visible_to(scope).filter(first=first, second=second).first()
    return BETWEEN.join(_reasons(proposal, scope)) if proposal else ""


def reason_said(reason: str, scope: Scope) -> str:
    """Give the reasons that a merge kept, without those that this reader is not told."""
    return BETWEEN.join(_told_to(scope, reason.split(BETWEEN)))


def _age(report: Signalement) -> tuple[date, int]:
    return report.received_on, report.pk


def _told(
    proposal: DuplicateProposal, resembling: Mapping[Signalement, set[Signalement]], scope: Scope
) -> Told:
    older, newer = sorted((proposal.first, proposal.second), key=_age)
    others: list[Signalement] = []
    for one in sorted(resembling[older] & resembling[newer], key=_age):
        if resembling[one].issuperset(others):
            others.append(one)
    older, newer, *others = (without_kept(one, scope) for one in (older, newer, *others))
    return Told(proposal, older, newer, _reasons(proposal, scope), tuple(others))


def _told_to(scope: Scope, reasons: Iterable[str]) -> tuple[str, ...]:
    kept = attributes_kept(scope)
    hidden = tuple(words for words, attribute in TOLD_OF.items() if attribute in kept)
    return tuple(reason for reason in reasons if not reason.startswith(hidden))


def _reasons(proposal: DuplicateProposal, scope: Scope) -> tuple[str, ...]:
    days, shared = proposal.days_apart, proposal.desordres_shared
    reasons = [
        proposal.get_kind_display(),
        "le même jour" if days == 0 else f"à {days} jour{'s' if days > 1 else ''} d’écart",
    ]
    if proposal.is_same_door:
        reasons.append(SAME_DOOR)
    elif proposal.is_same_floor:
        reasons.append(SAME_FLOOR)
    if shared:
        plural = "s" if shared > 1 else ""
        reasons.append(f"{shared} désordre{plural} commun{plural} sur {proposal.desordres_told}")
    if proposal.text_similarity is not None and proposal.text_similarity >= 0.3:
        reasons.append(f"{TEXTS} ({decimal(proposal.text_similarity, 2)} sur 1)")
    return _told_to(scope, reasons)
