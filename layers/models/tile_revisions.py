"""What was written to the tables of the tiles about people: as long as nothing comes, a tile that was kept is right.

Triggers add a line a statement (migration 0031), and no line is written again: no writer waits for another, and a
reader sees the lines of the transactions whose rows it sees. A number that each writer would raise could not be
trusted: it is told before what it counts can be seen, or makes the writers wait for each other.
"""

from django.db import models


class TileRevision(models.Model):
    """A statement that wrote."""

    class Meta:
        verbose_name = "révision des tuiles"
        verbose_name_plural = "révisions des tuiles"

    def __str__(self) -> str:
        return str(self.pk)
