"""Imports a register that nobody foresaw: ``manage.py import_table registre.xlsx --map registre.toml``."""

from argparse import ArgumentParser
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError

from cadastre_import.pipeline import run_import
from cadastre_import.source import Source
from cadastre_import.tables.mapping import read_mapping
from cadastre_import.tables.targets import FIELDS, source_of
from layers.errors import GeoLhiError, InvalidRow

MAX_REJECTS_SHOWN = 20
TRIED = 1_000


class Command(BaseCommand):
    """Read the mapping, then the file as the mapping says; what is refused is listed with its reason."""

    help = "Importe un registre local (CSV, Excel, GeoJSON…) selon une correspondance de colonnes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("path", type=Path, metavar="FICHIER")
        parser.add_argument("--map", type=Path, required=True, metavar="CORRESPONDANCE", dest="mapping")
        parser.add_argument(
            "--essai", action="store_true", help=f"lire les {TRIED} premières lignes sans rien écrire"
        )
        parser.add_argument("--force", action="store_true", help="relire un fichier déjà importé")

    def handle(self, *, path: Path, mapping: Path, essai: bool, force: bool, **options: Any) -> None:
        """Import, and say what was done."""
        try:
            if not path.is_file():
                raise CommandError(f"{path} : fichier introuvable")
            told = read_mapping(mapping, FIELDS)
            source = source_of(told)
            if essai:
                self._try(source, path)
                return
            report = run_import(source, path, srid=told.srid if source.polygon else None, force=force)
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        self._tell(report.rejects)
        for notice in report.notices:
            self.stdout.write(notice)
        self.stdout.write(f"{told.name} : {report}")

    def _try(self, source: Source, path: Path) -> None:
        refused, read = [], 0
        for line, record in islice(source.records(path).rows, TRIED):
            read += 1
            try:
                source.values_of(record)
            except InvalidRow as error:
                refused.append((line, str(error), ""))
        self._tell(refused)
        self.stdout.write(f"essai : {read} lignes lues, {read - len(refused)} lisibles, rien n’est écrit")

    def _tell(self, rejects: list[tuple[int, str, str]]) -> None:
        for line, reason, _ in rejects[:MAX_REJECTS_SHOWN]:
            self.stderr.write(self.style.WARNING(f"ligne {line} : {reason}"))
