"""Imports the official files of a folder in the right order: ``manage.py import_folder DOSSIER``."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from cadastre_import.folder import import_files, recognise
from layers.errors import GeoLhiError


class Command(BaseCommand):
    """Recognise and import; a file with another name is imported by ``import_source``."""

    help = "Importe les fichiers officiels d’un dossier, reconnus à leur nom."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("folder", type=Path, metavar="DOSSIER")
        parser.add_argument("--millesime", type=date.fromisoformat, help="édition des fichiers (aaaa-mm-jj)")

    def handle(self, *, folder: Path, millesime: date | None, **options: Any) -> None:
        """Import, and say what was done with each file."""
        files = recognise(folder) if folder.is_dir() else []
        if not files:
            raise CommandError(f"{folder} : aucun fichier au nom officiel")
        try:
            for found, report in import_files(files, millesime=millesime):
                self.stdout.write(f"{found.path.name} ({found.source}) : {report}")
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
