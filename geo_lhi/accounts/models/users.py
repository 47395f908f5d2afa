"""Users: persons who act for a partner."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from layers.models import Partner


class User(AbstractUser):
    """A person with an account; what they read is their partner's perimeter, administrators read all."""

    partner = models.ForeignKey(
        Partner,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        verbose_name="partenaire",
    )

    class Meta:
        verbose_name = "utilisateur"

    def __str__(self) -> str:
        return self.get_full_name() or self.username
