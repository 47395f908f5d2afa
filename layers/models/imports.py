"""What was imported, when, from which file, and what was refused."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ImportRun(models.Model):
    """One import of one file by one source."""

    class Status(models.TextChoices):
        """How it ended."""

        RUNNING = "running", "en cours"
        DONE = "done", "terminé"
        UNCHANGED = "unchanged", "fichier déjà importé"
        FAILED = "failed", "refusé"

    source = models.CharField("source", max_length=40)
    file_name = models.CharField("fichier", max_length=300)
    sha256 = models.CharField("empreinte du fichier", max_length=64, db_index=True)
    status = models.CharField("état", max_length=10, choices=Status.choices, default=Status.RUNNING)
    message = models.TextField("message", blank=True)
    millesime = models.DateField("millésime", null=True, blank=True)
    srid = models.PositiveIntegerField("projection des coordonnées", null=True, blank=True)
    coverage = ArrayField(
        models.CharField(max_length=5), verbose_name="communes couvertes", default=list, blank=True
    )
    started_at = models.DateTimeField("commencé le", auto_now_add=True)
    ended_at = models.DateTimeField("terminé le", null=True, blank=True)
    read = models.PositiveIntegerField("lus", default=0)
    added = models.PositiveIntegerField("ajoutés", default=0)
    changed = models.PositiveIntegerField("modifiés", default=0)
    unchanged = models.PositiveIntegerField("inchangés", default=0)
    closed = models.PositiveIntegerField("sortis du registre", default=0)
    rejected = models.PositiveIntegerField("rejetés", default=0)

    class Meta:
        verbose_name = "import"
        indexes = [models.Index(fields=["source", "-id"], name="import_run_source")]

    def __str__(self) -> str:
        return f"{self.source} – {self.file_name}"


class ImportReject(models.Model):
    """One record that could not be kept: its line, its content, why."""

    run = models.ForeignKey(
        ImportRun, on_delete=models.CASCADE, related_name="rejects", verbose_name="import"
    )
    line = models.PositiveIntegerField("ligne")
    reason = models.CharField("motif", max_length=500)
    content = models.TextField("contenu", blank=True)

    class Meta:
        verbose_name = "rejet"
        indexes = [models.Index(fields=["run", "line"], name="import_reject_line")]

    def __str__(self) -> str:
        return f"ligne {self.line} : {self.reason}"
