"""Publish a release to anyone, and withdraw it.

What is public at one time is one table: a second release of other data beside it could be subtracted from the first
(docs/adr/0022).
"""

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from layers.errors import InvalidPublication
from layers.models import AnalysisRun, Publication

METHOD, AUDIENCE = "diffusion", "public"


def is_publishable(run: AnalysisRun) -> bool:
    """Say whether a run was protected for the public, on the whole base."""
    return run.method == METHOD and run.everything and run.parameters.get("audience") == AUDIENCE


def standing() -> QuerySet[Publication]:
    """Give what anyone reads now."""
    return Publication.objects.filter(withdrawn_at=None).select_related("run", "published_by").order_by("pk")


def replaced_by(run: AnalysisRun) -> list[Publication]:
    """Give what publishing a run withdraws: the release of the same unit, and those made from other data."""
    unit, digest = run.parameters["unit"], run.inputs_digest
    return [
        one for one in standing().exclude(run=run) if one.unit_kind == unit or one.run.inputs_digest != digest
    ]


def years_of(run: AnalysisRun) -> str:
    """Give the years of a release, the newest first, as a reader is told them."""
    return next((str(value) for label, value, *_ in run.summary["facts"] if label == "Années"), "")


@transaction.atomic
def publish(run: AnalysisRun, user: int | None = None) -> Publication:
    """Show a release to anyone; one that is shown stays as it is.

    It takes the place of the one before, and of those made from other data. Raises InvalidPublication for a run that
    is not publishable.
    """
    if not is_publishable(run):
        raise InvalidPublication(
            f"l’analyse n° {run.pk} n’est pas une diffusion pour tout public sur toute la base"
        )
    with connection.cursor() as cursor:  # of two who publish at once, the second sees what the first did
        cursor.execute(f"LOCK TABLE {Publication._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
    if shown := standing().filter(run=run).first():
        return shown
    for one in replaced_by(run):
        withdraw(one, user)
    return Publication.objects.create(
        run=run, unit_kind=run.parameters["unit"], years=years_of(run), published_by_id=user
    )


def withdraw(publication: Publication, user: int | None = None) -> bool:
    """Take a release back: from now on nobody reads it who is not signed in. False if it was taken back already."""
    return bool(
        Publication.objects.filter(pk=publication.pk, withdrawn_at=None).update(
            withdrawn_at=timezone.now(), withdrawn_by=user
        )
    )
