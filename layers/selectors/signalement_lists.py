"""Lists of reports: the table beside the map, and those whose position a person must check."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import F

from layers.errors import InvalidFilter
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.signalement_filters import SignalementFilters

SORTS = {
    "reference": "reference",
    "depose_le": "received_on",
    "statut": "status",
    "commune": "commune__nom",
    "criticite": "criticite",
    "precision": "precision",
}
NEWEST_FIRST = "-depose_le"


@dataclass(frozen=True)
class ReportList:
    """Reports in order, ready to be cut into pages; ``unlocated`` have no point and are on no map extent."""

    reports: SignalementQuerySet
    sort: str
    unlocated: int


def report_list(parameters: Mapping[str, str], scope: Scope) -> ReportList:
    """Give the reports that pass the filters, ordered by ``tri`` (a column of ``SORTS``, "-" for descending).

    Raises InvalidFilter, InvalidBBox or UnknownTerritoire.
    """
    filters = SignalementFilters.parse(parameters)
    sort = parameters.get("tri", "") or NEWEST_FIRST
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        raise InvalidFilter(f"tri inconnu : {sort[:40]!r}")
    by = F(column).desc(nulls_last=True) if sort.startswith("-") else F(column).asc(nulls_last=True)
    unlocated = 0
    if filters.bbox:
        unlocated = replace(filters, bbox=None).apply(scope).filter(geom__isnull=True).count()
    reports = filters.apply(scope).select_related("commune").defer("commune__geom", "description")
    return ReportList(reports.order_by(by, "-pk"), sort, unlocated)
