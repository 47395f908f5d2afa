"""The connection of GeoDjango to PostGIS: a health check that asks nothing, and statements that are planned once."""

import select
from typing import Any

import psycopg
from django.contrib.gis.db.backends.postgis.base import DatabaseWrapper as PostGISWrapper
from django.contrib.gis.db.backends.postgis.operations import PostGISOperations


class Operations(PostGISOperations):
    """Those of GeoDjango."""

    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str | None:
        """Tell a prepared statement with its values, as the others are told: it went without them."""
        if type(cursor) is psycopg.Cursor:
            return str(self.compose_sql(sql, params))
        return super().last_executed_query(cursor, sql, params)


class DatabaseWrapper(PostGISWrapper):
    """A connection that is kept from one request to the next."""

    ops_class = Operations

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
        self.ensure_connection()
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            return self._prepare_cursor(psycopg.Cursor(self.connection))
