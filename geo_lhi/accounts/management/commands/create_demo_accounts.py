"""Creates the demo's partners and accounts: one that sees the EPCI, one that sees a commune, an administrator."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.db import transaction

from geo_lhi.accounts.models import User
from layers.models import Commune, Epci, Partner

# For a database that holds invented reports only: printed by bin/demo, refused when the site is served by HTTPS.
DEMO_PASSWORD = "habitat-digne-demo"  # noqa: S105


class Command(BaseCommand):
    """Create what is missing; an account that exists keeps its password."""

    help = "Crée les partenaires et les comptes de démonstration."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--epci", required=True, help="code SIREN de l’EPCI de démonstration")

    @transaction.atomic
    def handle(self, *, epci: str, **options: Any) -> None:
        """Create and print the sign-ins."""
        if settings.HTTPS:
            raise CommandError("des comptes au mot de passe connu n’ont pas leur place sur un site en HTTPS")
        territory = Epci.objects.filter(code=epci).first()
        if territory is None:
            raise CommandError(f"l’EPCI {epci} n’est pas importé")
        communes = Commune.objects.filter(epci=territory).order_by("-population", "code")
        whole, _ = Partner.objects.get_or_create(nom=f"{territory.nom}", defaults={"type": Partner.Type.EPCI})
        whole.epcis.set([territory])
        accounts = [("epci", whole, False), ("admin", None, True)]
        if first := communes.first():
            town, _ = Partner.objects.get_or_create(
                nom=f"SCHS de {first.nom}", defaults={"type": Partner.Type.COMMUNE_SCHS}
            )
            town.communes.set([first])
            accounts.insert(1, ("commune", town, False))
        for username, partner, is_admin in accounts:
            user, created = User.objects.get_or_create(
                username=username,
                defaults={"partner": partner, "is_superuser": is_admin, "is_staff": is_admin},
            )
            if created:
                user.set_password(DEMO_PASSWORD)
                user.save()
            self.stdout.write(f"  {username:10} {DEMO_PASSWORD}   {partner or 'administrateur'}")
