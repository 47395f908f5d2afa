"""What the open registers say of dwellings: energy diagnoses, copropriétés, social dwellings, groups of buildings.

They are keyed by codes of other registers (address, parcelle, RNB building), kept as text: a code may have left its
register, and a national file must enter before, after or without the cadastre of its communes.
"""

from dataclasses import dataclass
from datetime import date
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db.models import Exists, F, OuterRef, Q

from layers.models.territoires import geometry
from layers.models.visibility import MapQuerySet


@dataclass(frozen=True)
class PlaceCodes:
    """The codes of one place in the registers: RNB identifiers, parcelles (past ones too), addresses."""

    rnb_ids: tuple[str, ...] = ()
    idus: tuple[str, ...] = ()
    ban_ids: tuple[str, ...] = ()


def codes(name: str, length: int) -> ArrayField:
    """Give a column of codes of another register, empty by default."""
    return ArrayField(models.CharField(max_length=length), verbose_name=name, default=list, blank=True)


def lookups(table: str, *fields: str) -> list[models.Index]:
    """Index codes for equality; ``db_index`` would add to each an index for LIKE that nobody asks for."""
    return [models.Index(fields=[name], name=f"{table}_{name}") for name in fields]


class DpeQuerySet(MapQuerySet):
    """Energy diagnoses."""

    def at(self, place: PlaceCodes) -> Self:
        """Keep those of the place, by their address or by their RNB building."""
        return self.filter(Q(ban_id__in=place.ban_ids) | Q(rnb_id__in=place.rnb_ids))

    def in_force_on(self, day: date) -> Self:
        """Keep what is still valid on ``day`` and was not replaced by another diagnosis."""
        later = Dpe.objects.filter(replaces=OuterRef("numero"))
        valid = Q(valid_until__isnull=True) | Q(valid_until__gte=day)
        return self.filter(valid, established_on__lte=day).exclude(Exists(later))


class Dpe(models.Model):
    """An energy diagnosis (diagnostic de performance énergétique) of a dwelling or of a whole building.

    ``identifiant_ban`` is what the Ademe's geocoder found, whatever its score; ``ban_id`` is empty when that score
    is too poor to attach the diagnosis to an address.
    """

    class Type(models.TextChoices):
        """What was diagnosed."""

        MAISON = "maison", "maison"
        APPARTEMENT = "appartement", "appartement"
        IMMEUBLE = "immeuble", "immeuble"

    numero = models.CharField("numéro de DPE", max_length=20, primary_key=True)
    replaces = models.CharField("numéro du DPE remplacé", max_length=20, blank=True)
    established_on = models.DateField("date d’établissement")
    valid_until = models.DateField("fin de validité", null=True, blank=True)
    classe_energie = models.CharField("classe énergie", max_length=1)
    classe_ges = models.CharField("classe GES", max_length=1, blank=True)
    type = models.CharField("type de bien", max_length=12, choices=Type.choices, blank=True)
    annee_construction = models.PositiveSmallIntegerField("année de construction", null=True, blank=True)
    periode_construction = models.CharField("période de construction", max_length=40, blank=True)
    surface_m2 = models.FloatField("surface habitable (m²)", null=True, blank=True)
    adresse = models.CharField("adresse", max_length=300, blank=True)
    code_insee = models.CharField("code Insee", max_length=5, blank=True)
    identifiant_ban = models.CharField("adresse trouvée par l’Ademe", max_length=60, blank=True)
    score_geocodage = models.FloatField("score de géocodage", null=True, blank=True)
    ban_id = models.CharField("adresse", max_length=60, null=True, blank=True)
    rnb_id = models.CharField("identifiant RNB", max_length=12, null=True, blank=True)

    objects = DpeQuerySet.as_manager()

    class Meta:
        verbose_name = "diagnostic de performance énergétique"
        verbose_name_plural = "diagnostics de performance énergétique"
        indexes = [
            models.Index(fields=["replaces"], condition=~Q(replaces=""), name="dpe_replaces"),
            *lookups("dpe", "code_insee", "ban_id", "rnb_id"),
        ]

    def __str__(self) -> str:
        return f"{self.numero} – {self.classe_energie}"


