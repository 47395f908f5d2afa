"""Geocodes the reports: ``manage.py geocode_signalements``."""

from argparse import ArgumentParser
from collections.abc import Iterable
from typing import Any

from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from cadastre_import.geocoding.service import geocode_signalements
from layers.errors import GeoLhiError


class Command(BaseCommand):
    """Find the place of the reports that were never geocoded, or whose address changed."""

    help = "Géocode les signalements nouveaux ou dont l’adresse a changé."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--again", action="store_true", help="interroger de nouveau pour tous")

    def handle(self, *, again: bool, verbosity: int, **options: Any) -> None:
        """Geocode, and say what was found."""

        def progress(ids: Iterable[int]) -> Iterable[int]:
            return tqdm(ids, desc="géocodage", unit=" sign.", disable=None if verbosity else True)

        try:
            report = geocode_signalements(again=again, progress=progress)
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(str(report))
