"""Which reports an analysis counts: period, family of disorders, conclusion of a visit, partner, status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from django.db.models import Exists, OuterRef

from layers.models import Affectation, Signalement, Visit
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope
from layers.selectors.disorder_families import with_family


@dataclass(frozen=True)
class ReportSelection:
    """Valid reports received from ``since`` to ``until``, both included; an empty criterion keeps all."""

    since: date
    until: date
    family: str = ""
    conclusion: str = ""
    """A ``Visit.Conclusion``: reports of which a visit concluded so (non décence, insalubrité, péril…)."""
    partner: str = ""
    """Name of a partner of Signal Logement to which the report was given."""
    statuses: tuple[str, ...] = ()

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Read the parameters of a method, dates in ISO form; those that it does not have keep all."""
        return cls(
            since=date.fromisoformat(parameters["since"]),
            until=date.fromisoformat(parameters["until"]),
            family=parameters.get("family", ""),
            conclusion=parameters.get("conclusion", ""),
            partner=parameters.get("partner", ""),
            statuses=tuple(parameters.get("statuses", ())),
        )

    def reports(self, scope: Scope) -> SignalementQuerySet:
        """Give the reports, among those that ``scope`` opens, unordered."""
        reports = Signalement.objects.visible_to(scope).valid()
        reports = reports.received_since(self.since).received_until(self.until)
        if self.statuses:
            reports = reports.filter(status__in=self.statuses)
        if self.family:
            reports = with_family(reports, self.family)
        # what hangs on a report that the scope opens is the scope's: no second look at the perimeter
        of_report = {"signalement": OuterRef("pk")}
        if self.conclusion:
            visits = Visit.objects.unscoped("des visites de signalements déjà ouverts")
            reports = reports.filter(
                Exists(visits.filter(**of_report, conclusions__contains=[self.conclusion]))
            )
        if self.partner:
            given = Affectation.objects.unscoped("des affectations de signalements déjà ouverts")
            reports = reports.filter(Exists(given.filter(**of_report, partner=self.partner)))
        return reports


def partners_named(scope: Scope) -> list[str]:
    """Give the names of the partners to which the reader's reports were given, in order."""
    names = Affectation.objects.visible_to(scope).order_by("partner").values_list("partner", flat=True)
    return list(names.distinct())
