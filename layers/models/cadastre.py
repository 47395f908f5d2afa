"""The ground: sections, parcelles, batiments, addresses, and the links between them (n-n where reality is n-n).

A parcelle that left the cadastre is closed, never deleted: orders and reports name it.
"""

from django.contrib.gis.db import models
from django.contrib.postgres.indexes import BrinIndex, GinIndex, GistIndex
from django.db.models import F, Q

from layers.models.registers import RegisterRow, TracedRow
from layers.models.territoires import Commune, geometry
from layers.models.visibility import MapQuerySet


class Section(RegisterRow, TracedRow):
    """A cadastral section: commune, prefix, two letters."""

    code = models.CharField("identifiant", max_length=10, primary_key=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, verbose_name="commune")
    geom = geometry(models.MultiPolygonField)

    class Meta:
        verbose_name = "section"
        indexes = [GistIndex(F("geom"), name="section_geom_gist")]
        constraints = [models.CheckConstraint(condition=Q(geom__isvalid=True), name="section_geom_valid")]

    def __str__(self) -> str:
        return self.code


class Parcelle(RegisterRow, TracedRow):
    """A cadastral parcelle. ``idu`` = commune (5) + prefix (3) + section (2) + number (4)."""

    idu = models.CharField("identifiant unique", max_length=14, primary_key=True)
    commune = models.ForeignKey(
        Commune, on_delete=models.CASCADE, related_name="parcelles", verbose_name="commune"
    )
    contenance = models.PositiveIntegerField("contenance (m²)", null=True, blank=True)
    arpente = models.BooleanField("arpentée", null=True, blank=True)
    is_repaired = models.BooleanField("géométrie réparée à l’import", default=False)
    geom = geometry(models.MultiPolygonField)

    class Meta:
        verbose_name = "parcelle"
        indexes = [
            # Django 5.2 drops the condition of GistIndex(fields=[…]): hence F("geom").
            GistIndex(F("geom"), condition=Q(closed_on__isnull=True), name="parcelle_current_geom_gist"),
            BrinIndex(fields=["written_at"], name="parcelle_written_brin"),
        ]
        constraints = [models.CheckConstraint(condition=Q(geom__isvalid=True), name="parcelle_geom_valid")]

    def __str__(self) -> str:
        return self.idu


class Batiment(RegisterRow, TracedRow):
    """A building. Its ``code`` is the RNB id when it came from the RNB, else a digest of its footprint."""

    class Type(models.TextChoices):
        """Building types of the cadastre."""

        DUR = "01", "bâti dur"
        LEGER = "02", "bâti léger"

    code = models.CharField("identifiant", max_length=40, primary_key=True)
    rnb_id = models.CharField("identifiant RNB", max_length=12, null=True, blank=True, db_index=True)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, verbose_name="commune")
    type = models.CharField("type", max_length=2, choices=Type.choices, blank=True)
    nom = models.CharField("nom", max_length=200, blank=True)
    is_repaired = models.BooleanField("géométrie réparée à l’import", default=False)
    geom = geometry(models.MultiPolygonField)

    class Meta:
        verbose_name = "bâtiment"
        indexes = [
            GistIndex(F("geom"), condition=Q(closed_on__isnull=True), name="batiment_current_geom_gist"),
            BrinIndex(fields=["written_at"], name="batiment_written_brin"),
        ]
        constraints = [models.CheckConstraint(condition=Q(geom__isvalid=True), name="batiment_geom_valid")]

    def __str__(self) -> str:
        return self.code


class Voie(models.Model):
    """A named street of the BAN in one commune; the geocoder looks for ``norm``."""

    code = models.CharField("identifiant", max_length=20, primary_key=True)
    nom = models.CharField("nom", max_length=300)
    norm = models.CharField("nom normalisé", max_length=300)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, verbose_name="commune")
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    ancienne_commune = models.CharField("ancienne commune", max_length=200, blank=True)
    geom = geometry(models.PointField, null=True, blank=True)

    objects = MapQuerySet.as_manager()

    class Meta:
        verbose_name = "voie"
        indexes = [GinIndex(fields=["norm"], opclasses=["gin_trgm_ops"], name="voie_norm_trgm")]

    def __str__(self) -> str:
        return self.nom


class Address(RegisterRow, TracedRow):
    """A house number of the Base adresse nationale; its point often stands on the street."""

    ban_id = models.CharField("clé d’interopérabilité", max_length=60, primary_key=True)
    voie = models.ForeignKey(Voie, on_delete=models.CASCADE, related_name="addresses", verbose_name="voie")
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, verbose_name="commune")
    numero = models.PositiveIntegerField("numéro")
    rep = models.CharField("indice de répétition", max_length=10, blank=True)
    code_postal = models.CharField("code postal", max_length=5, blank=True)
    type_position = models.CharField("type de position", max_length=40, blank=True)
    ban_uuid = models.UUIDField("identifiant stable de la BAN", null=True, blank=True, db_index=True)
    geom = geometry(models.PointField)

    class Meta:
        verbose_name = "adresse"
        indexes = [
            GistIndex(F("geom"), name="address_geom_gist"),
            models.Index(fields=["voie", "numero"], name="address_voie_numero"),
            BrinIndex(fields=["written_at"], name="address_written_brin"),
        ]

    def __str__(self) -> str:
        return f"{self.numero}{self.rep} {self.voie.nom}"


class AddressParcelle(TracedRow):
    """An address–parcelle link declared by the BAN (``cad_parcelles``); the parcelle may have left since."""

    address = models.ForeignKey(
        Address, on_delete=models.CASCADE, related_name="parcelles", verbose_name="adresse"
    )
    idu = models.CharField("parcelle", max_length=14, db_index=True)

    class Meta:
        verbose_name = "lien adresse–parcelle"
        verbose_name_plural = "liens adresse–parcelle"
        constraints = [models.UniqueConstraint(fields=["address", "idu"], name="address_parcelle_once")]

    def __str__(self) -> str:
        return f"{self.address_id} – {self.idu}"


class BatimentParcelle(TracedRow):
    """A building–parcelle link declared by the RNB, with the share of the building on the parcelle."""

    batiment = models.ForeignKey(
        Batiment, on_delete=models.CASCADE, related_name="parcelles", verbose_name="bâtiment"
    )
    idu = models.CharField("parcelle", max_length=14, db_index=True)
    cover_ratio = models.FloatField("part du bâtiment sur la parcelle", null=True, blank=True)

    class Meta:
        verbose_name = "lien bâtiment–parcelle"
        verbose_name_plural = "liens bâtiment–parcelle"
        constraints = [models.UniqueConstraint(fields=["batiment", "idu"], name="batiment_parcelle_once")]

    def __str__(self) -> str:
        return f"{self.batiment_id} – {self.idu}"


class BatimentAddress(TracedRow):
    """A building–address link declared by the RNB."""

    batiment = models.ForeignKey(
        Batiment, on_delete=models.CASCADE, related_name="addresses", verbose_name="bâtiment"
    )
    ban_id = models.CharField("adresse", max_length=60, db_index=True)

    class Meta:
        verbose_name = "lien bâtiment–adresse"
        verbose_name_plural = "liens bâtiment–adresse"
        constraints = [models.UniqueConstraint(fields=["batiment", "ban_id"], name="batiment_address_once")]

    def __str__(self) -> str:
        return f"{self.batiment_id} – {self.ban_id}"
