"""The domain: what is where, and what happened there."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LayersConfig(AppConfig):
    """Territories, cadastre, addresses, reports, orders, results."""

    name = "layers"
    verbose_name = "couches"

    def ready(self) -> None:
        """Give the role of the public its view after each migrate."""
        from layers.public_role import give_the_view

        post_migrate.connect(give_the_view, sender=self)
