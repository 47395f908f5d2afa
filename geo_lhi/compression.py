"""Answers compressed on their way out, but for files read by ranges: their bytes are counted as they are stored."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressionMiddleware(GZipMiddleware):
    """Compress for whoever accepts it."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Leave an answer that says ``Accept-Ranges`` as it is."""
        if response.has_header("Accept-Ranges"):
            return response
        return super().process_response(request, response)
