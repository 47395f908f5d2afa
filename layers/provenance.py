"""Where the rows of a table come from: who publishes each source, under which licence, and what was imported of it.

The sources belong to the imports, which this package does not know: they declare themselves when the application
starts, as the methods of analysis declare their layers.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from layers.models import ImportRun


@dataclass(frozen=True)
class Producer:
    """A source: its words, its producer and its licence."""

    source: str
    title: str
    producer: str
    licence: str


@dataclass(frozen=True)
class Provenance:
    """A source that was imported; ``millesime`` is its newest edition, None where the file did not tell it."""

    producer: Producer
    millesime: date | None
    imported_on: date | None


PRODUCERS: dict[str, list[Producer]] = {}
"""By the table that they fill."""


def declare_source(table: str, producer: Producer) -> None:
    """Add a source to those of a table."""
    PRODUCERS.setdefault(table, []).append(producer)


def provenance_of(tables: Iterable[str]) -> list[Provenance]:
    """Give the sources that filled these tables, in the order of their declaration: one query."""
    producers = [producer for table in tables for producer in PRODUCERS.get(table, [])]
    done = ImportRun.objects.filter(
        status=ImportRun.Status.DONE, source__in=[producer.source for producer in producers]
    )
    found = {
        source: (millesime, ended_at)
        for source, millesime, ended_at in done.order_by()
        .values_list("source")
        .annotate(newest=Max("millesime"), ended=Max("ended_at"))
    }
    return [
        Provenance(producer, found[producer.source][0], ended.date() if ended else None)
        for producer in producers
        if producer.source in found
        for ended in [found[producer.source][1]]
    ]
