"""Runs of analyses and their rows: written once, never updated, so that a committee's figure can be found again."""

from typing import Any, Self, cast

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, OuterRef, Q

from layers.models.territoires import Commune, Iris, Zone
from layers.models.visibility import GuardedQuerySet
from layers.scope import Scope


class AnalysisRunQuerySet(GuardedQuerySet):
    """Runs; who reads a run reads its parameters and its own rows in it, not always its totals."""

    def perimeter(self, scope: Scope) -> Q:
        """Keep the runs computed inside the reader's perimeter, and those on the whole base."""
        return Q(everything=True) | computed_inside(scope)

    def whole_for(self, scope: Scope) -> Self:
        """Keep the runs of which the reader may read everything: totals, surface, all rows."""
        return self.visible_to(scope) if scope.everything else self.visible_to(scope).filter(everything=False)

    def latest_of(self, method: str) -> "AnalysisRun | None":
        """Give the newest run of ``method`` on the whole base, None if it never ran."""
        runs = self.unscoped("les lignes d’une analyse sont lues dans un périmètre, son en-tête non")
        newest = runs.filter(method=method, everything=True).order_by("-pk").first()
        return cast("AnalysisRun | None", newest)


def computed_inside(scope: Scope, run: str = "") -> Q:
    """Give the condition that a run, at the ORM path ``run``, read nothing that the reader may not.

    Its reports were those of communes and zones that are all the reader's, and it left out what the reader does not
    see. A zone inside a commune of the reader is not recognised: a zone is one's own, or it is not.
    """
    prefix = f"{run}__" if run else ""
    return Q(
        **{
            f"{prefix}everything": False,
            f"{prefix}communes__contained_by": sorted(scope.communes),
            f"{prefix}zones__contained_by": sorted(scope.zones),
            f"{prefix}excluded_zones__contains": sorted(scope.excluded_zones),
        }
    )


class InPerimeter(models.Model):
    """The perimeter of an analysis: the whole base, or the reports that a ``Scope`` opens."""

    everything = models.BooleanField("sur toute la base", default=True, db_default=True)
    communes = ArrayField(
        models.CharField(max_length=5), verbose_name="communes", default=list, db_default=[]
    )
    zones = ArrayField(models.IntegerField(), verbose_name="périmètres", default=list, db_default=[])
    excluded_zones = ArrayField(
        models.IntegerField(), verbose_name="périmètres exclus", default=list, db_default=[]
    )

    class Meta:
        abstract = True

    @staticmethod
    def perimeter_fields(scope: Scope) -> dict[str, Any]:
        """Give the columns that keep a perimeter."""
        if scope.everything:
            return {"everything": True, "communes": [], "zones": [], "excluded_zones": []}
        return {
            "everything": False,
            "communes": sorted(scope.communes),
            "zones": sorted(scope.zones),
            "excluded_zones": sorted(scope.excluded_zones),
        }

    @property
    def scope(self) -> Scope:
        """The perimeter that it read."""
        return Scope(
            signed_in=True,
            everything=self.everything,
            communes=frozenset(self.communes),
            zones=frozenset(self.zones),
            excluded_zones=frozenset(self.excluded_zones),
        )


