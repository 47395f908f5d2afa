"""Access tokens: what a person gives to a GIS client instead of their password."""

from datetime import date, timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from geo_lhi.accounts.models.users import User

LONGEST = timedelta(days=366)  # a year, leap years included


class TokenScope(models.TextChoices):
    """The services that a token may open; what is read there is decided by the rights of its owner."""

    WFS = "wfs", "WFS"
    OGC = "ogc", "OGC API et GeoJSON"
    TILES = "tiles", "tuiles vectorielles"
    EXPORT = "export", "fichiers à télécharger"


class ApiTokenQuerySet(models.QuerySet):
    """Tokens."""

    def usable_on(self, day: date) -> "ApiTokenQuerySet":
        """Keep those neither revoked nor expired, of an account that is open."""
        return self.filter(revoked_at=None, expires_on__gte=day, user__is_active=True)


class ApiToken(models.Model):
    """A token of a user; only the SHA-256 digest of its text is kept, so that nobody can read it again."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="tokens", verbose_name="utilisateur"
    )
    name = models.CharField("nom", max_length=100)
    scopes = ArrayField(models.CharField(max_length=10, choices=TokenScope.choices), verbose_name="services")
    digest = models.CharField("empreinte", max_length=64, unique=True)
    created_on = models.DateField("créé le", default=timezone.localdate)
    expires_on = models.DateField("valable jusqu’au")
    revoked_at = models.DateTimeField("révoqué le", null=True, blank=True)
    last_used_on = models.DateField("dernier usage", null=True, blank=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = "jeton d’accès"
        verbose_name_plural = "jetons d’accès"
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_on__lte=F("created_on") + LONGEST), name="apitoken_expires_within_a_year"
            ),
            models.CheckConstraint(condition=~Q(scopes=[]), name="apitoken_has_a_scope"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope_labels(self) -> list[str]:
        """Give the services in words."""
        return [TokenScope(scope).label for scope in self.scopes]

    @property
    def has_expired(self) -> bool:
        """Say whether its last day has passed."""
        return self.expires_on < timezone.localdate()
