"""The rows of an analysis, whatever its unit: figures, a class, and who may read them."""

from typing import Any, Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Exists, F, OuterRef, Q

from layers.models.analyses import AnalysisRun, computed_inside
from layers.models.cadastre import Address, Batiment, Parcelle, Section
from layers.models.territoires import Carreau, Commune, Iris, Zone, geometry
from layers.models.visibility import GuardedQuerySet
from layers.scope import Scope


class UnitKind(models.TextChoices):
    """What a row is about."""

    COMMUNE = "commune", "commune"
    EPCI = "epci", "EPCI"
    IRIS = "iris", "IRIS"
    ZONE = "zone", "périmètre (QPV, OPAH…)"
    SECTION = "section", "section cadastrale"
    CARREAU = "carreau", "carreau de 200 m"
    BATIMENT = "batiment", "bâtiment"
    PARCELLE = "parcelle", "parcelle"
    ADRESSE = "adresse", "adresse"
    CLUSTER = "cluster", "regroupement"
    DRAWN = "drawn", "polygone dessiné"


# Where the shape of each unit is, and by which key; an EPCI is the union of its communes
TERRITORIES: dict[str, tuple[Any, str]] = {
    UnitKind.COMMUNE: (Commune, "code"),
    UnitKind.IRIS: (Iris, "code"),
    UnitKind.ZONE: (Zone, "code"),
    UnitKind.SECTION: (Section, "code"),
    UnitKind.CARREAU: (Carreau, "code"),
    UnitKind.BATIMENT: (Batiment, "code"),
    UnitKind.PARCELLE: (Parcelle, "idu"),
    UnitKind.ADRESSE: (Address, "ban_id"),
}


class AnalysisResultQuerySet(GuardedQuerySet):
    """Rows of runs."""

    def perimeter(self, scope: Scope) -> Q:
        """Keep the rows of the runs computed inside the reader's perimeter, and his rows of the others.

        A row of a run on the whole base is the reader's when all the communes it covers are, or it is one of the
        reader's zones, or its own shape lies inside one; never when its shape, or that of its territory, touches an
        excluded zone: its figures would tell of the reports there.
        """
        own = Q(communes__contained_by=sorted(scope.communes))
        if scope.zones:
            zones = Zone.objects.filter(pk__in=scope.zones)
            own |= Q(Exists(zones.filter(code=OuterRef("unit_code"))), unit_kind=UnitKind.ZONE)
            own |= Q(Exists(zones.filter(geom__covers=OuterRef("geom"))))
        if scope.excluded_zones:
            excluded = Zone.objects.filter(pk__in=scope.excluded_zones)
            own &= ~Q(Exists(excluded.filter(geom__intersects=OuterRef("geom"))))
            for kind, (model, key) in (*TERRITORIES.items(), (UnitKind.EPCI, (Commune, "epci"))):
                touched = model.objects.filter(
                    Exists(excluded.filter(geom__intersects=OuterRef("geom"))), **{key: OuterRef("unit_code")}
                )
                own &= ~Q(Exists(touched), unit_kind=kind)
        return computed_inside(scope, "run") | Q(run__everything=True) & own

    def of_run(self, run: AnalysisRun) -> Self:
        """Keep the rows of one run, in its order."""
        return self.filter(run=run).order_by("position")


class AnalysisResult(models.Model):
    """One unit in one run.

    ``figures`` are named by the columns of the method: finite numbers, or null where nothing can be said. ``geom`` is
    the shape of what no register draws (cluster, grid cell, drawn polygon) and the point of a place.
    """

    run = models.ForeignKey(
        AnalysisRun,
        on_delete=models.CASCADE,
        related_name="results",
        verbose_name="analyse",
        db_index=False,  # analysis_result_once begins with it
    )
    position = models.PositiveIntegerField("rang")
    unit_kind = models.CharField("type de territoire", max_length=10, choices=UnitKind.choices)
    unit_code = models.CharField("code", max_length=60)
    label = models.CharField("nom", max_length=300)
    category = models.CharField("classe", max_length=40, blank=True, default="")
    figures = models.JSONField("chiffres", default=dict)
    communes = ArrayField(models.CharField(max_length=5), verbose_name="communes couvertes")
    geom = geometry(models.GeometryField, null=True, blank=True)

    objects = AnalysisResultQuerySet.as_manager()

    class Meta:
        verbose_name = "résultat d’analyse"
        verbose_name_plural = "résultats d’analyse"
        indexes = [
            GistIndex(F("geom"), condition=Q(geom__isnull=False), name="analysisresult_geom_gist"),
            models.Index(fields=["unit_kind", "unit_code"], name="analysis_result_unit"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["run", "position"], name="analysis_result_once"),
            models.UniqueConstraint(
                fields=["run", "unit_kind", "unit_code"], name="analysis_result_unit_once"
            ),
            # Nobody's communes would be inside everybody's
            models.CheckConstraint(condition=Q(communes__len__gt=0), name="analysis_result_covers_communes"),
            models.CheckConstraint(
                condition=Q(geom__isnull=True) | Q(geom__isvalid=True), name="analysis_result_geom_valid"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label} – {self.run_id}"


class AnalysisSurface(models.Model):
    """The raster of a run, as the file that is downloaded: a Cloud-Optimized GeoTIFF."""

    run = models.OneToOneField(
        AnalysisRun,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="surface",
        verbose_name="analyse",
    )
    unit = models.CharField("unité", max_length=60)
    geotiff = models.BinaryField("fichier")

    class Meta:
        verbose_name = "surface d’analyse"
        verbose_name_plural = "surfaces d’analyse"

    def __str__(self) -> str:
        return f"surface – {self.run_id}"
