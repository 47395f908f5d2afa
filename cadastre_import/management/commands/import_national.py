"""Imports whole départements side by side: ``manage.py import_national DOSSIER --scheduler tcp://…``."""

from argparse import ArgumentParser
from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from cadastre_import.fetching.catalogue import Catalogue, bases
from cadastre_import.fetching.departements import fetch_departements
from cadastre_import.fetching.web import Web
from cadastre_import.national.cluster import processors
from cadastre_import.national.layers import LAYERS
from cadastre_import.national.plan import plan
from cadastre_import.national.run import NationalImport
from layers.errors import GeoLhiError

FETCHED = ("parcelles", "batiments", "ban")  # sections too, when they are asked for


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
        parser.add_argument(
            "--fetch", action="store_true", help="télécharger d’abord ce qui manque ou a changé"
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
        missing: list[str] = []
        try:
            if options["fetch"]:
                missing = self._fetch(folder, departements, options["layers"] or FETCHED, quiet=not verbosity)
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
        if failed := [*missing, *sorted(national.failed)]:
            raise CommandError(
                f"à reprendre : {', '.join(failed)} (les raisons sont ci-dessus) ; le reste est en place"
            )

    def _fetch(
        self, folder: Path, departements: list[str], layers: Collection[str], *, quiet: bool
    ) -> list[str]:
        if not departements:
            raise CommandError("--fetch demande --departements : 93 75 974…")
        return fetch_departements(
            Web(bases()), Catalogue(folder), departements, layers, tell=self.stdout.write, quiet=quiet
        )

    def _tell(self, sentence: str) -> None:
        with tqdm.external_write_mode():
            self.stdout.write(sentence)
