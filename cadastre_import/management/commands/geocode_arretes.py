"""Places the orders whose act names an address and no parcelle: ``manage.py geocode_arretes``."""

from typing import Any

from django.core.management import BaseCommand

from cadastre_import.geocoding.orders import geocode_arretes


class Command(BaseCommand):
    """Find the address of the orders that are not on the map, in the imported addresses."""

    help = "Place à leur adresse les arrêtés sans parcelle, dans la base adresse importée."

    def handle(self, **options: Any) -> None:
        """Look for them, and say how many were placed."""
        self.stdout.write(str(geocode_arretes()))
