"""Imports whole départements side by side: ``manage.py import_national DOSSIER --scheduler tcp://…``."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from cadastre_import.national.cluster import processors
from cadastre_import.national.layers import LAYERS
from cadastre_import.national.plan import plan
from cadastre_import.national.run import NationalImport
from layers.errors import GeoLhiError


class Command(BaseCommand):
    """Prepare the files of a folder on workers, merge them by département; run again, nothing is done twice."""

    help = "Prépare et importe les parcelles, bâtiments et adresses de départements entiers, en parallèle."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "folder", type=Path, metavar="DOSSIER", help="fichiers officiels, à leurs noms officiels"
        )
        parser.add_argument(
            "--scheduler",
            metavar="ADRESSE",
            default=settings.DASK_SCHEDULER,
            help="ordonnanceur dask (tcp://machine:8786), sinon des processus de cette machine",
        )
        parser.add_argument(
            "--departements", nargs="+", default=[], metavar="CODE", help="93 75 974…, sinon tous"
        )
        parser.add_argument("--layers", nargs="+", choices=LAYERS, default=[], help="sinon toutes")
        parser.add_argument(
            "--partitions",
            type=Path,
            metavar="DOSSIER",
            default=settings.VAR_DIR / "national",
            help="où écrire les partitions GeoParquet",
        )
        parser.add_argument("--prepare-only", action="store_true", help="ne rien écrire en base")
        parser.add_argument(
            "--workers", type=int, default=processors(), help="processus locaux de préparation"
        )
        parser.add_argument("--memory", default="2GB", help="mémoire de chaque processus local (2GB)")
        parser.add_argument("--connections", type=int, default=2, help="partitions chargées à la fois")
        parser.add_argument("--millesime", type=date.fromisoformat, help="édition des fichiers (aaaa-mm-jj)")

    def handle(self, *, folder: Path, verbosity: int, **options: Any) -> None:
        """Import, say what was done with each file, and end in error if one failed."""
        departements = [code.upper() for code in options["departements"]]
        try:
            files = plan(folder.resolve(), options["layers"], departements)
            national = NationalImport(
                files,
                options["partitions"].resolve(),
                scheduler=options["scheduler"],
                workers=options["workers"],
                memory=options["memory"],
                connections=options["connections"],
                departements=departements,
                millesime=options["millesime"],
                load=not options["prepare_only"],
                tell=self._tell,
                progress=lambda futures: tqdm(
                    futures,
                    total=len(files.prepared),
                    desc="préparation",
                    unit=" fichier",
                    disable=None if verbosity else True,
                ),
            )
            national.run()
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt:
            raise CommandError(
                "interrompu ; relancez : ce qui est préparé et chargé n’est pas refait"
            ) from None
        if national.failed:
            raise CommandError(
                f"à reprendre : {', '.join(sorted(national.failed))} (les raisons sont ci-dessus) ; "
                "le reste est en place"
            )

    def _tell(self, sentence: str) -> None:
        with tqdm.external_write_mode():
            self.stdout.write(sentence)
