"""Reports of degraded housing, where they are, and the places they are linked to.

The identity of occupants, declarants and private landlords is not kept: the map needs the place, the partners'
own tool keeps the persons.
"""

from datetime import date
from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Func, Q

from layers.models.registers import TracedRow
from layers.models.territoires import Commune, geometry
from layers.models.visibility import PlacedQuerySet


class SignalementQuerySet(PlacedQuerySet):
    """The questions asked of reports; each read begins with ``.visible_to(scope)``."""

    commune_fields = ("commune", "arrondissement")

    def received_since(self, day: date) -> Self:
        """Keep reports received on ``day`` or after."""
        return self.filter(received_on__gte=day)

    def received_until(self, day: date) -> Self:
        """Keep reports received on ``day`` or before."""
        return self.filter(received_on__lte=day)

    def open(self) -> Self:
        """Keep reports on which someone still has to act."""
        return self.filter(status__in=Signalement.OPEN_STATUSES)

    def valid(self) -> Self:
        """Keep reports that tell of a dwelling: refused ones and drafts are left out of every rate."""
        return self.exclude(status__in=Signalement.INVALID_STATUSES)

    def to_review(self) -> Self:
        """Keep reports whose position a person must confirm."""
        return self.filter(needs_review=True)

    def located(self) -> Self:
        """Keep reports that have a point on the map."""
        return self.filter(geom__isnull=False)

    def including_merged(self) -> Self:
        """Keep the reports merged into another, which every other read leaves out; call it before the scope."""
        clone = self._clone()
        clone._merged_too = True
        return clone

    _merged_too = False

    def _clone(self) -> Self:
        clone = super()._clone()
        clone._merged_too = self._merged_too
        return clone

    def _opened(self) -> Self:
        opened = super()._opened()
        return opened if self._merged_too else opened.filter(merged_into__isnull=True)


