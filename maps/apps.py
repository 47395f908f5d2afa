"""What people read."""

from django.apps import AppConfig


class MapsConfig(AppConfig):
    """What people read."""

    name = "maps"
    verbose_name = "cartes"
