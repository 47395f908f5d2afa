"""Answers compressed on their way out, but for what would gain nothing: files read by ranges, and archives.

Bytes read by ranges are counted as they are stored. An archive, an office document or a picture is compressed
already: doing it again takes the processor for nothing, and loses the length that shows how far a download is. A
GeoPackage is not: it leaves two and a half times smaller.
"""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

COMPRESSED = ("application/zip", "application/pdf", "application/x-qgis-project", "image/")
OFFICE = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
TEXT = "image/svg+xml"


class CompressionMiddleware(GZipMiddleware):
    """Compress for whoever accepts it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave an answer that says ``Accept-Ranges``, and what is compressed already, as they are."""
        kind = response.get("Content-Type", "")
        if response.has_header("Accept-Ranges") or is_compressed(kind):
            return response
        return super().process_response(request, response)


def is_compressed(kind: str) -> bool:
    """Say whether files of a media type are compressed by themselves."""
    return kind.startswith((*COMPRESSED, *OFFICE)) and not kind.startswith(TEXT)
