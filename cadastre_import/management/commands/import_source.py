"""Imports one file: ``manage.py import_source parcelles cadastre-93010-parcelles.json.gz``."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from cadastre_import.delivery import file_digest
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import GeoLhiError

MAX_REJECTS_SHOWN = 20


class Command(BaseCommand):
    """Import a file by the source of that name; what is refused is listed with its reason."""

    help = "Importe un fichier officiel dans les couches."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("source", choices=sorted(SOURCES))
        parser.add_argument("path", type=Path, metavar="FICHIER")
        parser.add_argument("--millesime", type=date.fromisoformat, help="édition du fichier (aaaa-mm-jj)")
        parser.add_argument(
            "--srid", type=int, help="projection des coordonnées (2154, 4326…), si le fichier ne la dit pas"
        )
        parser.add_argument(
            "--original",
            type=Path,
            action="append",
            default=[],
            metavar="FICHIER",
            help="le fichier d’où viennent ces rejets, pour les sources qui ne les reprennent pas seuls",
        )
        parser.add_argument("--force", action="store_true", help="relire un fichier déjà importé")

    def handle(
        self,
        *,
        source: str,
        path: Path,
        verbosity: int,
        millesime: date | None,
        srid: int | None,
        force: bool,
        original: list[Path],
        **options: Any,
    ) -> None:
        """Import, and say what was done."""

        def progress(records: Any) -> Any:
            return tqdm(records, desc=source, unit=" enr.", disable=None if verbosity else True)

        try:
            report = run_import(
                SOURCES[source],
                path,
                millesime=millesime,
                srid=srid,
                force=force,
                progress=progress,
                originals={file_digest(file): file for file in original if file.is_file()}.get,
            )
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        for line, reason, _ in report.rejects[:MAX_REJECTS_SHOWN]:
            self.stderr.write(self.style.WARNING(f"ligne {line} : {reason}"))
        for notice in report.notices:
            self.stdout.write(notice)
        self.stdout.write(f"{source} : {report}")
