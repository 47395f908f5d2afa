"""Publish a release to anyone, and withdraw it.

What is public at one time is one table: a second release of other data beside it could be subtracted from the first
(docs/adr/0022).
"""

from django.db import transaction
from django.utils import timezone

from layers.errors import InvalidPublication
from layers.models import AnalysisRun, Publication

METHOD, AUDIENCE = "diffusion", "public"


@transaction.atomic
def publish(run: AnalysisRun, user: int | None = None) -> Publication:
    """Show a release to anyone; it takes the place of the one before, and of those made from other data.

    Raises InvalidPublication for a run that was not protected for the public, on the whole base.
    """
    if not (run.method == METHOD and run.everything and run.parameters.get("audience") == AUDIENCE):
        raise InvalidPublication(
            f"l’analyse n° {run.pk} n’est pas une diffusion pour tout public sur toute la base"
        )
    standing = Publication.objects.select_for_update().filter(withdrawn_at=None).exclude(run=run)
    unit = run.parameters["unit"]
    for one in standing.select_related("run"):
        if one.unit_kind == unit or one.run.inputs_digest != run.inputs_digest:
            withdraw(one)
    years = next((str(value) for label, value, *_ in run.summary["facts"] if label == "Années"), "")
    published, _ = Publication.objects.update_or_create(
        run=run,
        defaults={"unit_kind": unit, "years": years, "published_by_id": user, "withdrawn_at": None},
    )
    return published


def withdraw(publication: Publication) -> None:
    """Take a release back: from now on nobody reads it who is not signed in."""
    publication.withdrawn_at = timezone.now()
    publication.save(update_fields=["withdrawn_at"])
