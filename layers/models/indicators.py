"""Figures published for a territory: dwellings, private rented stock, vacancy, income…"""

from django.db import models


class Indicator(models.Model):
    """One value of one indicator for one territory and one edition.

    A value under statistical secrecy is NULL with its reason: never a zero.
    """

    class Territoire(models.TextChoices):
        """Kinds of territory that carry figures."""

        IRIS = "iris", "IRIS"
        COMMUNE = "commune", "commune"
        EPCI = "epci", "EPCI"
        CARREAU = "carreau", "carreau de 200 m"
        ZONE = "zone", "périmètre"

    territoire = models.CharField("type de territoire", max_length=10, choices=Territoire.choices)
    territoire_code = models.CharField("code du territoire", max_length=40)
    code = models.CharField("indicateur", max_length=40)
    millesime = models.PositiveSmallIntegerField("millésime")
    value = models.FloatField("valeur", null=True, blank=True)
    secret = models.CharField("motif du secret", max_length=40, blank=True)

    class Meta:
        verbose_name = "indicateur"
        constraints = [
            models.UniqueConstraint(
                fields=["territoire", "code", "millesime", "territoire_code"], name="indicator_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.millesime} – {self.territoire_code}"
