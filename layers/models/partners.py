"""Partners of the fight against degraded housing, and the perimeter each of them acts in."""

from datetime import date

from django.db import models

from layers.models.territoires import Commune, Epci, Zone


class Partner(models.Model):
    """An organisation: its type, its perimeter and the dates between which it takes part."""

    class Type(models.TextChoices):
        """Signal Logement's partner types."""

        ADIL = "ADIL", "ADIL"
        ARS = "ARS", "ARS"
        ASSOCIATION = "ASSOCIATION", "association"
        BAILLEUR_SOCIAL = "BAILLEUR_SOCIAL", "bailleur social"
        CAF_MSA = "CAF_MSA", "CAF / MSA"
        CCAS = "CCAS", "CCAS"
        COMMUNE_SCHS = "COMMUNE_SCHS", "commune / SCHS"
        CONCILIATEURS = "CONCILIATEURS", "conciliateurs"
        CONSEIL_DEPARTEMENTAL = "CONSEIL_DEPARTEMENTAL", "conseil départemental"
        DDETS = "DDETS", "DDETS"
        DDT_M = "DDT_M", "DDT/M"
        DISPOSITIF_RENOVATION_HABITAT = "DISPOSITIF_RENOVATION_HABITAT", "dispositif rénovation habitat"
        EPCI = "EPCI", "EPCI"
        OPERATEUR_VISITES_ET_TRAVAUX = "OPERATEUR_VISITES_ET_TRAVAUX", "opérateur visites et travaux"
        POLICE_GENDARMERIE = "POLICE_GENDARMERIE", "police / gendarmerie"
        PREFECTURE = "PREFECTURE", "préfecture"
        TRIBUNAL = "TRIBUNAL", "tribunal"
        AUTRE = "AUTRE", "autre"

    nom = models.CharField("nom", max_length=200, unique=True)
    type = models.CharField("type", max_length=40, choices=Type.choices)
    communes = models.ManyToManyField(Commune, blank=True, related_name="partners", verbose_name="communes")
    epcis = models.ManyToManyField(Epci, blank=True, related_name="partners", verbose_name="EPCI")
    zones = models.ManyToManyField(Zone, blank=True, related_name="partners", verbose_name="périmètres")
    excluded_zones = models.ManyToManyField(
        Zone, blank=True, related_name="excluded_partners", verbose_name="périmètres exclus"
    )
    starts_on = models.DateField("partenaire depuis le", null=True, blank=True)
    ends_on = models.DateField("partenaire jusqu’au", null=True, blank=True)

    class Meta:
        verbose_name = "partenaire"

    def __str__(self) -> str:
        return self.nom

    def is_active_on(self, day: date) -> bool:
        """Say whether the partnership runs on ``day``; a missing date is an open end."""
        return (self.starts_on is None or self.starts_on <= day) and (
            self.ends_on is None or day <= self.ends_on
        )
