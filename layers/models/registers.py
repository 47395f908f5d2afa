"""Registers with successive editions (millésimes): what left one is closed, never deleted."""

from typing import Self

from django.contrib.gis.db import models
from django.db.models.functions import Now

from layers.models.visibility import MapQuerySet


class RegisterQuerySet(MapQuerySet):
    """Rows of a register that has successive editions (millésimes)."""

    def current(self) -> Self:
        """Keep what is still in the register."""
        return self.filter(closed_on__isnull=True)


class RegisterRow(models.Model):
    """What each row of a register carries: the edition its content comes from, and the day it left."""

    millesime = models.DateField("millésime")
    closed_on = models.DateField("sorti du registre le", null=True, blank=True)

    objects = RegisterQuerySet.as_manager()

    class Meta:
        abstract = True


class TracedRow(models.Model):
    """A row of which the database keeps when its content was last written.

    Triggers do it, whoever writes (an import, the administration, a statement typed by hand). Anchoring reads it to
    know which reports a new edition concerns (docs/adr, "Re-anchor only what moved"), and whoever copies a layer to
    know what changed.
    """

    written_at = models.DateTimeField("écrit le", db_default=Now(), editable=False)

    class Meta:
        abstract = True
