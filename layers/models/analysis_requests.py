"""An analysis that a person asked for, from the form to its run: what waits, runs, failed."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from layers.models.analyses import AnalysisRun, InPerimeter
from layers.models.partners import Partner
from layers.models.uploads import LOST_AFTER_S


class AnalysisRequest(InPerimeter):
    """What is asked, in which perimeter, and how far it is; the run itself is written once, at the end."""

    class Status(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "en attente"
        RUNNING = "running", "en cours"
        DONE = "done", "terminée"
        FAILED = "failed", "refusée"
        CANCELLED = "cancelled", "annulée"

    class Phase(models.TextChoices):
        """What a running analysis is doing."""

        READING = "reading", "lecture des données"
        COMPUTING = "computing", "calcul"
        WRITING = "writing", "écriture des résultats"

    method = models.CharField("méthode", max_length=80)
    title = models.CharField("titre", max_length=200, blank=True, default="")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="demandée par"
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.SET_NULL, null=True, blank=True, verbose_name="partenaire"
    )
    parameters = models.JSONField("paramètres", default=dict)
    seed = models.BigIntegerField("graine", null=True, blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.WAITING)
    phase = models.CharField("étape", max_length=10, choices=Phase.choices, blank=True, default="")
    message = models.TextField("message", blank=True, default="")
    job = models.BigIntegerField("numéro de la tâche", null=True, blank=True)
    run = models.ForeignKey(
        AnalysisRun,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="analyse",
    )
    asked_at = models.DateTimeField("demandée le", auto_now_add=True)
    started_at = models.DateTimeField("commencée le", null=True, blank=True)
    beat_at = models.DateTimeField("dernier signe de vie", null=True, blank=True)
    ended_at = models.DateTimeField("terminée le", null=True, blank=True)

    class Meta:
        verbose_name = "demande d’analyse"
        verbose_name_plural = "demandes d’analyse"

    def __str__(self) -> str:
        return f"{self.title or self.method} ({self.get_status_display()})"

    @property
    def is_pending(self) -> bool:
        """Say whether a worker has it, or will."""
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def is_silent(self) -> bool:
        """Say whether its worker has given no sign of life for a minute."""
        beat = self.beat_at or self.started_at
        running = self.status == self.Status.RUNNING
        return bool(running and beat and (timezone.now() - beat).total_seconds() > LOST_AFTER_S)
