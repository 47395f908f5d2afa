"""What went away: rows that were deleted, or left the place where they were, so that a copy can follow.

Triggers write them, whoever deletes or moves. Neither the position nor any content is kept: only the territories
from which the row could be read.
"""

from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from layers.models.visibility import GuardedQuerySet
from layers.scope import Scope


class DepartureQuerySet(GuardedQuerySet):
    """Departures; who could read the row where it was may know that it is there no longer."""

    def perimeter(self, scope: Scope) -> Q:
        """Keep what left the reader's communes and zones, less his excluded zones: the rule of the rows.

        What is named by its code is of open data, and was nobody's.
        """
        inside = Q(commune__in=scope.communes) | Q(arrondissement__in=scope.communes)
        if scope.zones:
            inside |= Q(zones__overlap=sorted(scope.zones))
        if scope.excluded_zones:
            inside &= ~Q(zones__overlap=sorted(scope.excluded_zones))
        return inside | ~Q(code="")

    def since(self, instant: datetime, layer: str) -> Self:
        """Keep what left a layer at ``instant`` or after."""
        return self.filter(layer=layer, left_at__gte=instant)


class Departure(models.Model):
    """One row of a layer that is no longer where it was: its identifier is ``code``, ``row_id`` where it has none."""

    layer = models.CharField("couche", max_length=20)
    row_id = models.BigIntegerField("identifiant de l’objet")
    code = models.CharField("code de l’objet", max_length=60, blank=True, db_default="")
    commune = models.CharField("commune quittée", max_length=5, blank=True)
    arrondissement = models.CharField("arrondissement quitté", max_length=5, blank=True)
    zones = ArrayField(models.IntegerField(), verbose_name="périmètres quittés", db_default=[])
    left_at = models.DateTimeField("parti le", db_default=Now(), editable=False)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        verbose_name = "départ"
        indexes = [models.Index(fields=["layer", "left_at"], name="departure_layer_left")]

    def __str__(self) -> str:
        return f"{self.layer} {self.code or self.row_id}"
