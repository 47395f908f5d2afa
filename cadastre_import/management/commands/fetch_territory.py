"""Downloads and imports the official files of communes: ``manage.py fetch_territory 93010``."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from tqdm import tqdm

from cadastre_import.fetching.by_hand import still_to_fetch
from cadastre_import.fetching.catalogue import LATEST, Catalogue, bases
from cadastre_import.fetching.territory import TerritoryFetch
from cadastre_import.fetching.web import Web
from layers.errors import GeoLhiError


class Command(BaseCommand):
    """Fetch, import, then say what is in place and what is to be downloaded by hand. Nothing is geocoded."""

    help = "Télécharge et importe les fichiers officiels d’une ou plusieurs communes, ou d’un EPCI."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("codes", nargs="+", metavar="CODE", help="code Insee de commune ou SIREN d’EPCI")
        parser.add_argument(
            "--edition",
            type=_edition,
            default=LATEST,
            help="édition du cadastre (aaaa-mm-jj), sinon la dernière",
        )

    def handle(self, *, codes: list[str], edition: str, verbosity: int, **options: Any) -> None:
        """Fetch and import, then list."""

        def progress(source: str) -> Any:
            return lambda records: tqdm(
                records, desc=source, unit=" enr.", disable=None if verbosity else True
            )

        try:
            fetch = TerritoryFetch(
                Web(bases()),
                Catalogue(settings.VAR_DIR / "territoires", edition),
                tell=self.stdout.write,
                progress=progress,
                quiet=not verbosity,
            )
            fetch.run(codes)
        except GeoLhiError as error:
            raise CommandError(str(error)) from error
        if not fetch.done:
            raise CommandError(f"aucun fichier pour {', '.join(codes)} : vérifiez le code et le réseau")
        self._list(fetch)
        if fetch.failed:
            raise CommandError(
                f"à reprendre : {', '.join(dict.fromkeys(fetch.failed))} (les raisons sont ci-dessus) ; "
                "ce qui a été importé est en place"
            )

    def _list(self, fetch: TerritoryFetch) -> None:
        self.stdout.write(self.style.MIGRATE_HEADING("Fichiers en place"))
        for path in dict.fromkeys(fetch.done):
            self.stdout.write(f"  {path}")
        to_fetch = list(still_to_fetch({*fetch.failed, *fetch.missing}, fetch.sirens))
        if to_fetch:
            self.stdout.write(self.style.MIGRATE_HEADING("À télécharger à la main, selon vos besoins"))
        for file in to_fetch:
            self.stdout.write(f"  {file}")


def _edition(text: str) -> str:
    try:
        return text if text == LATEST else date.fromisoformat(text).isoformat()
    except ValueError:
        raise ArgumentTypeError(f"{text!r} : aaaa-mm-jj ou {LATEST}") from None
