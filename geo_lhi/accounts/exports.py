"""The record of exports: written before the file leaves, read by the administrators, removed after a time."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from geo_lhi.accounts.models import Export


def record_export(
    request: HttpRequest,
    what: str,
    *,
    source: str = "",
    rows: int | None = None,
    filters: Mapping[str, str] | None = None,
) -> Export:
    """Note that a file is about to leave: ``what`` it is, what it is made from, how many rows it holds.

    Give ``filters`` that are dates, codes or names of layers: a text that someone typed may be an address.
    """
    token = request.api_token  # type: ignore[attr-defined]
    return Export.objects.create(
        user=request.user,
        account=request.user.get_username(),
        token=token.name if token else "",
        what=what,
        source=source,
        rows=rows,
        filters=dict(filters or {}),
    )


def purge_exports() -> int:
    """Remove the records that were kept ``EXPORTS_KEPT_DAYS``; give their number."""
    oldest = timezone.now() - timedelta(days=settings.EXPORTS_KEPT_DAYS)
    return Export.objects.filter(at__lt=oldest).delete()[0]
