"""A shorter time for the queries that a client writes itself."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import Error, connection


@contextmanager
def short_queries(are_short: bool = True) -> Iterator[None]:
    """Give each statement of the block ``FILTER_TIMEOUT_MS`` instead of ``STATEMENT_TIMEOUT_MS``.

    A free filter may be as slow as its author likes: it must not hold a process for the time that a whole export
    may take. The limit is that of the session, as a page is not read in one transaction; a connection that cannot
    be given back as it was is closed.
    """
    if not are_short:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {int(settings.FILTER_TIMEOUT_MS)}")
    try:
        yield
    finally:
        try:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
        except Error:
            if (
                not connection.in_atomic_block
            ):  # else the end of the transaction undoes the limit with the rest
                connection.close()
