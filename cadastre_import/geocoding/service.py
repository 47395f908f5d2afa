"""Geocodes the reports that need it, batch by batch: ask first, then write in one transaction.

No question is asked inside a transaction: a slow service never holds a lock. A run that stops half-way has kept
its batches, the next one takes the rest.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice

from django.conf import settings

from cadastre_import.geocoding.ban_api import BanApiGeocoder
from cadastre_import.geocoding.communes import CommuneDirectory
from cadastre_import.geocoding.embedded import EmbeddedGeocoder
from cadastre_import.geocoding.placing import place
from cadastre_import.geocoding.provider import Geocoder
from cadastre_import.geocoding.reports import declared_places, pending_reports, write_answers
from layers.errors import GeocoderUnavailable
from layers.models import Signalement
from layers.services.repeated_choices import repeat_choices

BATCH = 1_000
Progress = Callable[[Iterable[int]], Iterable[int]]


@dataclass
class GeocodingReport:
    """How many reports were geocoded, by the precision they got, and how many wait for a person.

    ``repeated`` took the position that a person had chosen for the same address, and were asked to nobody;
    ``kept`` were asked anew and stay where a person placed them.
    """

    by_precision: Counter[str] = field(default_factory=Counter)
    to_review: int = 0
    repeated: int = 0
    kept: int = 0

    @property
    def geocoded(self) -> int:
        """All reports that were asked about."""
        return self.by_precision.total() + self.kept

    def __str__(self) -> str:
        labels = Signalement.Precision
        parts = [f"{labels(name).label} : {count}" for name, count in self.by_precision.most_common()]
        if self.kept:
            parts.append(f"laissés où une personne les a placés : {self.kept}")
        said = "aucun signalement à géocoder"
        if self.geocoded:
            said = f"{self.geocoded} géocodés ({', '.join(parts)}), {self.to_review} à vérifier"
        if self.repeated:
            said += f" ; {self.repeated} placés comme un signalement de même adresse"
        return said


def default_geocoder(directory: CommuneDirectory) -> Geocoder:
    """Give the service that the settings name, else the embedded geocoder."""
    return BanApiGeocoder(settings.GEOCODER_URL) if settings.GEOCODER_URL else EmbeddedGeocoder(directory)


def geocode_signalements(
    only: Iterable[int] | None = None,
    *,
    geocoder: Geocoder | None = None,
    again: bool = False,
    progress: Progress = iter,
) -> GeocodingReport:
    """Geocode the reports never geocoded, or whose declared address changed since.

    ``only`` restricts to these report ids; ``again`` asks anew for those already answered. A position that a person
    chose is never moved; one whose address was placed before is taken from memory. Raises GeocoderUnavailable when
    a service fails for good: what was answered before is kept.
    """
    only = None if only is None else list(only)
    report = GeocodingReport(repeated=repeat_choices(only))
    pending = pending_reports(only, again)
    if not pending:
        return report
    directory = CommuneDirectory.load()
    geocoder = geocoder or default_geocoder(directory)
    ids = iter(progress(pending))
    while batch := list(islice(ids, BATCH)):
        declared = declared_places(batch)
        try:
            answers = geocoder.search_many([d.query for _, _, d in declared])
        except GeocoderUnavailable as error:
            left = len(pending) - report.geocoded
            raise GeocoderUnavailable(
                f"{error} (signalements restant à géocoder : {left}, relancez)"
            ) from error
        placements = [
            place(d, a, directory, geocoder.accepted_score)
            for (_, _, d), a in zip(declared, answers, strict=True)
        ]
        write_answers([(i, asked) for i, asked, _ in declared], answers, placements)
        moved = [p for (_, _, d), p in zip(declared, placements, strict=True) if not d.is_placed]
        report.by_precision.update(p.precision for p in moved)
        report.to_review += sum(p.needs_review for p in moved)
        report.kept += len(placements) - len(moved)
    return report
