"""Users: persons who act for a partner."""

from datetime import date
from typing import NamedTuple

from django.contrib.auth.models import AbstractUser
from django.db import models

from layers.models import Partner


class Perimeter(NamedTuple):
    """What the partnership of a person opens, as it was read with them."""

    type: str
    starts_on: date | None
    ends_on: date | None
    communes: list[str]
    zones: list[int]
    excluded_zones: list[int]


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

    perimeter: Perimeter | None = None
    """That of the partner, where one statement read it with the person (``reading``); None: not read yet."""
    tile_revision: str | None = None
    """What the tiles about people are made from, as it was when the person was read for a tile; None: not read."""

    class Meta:
        verbose_name = "utilisateur"

    def __str__(self) -> str:
        return self.get_full_name() or self.username
