"""Links the reports to their places: ``manage.py anchor_signalements``."""

from typing import Any

from django.core.management import BaseCommand

from cadastre_import.anchoring import anchor_signalements


class Command(BaseCommand):
    """Link the reports to addresses, parcelles, buildings, IRIS, communes and perimeters."""

    help = "Ancre les signalements aux adresses, parcelles, bâtiments, IRIS, communes et périmètres."

    def handle(self, **options: Any) -> None:
        """Anchor all reports, and say what was linked."""
        self.stdout.write(str(anchor_signalements()))