class Signalement(TracedRow):
    """One report, as Signal Logement exports it, with the position we found for it."""

    class Status(models.TextChoices):
        """Signal Logement's statuses."""

        DRAFT = "DRAFT", "brouillon"
        NEED_VALIDATION = "NEED_VALIDATION", "nouveau"
        ACTIVE = "ACTIVE", "en cours"
        CLOSED = "CLOSED", "fermé"
        ARCHIVED = "ARCHIVED", "archivé"
        REFUSED = "REFUSED", "refusé"
        DRAFT_ARCHIVED = "DRAFT_ARCHIVED", "brouillon archivé"
        INJONCTION_BAILLEUR = "INJONCTION_BAILLEUR", "démarche accélérée"
        INJONCTION_CLOSED = "INJONCTION_CLOSED", "démarche accélérée clôturée"

    OPEN_STATUSES = (Status.NEED_VALIDATION, Status.ACTIVE, Status.INJONCTION_BAILLEUR)
    INVALID_STATUSES = (Status.DRAFT, Status.DRAFT_ARCHIVED, Status.REFUSED)

    class Precision(models.TextChoices):
        """What the point on the map is worth; a low score lowers it and never erases the point."""

        NUMERO = "numero", "numéro dans la voie"
        VOIE = "voie", "voie"
        COMMUNE = "commune", "commune"
        DECLAREE = "declaree", "position déclarée par la source"
        MANUELLE = "manuelle", "placée par une personne"
        INCONNUE = "inconnue", "aucune position"

    class Parc(models.TextChoices):
        """Kind of stock."""

        PRIVE = "prive", "privé"
        PUBLIC = "public", "public"
        NON_RENSEIGNE = "non_renseigne", "non renseigné"

    departement = models.CharField("territoire", max_length=3)
    reference = models.CharField("référence", max_length=40)
    uuid = models.UUIDField("identifiant Signal Logement", null=True, blank=True, unique=True)
    status = models.CharField("statut", max_length=20, choices=Status.choices)
    received_on = models.DateField("déposé le")
    updated_on = models.DateField("dernière mise à jour", null=True, blank=True)
    closed_on = models.DateField("fermé le", null=True, blank=True)
    motif_cloture = models.CharField("motif de clôture", max_length=120, blank=True)
    description = models.TextField("description", blank=True)

    # As declared: never overwritten by what the geocoder understood
    adresse = models.CharField("adresse déclarée", max_length=300, blank=True)
    code_postal = models.CharField("code postal déclaré", max_length=10, blank=True)
    ville = models.CharField("commune déclarée", max_length=200, blank=True)
    code_insee = models.CharField("code Insee déclaré", max_length=5, blank=True)
    # Paris, Lyon and Marseille: the commune is above, its arrondissement here
    arrondissement = models.CharField("arrondissement municipal", max_length=5, blank=True, db_default="")
    # Only the API of Signal Logement tells them
    cle_ban = models.CharField("adresse BAN déclarée", max_length=60, blank=True, db_default="")
    rnb_id = models.CharField("bâtiment RNB déclaré", max_length=12, blank=True, db_default="")
    etage = models.CharField("étage", max_length=60, blank=True)
    escalier = models.CharField("escalier", max_length=60, blank=True)
    appartement = models.CharField("appartement", max_length=60, blank=True)
    declared_geom = geometry(models.PointField, null=True, blank=True)
    declared_idu = models.CharField("parcelle déclarée", max_length=14, db_default="", blank=True)
    declared_iris = models.CharField("IRIS déclaré", max_length=9, db_default="", blank=True)
    # Two reports of one key declare the same address: what a person chose for one is good for the other
    address_key = models.GeneratedField(
        expression=Func("adresse", "code_postal", "ville", "code_insee", function="layers_address_key"),
        output_field=models.TextField(),
        db_persist=True,
        verbose_name="adresse déclarée, sans sa graphie",
    )

    parc = models.CharField("parc", max_length=15, choices=Parc.choices, default=Parc.NON_RENSEIGNE)
    nature_logement = models.CharField("nature du logement", max_length=60, blank=True)
    type_occupant = models.CharField("type d’occupant", max_length=60, blank=True)
    superficie_m2 = models.FloatField("superficie (m²)", null=True, blank=True)
    nb_occupants = models.PositiveSmallIntegerField("nombre de personnes", null=True, blank=True)
    nb_enfants = models.PositiveSmallIntegerField("nombre d’enfants", null=True, blank=True)
    criticite = models.FloatField("criticité au dépôt", null=True, blank=True)
    nb_visites = models.PositiveSmallIntegerField("nombre de visites", default=0)
    visited_on = models.DateField("dernière visite", null=True, blank=True)
    conclusion_visite = models.CharField("conclusion de la dernière visite", max_length=200, blank=True)
    bailleur = models.CharField("organisme bailleur", max_length=200, blank=True)
    etiquettes = ArrayField(
        models.CharField(max_length=100), verbose_name="étiquettes", default=list, blank=True
    )

    # As found
    geom = geometry(models.PointField, null=True, blank=True)
    precision = models.CharField(
        "précision", max_length=10, choices=Precision.choices, default=Precision.INCONNUE
    )
    needs_review = models.BooleanField("position à vérifier", default=False)
    commune = models.ForeignKey(
        Commune,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="signalements",
        verbose_name="commune",
    )
    # Null: to be anchored. Nobody has to write it: a trigger empties it when the position, its precision, a declared
    # code or the geocoding changes, whoever changes them; anchor_signalements fills it.
    anchored_at = models.DateTimeField("ancré le", null=True, blank=True, editable=False)
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="absorbed",
        verbose_name="fusionné dans",
    )

    objects = SignalementQuerySet.as_manager()

    class Meta:
        verbose_name = "signalement"
        constraints = [
            models.UniqueConstraint(fields=["departement", "reference"], name="signalement_reference_once")
        ]
        indexes = [
            GistIndex(F("geom"), name="signalement_geom_gist"),
            models.Index(fields=["commune", "received_on"], name="signalement_commune_day"),
            models.Index(F("received_on"), F("id"), name="signalement_newest"),  # the order of every list
            # A GiST index finds those without a point by reading itself whole
            models.Index(F("commune"), name="signalement_unlocated", condition=Q(geom__isnull=True)),
            models.Index(F("received_on"), name="signalement_to_review", condition=Q(needs_review=True)),
            models.Index(fields=["address_key"], name="signalement_address_key"),
        ]

    def __str__(self) -> str:
        return self.reference


