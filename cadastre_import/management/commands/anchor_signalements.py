"""Links the reports to their places: ``manage.py anchor_signalements``."""

from typing import Any

from django.core.management import BaseCommand, CommandParser

from cadastre_import.anchoring import anchor_signalements


class Command(BaseCommand):
    """Link the reports to addresses, parcelles, buildings, IRIS, communes and perimeters."""

    help = "Ancre les signalements aux adresses, parcelles, bâtiments, IRIS, communes et périmètres."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare ``--all``."""
        parser.add_argument(
            "--all",
            action="store_true",
            dest="everything",
            help="tous, et non ceux que quelque chose concerne",
        )

    def handle(self, *, everything: bool, **options: Any) -> None:
        """Anchor what moved, or all, and say what was linked."""
        self.stdout.write(str(anchor_signalements(everything=everything)))
