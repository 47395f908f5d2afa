"""Administrative orders (arrêtés) and their lifting."""

from datetime import date
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F

from layers.models.territoires import Commune, geometry
from layers.models.visibility import PlacedQuerySet


class ArreteQuerySet(PlacedQuerySet):
    """The questions asked of orders."""

    def in_force_on(self, day: date) -> Self:
        """Keep orders taken by ``day`` and not lifted then."""
        return self.filter(taken_on__lte=day).exclude(mainlevee_on__lte=day)


class Arrete(models.Model):
    """An order on a place, as in Signal Logement's template: type, date, parcelles, mainlevée."""

    class Type(models.TextChoices):
        """Signal Logement's order types."""

        MISE_EN_SECURITE = "MISE_EN_SECURITE", "Mise en sécurité procédure ordinaire"
        MISE_EN_SECURITE_PROCEDURE_URGENTE = (
            "MISE_EN_SECURITE_PROCEDURE_URGENTE",
            "Mise en sécurité procédure urgente",
        )
        MISE_EN_SECURITE_MODIFICATIF = "MISE_EN_SECURITE_MODIFICATIF", "Mise en sécurité modificatif"
        ARRETE_L_511_11_IMPROPRE = "ARRETE_L_511_11_IMPROPRE", "Arrêté L.511-11 - Impropre"
        ARRETE_L_511_11_ORDINAIRE_IRREMEDIABLE = (
            "ARRETE_L_511_11_ORDINAIRE_IRREMEDIABLE",
            "Arrêté L.511-11 - Ordinaire irrémédiable",
        )
        ARRETE_L_511_11_ORDINAIRE_REMEDIABLE = (
            "ARRETE_L_511_11_ORDINAIRE_REMEDIABLE",
            "Arrêté L.511-11 - Ordinaire remédiable",
        )
        ARRETE_L_511_11_SUROCCUPATION = "ARRETE_L_511_11_SUROCCUPATION", "Arrêté L.511-11 - Suroccupation"
        ARRETE_L_511_11_USAGE_NON_APPROPRIE = (
            "ARRETE_L_511_11_USAGE_NON_APPROPRIE",
            "Arrêté L.511-11 - Usage non approprié",
        )
        ARRETE_L_511_19_INSALUBRITE = "ARRETE_L_511_19_INSALUBRITE", "Arrêté L.511-19 - Insalubrité"
        ARRETE_L_511_19_INSALUBRITE_SATURNISME = (
            "ARRETE_L_511_19_INSALUBRITE_SATURNISME",
            "Arrêté L.511-19 - Insalubrité & Saturnisme",
        )
        ARRETE_L_511_19_SATURNISME = "ARRETE_L_511_19_SATURNISME", "Arrêté L.511-19 - Saturnisme"
        ARRETE_L_1331_26 = "ARRETE_L_1331_26", "Arrêté L1331-26"
        ARRETE_L_1311_4 = "ARRETE_L_1311_4", "Arrêté L.1311-4"
        ARRETE_LETCHIMY_ARTICLE_10 = "ARRETE_LETCHIMY_ARTICLE_10", "Arrêté Letchimy : article 10"

    type = models.CharField("classification", max_length=50, choices=Type.choices)
    taken_on = models.DateField("date de l’arrêté")
    mainlevee_on = models.DateField("date de mainlevée", null=True, blank=True)
    adresse = models.CharField("adresse", max_length=300, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    ville = models.CharField("commune déclarée", max_length=200, blank=True)
    syndic = models.CharField("syndic", max_length=200, blank=True)
    idu = models.CharField("identifiant parcellaire", max_length=14, db_index=True)
    commune = models.ForeignKey(
        Commune,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="arretes",
        verbose_name="commune",
    )
    geom = geometry(models.PointField, null=True, blank=True)

    objects = ArreteQuerySet.as_manager()

    class Meta:
        verbose_name = "arrêté"
        verbose_name_plural = "arrêtés"
        constraints = [
            models.UniqueConstraint(fields=["idu", "type", "taken_on"], name="arrete_once"),
        ]
        indexes = [GistIndex(F("geom"), name="arrete_geom_gist")]

    def __str__(self) -> str:
        return f"{self.get_type_display()} du {self.taken_on:%d/%m/%Y}"
