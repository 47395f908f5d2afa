"""The anchorings made: until when the layers were read."""

from django.db import models


class AnchoringRun(models.Model):
    """One anchoring of all the reports that had to be; what is written after ``as_of`` is for the next one."""

    as_of = models.DateTimeField("couches lues à l’instant")
    ended_at = models.DateTimeField("terminé le", auto_now_add=True)
    reports = models.PositiveIntegerField("signalements ancrés")
    written = models.PositiveIntegerField("liens écrits")
    removed = models.PositiveIntegerField("liens retirés")

    class Meta:
        verbose_name = "exécution de l’ancrage"
        verbose_name_plural = "exécutions de l’ancrage"

    def __str__(self) -> str:
        return f"{self.ended_at:%d/%m/%Y %H:%M} : {self.reports} signalements"
