"""What became of the parcelles that left the cadastre: which current ones stand on their ground."""

from typing import Self

from django.db import models

from layers.scope import Scope


class ParcelleLineageQuerySet(models.QuerySet):
    """Links from parent to child; open data, as the cadastre is."""

    def visible_to(self, scope: Scope) -> Self:
        """Keep all links for whoever is signed in, none for the anonymous visitor."""
        return self if scope.signed_in else self.none()

    def children_of(self, idu: str) -> Self:
        """Keep the links to the parcelles that took the ground of ``idu``, the largest part first."""
        return self.filter(parent=idu).order_by("-share", "child")

    def parents_of(self, idu: str) -> Self:
        """Keep the links to the parcelles whose ground ``idu`` took, the most recent edition first."""
        return self.filter(child=idu).order_by("-millesime", "-share", "parent")


class ParcelleLineage(models.Model):
    """A parcelle that left the cadastre, and one of those that the edition drew on its ground.

    Both are named by their idu and not by a foreign key, as anchors and orders name them.
    """

    parent = models.CharField("parcelle d’origine", max_length=14)
    child = models.CharField("parcelle issue", max_length=14, db_index=True)
    share = models.FloatField("part de la surface de la parcelle d’origine")
    millesime = models.DateField("millésime")

    objects = ParcelleLineageQuerySet.as_manager()

    class Meta:
        verbose_name = "filiation de parcelle"
        verbose_name_plural = "filiations de parcelles"
        constraints = [
            models.UniqueConstraint(fields=["parent", "child"], name="parcelle_lineage_once"),
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lte=1), name="parcelle_lineage_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.parent} → {self.child} ({self.share:.0%})"
