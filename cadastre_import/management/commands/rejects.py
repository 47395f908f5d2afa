"""Writes the rejects of an import: ``manage.py rejects 12 -o rejets.csv``; corrected, the file is imported again."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from cadastre_import.rejects import RejectFile
from cadastre_import.sources import SOURCES
from layers.models import ImportRun


class Command(BaseCommand):
    """Write the refused records of an import in the format of its source, each with its reason."""

    help = "Écrit les rejets d’un import dans un fichier que sa source relit."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "run", type=int, metavar="IMPORT", help="numéro de l’import (voir la page Imports)"
        )
        parser.add_argument(
            "-o", "--output", type=Path, metavar="FICHIER", help="par défaut, le nom du fichier d’origine"
        )

    def handle(self, *, run: int, output: Path | None, **options: Any) -> None:
        """Write, and say what to do with the file."""
        found = ImportRun.objects.filter(pk=run).first()
        if found is None:
            raise CommandError(f"import n° {run} inconnu")
        if not found.rejected:
            raise CommandError(f"l’import n° {run} n’a aucun rejet")
        source = SOURCES.get(found.source)
        file = RejectFile(found, source)
        path = output or Path(file.name)
        try:
            with path.open("xb") as stream:
                for piece in file.write():
                    stream.write(piece)
        except FileExistsError:
            raise CommandError(f"{path} existe déjà") from None
        except OSError as error:
            raise CommandError(f"{path} : écriture impossible ({error.strerror})") from error
        left_out = file.left_out()
        if left_out:
            self.stderr.write(
                self.style.WARNING(f"{left_out} rejets sans contenu gardé ne sont pas dans {path}")
            )
        self.stdout.write(f"{found.rejected - left_out} rejets écrits dans {path}")
        again = f" --original {found.file_name}" if file.needs_original else ""
        self.stdout.write(f"une fois corrigé : manage.py import_source {found.source} {path}{again}")
