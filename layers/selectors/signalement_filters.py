"""The filters of reports, read once for the map, the table, the tiles, the API and the WFS."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from django.db.models import Exists, OuterRef

from layers.bbox import BBox
from layers.errors import InvalidFilter, UnknownTerritoire
from layers.models import Anchor, Commune, Epci, Iris, Signalement
from layers.models.signalements import SignalementQuerySet
from layers.scope import Scope


@dataclass(frozen=True)
class SignalementFilters:
    """``du`` and ``au`` (days, ISO), ``statut`` (names joined by commas), ``territoire`` (code), ``bbox``."""

    received_from: date | None = None
    received_to: date | None = None
    statuses: tuple[str, ...] = ()
    territoire: str = ""
    bbox: BBox | None = None

    @classmethod
    def parse(cls, parameters: Mapping[str, str]) -> Self:
        """Read query parameters; raises InvalidFilter or InvalidBBox in the sender's words."""
        statuses = tuple(name for name in parameters.get("statut", "").split(",") if name)
        for name in statuses:
            if name not in Signalement.Status.names:
                raise InvalidFilter(f"statut inconnu : {name[:40]!r}")
        bbox = parameters.get("bbox", "")
        return cls(
            received_from=_day(parameters, "du"),
            received_to=_day(parameters, "au"),
            statuses=statuses,
            territoire=parameters.get("territoire", ""),
            bbox=BBox.parse(bbox) if bbox else None,
        )

    def apply(self, scope: Scope) -> SignalementQuerySet:
        """Give the reports that the reader may see and that pass the filters, unordered."""
        reports = Signalement.objects.visible_to(scope)
        if self.received_from:
            reports = reports.received_since(self.received_from)
        if self.received_to:
            reports = reports.received_until(self.received_to)
        if self.statuses:
            reports = reports.filter(status__in=self.statuses)
        if self.territoire:
            reports = in_territoire(reports, self.territoire)
        if self.bbox:
            reports = reports.in_bbox(self.bbox)
        return reports


def in_territoire(reports: SignalementQuerySet, code: str) -> SignalementQuerySet:
    """Keep the reports of a commune, an EPCI or an IRIS, told apart by the code.

    Raises UnknownTerritoire for a code that no imported register has.
    """
    if Commune.objects.filter(code=code).exists():
        return reports.filter(commune=code)
    if Epci.objects.filter(code=code).exists():
        return reports.filter(commune__epci=code)
    if Iris.objects.filter(code=code).exists():
        anchored = Anchor.objects.filter(
            signalement=OuterRef("pk"), kind=Anchor.Kind.IRIS, place_code=code, is_best=True
        )
        return reports.filter(Exists(anchored))
    raise UnknownTerritoire(f"aucun territoire importé n’a le code {code[:20]!r}")


def _day(parameters: Mapping[str, str], name: str) -> date | None:
    text = parameters.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidFilter(f"{name} attend une date « aaaa-mm-jj », reçu : {text[:40]!r}") from None
