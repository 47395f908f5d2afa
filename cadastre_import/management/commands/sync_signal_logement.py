"""Keeps the reports in step with Signal Logement: ``manage.py sync_signal_logement``."""

from argparse import ArgumentParser
from typing import Any

from django.core.management import BaseCommand, CommandError

from cadastre_import.fetching.signal_logement import SignalLogementApi
from cadastre_import.synchronisation import sync_signal_logement
from layers.errors import GeoLhiError


class Command(BaseCommand):
    """Read the reports given to the partner since the last time, by the API that the settings name."""

    help = "Lit par l’API de Signal Logement les signalements affectés depuis la dernière lecture."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--tout", action="store_true", help="relire tout : les changements de statut anciens, les visites"
        )

    def handle(self, *, tout: bool, verbosity: int, **options: Any) -> None:
        """Read, and say what changed."""

        def progress(read: int) -> None:
            if verbosity > 1:
                self.stdout.write(f"{read} signalements lus…")

        try:
            report = sync_signal_logement(SignalLogementApi.of_settings(), everything=tout, progress=progress)
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"signal-logement-api : {report}")
