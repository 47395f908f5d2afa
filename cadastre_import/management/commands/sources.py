"""Lists what can be imported: ``manage.py sources``."""

from typing import Any

from django.core.management import BaseCommand
from django.db.models import Max

from cadastre_import.sources import SOURCES
from layers.models import ImportRun


class Command(BaseCommand):
    """List each source with its producer, its licence, where its file is, and the last import that ended well."""

    help = "Liste les sources : producteur, licence, adresse, dernier import."

    def handle(self, **options: Any) -> None:
        """Write one block a source, in the order of import."""
        done = ImportRun.objects.filter(status=ImportRun.Status.DONE)
        latest = done.filter(pk__in=done.values("source").annotate(last=Max("pk")).values("last"))
        last_runs = {run.source: run for run in latest}
        for source in SOURCES.values():
            self.stdout.write(f"{source.name} – {source.title}")
            self.stdout.write(f"  producteur : {source.producer} ; licence : {source.licence}")
            self.stdout.write(f"  adresse    : {source.url}")
            self.stdout.write(f"  dernier    : {_told(last_runs.get(source.name))}")


def _told(run: ImportRun | None) -> str:
    if run is None or run.ended_at is None:
        return "jamais importée"
    edition = f"édition du {run.millesime:%d/%m/%Y}, " if run.millesime else ""
    return f"{run.file_name}, {edition}importé le {run.ended_at:%d/%m/%Y} ({run.read} lus, {run.rejected} rejetés)"
