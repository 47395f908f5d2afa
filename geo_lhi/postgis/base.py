"""The connection of GeoDjango to PostGIS, with a health check that asks nothing of the database."""

import select

from django.contrib.gis.db.backends.postgis.base import DatabaseWrapper as PostGISWrapper


class DatabaseWrapper(PostGISWrapper):
    """A connection that is kept from one request to the next."""

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
