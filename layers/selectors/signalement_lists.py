"""Lists of reports: the table beside the map, and those whose position a person must check."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.db.models import F, FloatField, Func

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
SHOWN = (
    "reference",
    "received_on",
    "status",
    "precision",
    "needs_review",
    "criticite",
    "adresse",
    "commune__nom",
)


@dataclass(frozen=True)
class ReportList:
    """Reports in order, ready to be cut into pages; ``unlocated`` have no point and are on no map extent."""

    reports: SignalementQuerySet
    sort: str
    unlocated: int

    def shown(self, page: SignalementQuerySet) -> SignalementQuerySet:
        """Give the reports of a slice of ``reports``, with their commune, and ``longitude`` and ``latitude`` or None.

        The keys are sorted alone: with all that is shown, thousands of rows would be joined and carried for the few
        of a page.
        """
        x, y = (Func("geom", function=name, output_field=FloatField()) for name in ("ST_X", "ST_Y"))
        rows = self.reports.filter(pk__in=page.values("pk")).select_related("commune").only(*SHOWN)
        return rows.annotate(longitude=x, latitude=y)


def report_list(parameters: Mapping[str, str], scope: Scope) -> ReportList:
    """Give the reports that pass the filters, ordered by ``tri`` (a column of ``SORTS``, "-" for descending).

    Raises InvalidFilter, InvalidBBox or UnknownTerritoire.
    """
    filters = SignalementFilters.parse(parameters)
    sort = parameters.get("tri", "") or NEWEST_FIRST
    column = SORTS.get(sort.removeprefix("-"))
    if column is None:
        raise InvalidFilter(f"tri inconnu : {sort[:40]!r}")
    # What is never absent is read along its index, which has no word of where the absent would be
    absent_last = None if column == SORTS["depose_le"] else True
    by = (
        F(column).desc(nulls_last=absent_last)
        if sort.startswith("-")
        else F(column).asc(nulls_last=absent_last)
    )
    unlocated = 0
    if filters.bbox:
        unlocated = replace(filters, bbox=None).apply(scope).filter(geom__isnull=True).count()
    return ReportList(filters.apply(scope).order_by(by, "-pk"), sort, unlocated)
