"""Proposed duplicates and merges, inside the reader's perimeter."""

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from layers.models import DuplicateProposal, Merge
from layers.models.merges import ProposalQuerySet
from layers.scope import Scope


def proposals(scope: Scope) -> ProposalQuerySet:
    """Give what is left to decide, the likeliest first."""
    found = DuplicateProposal.objects.visible_to(scope).to_decide()
    found = found.select_related("first__commune", "second__commune").prefetch_related(
        "first__desordres", "second__desordres"
    )
    return found.defer("first__commune__geom", "second__commune__geom").order_by("-score", "pk")


def proposals_among(reports: Iterable[int] | QuerySet, scope: Scope) -> ProposalQuerySet:
    """Give the proposals that concern one of ``reports``."""
    return proposals(scope).filter(Q(first__in=reports) | Q(second__in=reports))


def merges_of(report: int, scope: Scope) -> QuerySet[Merge]:
    """Give the standing merges into a report, directly or through another, and that of the report itself."""
    return (
        Merge.objects.visible_to(scope)
        .standing()
        .filter(Q(kept=report) | Q(absorbed=report) | Q(kept__merged_into=report))
        .select_related("absorbed", "kept", "merged_by")
        .defer("absorbed__geom", "kept__geom", "absorbed__description", "kept__description")
        .order_by("-pk")
    )
