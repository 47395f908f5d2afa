"""Removes the records of exports that were kept long enough; the worker does it each night."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand

from geo_lhi.accounts import exports


class Command(BaseCommand):
    """Remove, and say how many."""

    help = "Efface du journal des exports ce qui a plus de EXPORTS_KEPT_DAYS jours."

    def handle(self, **options: Any) -> None:
        """Purge."""
        removed = exports.purge_exports()
        self.stdout.write(
            f"{removed} exports de plus de {settings.EXPORTS_KEPT_DAYS} jours effacés du journal"
        )
