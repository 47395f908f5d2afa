"""Duplicates: reports of one case that were merged, and those that someone said are not duplicates.

A merge deletes nothing: the absorbed report points to the one that is kept and leaves lists, maps and rates.
"""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from layers.models.signalements import Signalement
from layers.models.visibility import GuardedQuerySet
from layers.scope import Scope


class MergeQuerySet(GuardedQuerySet):
    """Merges; who may read both reports may read what was done of them."""

    def perimeter(self, scope: Scope) -> Q:
        return _both("absorbed", "kept", scope)

    def standing(self) -> Self:
        """Keep those that were not undone."""
        return self.filter(undone_at__isnull=True)


class ProposalQuerySet(GuardedQuerySet):
    """Proposed duplicates; who may read both reports may read that they resemble each other."""

    def perimeter(self, scope: Scope) -> Q:
        return _both("first", "second", scope)

    def to_decide(self) -> Self:
        """Leave out what a person has decided since: merged, or said to be two cases."""
        return self.filter(first__merged_into__isnull=True, second__merged_into__isnull=True).exclude(
            models.Exists(
                DistinctPair.objects.filter(first=models.OuterRef("first"), second=models.OuterRef("second"))
            )
        )


def _both(one: str, other: str, scope: Scope) -> Q:
    reports = Signalement.objects.including_merged().visible_to(scope).values("pk")
    return Q(**{f"{one}__in": reports, f"{other}__in": reports})


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

    objects = MergeQuerySet.as_manager()

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


class DuplicateProposal(models.Model):
    """Two standing reports that may be one case, and why; computed again after each anchoring, decided by a person.

    What is unknown is NULL: a report without text resembles nothing by its text, and is not different either.
    """

    class Kind(models.TextChoices):
        """The place that both are retained on."""

        BATIMENT = "batiment", "même bâtiment"
        PARCELLE = "parcelle", "même parcelle"

    first = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="+", verbose_name="premier signalement"
    )
    second = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="+", verbose_name="second signalement"
    )
    kind = models.CharField("lieu commun", max_length=10, choices=Kind.choices)
    place_code = models.CharField("lieu", max_length=60)
    score = models.FloatField("score")
    days_apart = models.PositiveSmallIntegerField("jours d’écart")
    desordres_shared = models.PositiveSmallIntegerField("désordres communs")
    desordres_told = models.PositiveSmallIntegerField("désordres déclarés")
    text_similarity = models.FloatField("ressemblance des textes", null=True, blank=True)
    is_same_door = models.BooleanField("même porte")
    is_same_floor = models.BooleanField("même étage")

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = "doublon proposé"
        verbose_name_plural = "doublons proposés"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_proposal_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_proposal_in_order"),
        ]
        indexes = [
            models.Index(F("score").desc(), F("id"), name="duplicate_proposal_score"),
            models.Index(fields=["kind", "place_code"], name="duplicate_proposal_place"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id} ({self.score:.2f})"
