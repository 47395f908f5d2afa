"""Runs of analyses and their rows: written once, never updated, so that a committee's figure can be found again."""

from typing import Self

from django.db import models

from layers.models.territoires import Commune, Iris
from layers.models.visibility import GuardedQuerySet
from layers.scope import Scope


class AnalysisRunQuerySet(models.QuerySet["AnalysisRun"]):
    """Runs, newest first."""

    def latest_of(self, method: str) -> "AnalysisRun | None":
        """Give the newest run of ``method``, None if it never ran."""
        return self.filter(method=method).order_by("-pk").first()


class AnalysisRun(models.Model):
    """What was computed, from what, with what: the same inputs give the same rows."""

    method = models.CharField("méthode", max_length=80)
    parameters = models.JSONField("paramètres", default=dict)
    data_vintage = models.JSONField("millésimes des données", default=dict)
    inputs_digest = models.CharField("empreinte des données", max_length=64)
    seed = models.BigIntegerField("graine", null=True, blank=True)
    code_version = models.CharField("version du code", max_length=60)
    summary = models.JSONField("résultats d’ensemble", default=dict)
    computed_at = models.DateTimeField("calculée le", auto_now_add=True)

    objects = AnalysisRunQuerySet.as_manager()

    class Meta:
        verbose_name = "analyse"
        indexes = [models.Index(fields=["method", "-id"], name="analysis_run_method")]

    def __str__(self) -> str:
        return f"{self.method} n° {self.pk}"


class IrisResultQuerySet(GuardedQuerySet):
    """Result rows, inside the reader's communes."""

    geometry_field = "iris__geom"

    def perimeter(self, scope: Scope) -> models.Q:
        """Keep the IRIS of the reader's communes: a zone smaller than an IRIS does not open the IRIS."""
        return models.Q(commune__in=scope.communes)

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
