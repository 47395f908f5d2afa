"""Which partners a report was given to, and what each did with it."""

from django.db import models

from layers.models.signalements import Signalement
from layers.models.visibility import OfSignalementQuerySet


class Affectation(models.Model):
    """A report given to a partner of Signal Logement; the partner is named as there, it may be unknown here."""

    class Status(models.TextChoices):
        """Signal Logement's affectation statuses."""

        NOUVEAU = "NOUVEAU", "nouveau"
        EN_COURS = "EN_COURS", "en cours"
        REFUSE = "REFUSE", "refusé"
        FERME = "FERME", "fermé"

    signalement = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="affectations", verbose_name="signalement"
    )
    uuid = models.UUIDField("identifiant Signal Logement", unique=True)
    partner = models.CharField("partenaire", max_length=200)
    partner_type = models.CharField("type de partenaire", max_length=40, blank=True)
    status = models.CharField("statut", max_length=10, choices=Status.choices)
    affected_on = models.DateField("affecté le", null=True, blank=True)
    answered_on = models.DateField("accepté ou refusé le", null=True, blank=True)
    motif_cloture = models.CharField("motif de clôture", max_length=120, blank=True)
    motif_refus = models.CharField("motif de refus", max_length=120, blank=True)

    objects = OfSignalementQuerySet.as_manager()

    class Meta:
        verbose_name = "affectation"
        indexes = [models.Index(fields=["signalement", "affected_on"], name="affectation_signalement_day")]

    def __str__(self) -> str:
        return f"{self.partner} ({self.get_status_display()})"
