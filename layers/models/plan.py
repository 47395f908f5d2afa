"""How the plan cadastral is cut (its sheets, the communes of the past that its prefixes name), and its numbers."""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import BrinIndex, GistIndex
from django.db.models import F, Q

from layers.models.registers import RegisterRow, TracedRow
from layers.models.territoires import Commune, geometry


class Feuille(RegisterRow):
    """A sheet of the plan: a section is drawn on one or several, each at its scale and of its quality."""

    code = models.CharField("identifiant", max_length=12, primary_key=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, verbose_name="commune")
    echelle = models.CharField("échelle", max_length=20, blank=True)
    qualite = models.CharField("qualité du plan", max_length=100, blank=True)
    geom = geometry(models.MultiPolygonField)

    class Meta:
        verbose_name = "feuille cadastrale"
        verbose_name_plural = "feuilles cadastrales"
        indexes = [GistIndex(F("geom"), name="feuille_geom_gist")]
        constraints = [models.CheckConstraint(condition=Q(geom__isvalid=True), name="feuille_geom_valid")]

    def __str__(self) -> str:
        return self.code


class PrefixeSection(RegisterRow):
    """The prefix of sections that were those of a commune absorbed since: older addresses and acts name it."""

    code = models.CharField("identifiant", max_length=8, primary_key=True)
    commune = models.ForeignKey(
        Commune, on_delete=models.CASCADE, related_name="prefixes", verbose_name="commune"
    )
    ancienne = models.CharField("code de la commune absorbée", max_length=5, blank=True)
    nom = models.CharField("nom de la commune absorbée", max_length=200, blank=True)
    geom = geometry(models.MultiPolygonField)

    class Meta:
        verbose_name = "préfixe de sections"
        verbose_name_plural = "préfixes de sections"
        indexes = [GistIndex(F("geom"), name="prefixe_section_geom_gist")]
        constraints = [
            models.CheckConstraint(condition=Q(geom__isvalid=True), name="prefixe_section_geom_valid")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.nom}".strip()


class NumeroCadastral(RegisterRow, TracedRow):
    """A house number written on the plan, on one of the parcelles that it serves; the plan tells no street."""

    code = models.CharField("identifiant", max_length=40, primary_key=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, verbose_name="commune")
    numero = models.PositiveIntegerField("numéro")
    rep = models.CharField("indice de répétition", max_length=10, blank=True)
    idu = models.CharField("parcelle", max_length=14, db_index=True)
    feuille = models.CharField("feuille", max_length=12, db_index=True)
    geom = geometry(models.PointField)

    class Meta:
        verbose_name = "numéro du plan cadastral"
        verbose_name_plural = "numéros du plan cadastral"
        indexes = [
            GistIndex(F("geom"), condition=Q(closed_on__isnull=True), name="numero_cadastral_geom_gist"),
            BrinIndex(fields=["written_at"], name="numero_cadastral_written_brin"),
        ]

    def __str__(self) -> str:
        return f"{self.numero}{self.rep} – {self.idu}"
