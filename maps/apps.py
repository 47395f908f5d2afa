"""What people read."""

from django.apps import AppConfig


class MapsConfig(AppConfig):
    """What people read."""

    name = "maps"
    verbose_name = "cartes"

    def ready(self) -> None:
        """Declare the layers of the analyses."""
        from maps.layers import publish_methods

        publish_methods()
