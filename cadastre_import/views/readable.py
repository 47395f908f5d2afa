"""Which uploads and imports a person may read: those of their partner while it takes part, all for an administrator.

A file may hold the whole of a partner's reports: what it refused is read by those who could give it.
"""

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from layers.models import ImportRun, Upload

RIGHT = "layers.import_files"


def may_import(request: HttpRequest) -> bool:
    """Say whether this person may import."""
    return bool(request.user.has_perm(RIGHT))


def uploads_of(request: HttpRequest) -> QuerySet[Upload]:
    """Give the uploads that this person may read."""
    user = request.user
    uploads = Upload.objects.select_related("sender", "run").order_by("-pk")
    if user.is_superuser:
        return uploads
    if not may_import(request):
        return uploads.none()
    if user.partner is None:
        return uploads.filter(sender=user)
    takes_part = user.partner.is_active_on(timezone.localdate())
    return uploads.filter(partner=user.partner) if takes_part else uploads.none()


def runs_of(request: HttpRequest) -> QuerySet[ImportRun]:
    """Give the imports that this person may read: command lines included for an administrator."""
    runs = ImportRun.objects.order_by("-pk")
    if request.user.is_superuser:
        return runs
    return runs.filter(Exists(uploads_of(request).order_by().filter(run=OuterRef("pk"))))
