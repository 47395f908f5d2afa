"""The domain: what is where, and what happened there."""

from django.apps import AppConfig


class LayersConfig(AppConfig):
    """Territories, cadastre, addresses, reports, orders, results."""

    name = "layers"
    verbose_name = "couches"
