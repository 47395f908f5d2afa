"""Territories: what the Insee, the ANCT and local acts draw on the map."""

from typing import Any

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Q

from layers.crs import WGS84
from layers.models.registers import RegisterRow, TracedRow
from layers.models.visibility import MapQuerySet


def geometry(kind: type[models.GeometryField], **options: Any) -> models.GeometryField:
    """A geometry column in WGS 84, described once; its index is named in the model's Meta."""
    return kind(verbose_name="géométrie", srid=WGS84, spatial_index=False, **options)


class Epci(models.Model):
    """Établissement public de coopération intercommunale (or établissement public territorial)."""

    code = models.CharField("code SIREN", max_length=9, primary_key=True)
    nom = models.CharField("nom", max_length=200)
    type = models.CharField("type", max_length=10, blank=True)

    class Meta:
        verbose_name = "EPCI"
        verbose_name_plural = "EPCI"

    def __str__(self) -> str:
        return self.nom


class Commune(TracedRow):
    """A commune of the Code officiel géographique; its code is text (2A, 01…)."""

    code = models.CharField("code Insee", max_length=5, primary_key=True)
    nom = models.CharField("nom", max_length=200)
    departement = models.CharField("code du département", max_length=3, db_index=True)
    epci = models.ForeignKey(
        Epci, on_delete=models.SET_NULL, null=True, blank=True, related_name="communes", verbose_name="EPCI"
    )
    codes_postaux = models.JSONField("codes postaux", default=list, blank=True)
    anciens_codes = ArrayField(
        models.CharField(max_length=5),
        verbose_name="codes des communes fusionnées",
        db_default=[],
        blank=True,
    )
    population = models.PositiveIntegerField("population", null=True, blank=True)
    geom = geometry(models.MultiPolygonField, null=True, blank=True)

    objects = MapQuerySet.as_manager()

    class Meta:
        verbose_name = "commune"
        indexes = [GistIndex(F("geom"), name="commune_geom_gist")]
        constraints = [
            models.CheckConstraint(
                condition=Q(geom__isnull=True) | Q(geom__isvalid=True), name="commune_geom_valid"
            )
        ]

    def __str__(self) -> str:
        return self.nom


class Outline(models.Model):
    """The ground of an EPCI or of a département: the union of its communes, kept by the database (migration 0023)."""

    class Kind(models.TextChoices):
        """What is outlined."""

        EPCI = "epci", "EPCI"
        DEPARTEMENT = "departement", "département"

    kind = models.CharField("type de territoire", max_length=11, choices=Kind.choices)
    code = models.CharField("code", max_length=9)
    geom = geometry(models.MultiPolygonField)

    objects = MapQuerySet.as_manager()

    class Meta:
        verbose_name = "contour"
        indexes = [GistIndex(F("geom"), name="outline_geom_gist")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="outline_once"),
            models.CheckConstraint(condition=Q(geom__isvalid=True), name="outline_geom_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class Iris(RegisterRow, TracedRow):
    """The Insee's unit of infra-communal statistics (îlots regroupés pour l’information statistique)."""

    class Type(models.TextChoices):
        """Kinds defined by the Insee; Z is a commune that is not divided."""

        HABITAT = "H", "habitat"
        ACTIVITE = "A", "activité"
        DIVERS = "D", "divers"
        COMMUNE = "Z", "commune non découpée"

    code = models.CharField("code IRIS", max_length=9, primary_key=True)
    nom = models.CharField("nom", max_length=200)
    type = models.CharField("type", max_length=1, choices=Type.choices, blank=True)
    commune = models.ForeignKey(
        Commune, on_delete=models.CASCADE, related_name="iris", verbose_name="commune"
    )
    is_detailed = models.BooleanField("contour détaillé (IRIS-GE)", default=False, db_default=False)
    geom = geometry(models.MultiPolygonField)

    class Meta:
        verbose_name = "IRIS"
        verbose_name_plural = "IRIS"
        indexes = [GistIndex(F("geom"), condition=Q(closed_on__isnull=True), name="iris_current_geom_gist")]
        constraints = [models.CheckConstraint(condition=Q(geom__isvalid=True), name="iris_geom_valid")]

    def __str__(self) -> str:
        return self.nom


class Zone(TracedRow):
    """A perimeter with its act and its dates: QPV, OPAH, permis de louer…"""

    class Type(models.TextChoices):
        """Signal Logement's zone types, the quartiers prioritaires, and what the town halls also draw."""

        QPV = "QPV", "quartier prioritaire (QPV)"
        OPAH = "OPAH", "OPAH"
        OPAH_RU = "OPAH_RU", "OPAH-RU"
        RHI = "RHI", "RHI"
        ANRU = "ANRU", "ANRU"
        PIG = "PIG", "PIG"
        PERMIS_DE_LOUER = "PERMIS_DE_LOUER", "permis de louer"
        PERMIS_DE_DIVISER = "PERMIS_DE_DIVISER", "permis de diviser"
        OPAH_CD = "OPAH_CD", "OPAH copropriétés dégradées"
        ORI = "ORI", "opération de restauration immobilière (ORI)"
        ORCOD = "ORCOD", "opération de requalification de copropriétés dégradées (ORCOD)"
        ORT = "ORT", "opération de revitalisation de territoire (ORT)"
        PERIMETRE_DE_SECURITE = "PERIMETRE_DE_SECURITE", "périmètre de sécurité"
        AUTRE = "AUTRE", "autre périmètre"

    code = models.CharField("code", max_length=60, unique=True)
    nom = models.CharField("nom", max_length=200)
    type = models.CharField("type", max_length=30, choices=Type.choices)
    acte = models.CharField("acte", max_length=200, blank=True)
    starts_on = models.DateField("date d’effet", null=True, blank=True)
    ends_on = models.DateField("date de fin", null=True, blank=True)
    # 2015 or 2024: the codes of the two generations are not continuous, a quartier of one is not one of the other
    generation = models.PositiveSmallIntegerField("génération (QPV)", null=True, blank=True)
    geom = geometry(models.MultiPolygonField)

    objects = MapQuerySet.as_manager()

    class Meta:
        verbose_name = "périmètre"
        verbose_name_plural = "périmètres"
        indexes = [GistIndex(F("geom"), name="zone_geom_gist")]
        constraints = [models.CheckConstraint(condition=Q(geom__isvalid=True), name="zone_geom_valid")]

    def __str__(self) -> str:
        return self.nom


class Carreau(models.Model):
    """A 200 m square of the Insee's grid; ``code`` is the European cell id and names its own projection."""

    code = models.CharField("identifiant", max_length=40, primary_key=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, null=True, verbose_name="commune")
    households = models.FloatField("ménages", null=True, blank=True)
    poor_households = models.FloatField("ménages pauvres", null=True, blank=True)
    is_imputed = models.BooleanField("valeurs imputées", default=False)
    secret = models.CharField("motif du secret", max_length=40, blank=True, db_default="")
    geom = geometry(models.MultiPolygonField)

    objects = MapQuerySet.as_manager()

    class Meta:
        verbose_name = "carreau de 200 m"
        verbose_name_plural = "carreaux de 200 m"
        indexes = [GistIndex(F("geom"), name="carreau_geom_gist")]
        constraints = [models.CheckConstraint(condition=Q(geom__isvalid=True), name="carreau_geom_valid")]

    def __str__(self) -> str:
        return self.code
