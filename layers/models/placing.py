"""Where persons placed reports: each choice is a row, an undone one too; nothing is overwritten."""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Exists, OuterRef, Q

from layers.models.signalements import Signalement
from layers.models.territoires import Commune, geometry
from layers.models.visibility import GuardedQuerySet
from layers.scope import Scope


class PlaceChoiceQuerySet(GuardedQuerySet):
    """The choices made on the reports that the reader sees."""

    def perimeter(self, scope: Scope) -> Q:
        return Q(Exists(Signalement.objects.visible_to(scope).filter(pk=OuterRef("signalement"))))


class PlaceChoice(models.Model):
    """What a person decided of the position of a report, and what the position was before.

    The choice in force of a report is the one that ``is_current``. ``address_key`` is that of the report when the
    choice was made: a report that declares the same address gets the same position (``repeated``), one whose
    declared address changed since is to be looked at again.
    """

    class Kind(models.TextChoices):
        """What was decided."""

        CANDIDATE = "candidate", "adresse choisie"
        POINT = "point", "point posé sur la carte"
        CONFIRMED = "confirmed", "position confirmée"
        REJECTED = "rejected", "aucune position possible"
        REPEATED = "repeated", "choix repris d’un signalement de même adresse"
        UNDONE = "undone", "choix annulé"

    signalement = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="place_choices", verbose_name="signalement"
    )
    address_key = models.TextField("adresse déclarée, sans sa graphie", blank=True)
    kind = models.CharField("choix", max_length=10, choices=Kind.choices)
    label = models.CharField("adresse", max_length=400, blank=True)
    ban_id = models.CharField("identifiant BAN", max_length=60, blank=True)
    idu = models.CharField("parcelle désignée", max_length=14, blank=True)
    reason = models.CharField("motif", max_length=300, blank=True)
    point = geometry(models.PointField, null=True, blank=True)
    precision = models.CharField("précision", max_length=10, choices=Signalement.Precision.choices)
    commune = models.ForeignKey(
        Commune,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="commune",
    )
    is_current = models.BooleanField("en vigueur", default=True)

    previous_point = geometry(models.PointField, null=True, blank=True)
    previous_precision = models.CharField("précision d’avant", max_length=10)
    previous_needs_review = models.BooleanField("à vérifier avant")
    previous_commune = models.ForeignKey(
        Commune,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="commune d’avant",
    )

    undoes = models.OneToOneField(
        "self",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="undone_by",
        verbose_name="choix annulé",
    )
    repeats = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="repetitions",
        verbose_name="choix repris",
    )
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="choisi par",
    )
    chosen_at = models.DateTimeField("choisi le", auto_now_add=True)

    objects = PlaceChoiceQuerySet.as_manager()

    class Meta:
        verbose_name = "choix de position"
        verbose_name_plural = "choix de position"
        constraints = [
            models.UniqueConstraint(
                fields=["signalement"], condition=Q(is_current=True), name="place_choice_current_once"
            )
        ]
        indexes = [models.Index(fields=["address_key", "-id"], name="place_choice_memory")]

    def __str__(self) -> str:
        return f"{self.signalement_id} – {self.get_kind_display()}"
