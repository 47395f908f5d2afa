"""The connection of GeoDjango to PostGIS: a health check that asks nothing, and statements that are planned once."""

import select
from typing import Any, Self

import psycopg
from django.contrib.gis.db.backends.postgis.base import DatabaseWrapper as PostGISWrapper
from django.contrib.gis.db.backends.postgis.operations import PostGISOperations

PREPARED_MOST = 50  # statements kept planned by a connection: 0.3 MB for that of a partner of 300 communes


class NumberedCursor(psycopg.RawCursor):
    """A cursor whose statements have numbered places (``$1``), and which reads bytes as they are, not as their text.

    A tile of 300 kB is 600 kB as text, written by the one and read by the other.
    """

    plans_once = False

    def execute(self, query: Any, params: Any = None, **how: Any) -> Self:
        """Run a statement; planned once a connection if asked for, else for its values."""
        return super().execute(query, params, prepare=None if self.plans_once else False, binary=True)


class Operations(PostGISOperations):
    """Those of GeoDjango."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str | None:
        """Tell a prepared statement with its values, as the others are told: it went without them."""
        if isinstance(cursor, NumberedCursor):
            return f"{sql} -- {params}"
        if type(cursor) is psycopg.Cursor:
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(PostGISWrapper):
    """A connection that is kept from one request to the next."""

    ops_class = Operations

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Open a connection, which keeps the plans of so many statements and forgets the one least used."""
        link = super().get_new_connection(conn_params)
        link.prepared_max = PREPARED_MOST
        return link

    def is_usable(self) -> bool:
        """Say whether the connection that was kept may serve another request.

        PostgreSQL says nothing on a connection at rest: what there is to read is that it closed it (restarted,
        ended by an administrator), and only then is it asked. Django asks each time, a statement before those of
        each request: a third of the time of a tile that is kept.
        """
        link = self.connection
        if link is None or link.closed:
            return False
        readable = select.poll()
        readable.register(link.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
        return not readable.poll(0) or super().is_usable()

    def prepared_cursor(self) -> Any:
        """Give a cursor whose statements PostgreSQL plans once a connection, then only runs.

        For what every request asks and takes longer to plan than to run: by far, for a handful of rows of several
        tables. The values go beside the statement, so that they must be of the types of the columns.
        """
        return self._cursor_of(psycopg.Cursor)

    def numbered_cursor(self, *, plans_once: bool) -> Any:
        """Give a cursor for statements with numbered places, whose answer is bytes.

        ``plans_once`` is for statements whose best plan is the same for all the values that they are given:
        PostgreSQL no longer looks at these when it has run one some times.
        """
        cursor = self._cursor_of(NumberedCursor)
        cursor.cursor.plans_once = plans_once
        return cursor

    def _cursor_of(self, kind: type[psycopg.Cursor]) -> Any:
        self.ensure_connection()
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(kind(self.connection))
