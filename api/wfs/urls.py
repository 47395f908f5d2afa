"""Address of the WFS."""

from django.http import HttpResponse
from django.urls import path
from gisserver.exceptions import OperationProcessingFailed

from api.wfs.views import LayersWFS
from api.wfs.words import report
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope


def exception_report(status: int, sentence: str) -> HttpResponse:
    """Refuse in the words of the standard."""
    response = report(OperationProcessingFailed(sentence, status_code=status))
    response.reason_phrase = None  # that of the status, not the library's
    return response


wfs = access(Access.GIS, TokenScope.WFS, exception_report)(LayersWFS.as_view())

urlpatterns = [path("wfs/", wfs, name="wfs")]