class CoproprieteQuerySet(MapQuerySet):
    """Copropriétés."""

    def at(self, place: PlaceCodes) -> Self:
        """Keep those that declare one of the parcelles, or whose reference address is one of the place."""
        return self.filter(Q(idus__overlap=list(place.idus)) | Q(ban_id__in=place.ban_ids))


class Copropriete(models.Model):
    """A copropriété of the national register (RNIC); a register entry, not a judgement on its health.

    « Plan de sauvegarde » is not in the open file; « copropriété aidée » (by the Anah) is what it tells.
    """

    class Syndic(models.TextChoices):
        """Who runs it."""

        PROFESSIONNEL = "professionnel", "syndic professionnel"
        BENEVOLE = "benevole", "syndic bénévole"

    numero = models.CharField("numéro d’immatriculation", max_length=12, primary_key=True)
    nom = models.CharField("nom d’usage", max_length=300, blank=True)
    adresse = models.CharField("adresse de référence", max_length=300, blank=True)
    code_insee = models.CharField("code Insee", max_length=5, blank=True)
    registered_on = models.DateField("immatriculée le", null=True, blank=True)
    updated_on = models.DateField("dernière mise à jour", null=True, blank=True)
    lots = models.PositiveIntegerField("nombre de lots", null=True, blank=True)
    lots_habitation = models.PositiveIntegerField("nombre de lots d’habitation", null=True, blank=True)
    periode_construction = models.CharField("période de construction", max_length=60, blank=True)
    syndic = models.CharField("type de syndic", max_length=15, choices=Syndic.choices, blank=True)
    mandat = models.CharField("mandat du syndic", max_length=60, blank=True)
    is_aided = models.BooleanField("copropriété aidée", null=True, blank=True)
    is_in_pvd = models.BooleanField("commune Petites villes de demain", null=True, blank=True)
    is_in_acv = models.BooleanField("commune Action cœur de ville", null=True, blank=True)
    idus = codes("parcelles", 14)
    ban_id = models.CharField("adresse", max_length=60, null=True, blank=True)
    geom = geometry(models.PointField, null=True, blank=True)

    objects = CoproprieteQuerySet.as_manager()

    class Meta:
        verbose_name = "copropriété"
        indexes = [
            GistIndex(F("geom"), name="copropriete_geom_gist"),
            GinIndex(fields=["idus"], name="copropriete_idus_gin"),
            *lookups("copropriete", "code_insee", "ban_id"),
        ]

    def __str__(self) -> str:
        return f"{self.numero} – {self.nom or self.adresse}"


class LogementSocialQuerySet(MapQuerySet):
    """Social dwellings by address."""

    def at(self, place: PlaceCodes) -> Self:
        """Keep those of the addresses, and those whose point lies on one of the parcelles."""
        return self.filter(Q(ban_id__in=place.ban_ids) | Q(idu__in=place.idus))


