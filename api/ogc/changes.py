"""Only what changed: rows written since an instant, and identifiers of those that went away (docs/adr/0028)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet

from api.fields import field_at, model_of
from api.ogc.answers import AFTER
from api.ogc.extents import read_instant
from api.ogc.values import read_text
from layers.errors import InvalidFilter
from layers.models import Departure
from layers.registry import Layer
from layers.scope import Scope

PARAMETER = "updated_since"
DEPARTING = ("signalements", "arretes")  # their departures are kept by triggers
NAMED = ("communes", "perimetres")  # theirs too, by the code of the row
CLOSING = ("iris", "sections", "parcelles", "batiments", "adresses")  # registers: a row that left is closed
FOLLOWED = (*DEPARTING, *NAMED, *CLOSING)

# A transaction that is still open writes rows dated from its beginning: what began before it may yet appear
HORIZON = """
SELECT least(now(), min(xact_start)) FROM pg_stat_activity WHERE datname = current_database()
"""


def horizon() -> datetime:
    """Give the instant to ask changes from next time: all that was written before it can be read now."""
    with connection.cursor() as cursor:
        cursor.execute(HORIZON)
        return cursor.fetchone()[0]


def updated(rows: QuerySet, parameters: Mapping[str, str]) -> QuerySet:
    """Keep the rows written since the instant asked for, all if none is."""
    if PARAMETER not in parameters:
        return rows
    return rows.filter(written_at__gte=read_instant(parameters[PARAMETER], PARAMETER))


def gone(
    layer: Layer, scope: Scope, parameters: Mapping[str, str], limit: int
) -> list[tuple[Any, Any, datetime]]:
    """Give place in the list, identifier and instant of the rows that the reader saw and sees no longer.

    At most ``limit`` and one more. Raises InvalidFilter without ``updated_since``.
    """
    if PARAMETER not in parameters:
        raise InvalidFilter(f"{PARAMETER} est attendu : l’instant de la dernière lecture")
    since = read_instant(parameters[PARAMETER], PARAMETER)
    if layer.id in (*DEPARTING, *NAMED):
        seen = layer.rows(scope, {}).order_by().values(layer.fields[layer.key])
        rank, key = "pk", "code" if layer.id in NAMED else "row_id"
        left = Departure.objects.visible_to(scope).since(since, layer.id).exclude(**{f"{key}__in": seen})
    else:
        left = (
            model_of(layer).objects.visible_to(scope).filter(closed_on__isnull=False, written_at__gte=since)
        )
        left = left.annotate(left_at=F("written_at"))
        rank = key = layer.fields[layer.key]
    if AFTER in parameters:
        field = left.model._meta.pk if rank == "pk" else field_at(left.model, rank)
        left = left.filter(**{f"{rank}__gt": read_text(field, parameters[AFTER], AFTER)})
    return list(left.order_by(rank).values_list(rank, key, "left_at")[: limit + 1])
