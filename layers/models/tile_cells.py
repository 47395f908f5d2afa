"""Counts by cell of the web Mercator grid, kept as the rows change: what a map seen from far shows.

Triggers write them (migrations 0026 and 0028), whoever writes the rows. They are a ledger: a change adds lines,
negative ones for what goes, and no line is ever written again, so that two writers never wait for each other. A count
is the sum of the lines of a cell; ``layers.services.tile_cells`` merges them now and then.
"""

from django.db import models
from django.db.models import Q

from layers.errors import UnscopedRead
from layers.models.visibility import GuardedQuerySet, MapQuerySet
from layers.scope import Scope

REPORT_LEVELS = (14, 10, 6)
GROUND_LEVELS = (16, 12, 8)


class Cell(models.Model):
    """A line of a cell: the tile ``x``, ``y`` of zoom ``level``."""

    level = models.PositiveSmallIntegerField("niveau")
    x = models.PositiveIntegerField("colonne")
    y = models.PositiveIntegerField("ligne")
    n = models.IntegerField("nombre")

    class Meta:
        abstract = True


class ReportCellQuerySet(GuardedQuerySet):
    """Reports counted by cell."""

    def perimeter(self, scope: Scope) -> Q:
        """Keep the communes of the reader; a zone cuts through cells: its reader counts the reports themselves."""
        if scope.zones or scope.excluded_zones:
            raise UnscopedRead("un décompte par commune ne dit rien d’un périmètre")
        return Q(commune__in=scope.communes) | Q(arrondissement__in=scope.communes)


class ReportCell(Cell):
    """Located reports of a commune and a status in a cell, the merged ones left out.

    The sums are whole numbers, exact whatever was added and taken away: positions in 1e-7 degree, and identifiers,
    which tell a report that is alone in its cell.
    """

    commune = models.CharField("commune", max_length=5)
    arrondissement = models.CharField("arrondissement", max_length=5)
    status = models.CharField("statut", max_length=20)
    longitudes_e7 = models.BigIntegerField("somme des longitudes")
    latitudes_e7 = models.BigIntegerField("somme des latitudes")
    ids = models.BigIntegerField("somme des identifiants")

    objects = ReportCellQuerySet.as_manager()

    class Meta:
        verbose_name = "décompte de signalements"
        verbose_name_plural = "décomptes de signalements"
        indexes = [models.Index(fields=["level", "x", "y"], name="reportcell_place")]

    def __str__(self) -> str:
        return f"{self.level}/{self.x}/{self.y} : {self.n}"


class GroundCell(Cell):
    """Parcelles, buildings or addresses of the current edition whose middle is in a cell."""

    layer = models.CharField("couche", max_length=10)

    objects = MapQuerySet.as_manager()

    class Meta:
        verbose_name = "décompte du cadastre"
        verbose_name_plural = "décomptes du cadastre"
        indexes = [models.Index(fields=["layer", "level", "x", "y"], name="groundcell_place")]

    def __str__(self) -> str:
        return f"{self.layer} {self.level}/{self.x}/{self.y} : {self.n}"
