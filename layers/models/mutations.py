"""Sales of property (demandes de valeurs foncières, DVF): the price is that of the whole mutation."""

from typing import Self

from django.contrib.gis.db import models
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Q

from layers.models.logements import PlaceCodes, lookups
from layers.models.territoires import geometry
from layers.models.visibility import MapQuerySet


class MutationQuerySet(MapQuerySet):
    """Mutations."""

    def at(self, place: PlaceCodes) -> Self:
        """Keep those that sold something on one of the parcelles, or at one of the addresses."""
        sold = MutationParcelle.objects.filter(Q(idu__in=place.idus) | Q(ban_id__in=place.ban_ids))
        return self.filter(pk__in=sold.values("mutation"))


class Mutation(models.Model):
    """A mutation: one act, one price, on one or several parcelles.

    ``valeur_fonciere`` pays for all of them together and stands here only, so that no sum counts it twice.
    ``code`` is its lowest parcelle, its day and a rank: the number that an edition gives it is not that of the next.
    """

    code = models.CharField("identifiant", max_length=40, primary_key=True)
    mutated_on = models.DateField("date de la mutation")
    nature = models.CharField("nature", max_length=60)
    valeur_fonciere = models.DecimalField(
        "valeur foncière (€)", max_digits=14, decimal_places=2, null=True, blank=True
    )
    parcelles_count = models.PositiveIntegerField("nombre de parcelles")

    objects = MutationQuerySet.as_manager()

    class Meta:
        verbose_name = "mutation"

    def __str__(self) -> str:
        return f"{self.nature} du {self.mutated_on:%d/%m/%Y}"


class MutationParcelle(models.Model):
    """What one mutation sold on one parcelle: its dwellings and other premises, its lots, its land."""

    mutation = models.ForeignKey(
        Mutation, on_delete=models.CASCADE, related_name="parcelles", verbose_name="mutation"
    )
    idu = models.CharField("parcelle", max_length=14)
    adresse = models.CharField("adresse", max_length=300, blank=True)
    ban_id = models.CharField("adresse", max_length=60, null=True, blank=True)
    types_local = ArrayField(
        models.CharField(max_length=60), verbose_name="types de local", default=list, blank=True
    )
    lots = ArrayField(
        models.CharField(max_length=20), verbose_name="numéros de lot", default=list, blank=True
    )
    surface_bati_m2 = models.FloatField("surface bâtie (m²)", null=True, blank=True)
    surface_carrez_m2 = models.FloatField("surface Carrez (m²)", null=True, blank=True)
    surface_terrain_m2 = models.FloatField("surface de terrain (m²)", null=True, blank=True)
    pieces = models.PositiveIntegerField("pièces principales", null=True, blank=True)
    geom = geometry(models.PointField, null=True, blank=True)

    objects = MapQuerySet.as_manager()

    class Meta:
        verbose_name = "parcelle d’une mutation"
        verbose_name_plural = "parcelles des mutations"
        indexes = [
            GistIndex(F("geom"), name="mutationparcelle_geom_gist"),
            *lookups("mutationparcelle", "idu", "ban_id"),
        ]
        constraints = [models.UniqueConstraint(fields=["mutation", "idu"], name="mutation_parcelle_once")]

    def __str__(self) -> str:
        return f"{self.mutation_id} – {self.idu}"
