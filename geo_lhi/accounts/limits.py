"""Rate limits, counted in the database: they hold for all processes and machines, and cost one statement."""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db import connection
from django.utils import timezone

from geo_lhi.accounts.models import RequestCount, TokenScope

FORGOTTEN_AFTER = timedelta(days=1)  # longer than any period

# In the order of the keys: two requests that share several of them wait for each other and never cross
COUNTING = """
INSERT INTO accounts_requestcount AS held (key, started_at, count)
SELECT key, %(now)s, 1 FROM {keys} ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN held.started_at <= %(before)s THEN 1 ELSE held.count + 1 END,
    started_at = CASE WHEN held.started_at <= %(before)s THEN %(now)s ELSE held.started_at END
RETURNING key, count, started_at
"""
COUNT = COUNTING.format(keys="unnest(%(keys)s::uuid[]) AS key")
GIVE_BACK = "UPDATE accounts_requestcount SET count = count - 1 WHERE key = ANY(%s::uuid[]) AND count > 0"


@dataclass(frozen=True)
class Limit:
    """At most ``requests`` in ``period``, which runs from the first of them."""

    requests: int
    period: timedelta


def limit_of(scope: TokenScope) -> Limit:
    """Give the limit of a service."""
    if scope == TokenScope.EXPORT:
        return Limit(settings.EXPORTS_PER_HOUR, timedelta(hours=1))
    if scope == TokenScope.TILES:
        return Limit(settings.TILES_PER_MINUTE, timedelta(minutes=1))
    return Limit(settings.REQUESTS_PER_MINUTE, timedelta(minutes=1))


def spend(limits: Mapping[str, int], period: timedelta) -> int:
    """Count one request under each name; give the seconds to wait before the next, 0 if none is past its limit.

    ``limits`` gives the greatest number of requests of each name in ``period``.
    """
    now = timezone.now()
    most = {_key(name): limit for name, limit in limits.items()}
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"keys": list(most), "now": now, "before": now - period})
        counted: list[tuple[uuid.UUID, int, datetime]] = cursor.fetchall()
    return max(
        (wait_s(Limit(most[key], period), count, started_at, now) for key, count, started_at in counted),
        default=0,
    )


def wait_s(limit: Limit, count: int, started_at: datetime, now: datetime) -> int:
    """Give the seconds to wait before the next request, 0 if ``count`` of them are not past the limit."""
    if count <= limit.requests:
        return 0
    return max(1, ceil((started_at + limit.period - now).total_seconds()))


def give_back(names: Iterable[str]) -> None:
    """Take one request back from each name: it was not of the kind that is limited."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, [[_key(name) for name in names]])


def forget_old_counts() -> int:
    """Remove the counts of periods that are over."""
    return RequestCount.objects.filter(started_at__lt=timezone.now() - FORGOTTEN_AFTER).delete()[0]


def _key(name: str) -> uuid.UUID:
    digest = hashlib.blake2b(name.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=16)
    return uuid.UUID(bytes=digest.digest())
