"""Proposes the reports that may be one case: ``manage.py propose_duplicates``."""

from typing import Any

from django.core.management import BaseCommand

from layers.services.duplicates import propose_duplicates


class Command(BaseCommand):
    """Compare the reports of each place, and keep the pairs that may be one case."""

    help = "Compare les signalements d’un même lieu et propose les doublons possibles."

    def handle(self, **options: Any) -> None:
        """Propose, and say how many pairs there are."""
        count = propose_duplicates()
        self.stdout.write(f"{count} doublon{'s' if count > 1 else ''} possible{'s' if count > 1 else ''}")
