"""Show a release to anyone through the public services, or withdraw it."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from layers import public_role
from layers.errors import GeoLhiError
from layers.models import AnalysisRun, Publication
from layers.services.publications import publish, withdraw


class Command(BaseCommand):
    """Arguments, then one call; ``layers.services.publications`` has the rules."""

    help = "Publie une analyse « Chiffres à diffuser » (tout public, toute la base), ou la retire."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the number of the analysis."""
        parser.add_argument("run", type=int, help="numéro de l’analyse")
        parser.add_argument("--withdraw", action="store_true", help="la retirer")

    def handle(self, *args: Any, **options: Any) -> None:
        """Publish or withdraw, and say where it is read."""
        if options["withdraw"]:
            published = Publication.objects.filter(run=options["run"], withdrawn_at=None).first()
            if published is None:
                raise CommandError(f"l’analyse n° {options['run']} n’est pas publiée")
            withdraw(published)
            self.stdout.write(f"analyse n° {options['run']} retirée")
            return
        run = AnalysisRun.objects.unscoped("an operator publishes what was protected for all").filter(
            pk=options["run"]
        )
        try:
            publish(run.get())
        except (AnalysisRun.DoesNotExist, GeoLhiError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"analyse n° {options['run']} publiée : /public/ogc/, /public/wfs/, /public/tiles/")
        if not public_role.is_open():
            self.stderr.write(
                "PUBLIC_DATABASE_URL n’est pas donné : les services publics restent fermés (503)"
            )
