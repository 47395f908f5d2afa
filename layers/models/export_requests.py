"""A file that a person asked for and that is too long to make while they wait."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from layers.models.uploads import LOST_AFTER_S


class ExportRequest(models.Model):
    """What is asked, how far it is, and the file once it is there.

    ``filters`` holds the closed parameters of the map (days, statuses, codes, extent). ``rights`` is the version
    of the author's perimeter when the file was written: it opens to nobody else, and no more to its author if this
    changed. ``folder`` is where the file waits, empty once it was removed.
    """

    class Status(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "en attente"
        RUNNING = "running", "en cours"
        DONE = "done", "prêt"
        FAILED = "failed", "échoué"
        CANCELLED = "cancelled", "annulé"

    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name="demandé par"
    )
    layers = ArrayField(models.CharField(max_length=60), verbose_name="couches")
    format = models.CharField("format", max_length=20)
    srid = models.PositiveIntegerField("projection")
    filters = models.JSONField("filtres", default=dict, blank=True)
    rights = models.CharField("version des droits", max_length=16, blank=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.WAITING)
    expected = models.PositiveBigIntegerField("objets attendus", default=0)
    written = models.PositiveBigIntegerField("objets écrits", default=0)
    message = models.TextField("message", blank=True)
    job = models.BigIntegerField("numéro de la tâche", null=True, blank=True)
    folder = models.CharField("dossier du fichier", max_length=64, blank=True)
    file_name = models.CharField("fichier", max_length=120, blank=True)
    size = models.PositiveBigIntegerField("taille en octets", null=True, blank=True)
    asked_at = models.DateTimeField("demandé le", auto_now_add=True)
    started_at = models.DateTimeField("commencé le", null=True, blank=True)
    beat_at = models.DateTimeField("dernier signe de vie", null=True, blank=True)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    expires_at = models.DateTimeField("gardé jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "demande d’export"
        verbose_name_plural = "demandes d’export"
        indexes = [models.Index(fields=["author", "-id"], name="export_request_author")]

    def __str__(self) -> str:
        return f"{', '.join(self.layers)} en {self.format} ({self.get_status_display()})"

    @property
    def is_pending(self) -> bool:
        """Say whether a worker has it, or will."""
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def is_ready(self) -> bool:
        """Say whether the file can be fetched."""
        return self.status == self.Status.DONE and bool(self.folder) and not self.is_expired

    @property
    def is_expired(self) -> bool:
        """Say whether the time to fetch the file is over."""
        return bool(self.expires_at and self.expires_at <= timezone.now())

    @property
    def is_silent(self) -> bool:
        """Say whether its worker has given no sign of life for a minute."""
        beat = self.beat_at or self.started_at
        running = self.status == self.Status.RUNNING
        return bool(running and beat and (timezone.now() - beat).total_seconds() > LOST_AFTER_S)
