"""What machines read."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """What machines read."""

    name = "api"
    verbose_name = "interfaces"