class Desordre(models.Model):
    """One defect declared in a report, in the words of Signal Logement's referential."""

    signalement = models.ForeignKey(
        Signalement, on_delete=models.CASCADE, related_name="desordres", verbose_name="signalement"
    )
    label = models.CharField("désordre", max_length=300)

    class Meta:
        verbose_name = "désordre"
        constraints = [models.UniqueConstraint(fields=["signalement", "label"], name="desordre_once")]

    def __str__(self) -> str:
        return self.label


class Geocoding(models.Model):
    """What the geocoder answered for a report, whole: nothing is blanked, however low the score."""

    class Kind(models.TextChoices):
        """Kinds of the BAN geocoding API."""

        HOUSENUMBER = "housenumber", "numéro"
        STREET = "street", "voie"
        LOCALITY = "locality", "lieu-dit"
        MUNICIPALITY = "municipality", "commune"

    signalement = models.OneToOneField(
        Signalement,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="geocoding",
        verbose_name="signalement",
    )
    query = models.CharField("texte cherché", max_length=500)
    provider = models.CharField("service", max_length=200)
    kind = models.CharField("nature", max_length=15, choices=Kind.choices)
    score = models.FloatField("score")
    label = models.CharField("adresse trouvée", max_length=400)
    ban_id = models.CharField("identifiant BAN", max_length=60, blank=True)
    alternatives = models.JSONField("autres réponses", default=list, blank=True)
    # Where the answer is, even when the report was placed elsewhere; unknown of answers older than this column
    point = geometry(models.PointField, null=True, blank=True)
    millesime = models.DateField("millésime de la BAN", null=True, blank=True)
    geocoded_at = models.DateTimeField("géocodé le", auto_now=True)

    class Meta:
        verbose_name = "géocodage"

    def __str__(self) -> str:
        return self.label


class Anchor(models.Model):
    """A report–place link: which place, found how, how sure, how far.

    ``place_code`` is text and not a foreign key: a parcelle may leave the cadastre, the link stays.
    """

    class Kind(models.TextChoices):
        """Kinds of place."""

        ADDRESS = "address", "adresse"
        PARCELLE = "parcelle", "parcelle"
        BATIMENT = "batiment", "bâtiment"
        IRIS = "iris", "IRIS"
        COMMUNE = "commune", "commune"
        ZONE = "zone", "périmètre"

    class Method(models.TextChoices):
        """How the link was found, from the surest to the weakest."""

        GEOCODER = "geocoder", "identifiant BAN du géocodeur"
        CAD_PARCELLES = "cad_parcelles", "parcelles déclarées par la BAN"
        NUMERO_CADASTRAL = "numero_cadastral", "numéro du plan cadastral"
        RNB = "rnb", "lien du RNB"
        CONTAINS = "contains", "point dans l’emprise"
        OVERLAP = "overlap", "bâtiment sur la parcelle"
        NEAREST = "nearest", "le plus proche"
        DECLARED = "declared", "code déclaré"
        CHOSEN = "chosen", "choisi par une personne"

    signalement = models.ForeignKey(
        Signalement,
        on_delete=models.CASCADE,
        related_name="anchors",
        verbose_name="signalement",
        db_index=False,  # anchor_once begins with it
    )
    kind = models.CharField("type de lieu", max_length=10, choices=Kind.choices)
    place_code = models.CharField("lieu", max_length=60)
    method = models.CharField("méthode", max_length=20, choices=Method.choices)
    score = models.FloatField("score")
    distance_m = models.FloatField("distance (m)", null=True, blank=True)
    is_best = models.BooleanField("lien retenu", default=False)
    # Of the register that knows the place; a perimeter has the dates of its act and no edition
    millesime = models.DateField("millésime", null=True, blank=True)

    class Meta:
        verbose_name = "ancrage"
        constraints = [
            models.UniqueConstraint(fields=["signalement", "kind", "place_code"], name="anchor_once"),
        ]
        indexes = [
            models.Index(fields=["kind", "place_code"], name="anchor_place"),
        ]

    def __str__(self) -> str:
        return f"{self.signalement_id} – {self.kind} {self.place_code}"
