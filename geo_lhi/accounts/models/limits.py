"""How many requests someone has made lately: what rate limits count on, for all processes and machines."""

from django.db import models


class RequestCount(models.Model):
    """The requests of one client to one service since ``started_at``.

    The table is UNLOGGED (migration 0002): counting then costs no write to the disk, and a crash of the database
    forgives everyone. ``key`` is a digest: neither a name nor an address can be read in it.
    """

    key = models.UUIDField("clef", primary_key=True)
    started_at = models.DateTimeField("depuis")
    count = models.PositiveIntegerField("requêtes")

    class Meta:
        verbose_name = "compte de requêtes"
        verbose_name_plural = "comptes de requêtes"

    def __str__(self) -> str:
        return f"{self.count} depuis {self.started_at:%H:%M:%S}"
