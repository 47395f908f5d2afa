"""Duplicates: reports of one case that were merged, and those that someone said are not duplicates.

A merge deletes nothing: the absorbed report points to the one that is kept and leaves lists, maps and rates.
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from layers.models.signalements import Signalement


class Merge(models.Model):
    """A report absorbed by another: who, when, why, and by whom it was undone."""

    absorbed = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="merges", verbose_name="signalement absorbé"
    )
    kept = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="absorptions", verbose_name="signalement gardé"
    )
    reason = models.CharField("motif", max_length=500, blank=True)
    merged_at = models.DateTimeField("fusionné le", auto_now_add=True)
    merged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="fusionné par",
    )
    undone_at = models.DateTimeField("défait le", null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="défait par",
    )

    class Meta:
        verbose_name = "fusion"
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=Q(undone_at__isnull=True), name="merge_standing_once"
            ),
            models.CheckConstraint(condition=~Q(absorbed=F("kept")), name="merge_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.kept_id}"


class DistinctPair(models.Model):
    """Two reports that someone looked at and said to be two cases: they are not proposed again."""

    first = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="+", verbose_name="premier signalement"
    )
    second = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="+", verbose_name="second signalement"
    )
    said_at = models.DateTimeField("dit le", auto_now_add=True)
    said_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="dit par",
    )

    class Meta:
        verbose_name = "paire distincte"
        verbose_name_plural = "paires distinctes"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="distinct_pair_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="distinct_pair_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ≠ {self.second_id}"
