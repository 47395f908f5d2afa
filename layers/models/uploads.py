"""A file that a person gave to import, from its arrival to its end."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from layers.models.imports import ImportRun
from layers.models.partners import Partner

LOST_AFTER_S = 60


class Upload(models.Model):
    """One file, what is to be done of it, and how far that is.

    The import is one transaction, which nobody sees before its end: its progress is written here by another
    connection. ``spool`` names the folder of the file, empty once the file was removed.
    """

    class Status(models.TextChoices):
        """Where it stands."""

        RECEIVED = "received", "à compléter"
        WAITING = "waiting", "en attente"
        RUNNING = "running", "en cours"
        DONE = "done", "terminé"
        FAILED = "failed", "refusé"
        CANCELLED = "cancelled", "annulé"

    class Phase(models.TextChoices):
        """What a running import is doing."""

        READING = "reading", "lecture et contrôle des enregistrements"
        WRITING = "writing", "contrôles d’ensemble et écriture"
        FOLLOWING = "following", "demande du géocodage et de l’ancrage"

    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, verbose_name="déposé par"
    )
    partner = models.ForeignKey(
        Partner, on_delete=models.SET_NULL, null=True, blank=True, verbose_name="partenaire"
    )
    file_name = models.CharField("fichier", max_length=200)
    size = models.PositiveBigIntegerField("taille en octets")
    sha256 = models.CharField("empreinte du fichier", max_length=64)
    spool = models.CharField("dossier d’attente", max_length=64, blank=True)
    source = models.CharField("source", max_length=40, blank=True)
    millesime = models.DateField("millésime", null=True, blank=True)
    srid = models.PositiveIntegerField("projection", null=True, blank=True)
    force = models.BooleanField("relire un fichier déjà importé", default=False)
    follow = models.BooleanField("géocoder et ancrer ensuite", default=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.RECEIVED)
    phase = models.CharField("étape", max_length=10, choices=Phase.choices, blank=True)
    records = models.PositiveBigIntegerField("enregistrements lus", default=0)
    message = models.TextField("message", blank=True)
    job = models.BigIntegerField("numéro de la tâche", null=True, blank=True)
    run = models.ForeignKey(
        ImportRun, on_delete=models.SET_NULL, null=True, blank=True, verbose_name="import"
    )
    received_at = models.DateTimeField("déposé le", auto_now_add=True)
    started_at = models.DateTimeField("commencé le", null=True, blank=True)
    beat_at = models.DateTimeField("dernier signe de vie", null=True, blank=True)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)

    class Meta:
        verbose_name = "dépôt de fichier"
        verbose_name_plural = "dépôts de fichiers"
        permissions = [("import_files", "Peut importer des fichiers")]
        indexes = [models.Index(fields=["partner", "-id"], name="upload_partner")]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.get_status_display()})"

    @property
    def is_pending(self) -> bool:
        """Say whether a worker has it, or will."""
        return self.status in (self.Status.WAITING, self.Status.RUNNING)

    @property
    def can_start(self) -> bool:
        """Say whether it can be imported, or imported again: the file is still there and nobody reads it."""
        return bool(self.spool) and not self.is_pending

    @property
    def is_silent(self) -> bool:
        """Say whether its worker has given no sign of life for a minute: it died, another will take it again."""
        beat = self.beat_at or self.started_at
        running = self.status == self.Status.RUNNING
        return bool(running and beat and (timezone.now() - beat).total_seconds() > LOST_AFTER_S)
