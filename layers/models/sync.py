"""How far a service that is read page by page was read."""

from django.db import models


class SyncMark(models.Model):
    """One source: up to which day it was read whole, and where a reading that was interrupted stopped."""

    source = models.CharField("source", max_length=40, primary_key=True)
    complete_until = models.DateField("lu en entier jusqu’au", null=True, blank=True)
    walk_since = models.DateField("lecture en cours : depuis le", null=True, blank=True)
    walk_began_on = models.DateField("lecture en cours : commencée le", null=True, blank=True)
    walk_offset = models.PositiveIntegerField("lecture en cours : rang atteint", null=True, blank=True)
    synced_at = models.DateTimeField("dernière lecture", auto_now=True)

    class Meta:
        verbose_name = "repère de lecture"
        verbose_name_plural = "repères de lecture"

    def __str__(self) -> str:
        return self.source