class LogementSocial(models.Model):
    """The social dwellings of one address in one edition of the RPLS, which has no key for a dwelling.

    An edition replaces the ones before it in the communes that it covers. ``idu`` is the parcelle under the RPLS's
    point on the day of the import.
    """

    code_insee = models.CharField("code Insee", max_length=5)
    millesime = models.PositiveSmallIntegerField("édition")
    numero = models.CharField("numéro", max_length=20, blank=True)
    rep = models.CharField("indice de répétition", max_length=10, blank=True)
    voie = models.CharField("voie", max_length=300)
    dwellings = models.PositiveIntegerField("nombre de logements sociaux")
    first_built = models.PositiveSmallIntegerField("plus ancienne construction", null=True, blank=True)
    last_built = models.PositiveSmallIntegerField("plus récente construction", null=True, blank=True)
    classes_dpe = models.JSONField("nombre de logements par classe énergie", default=dict, blank=True)
    qpv = models.CharField("quartier prioritaire", max_length=8, blank=True)
    qualite_xy = models.PositiveSmallIntegerField("qualité de la position", null=True, blank=True)
    ban_id = models.CharField("adresse", max_length=60, null=True, blank=True)
    idu = models.CharField("parcelle", max_length=14, null=True, blank=True)
    geom = geometry(models.PointField, null=True, blank=True)

    objects = LogementSocialQuerySet.as_manager()

    class Meta:
        verbose_name = "logements sociaux d’une adresse"
        verbose_name_plural = "logements sociaux par adresse"
        indexes = [
            GistIndex(F("geom"), name="logementsocial_geom_gist"),
            *lookups("logementsocial", "ban_id", "idu"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["code_insee", "voie", "numero", "rep"], name="logement_social_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.dwellings} – {self.numero}{self.rep} {self.voie}"


class GroupeBatimentQuerySet(MapQuerySet):
    """Groups of buildings of the BDNB."""

    def at(self, place: PlaceCodes) -> Self:
        """Keep those that the BDNB relates to one of the buildings, parcelles or addresses."""
        return self.filter(
            Q(rnb_ids__overlap=list(place.rnb_ids))
            | Q(idus__overlap=list(place.idus))
            | Q(ban_ids__overlap=list(place.ban_ids))
        )


class GroupeBatiment(models.Model):
    """A group of buildings of the Base de données nationale des bâtiments.

    ``classe_dpe`` is that of a diagnosis chosen as representative; ``classe_modelisee`` is an estimate of a model,
    which no one diagnosed. Its identifier changed form in 2023 and names no parcelle: the relations do.
    """

    code = models.CharField("identifiant BDNB", max_length=40, primary_key=True)
    code_insee = models.CharField("code Insee", max_length=5)
    annee_construction = models.PositiveSmallIntegerField("année de construction", null=True, blank=True)
    dwellings = models.PositiveIntegerField("nombre de logements", null=True, blank=True)
    niveaux = models.PositiveSmallIntegerField("nombre de niveaux", null=True, blank=True)
    usage = models.CharField("usage principal", max_length=80, blank=True)
    mat_mur = models.CharField("matériau des murs", max_length=120, blank=True)
    mat_toit = models.CharField("matériau du toit", max_length=120, blank=True)
    classe_dpe = models.CharField("classe énergie du DPE représentatif", max_length=1, blank=True)
    classe_ges = models.CharField("classe GES du DPE représentatif", max_length=1, blank=True)
    dpe_on = models.DateField("date du DPE représentatif", null=True, blank=True)
    classes_dpe = models.JSONField("nombre de DPE par classe énergie", default=dict, blank=True)
    classe_modelisee = models.CharField("classe énergie estimée par modèle", max_length=1, blank=True)
    copropriete = models.CharField("copropriété principale", max_length=12, blank=True)
    alea_argiles = models.CharField("aléa retrait-gonflement des argiles", max_length=40, blank=True)
    alea_radon = models.CharField("aléa radon", max_length=40, blank=True)
    qpv = models.CharField("quartier prioritaire", max_length=200, blank=True)
    is_near_monument = models.BooleanField("aux abords d’un monument historique", null=True, blank=True)
    idus = codes("parcelles", 14)
    ban_ids = codes("adresses", 60)
    rnb_ids = codes("identifiants RNB", 12)

    objects = GroupeBatimentQuerySet.as_manager()

    class Meta:
        verbose_name = "groupe de bâtiments (BDNB)"
        verbose_name_plural = "groupes de bâtiments (BDNB)"
        indexes = [
            GinIndex(fields=["idus"], name="groupe_idus_gin"),
            GinIndex(fields=["ban_ids"], name="groupe_ban_ids_gin"),
            GinIndex(fields=["rnb_ids"], name="groupe_rnb_ids_gin"),
            *lookups("groupe", "code_insee"),
        ]

    def __str__(self) -> str:
        return self.code
