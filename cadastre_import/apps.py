"""Sources that fill the layers; geocoding; anchoring."""

from django.apps import AppConfig


class CadastreImportConfig(AppConfig):
    """Sources that fill the layers; geocoding; anchoring."""

    name = "cadastre_import"
    verbose_name = "imports"

    def ready(self) -> None:
        """Declare the producer and the licence of each source."""
        from cadastre_import.sources import SOURCES
        from layers.provenance import Producer, declare_source

        for source in SOURCES.values():
            declare_source(source.table, Producer(source.name, source.title, source.producer, source.licence))