class AnalysisRun(InPerimeter):
    """What was computed, from what, with what: the same inputs give the same rows.

    Written once: the database refuses to change it.
    """

    method = models.CharField("méthode", max_length=80)
    title = models.CharField("titre", max_length=200, blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="lancée par",
    )
    parameters = models.JSONField("paramètres", default=dict)
    data_vintage = models.JSONField("millésimes des données", default=dict)
    inputs_digest = models.CharField("empreinte des données", max_length=64)
    seed = models.BigIntegerField("graine", null=True, blank=True)
    code_version = models.CharField("version du code", max_length=60)
    # Of all that makes the rows what they are; the rates by IRIS, older, compare with their newest run only
    identity = models.CharField("identité", max_length=64, blank=True, default="", db_default="")
    summary = models.JSONField("résultats d’ensemble", default=dict)
    computed_at = models.DateTimeField("calculée le", auto_now_add=True)

    objects = AnalysisRunQuerySet.as_manager()

    class Meta:
        verbose_name = "analyse"
        indexes = [models.Index(fields=["method", "-id"], name="analysis_run_method")]
        constraints = [
            models.UniqueConstraint(fields=["identity"], condition=~Q(identity=""), name="analysis_run_once")
        ]

    def __str__(self) -> str:
        return f"{self.title or self.method} n° {self.pk}"

    def is_whole_for(self, scope: Scope) -> bool:
        """Say whether this reader may read its totals: they count no report that the reader may not see."""
        return scope.includes(self.scope)


class IrisResultQuerySet(GuardedQuerySet):
    """Result rows, inside the reader's communes."""

    geometry_field = "iris__geom"

    def perimeter(self, scope: Scope) -> Q:
        """Keep the IRIS of the reader's communes: a zone smaller than an IRIS does not open the IRIS.

        Not those that touch an excluded zone: their count would tell of the reports there.
        """
        own = Q(commune__in=scope.communes)
        if scope.excluded_zones:
            excluded = Zone.objects.filter(
                pk__in=scope.excluded_zones, geom__intersects=OuterRef("iris__geom")
            )
            own &= ~Q(Exists(excluded))
        return own

    def of_run(self, run: AnalysisRun) -> Self:
        """Keep the rows of one run."""
        return self.filter(run=run)


class IrisResult(models.Model):
    """The rate of one IRIS, its uncertainty, and whether it is a hotspot.

    ``cases`` and ``dwellings`` are what entered; NULL rates mean that the IRIS has no dwelling to divide by.
    """

    class Hotspot(models.TextChoices):
        """Classes of Gi* after the false discovery rate control."""

        HOT_99 = "chaud_99", "point chaud (FDR 1 %)"
        HOT_95 = "chaud_95", "point chaud (FDR 5 %)"
        COLD_99 = "froid_99", "point froid (FDR 1 %)"
        COLD_95 = "froid_95", "point froid (FDR 5 %)"
        NOT_SIGNIFICANT = "non_significatif", "non significatif"
        NOT_TESTED = "non_teste", "non testé"

    run = models.ForeignKey(
        AnalysisRun, on_delete=models.CASCADE, related_name="iris_results", verbose_name="analyse"
    )
    iris = models.ForeignKey(Iris, on_delete=models.CASCADE, related_name="results", verbose_name="IRIS")
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, verbose_name="commune")
    cases = models.PositiveIntegerField("signalements")
    dwellings = models.FloatField("logements", null=True, blank=True)
    rate_per_1000 = models.FloatField("taux pour 1 000 logements", null=True, blank=True)
    smoothed_per_1000 = models.FloatField("taux lissé pour 1 000 logements", null=True, blank=True)
    low_per_1000 = models.FloatField("borne basse (95 %)", null=True, blank=True)
    high_per_1000 = models.FloatField("borne haute (95 %)", null=True, blank=True)
    exceedance = models.FloatField("probabilité d’un risque supérieur à la moyenne", null=True, blank=True)
    z = models.FloatField("score z de Gi*", null=True, blank=True)
    p_value = models.FloatField("valeur p (bilatérale)", null=True, blank=True)
    q_value = models.FloatField("valeur q (FDR)", null=True, blank=True)
    hotspot = models.CharField("classe", max_length=20, choices=Hotspot.choices)

    objects = IrisResultQuerySet.as_manager()

    class Meta:
        verbose_name = "résultat par IRIS"
        verbose_name_plural = "résultats par IRIS"
        constraints = [models.UniqueConstraint(fields=["run", "iris"], name="iris_result_once")]

    def __str__(self) -> str:
        return f"{self.iris_id} – {self.run_id}"
