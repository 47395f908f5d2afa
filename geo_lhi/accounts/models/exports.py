"""The record of what has left: each file downloaded, by whom, with how many rows."""

from django.db import models
from django.utils import timezone

from geo_lhi.accounts.models.users import User


class Export(models.Model):
    """One file that left; written once (a trigger refuses updates), kept after the account is gone.

    It holds no content: ``filters`` are the closed parameters of the request (dates, codes, statuses), never a text
    that someone typed.
    """

    at = models.DateTimeField("le", default=timezone.now, db_index=True)
    user = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        null=True,
        related_name="+",
        verbose_name="utilisateur",
    )
    account = models.CharField("identifiant", max_length=150)
    token = models.CharField("jeton", max_length=100, blank=True, help_text="vide : par le site")
    what = models.CharField("fichier", max_length=60)
    source = models.CharField("de", max_length=100, blank=True, help_text="analyse, import ou couche")
    filters = models.JSONField("filtres", default=dict, blank=True)
    rows = models.PositiveIntegerField("lignes", null=True)

    class Meta:
        verbose_name = "export"
        default_permissions = ("view",)

    def __str__(self) -> str:
        return f"{self.what} par {self.account}"
