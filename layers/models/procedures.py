"""Administrative orders (arrêtés) and their lifting; the visits that came before them."""

from datetime import date
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Case, F, Value, When
from django.db.models.functions import Concat, Lower

from layers.models.registers import TracedRow
from layers.models.signalements import Signalement
from layers.models.territoires import Commune, geometry
from layers.models.visibility import OfSignalementQuerySet, PlacedQuerySet


class ArreteQuerySet(PlacedQuerySet):
    """The questions asked of orders."""

    def in_force_on(self, day: date) -> Self:
        """Keep orders taken by ``day`` and not lifted then."""
        return self.filter(taken_on__lte=day).exclude(mainlevee_on__lte=day)


class Arrete(TracedRow):
    """An order on a place: type, date, mainlevée. Its place is a parcelle, or an address where the act names none.

    ``lieu`` is the place as the act names it; an order is one type on one day on one place, and one number where
    the file gives numbers.
    """

    class Type(models.TextChoices):
        """Signal Logement's order types, then those of the mayors' general police that a town publishes with them."""

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
        INTERDICTION_D_OCCUPER = "INTERDICTION_D_OCCUPER", "Interdiction d’occuper ou évacuation"
        PERIMETRE_DE_SECURITE = "PERIMETRE_DE_SECURITE", "Périmètre de sécurité"
        DECONSTRUCTION = "DECONSTRUCTION", "Déconstruction"
        POLICE_GENERALE = "POLICE_GENERALE", "Police générale du maire"
        ASTREINTE = "ASTREINTE", "Astreinte administrative"
        AUTRE = "AUTRE", "Autre acte"

    type = models.CharField("classification", max_length=50, choices=Type.choices)
    nature = models.CharField("classification de la source", max_length=200, blank=True, db_default="")
    numero = models.CharField("numéro de l’acte", max_length=60, blank=True, db_default="")
    document = models.URLField("document publié", max_length=500, blank=True, db_default="")
    taken_on = models.DateField("date de l’arrêté")
    mainlevee_on = models.DateField("date de mainlevée", null=True, blank=True)
    mainlevee_partielle_on = models.DateField("date de mainlevée partielle", null=True, blank=True)
    adresse = models.CharField("adresse", max_length=300, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    ville = models.CharField("commune déclarée", max_length=200, blank=True)
    syndic = models.CharField("syndic", max_length=200, blank=True)
    idu = models.CharField("identifiant parcellaire", max_length=14, blank=True, db_default="", db_index=True)
    ban_id = models.CharField("adresse trouvée", max_length=60, blank=True, db_default="", db_index=True)
    lieu = models.GeneratedField(
        verbose_name="lieu de l’acte",
        expression=Case(
            When(idu__gt="", then=F("idu")),
            default=Concat(F("code_postal"), Value(" "), Lower(F("adresse"))),
        ),
        output_field=models.CharField(max_length=310),
        db_persist=True,
    )
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
            models.UniqueConstraint(fields=["lieu", "type", "taken_on", "numero"], name="arrete_once"),
        ]
        indexes = [GistIndex(F("geom"), name="arrete_geom_gist")]

    def __str__(self) -> str:
        return f"{self.get_type_display()} du {self.taken_on:%d/%m/%Y}"


class Visit(models.Model):
    """A visit of the dwelling, as Signal Logement tells it; its free texts, which name persons, are not kept."""

    class Type(models.TextChoices):
        """Signal Logement's kinds of visit."""

        VISITE = "VISITE", "visite"
        VISITE_CONTROLE = "VISITE_CONTROLE", "visite de contrôle"

    class Status(models.TextChoices):
        """Signal Logement's visit statuses, and the two that its export adds."""

        NON_PLANIFIEE = "NON_PLANIFIEE", "non planifiée"
        PLANIFIEE = "PLANIFIEE", "planifiée"
        CONCLUSION_A_RENSEIGNER = "CONCLUSION_A_RENSEIGNER", "conclusion à renseigner"
        TERMINEE = "TERMINEE", "terminée"
        ANNULEE = "ANNULEE", "annulée"
        NON_EFFECTUEE = "NON_EFFECTUEE", "non effectuée"

    class Conclusion(models.TextChoices):
        """Signal Logement's procedure types: what the visitor concluded, several at once."""

        NON_DECENCE = "NON_DECENCE", "non décence"
        RSD = "RSD", "infraction RSD"
        INSALUBRITE = "INSALUBRITE", "insalubrité"
        SUSPICION_INSALUBRE = "SUSPICION_INSALUBRE", "suspicion d’insalubrité"
        MISE_EN_SECURITE_PERIL = "MISE_EN_SECURITE_PERIL", "mise en sécurité / péril"
        LOGEMENT_DECENT = "LOGEMENT_DECENT", "logement décent / pas d’infraction"
        RESPONSABILITE_OCCUPANT_ASSURANTIEL = (
            "RESPONSABILITE_OCCUPANT_ASSURANTIEL",
            "responsabilité occupant / assurantiel",
        )
        SALETE = "SALETE", "saleté"
        AUTRE = "AUTRE", "autre"

    signalement = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="visits", verbose_name="signalement"
    )
    uuid = models.UUIDField("identifiant Signal Logement", unique=True)
    type = models.CharField("type", max_length=20, choices=Type.choices, default=Type.VISITE)
    status = models.CharField("statut", max_length=30, choices=Status.choices)
    visited_on = models.DateField("date de visite", null=True, blank=True)
    is_occupant_present = models.BooleanField("occupant présent", null=True, blank=True)
    is_owner_present = models.BooleanField("propriétaire présent", null=True, blank=True)
    conclusions = ArrayField(
        models.CharField(max_length=40, choices=Conclusion.choices),
        verbose_name="conclusions",
        default=list,
        blank=True,
    )
    partner = models.CharField("opérateur", max_length=200, blank=True)

    objects = OfSignalementQuerySet.as_manager()

    class Meta:
        verbose_name = "visite"
        indexes = [models.Index(fields=["signalement", "visited_on"], name="visit_signalement_day")]

    def __str__(self) -> str:
        return f"{self.get_type_display()}, {self.get_status_display()}"

    @property
    def conclusion_labels(self) -> list[str]:
        """The conclusions in words."""
        return [str(self.Conclusion(name).label) for name in self.conclusions]
