"""What anyone may read: the counts of a release that an administrator published.

The view ``layers_public_count`` (migration 0029) is all that the public role of the database may read.
"""

from django.conf import settings
from django.contrib.gis.db import models
from django.db.models import Q

from layers.models.analyses import AnalysisRun
from layers.models.analysis_results import UnitKind
from layers.models.computed import reading
from layers.models.territoires import geometry

PUBLIC = "public"
"""The alias of the database whose role reads the view and nothing else."""


class Publication(models.Model):
    """A release shown to anyone, from its publication until it is withdrawn; one of each kind of unit at a time.

    Shown again later, it is another row: who published and who withdrew what anyone read is never overwritten. No one
    means an operator, by the command.
    """

    run = models.ForeignKey(
        AnalysisRun, on_delete=models.PROTECT, related_name="publications", verbose_name="analyse"
    )
    unit_kind = models.CharField("type de territoire", max_length=10, choices=UnitKind.choices)
    years = models.CharField("années", max_length=60)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="publiée par",
    )
    published_at = models.DateTimeField("publiée le", auto_now_add=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name="retirée par",
    )
    withdrawn_at = models.DateTimeField("retirée le", null=True, blank=True)

    class Meta:
        verbose_name = "publication"
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["unit_kind"], condition=Q(withdrawn_at=None), name="publication_current_once"
            )
        ]

    def __str__(self) -> str:
        return f"analyse n° {self.run_id}"


PublicCount = reading(
    "layers_public_count",
    "PublicCount",
    "chiffre publié",
    {
        "id": models.BigIntegerField("identifiant", primary_key=True),
        "unit_kind": models.CharField("type de territoire", max_length=10),
        "code": models.CharField("code", max_length=60),
        "nom": models.CharField("nom", max_length=300),
        "dwellings": models.FloatField("logements", null=True),
        "total": models.IntegerField("logements signalés, toutes années (vide : secret)", null=True),
        "year_0": models.IntegerField("année la plus récente (vide : secret)", null=True),
        "year_1": models.IntegerField("année précédente (vide : secret)", null=True),
        "year_2": models.IntegerField("deux ans avant (vide : secret)", null=True),
        "years": models.CharField("années, de la plus récente à la plus ancienne", max_length=60),
        "published_on": models.DateField("publié le"),
        "geom": geometry(models.MultiPolygonField, null=True),
    },
)
"""The reported dwellings of one territory in a published release; NULL is a secret, not a zero."""


def public_counts(unit: str) -> models.QuerySet:
    """Give the published counts of one kind of territory, read as the public role whoever asks."""
    return PublicCount.objects.using(PUBLIC).filter(unit_kind=unit)
