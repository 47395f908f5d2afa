"""Sources that fill the layers; geocoding; anchoring."""

from django.apps import AppConfig


class CadastreImportConfig(AppConfig):
    """Sources that fill the layers; geocoding; anchoring."""

    name = "cadastre_import"
    verbose_name = "imports"
